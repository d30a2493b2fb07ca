//! Sets: what can be one, how its iterator is driven, and what stops it.

mod harness;

use std::rc::Rc;
use std::sync::Arc;

use harness::{FakeHost, ROLE, expression, failure, module, on_engine, spec, text};
use plts_core::{CompositeShape, ErrorReport, FieldShape, SqlState, TypeShape, Value};
use plts_js::{ArgumentStyle, CallError, Engine, FunctionBody, FunctionSpec, HostError};

fn rows(
    engine: &Engine,
    host: &mut FakeHost,
    spec: &Rc<FunctionSpec>,
) -> Result<Vec<Value<'static>>, CallError> {
    let mut rows = Vec::new();
    engine.call_set(ROLE, spec, host, &[], &mut |row| {
        rows.push(row.clone().into_owned());
        Ok(())
    })?;
    Ok(rows)
}

fn generator(body: &str, returns: TypeShape) -> Rc<FunctionSpec> {
    expression(&format!("(function* (ctx) {{ 'use strict'; {body} }})"), &[], returns)
}

fn function(body: &str, returns: TypeShape) -> Rc<FunctionSpec> {
    expression(&format!("(function (ctx) {{ 'use strict'; {body} }})"), &[], returns)
}

#[test]
fn every_iterable_is_a_set() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let two = vec![Value::Int(1), Value::Int(2)];
        for body in [
            "return [1, 2]",
            "return new Set([1, 2])",
            "return new Int32Array([1, 2])",
            "return [1, 2].values()",
            "return { *[Symbol.iterator]() { yield 1; yield 2 } }",
            "return { async *[Symbol.asyncIterator]() { yield 1; yield 2 } }",
            "return Promise.resolve([1, 2])",
            "return (async function* () { yield* [1, 2] })()",
            "class Two extends Array { *[Symbol.iterator]() { yield 1; yield 2 } } return new Two()",
        ] {
            let spec = function(body, TypeShape::Int4);
            assert_eq!(rows(engine, &mut host, &spec).unwrap(), two, "{body}");
        }
        let from_generator = generator("yield 1; yield 2; return 3", TypeShape::Int4);
        assert_eq!(rows(engine, &mut host, &from_generator).unwrap(), two);
        let body = FunctionBody::Module {
            modules: Vec::new(),
            source: Rc::new(module("m", "export default async function* () { yield 1; yield 2 }")),
        };
        let from_module = spec(body, &[], TypeShape::Int4, ArgumentStyle::Positional);
        assert_eq!(rows(engine, &mut host, &from_module).unwrap(), two);
    });
}

#[test]
fn batches_of_any_size_keep_order_and_number() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        for count in [0, 1, 2, 255, 256, 257, 511, 1000] {
            let expected: Vec<Value<'_>> = (0..count).map(Value::Int).collect();
            let spec = generator(&format!("for (let i = 0; i < {count}; i += 1) yield i"), TypeShape::Int4);
            assert_eq!(rows(engine, &mut host, &spec).unwrap(), expected, "{count}");
            let spec =
                function(&format!("return Array.from({{ length: {count} }}, (_, i) => i)"), TypeShape::Int4);
            assert_eq!(rows(engine, &mut host, &spec).unwrap(), expected, "{count}");
        }
    });
}

#[test]
fn an_object_is_read_before_the_generator_goes_on() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "const row = []; for (let i = 0; i < 3; i += 1) { row[0] = i; yield row; yield [9] }";
        let spec = generator(body, TypeShape::Array(Box::new(TypeShape::Int4)));
        let first: Vec<_> = rows(engine, &mut host, &spec).unwrap().into_iter().step_by(2).collect();
        let expected: Vec<_> = {
            let spec = function("return [[0], [1], [2]]", TypeShape::Array(Box::new(TypeShape::Int4)));
            rows(engine, &mut host, &spec).unwrap()
        };
        assert_eq!(first, expected);
    });
}

#[test]
fn a_generator_is_not_drawn_far_ahead_of_large_rows() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        // 300 rows of a megabyte are more than the heap holds.
        let body =
            "for (let i = 0; i < 300; i += 1) yield 'x'.repeat(1 << 19) + String(i) + 'y'.repeat(1 << 19)";
        let spec = generator(body, TypeShape::Text);
        let mut bytes = 0;
        engine
            .call_set(ROLE, &spec, &mut host, &[], &mut |row| {
                if let Value::Text(text) = row {
                    bytes += text.len();
                }
                Ok(())
            })
            .unwrap();
        assert!(bytes > 300 << 20);
    });
}

#[test]
fn the_sink_can_stop_a_set_which_then_has_no_database() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "try { for (;;) yield 1 } finally { ctx.log.notice('bye'); ctx.db.sync.query('any') }";
        let spec = generator(body, TypeShape::Int4);
        let mut taken = 0;
        let outcome = engine.call_set(ROLE, &spec, &mut host, &[], &mut |_| {
            taken += 1;
            if taken < 500 {
                return Ok(());
            }
            Err(HostError::Sql(Box::new(ErrorReport::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "no"))))
        });
        assert_eq!(failure(outcome).message, "no");
        assert_eq!(taken, 500);
        assert_eq!(host.logged.len(), 1);
        assert!(!host.events.iter().any(|event| event.starts_with("prepare")));
    });
}

