//! Functions written for plv8: how they are compiled, what they share, and how far their stacks go.

mod harness;

use std::rc::Rc;

use harness::{FakeHost, ROLE, call, failure, json, names, on_engine, spec, text, value_of};
use plts_core::{NumberArray, SqlState, TimestampTz, TypeShape, Value};
use plts_js::{
    ArgumentStyle, Completion, Engine, FunctionBody, FunctionSpec, LogLevel, Plv8Parameters, RoleId,
};

fn plv8(source: &str, parameters: &[&str], returns: TypeShape) -> Rc<FunctionSpec> {
    let named = parameters.iter().map(|name| (!name.is_empty()).then(|| (*name).to_owned())).collect();
    let body = FunctionBody::Plv8 {
        source: source.to_owned(),
        name: "public.f".to_owned(),
        parameters: Plv8Parameters::Named(named),
    };
    spec(body, &[], returns, ArgumentStyle::Positional)
}

fn text_of(engine: &Engine, host: &mut FakeHost, source: &str) -> Value<'static> {
    call(engine, host, &plv8(source, &[], TypeShape::Text), &[]).unwrap()
}

#[test]
fn a_body_is_sloppy_and_finds_its_arguments() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let sums = plv8("with ({ c: 1 }) return a + $2 + c + arguments.length", &["a", ""], TypeShape::Int4);
        let given = [Value::Int(10), Value::Int(20)];
        assert_eq!(call(engine, &mut host, &sums, &given).unwrap(), Value::Int(33));
        assert_eq!(text_of(engine, &mut host, "return this === globalThis"), text("true"));
    });
}

#[test]
fn a_body_cannot_end_its_function() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        for source in ["}); (function () {", "}", "return 1 +", "*/", "export default 1"] {
            let broken = plv8(source, &[], TypeShape::Int4);
            let report = failure(engine.check_plv8(ROLE, &broken, &mut host));
            assert_eq!(report.sqlstate, SqlState::SYNTAX_ERROR, "{source}: {}", report.message);
            let report = failure(call(engine, &mut host, &broken, &[]));
            assert_eq!(report.sqlstate, SqlState::SYNTAX_ERROR, "{source}: {}", report.message);
        }
        let fine = plv8("throw 1 // only checked", &[], TypeShape::Int4);
        engine.check_plv8(ROLE, &fine, &mut host).unwrap();
        assert!(host.events.is_empty(), "a check asks nothing: {:?}", host.events);
    });
}

#[test]
fn one_global_object_for_a_role_and_none_of_it_elsewhere() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        text_of(engine, &mut host, "shared_here = 'yes'; plv8.too = 1");
        assert_eq!(text_of(engine, &mut host, "return shared_here + plv8.too"), text("yes1"));
        let seen = "return typeof globalThis.shared_here + typeof globalThis.plv8 + typeof globalThis.NOTICE";
        let other = value_of(engine, &mut host, seen, TypeShape::Text).unwrap();
        assert_eq!(other, text("undefinedundefinedundefined"));
        let asks = plv8("return typeof shared_here", &[], TypeShape::Text);
        let other_role =
            engine.call(RoleId(11), &asks, &mut host, [].as_slice(), |value| value.clone().into_owned());
        assert_eq!(other_role.unwrap(), text("undefined"));
        assert!(engine.plv8_roles().contains(&RoleId(11)));
        engine.forget_plv8(ROLE);
        assert_eq!(call(engine, &mut host, &asks, &[]).unwrap(), text("undefined"));
        engine.forget_role(RoleId(11));
        assert!(!engine.plv8_roles().contains(&RoleId(11)));
    });
}

/// Teaches the host a statement that calls a function again.
fn teach_call(host: &mut FakeHost, engine: &'static Engine, sql: &str, inner: Rc<FunctionSpec>) {
    host.teach(sql, &[], move |_, sink| {
        let mut host = FakeHost::new();
        let outcome = engine.call(ROLE, &inner, &mut host, [].as_slice(), |value| value.clone().into_owned());
        let value = outcome.map_err(|error| plts_js::HostError::Sql(Box::new(failure::<()>(Err(error)))))?;
        sink.columns(&names(&["it"]))?;
        sink.rows(&[value], 1)?;
        Ok(Completion { row_count: 1 })
    });
}

#[test]
fn nested_calls_share_it_and_have_stacks_of_their_own() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        teach_call(&mut host, engine, "inner", plv8("depth += 1; return depth", &[], TypeShape::Int4));
        let outer = "depth = 1; return plv8.execute('inner')[0].it + depth";
        assert_eq!(call(engine, &mut host, &plv8(outer, &[], TypeShape::Int4), &[]).unwrap(), Value::Int(4));

        let fails = plv8("function inside() { throw new Error('here') }\ninside()", &[], TypeShape::Text);
        teach_call(&mut host, engine, "fails", fails);
        let report =
            failure(call(engine, &mut host, &plv8("plv8.execute('fails')", &[], TypeShape::Text), &[]));
        let context = report.context.unwrap();
        let lines: Vec<&str> = context.lines().collect();
        assert_eq!(lines, ["at inside (public.f:1:27)", "at f (public.f:2:1)"]);
    });
}

#[test]
fn promises_wait_for_the_outermost_call() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        assert_eq!(text_of(engine, &mut host, "return Promise.resolve('now').then(x => x)"), text("now"));
        let later = "Promise.resolve().then(() => { order += ' later' }); return order += ' inner'";
        teach_call(&mut host, engine, "inner", plv8(later, &[], TypeShape::Text));
        let outer = "order = 'begin'; Promise.resolve().then(() => { order += ' first' }); plv8.execute('inner'); return order";
        assert_eq!(text_of(engine, &mut host, outer), text("begin inner"));
        assert_eq!(text_of(engine, &mut host, "return order"), text("begin inner first later"));
    });
}

