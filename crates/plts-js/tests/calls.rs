//! Calls: arguments in, results out, promises, nesting, caches.

mod harness;

use std::rc::Rc;

use harness::*;
use plts_core::{TypeShape, Value};
use plts_js::{ArgumentStyle, Completion, FunctionBody, HostError, RoleId};

#[test]
fn adds_two_integers() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let add = expression(
            "(function (ctx, a, b) { 'use strict'; return a + b; })",
            &[("a", TypeShape::Int4), ("b", TypeShape::Int4)],
            TypeShape::Int4,
        );
        assert_eq!(call(engine, &mut host, &add, &[Value::Int(40), Value::Int(2)]).unwrap(), Value::Int(42));
        assert_eq!(host.events, ["begin ReadWrite can_catch=false"]);
    });
}

#[test]
fn a_promise_is_waited_for() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let value = value_of_async(
            engine,
            &mut host,
            "let n = 0; for (let i = 0; i < 100; i++) n += await i; return n;",
            TypeShape::Int4,
        );
        assert_eq!(value.unwrap(), Value::Int(4950));
    });
}

#[test]
fn a_promise_that_never_settles_is_an_error() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let report = failure(value_of(engine, &mut host, "return new Promise(() => {});", TypeShape::Int4));
        assert_eq!(report.sqlstate.as_str(), "38000");
        assert_eq!(report.message, "the function's promise never settles");
        assert!(report.hint.is_some());
    });
}

#[test]
fn a_rejection_that_nobody_waits_for_fails_the_call() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let report = failure(value_of(
            engine,
            &mut host,
            "Promise.reject(new Error('lost')); return 1;",
            TypeShape::Int4,
        ));
        assert_eq!((report.sqlstate.as_str(), report.message.as_str()), ("38000", "lost"));
        assert!(report.hint.unwrap().contains("await"));
        let seen_to = "const p = Promise.reject(new Error('x')); p.catch(() => {}); return 1;";
        assert_eq!(value_of(engine, &mut host, seen_to, TypeShape::Int4).unwrap(), Value::Int(1));
        let late = "const p = Promise.reject(new Error('x')); await null; try { await p } catch { return 2 }";
        assert_eq!(value_of_async(engine, &mut host, late, TypeShape::Int4).unwrap(), Value::Int(2));
    });
}

#[test]
fn microtasks_of_a_failed_call_are_thrown_away() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "Promise.resolve().then(() => { globalThis.leaked = true; }); throw new Error('first');";
        assert_eq!(failure(value_of(engine, &mut host, body, TypeShape::Int4)).message, "first");
        let leaked = value_of(engine, &mut host, "return globalThis.leaked === true;", TypeShape::Bool);
        assert_eq!(leaked.unwrap(), Value::Bool(false));
        // The queue works as before.
        assert_eq!(
            value_of_async(engine, &mut host, "return await 5;", TypeShape::Int4).unwrap(),
            Value::Int(5)
        );
    });
}

#[test]
fn nested_async_calls_settle() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("select inner()", &[], move |_, rows| {
            let mut inner_host = FakeHost::new();
            inner_host.teach("select innermost()", &[], move |_, rows| {
                let mut host = FakeHost::new();
                let value = value_of_async(engine, &mut host, "await null; return 7;", TypeShape::Int4).unwrap();
                rows.columns(&names(&["n"]))?;
                rows.rows(&[value], 1)?;
                Ok(Completion { row_count: 1 })
            });
            let body = "await null; const [row] = await ctx.db.query('select innermost()'); await null; return row.n + 1;";
            let value = value_of_async(engine, &mut inner_host, body, TypeShape::Int4).unwrap();
            rows.columns(&names(&["n"]))?;
            rows.rows(&[value], 1)?;
            Ok(Completion { row_count: 1 })
        });
        let body =
            "await null; const [row] = await ctx.db.query('select inner()'); await null; return row.n + 1;";
        assert_eq!(value_of_async(engine, &mut host, body, TypeShape::Int4).unwrap(), Value::Int(9));
    });
}

#[test]
fn an_error_of_an_inner_call_can_be_caught_outside() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("select inner()", &[], move |_, _| {
            let mut host = FakeHost::new();
            let report =
                failure(value_of(engine, &mut host, "throw new TypeError('inside');", TypeShape::Int4));
            Err(HostError::Sql(Box::new(report)))
        });
        let body =
            "try { ctx.db.sync.query('select inner()'); } catch (e) { return e.sqlstate + ' ' + e.message; }";
        assert_eq!(
            value_of(engine, &mut host, body, TypeShape::Text).unwrap(),
            text("38000 TypeError: inside")
        );
    });
}

#[test]
fn roles_do_not_share_globals() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let count = expression(
            "(function (ctx) { globalThis.calls = (globalThis.calls ?? 0) + 1; return globalThis.calls; })",
            &[],
            TypeShape::Int4,
        );
        let mut next = |role| {
            engine.call(RoleId(role), &count, &mut host, &[], |value| value.clone().into_owned()).unwrap()
        };
        assert_eq!(next(501), Value::Int(1));
        assert_eq!(next(501), Value::Int(2));
        assert_eq!(next(502), Value::Int(1));
        engine.forget_role(RoleId(501));
        assert_eq!(next(501), Value::Int(1));
        assert_eq!(next(502), Value::Int(2));
    });
}

#[test]
fn a_forgotten_version_is_compiled_again() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let source = Rc::new(module("counter.ts", "let n = 0; export default () => { n += 1; return n; };"));
        let counter = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &[],
            TypeShape::Int4,
            ArgumentStyle::Positional,
        );
        assert_eq!(call(engine, &mut host, &counter, &[]).unwrap(), Value::Int(1));
        assert_eq!(call(engine, &mut host, &counter, &[]).unwrap(), Value::Int(2));
        engine.forget(counter.id);
        assert_eq!(call(engine, &mut host, &counter, &[]).unwrap(), Value::Int(1));
    });
}

#[test]
fn many_arguments_arrive() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let names: Vec<String> = (1..=40).map(|n| format!("p{n}")).collect();
        let params: Vec<(&str, TypeShape)> =
            names.iter().map(|name| (name.as_str(), TypeShape::Int4)).collect();
        let js = format!("(function (ctx, {}) {{ return p1 * 1000 + p40; }})", names.join(", "));
        let f = expression(&js, &params, TypeShape::Int4);
        let args: Vec<Value<'_>> = (1..=40).map(Value::Int).collect();
        assert_eq!(call(engine, &mut host, &f, &args).unwrap(), Value::Int(1040));
    });
}

#[test]
fn a_generator_is_no_value() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        for returns in [TypeShape::Int4, TypeShape::Jsonb, TypeShape::Text] {
            let f = expression("(function* (ctx) { yield 1; })", &[], returns);
            let report = failure(call(engine, &mut host, &f, &[]));
            assert_eq!(report.sqlstate.as_str(), "42804");
            assert!(report.message.contains("generator"), "{}", report.message);
        }
    });
}

#[test]
fn a_host_that_refuses_the_begin_ends_the_call() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_begin = Some(Box::new(|| Err(HostError::Terminate)));
        let outcome = value_of(engine, &mut host, "globalThis.began = true; return 1;", TypeShape::Int4);
        assert!(matches!(outcome, Err(plts_js::CallError::Terminated)), "{outcome:?}");
        host.on_begin = None;
        let began = value_of(engine, &mut host, "return globalThis.began === true;", TypeShape::Bool);
        assert_eq!(began.unwrap(), Value::Bool(false));
    });
}