#[test]
fn a_sink_that_terminates_runs_no_finally() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let spec = generator("try { for (;;) yield 1 } finally { ctx.log.notice('bye') }", TypeShape::Int4);
        let outcome = engine.call_set(ROLE, &spec, &mut host, &[], &mut |_| Err(HostError::Terminate));
        assert!(matches!(outcome, Err(CallError::Terminated)));
        assert!(host.logged.is_empty());
        let spec = generator("yield 'still there'", TypeShape::Text);
        assert_eq!(rows(engine, &mut host, &spec).unwrap(), [text("still there")]);
    });
}

#[test]
fn a_row_that_does_not_fit_is_named_and_ends_the_iterator_once() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "let n = 0; return {
            [Symbol.iterator]() { return this },
            next() { n += 1; return { done: false, value: n === 4 ? {} : n } },
            return() { ctx.log.notice(`return after ${n}`); throw new Error('ignored') },
        }";
        let report = failure(rows(engine, &mut host, &function(body, TypeShape::Int4)));
        assert_eq!(report.message, "row 4 must be a number for type integer, not an object");
        assert_eq!(host.logged.len(), 1);
        assert_eq!(host.logged[0].1, "return after 4");
    });
}

#[test]
fn a_set_within_a_set_is_a_call_of_its_own() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("inner", &[], move |_, sink| {
            let mut host = FakeHost::new();
            let spec = generator("yield 10; yield 20", TypeShape::Int4);
            let inner = rows(engine, &mut host, &spec).unwrap();
            sink.columns(&harness::names(&["n"]))?;
            for row in &inner {
                sink.rows(std::slice::from_ref(row), 1)?;
            }
            Ok(plts_js::Completion { row_count: inner.len() as u64 })
        });
        let body = "yield 1; for (const { n } of ctx.db.sync.query('inner')) yield n + 1";
        let spec = generator(body, TypeShape::Int4);
        let expected = [Value::Int(1), Value::Int(11), Value::Int(21)];
        assert_eq!(rows(engine, &mut host, &spec).unwrap(), expected);
    });
}

fn pair() -> TypeShape {
    let field = |name: &str, shape| FieldShape { name: name.to_owned(), shape };
    let fields = vec![field("a", TypeShape::Int4), field("toString", TypeShape::Text)];
    TypeShape::Composite(Arc::new(CompositeShape { name: "pair".to_owned(), fields }))
}

fn columns(row: &Value<'_>) -> String {
    match row {
        Value::Null => "none".to_owned(),
        Value::Composite(row) => format!("{:?}", row.values()),
        other => panic!("expected a row, got {other:?}"),
    }
}

#[test]
fn rows_are_the_same_whether_they_are_taken_apart_early_or_late() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        // In each pair the first row is plain, and the second is one that only a closer look understands.
        for (plain, odd) in [
            ("{ a: 1, toString: 'x' }", "{ toString: 'x', a: 1 }"),
            ("{ a: 1, toString: undefined }", "{ a: 1 }"),
            ("{ a: 1, toString: 'x' }", "{ a: 1, toString: 'x', more: undefined }"),
            ("{ a: 1, toString: 'x' }", "Object.assign(Object.create(null), { a: 1, toString: 'x' })"),
            ("{ a: 1, toString: 'x' }", "new (class { a = 1; toString = 'x' })()"),
            ("{ a: 1, toString: 'x' }", "new Proxy({ a: 1, toString: 'x' }, {})"),
            ("{ a: null, toString: null }", "{}"),
            ("{ get a() { return 1 }, toString: 'x' }", "{ a: 1, get toString() { return 'x' } }"),
            ("{ a: 1, toString: null }", "{ get a() { delete this.toString; return 1 }, toString: 'x' }"),
        ] {
            for (first, second) in [(plain, odd), (odd, plain)] {
                let spec = generator(
                    &format!("for (let i = 0; i < 5; i += 1) {{ yield {first}; yield {second} }}"),
                    pair(),
                );
                let given = rows(engine, &mut host, &spec).unwrap();
                assert_eq!(given.len(), 10);
                for row in &given {
                    assert_eq!(columns(row), columns(&given[0]), "{first} {second}");
                }
            }
        }
        let spec =
            generator("yield { a: 1, toString: 'x' }; yield null; yield { a: 2, toString: 'y' }", pair());
        let given = rows(engine, &mut host, &spec).unwrap();
        assert_eq!(columns(&given[1]), "none");
        assert_ne!(columns(&given[0]), columns(&given[2]));
    });
}

#[test]
fn a_row_may_be_changed_and_given_again() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "const row = { a: 0, toString: 'x' }; for (; row.a < 600; row.a += 1) yield row";
        let given = rows(engine, &mut host, &generator(body, pair())).unwrap();
        for (index, row) in given.iter().enumerate() {
            let Value::Composite(row) = row else { panic!("expected a row") };
            assert_eq!(row.values()[0], Value::Int(index as i32));
        }
        assert_eq!(given.len(), 600);
    });
}

#[test]
fn a_column_that_does_not_fit_is_named() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        for (row, message) in [
            ("{ a: 'x', toString: 'x' }", "row 3.a must be a number for type integer, not a string"),
            ("{ a: 1, toString: {} }", "row 3.toString must be a string, not an object"),
            ("{ a: 1, b: 2 }", "row 3 has a property \"b\", which type pair does not have"),
            ("[1, 'x']", "row 3 must be an object for type pair, not an array"),
            ("7", "row 3 must be an object for type pair, not a number"),
        ] {
            let body = format!("const good = {{ a: 1, toString: 'x' }}; yield good; yield good; yield {row}");
            let report = failure(rows(engine, &mut host, &generator(&body, pair())));
            assert_eq!(report.message, message);
        }
    });
}