#[test]
fn values_are_converted_as_plv8_does() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let cases = [
            ("return 1.9", TypeShape::Int4, Value::Int(1)),
            ("return '5'", TypeShape::Int4, text("5")),
            ("return 0.1 + 0.2", TypeShape::Numeric, text("3e-1")),
            ("return {}", TypeShape::Text, text("[object Object]")),
            ("return '{}'", TypeShape::Json, json("{}")),
            ("return '{}'", TypeShape::Jsonb, json("\"{}\"")),
            ("return new Date(946684800000)", TypeShape::TimestampTz, Value::TimestampTz(TimestampTz(0))),
        ];
        for (source, shape, expected) in cases {
            assert_eq!(
                call(engine, &mut host, &plv8(source, &[], shape), &[]).unwrap(),
                expected,
                "{source}"
            );
        }
        for source in ["return 2147483648", "return NaN"] {
            failure(call(engine, &mut host, &plv8(source, &[], TypeShape::Int4), &[]));
        }
        let shown = plv8("return Object.prototype.toString.call(a) + a", &["a"], TypeShape::Text);
        for (numbers, expected) in [
            (NumberArray::Int2(vec![1, -2]), "[object Int16Array]1,-2"),
            (NumberArray::Int4(vec![3]), "[object Int32Array]3"),
            (NumberArray::Int8(vec![i64::MAX]), "[object BigInt64Array]9223372036854775807"),
            (NumberArray::Float4(vec![0.5]), "[object Float32Array]0.5"),
            (NumberArray::Float8(vec![]), "[object Float64Array]"),
        ] {
            let given = [Value::Numbers(Box::new(numbers))];
            assert_eq!(call(engine, &mut host, &shown, &given).unwrap(), text(expected));
        }
    });
}

#[test]
fn rows_go_where_they_are_given() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let set = plv8("plv8.return_next(1); plv8.return_next('2'); return [3]", &[], TypeShape::Int4);
        let mut rows = Vec::new();
        engine
            .call_set(ROLE, &set, &mut host, &[], &mut |row| {
                rows.push(row.clone().into_owned());
                Ok(())
            })
            .unwrap();
        assert_eq!(rows, [Value::Int(1), text("2"), Value::Int(3)]);
        let report =
            failure(call(engine, &mut host, &plv8("plv8.return_next(1)", &[], TypeShape::Int4), &[]));
        assert_eq!(report.sqlstate, SqlState::FEATURE_NOT_SUPPORTED);
    });
}

#[test]
fn statements_and_messages_reach_the_host() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("update", &[TypeShape::Int4], |params, _| {
            assert_eq!(params, [Value::Int(7)]);
            Ok(Completion { row_count: 3 })
        });
        host.teach_rows("none", &["a"], Vec::new());
        host.teach_rows("twice", &["a", "a"], vec![vec![Value::Int(1), Value::Int(2)]]);
        let source = "plv8.elog(DEBUG2, 'a', 1); plv8.elog(WARNING, 'b'); return [plv8.execute('update', 7), \
                      plv8.execute('update', [7]), plv8.execute('none').length, plv8.execute('twice')[0].a].join()";
        assert_eq!(text_of(engine, &mut host, source), text("3,3,0,2"));
        assert_eq!(host.logged, [(LogLevel::Debug2, "a 1".to_owned()), (LogLevel::Warning, "b".to_owned())]);
        assert!(host.events.iter().any(|event| event == "begin ReadWrite can_catch=true"));
    });
}

#[test]
fn code_from_text_runs_here_alone() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let source = "return eval('1 + 1') + new Function('return 2')() + plv8.run_script('3')";
        assert_eq!(text_of(engine, &mut host, source), text("7"));
        let refused = "try { eval('1'); return 'ran' } catch (error) { return error.name }";
        assert_eq!(value_of(engine, &mut host, refused, TypeShape::Text).unwrap(), text("EvalError"));
        // What is frozen stays so: nothing that was made from text changes a built-in object.
        let tampers = "eval('Array.prototype.map = 1; Object.prototype.x = 1; JSON.parse = 2'); return typeof [].map + ({}).x + typeof JSON.parse";
        assert_eq!(text_of(engine, &mut host, tampers), text("functionundefinedfunction"));
    });
}

#[test]
fn each_of_nested_calls_stands_where_it_itself_stands() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("outer", &[], move |_, _| {
            let mut inner = FakeHost::new();
            inner.teach("inner", &[], move |_, sink| {
                sink.columns(&names(&["level"]))?;
                for level in 0..3 {
                    sink.rows(&[text(&plts_js::current_stack(engine, level))], 1)?;
                }
                Ok(Completion { row_count: 3 })
            });
            let source = "function within() { return plv8.execute('inner') }\n seen = within()";
            call(engine, &mut inner, &plv8(source, &[], TypeShape::Text), &[]).unwrap();
            Ok(Completion { row_count: 0 })
        });
        let source = "\n\nplv8.execute('outer'); return seen.map(row => row.level).join('|')";
        let expected = "at f (public.f:3:6)|at within (public.f:1:33)\nat f (public.f:2:9)|";
        assert_eq!(text_of(engine, &mut host, source), text(expected));
    });
}
