//! Triggers: ctx.trigger out of rows, and what became of the row.

mod harness;

use std::rc::Rc;

use harness::*;
use plts_core::trigger::{ColumnTouch, TouchedColumns, TriggerEvent, TriggerLevel, TriggerTiming};
use plts_core::{ErrorReport, TimestampTz, TypeShape, Value};
use plts_js::{
    CallError, Engine, FiredRows, Firing, FunctionBody, FunctionSpec, RoleId, RowAnswer, TriggerColumn,
    TriggerId, TriggerSpec,
};

type Row = Vec<Value<'static>>;

struct Rows {
    old: Option<Row>,
    new: Option<Row>,
}

impl FiredRows for Rows {
    fn old_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>> {
        Ok(self.old.as_ref().map(|row| columns(row, wanted)))
    }

    fn new_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>> {
        Ok(self.new.as_ref().map(|row| columns(row, wanted)))
    }
}

/// The row with NULL for what nobody wants.
fn columns(row: &Row, wanted: &dyn Fn(usize) -> bool) -> Row {
    row.iter()
        .enumerate()
        .map(|(index, value)| if wanted(index) { value.clone() } else { Value::Null })
        .collect()
}

/// A trigger on a table of these columns.
fn trigger(timing: TriggerTiming, columns: &[(&str, TypeShape)]) -> TriggerSpec {
    TriggerSpec {
        id: TriggerId::next(),
        name: "t".to_owned(),
        schema: "s".to_owned(),
        table: "item".to_owned(),
        relation: 1,
        timing,
        level: TriggerLevel::Row,
        arguments: vec!["one".to_owned()],
        columns: columns
            .iter()
            .map(|(name, shape)| TriggerColumn {
                name: (*name).to_owned(),
                shape: shape.clone(),
                generated: false,
            })
            .collect(),
    }
}

fn function(body: &str) -> Rc<FunctionSpec> {
    expression(&format!("(function (ctx) {{ 'use strict'; {body} }})"), &[], TypeShape::Void)
}

fn asynchronous(body: &str) -> Rc<FunctionSpec> {
    expression(&format!("(async function (ctx) {{ 'use strict'; {body} }})"), &[], TypeShape::Void)
}

fn fire(
    engine: &Engine,
    spec: &Rc<FunctionSpec>,
    trigger: &TriggerSpec,
    event: TriggerEvent,
    (old, new): (Option<Row>, Option<Row>),
) -> Result<RowAnswer, CallError> {
    let rows = Rows { old, new };
    let firing = Firing { trigger, event, rows: &rows };
    engine.call_trigger(RoleId(1), spec, &mut FakeHost::new(), &firing)
}

/// What a BEFORE INSERT trigger with this body makes of a row.
fn insert(
    engine: &Engine,
    body: &str,
    columns: &[(&str, TypeShape)],
    row: Row,
) -> Result<RowAnswer, CallError> {
    let trigger = trigger(TriggerTiming::Before, columns);
    fire(engine, &function(body), &trigger, TriggerEvent::Insert, (None, Some(row)))
}

const NUMBERS: &[(&str, TypeShape)] = &[("a", TypeShape::Int4), ("b", TypeShape::Int4)];

fn numbers(a: i32, b: i32) -> Row {
    vec![Value::Int(a), Value::Int(b)]
}

#[test]
fn only_what_changed_is_told() {
    on_engine(|engine| {
        let made = |body| insert(engine, body, NUMBERS, numbers(1, 2)).unwrap();
        assert_eq!(made("ctx.trigger.new.b = 3"), RowAnswer::Changed(vec![(1, Value::Int(3))]));
        assert_eq!(made("ctx.trigger.new.b = 2"), RowAnswer::GoesOn);
        assert_eq!(made("ctx.trigger.new.b = 2n"), RowAnswer::GoesOn);
        assert_eq!(made("delete ctx.trigger.new.a"), RowAnswer::Changed(vec![(0, Value::Null)]));
        assert_eq!(made("ctx.trigger.new = { a: 1, b: 5 }"), RowAnswer::Changed(vec![(1, Value::Int(5))]));
        assert_eq!(made("return { b: 2 }"), RowAnswer::Changed(vec![(0, Value::Null)]));
        assert_eq!(made("return { ...ctx.trigger.new }"), RowAnswer::GoesOn);
        assert_eq!(made("return null"), RowAnswer::LeftOut);
        assert_eq!(made(""), RowAnswer::GoesOn);
    });
}

#[test]
fn one_change_and_several_are_told_apart() {
    const THREE: &[(&str, TypeShape)] =
        &[("a", TypeShape::Text), ("b", TypeShape::Jsonb), ("c", TypeShape::Int4)];
    on_engine(|engine| {
        let trigger = trigger(TriggerTiming::Before, THREE);
        let row = || vec![Value::Text("x".into()), Value::Json("[1]".into()), Value::Int(1)];
        let made = |body: &str| {
            fire(engine, &function(body), &trigger, TriggerEvent::Insert, (None, Some(row()))).unwrap()
        };
        let text = |value: &'static str| Value::Text(value.into());
        let json = |value: &'static str| Value::Json(value.into());
        assert_eq!(made("ctx.trigger.new.c = 2"), RowAnswer::Changed(vec![(2, Value::Int(2))]));
        assert_eq!(made("ctx.trigger.new.a = null"), RowAnswer::Changed(vec![(0, Value::Null)]));
        assert_eq!(made("ctx.trigger.new.a = true"), RowAnswer::Changed(vec![(0, text("true"))]));
        // A value that looks like an answer.
        assert_eq!(made("ctx.trigger.new.b = [0, 1]"), RowAnswer::Changed(vec![(1, json("[0,1]"))]));
        assert_eq!(
            made("const row = ctx.trigger.new; row.c = 3; row.a = 'y'"),
            RowAnswer::Changed(vec![(0, text("y")), (2, Value::Int(3))])
        );
        assert_eq!(
            made("ctx.trigger.new = { a: 'z', b: {}, c: 0 }"),
            RowAnswer::Changed(vec![(0, text("z")), (1, json("{}")), (2, Value::Int(0))])
        );
        assert_eq!(made("ctx.trigger.new.b.push(2)"), RowAnswer::Changed(vec![(1, json("[1,2]"))]));
        assert_eq!(
            made("ctx.trigger.new.b.pop(); ctx.trigger.new.c = '1' - 0"),
            RowAnswer::Changed(vec![(1, json("[]"))])
        );
        // The answer of the firing before is gone.
        assert_eq!(made(""), RowAnswer::GoesOn);
        let promised = asynchronous("await null; ctx.trigger.new.c = 9; ctx.trigger.new.a = 'w'");
        let answer = fire(engine, &promised, &trigger, TriggerEvent::Insert, (None, Some(row())));
        assert_eq!(answer.unwrap(), RowAnswer::Changed(vec![(0, text("w")), (2, Value::Int(9))]));
        let wrong = function("ctx.trigger.new.c = Promise.resolve(1)");
        let report = failure(fire(engine, &wrong, &trigger, TriggerEvent::Insert, (None, Some(row()))));
        assert!(report.message.contains("NEW.c must be a number"), "{}", report.message);
    });
}

/// The same function as [`function`] gives, with what its text touches.
fn touching(body: &str, touched: &[(&str, ColumnTouch)]) -> Rc<FunctionSpec> {
    let mut spec = (*function(body)).clone();
    if let FunctionBody::Expression { touched_columns, .. } = &mut spec.body {
        let names = touched.iter().map(|(name, how)| ((*name).to_owned(), *how));
        *touched_columns = TouchedColumns::Only(names.collect());
    }
    Rc::new(spec)
}

#[test]
fn columns_that_are_not_touched_stay_as_they_are() {
    use ColumnTouch::{Assigned, Read};
    on_engine(|engine| {
        let columns =
            [("a", TypeShape::Text), ("b", TypeShape::Jsonb), ("c", TypeShape::Int4), ("d", TypeShape::Int4)];
        let trigger = trigger(TriggerTiming::Before, &columns);
        let row =
            |c| Some(vec![Value::Text("x".into()), Value::Json("[1]".into()), Value::Int(c), Value::Int(7)]);
        let made = |body: &str, touched: &[(&str, ColumnTouch)]| {
            let spec = touching(body, touched);
            fire(engine, &spec, &trigger, TriggerEvent::Update, (row(1), row(2)))
        };
        let changed = RowAnswer::Changed;
        let cases = [
            ("ctx.trigger.new.c = 3", &[("c", Assigned)][..], changed(vec![(2, Value::Int(3))])),
            // The value it has already.
            ("ctx.trigger.new.c = 2", &[("c", Assigned)], RowAnswer::GoesOn),
            ("if (false) ctx.trigger.new.c = 3", &[("c", Assigned)], RowAnswer::GoesOn),
            ("ctx.trigger.new.c = undefined", &[("c", Assigned)], changed(vec![(2, Value::Null)])),
            ("ctx.trigger.new.b = [1]", &[("b", Assigned)], RowAnswer::GoesOn),
            ("ctx.trigger.new.c += ctx.trigger.old.c", &[("c", Read)], changed(vec![(2, Value::Int(3))])),
            ("ctx.trigger.new.b.push(2)", &[("b", Read)], changed(vec![(1, Value::Json("[1,2]".into()))])),
            (
                "const { new: row, old } = ctx.trigger; row.d = old.d + row.c; row.a = 'y'; return row",
                &[("a", Assigned), ("c", Read), ("d", Read)],
                changed(vec![(0, Value::Text("y".into())), (3, Value::Int(9))]),
            ),
            ("return ctx.trigger.old", &[], RowAnswer::Former),
            ("return ctx.trigger.new", &[], RowAnswer::GoesOn),
            ("return null", &[], RowAnswer::LeftOut),
            ("", &[], RowAnswer::GoesOn),
            // Nothing but what is touched is there.
            (
                "ctx.trigger.new.d = Object.keys(ctx.trigger.new).length",
                &[("d", Assigned)],
                changed(vec![(3, Value::Int(1))]),
            ),
        ];
        for (body, touched, expected) in cases {
            assert_eq!(made(body, touched).unwrap(), expected, "{body}");
        }
        let wrong = made("ctx.trigger.new.nope = 1", &[("nope", Assigned)]);
        assert_eq!(failure(wrong).sqlstate.as_str(), "42703");
        let wrong = made("ctx.trigger.new.c = 'x'", &[("c", Assigned)]);
        assert_eq!(failure(wrong).message, "NEW.c must be a number for type integer, not a string");
    });
}

#[test]
fn a_promise_is_waited_for() {
    on_engine(|engine| {
        let spec = asynchronous("await null; ctx.trigger.new.a += 1; await null;");
        let trigger = trigger(TriggerTiming::Before, NUMBERS);
        for round in 0..3 {
            let answer = fire(engine, &spec, &trigger, TriggerEvent::Insert, (None, Some(numbers(round, 0))));
            assert_eq!(answer.unwrap(), RowAnswer::Changed(vec![(0, Value::Int(round + 1))]));
        }
        let spec = asynchronous("await ctx.db; return { a: 7, b: 0 };");
        let answer = fire(engine, &spec, &trigger, TriggerEvent::Insert, (None, Some(numbers(1, 0))));
        assert_eq!(answer.unwrap(), RowAnswer::Changed(vec![(0, Value::Int(7))]));
        let spec = function("ctx.trigger.new.a = 8; return new Promise(() => {});");
        let report =
            failure(fire(engine, &spec, &trigger, TriggerEvent::Insert, (None, Some(numbers(1, 0)))));
        assert_eq!(report.message, "the function's promise never settles");
    });
}

#[test]
fn objects_changed_in_place_are_told_and_others_are_not() {
    on_engine(|engine| {
        let columns = &[
            ("j", TypeShape::Jsonb),
            ("d", TypeShape::TimestampTz),
            ("x", TypeShape::Bytea),
            ("l", TypeShape::Array(Box::new(TypeShape::Int4))),
            ("f", TypeShape::Float8),
        ];
        let at = TimestampTz(757_000_000_123_456);
        let row = || {
            vec![
                json(r#"{ "n": 1.00, "big": 12345678901234567890 }"#),
                Value::TimestampTz(at),
                Value::Bytes(vec![1, 2].into()),
                Value::Array(numbers(1, 2)),
                Value::Float(-0.0),
            ]
        };
        let made = |body| insert(engine, body, columns, row()).unwrap();
        assert_eq!(made("void ctx.trigger"), RowAnswer::GoesOn);
        assert_eq!(made("return { ...ctx.trigger.new }"), RowAnswer::GoesOn);
        assert_eq!(
            made("ctx.trigger.new.j.n = 2"),
            RowAnswer::Changed(vec![(0, json(r#"{"n":2,"big":12345678901234567890}"#))])
        );
        // The time is the same: so are the microseconds that the object cannot hold.
        assert_eq!(made("const { d } = ctx.trigger.new; d.setTime(d.getTime())"), RowAnswer::GoesOn);
        assert_eq!(made("ctx.trigger.new.d = ctx.trigger.new.d"), RowAnswer::GoesOn);
        assert_eq!(
            made("const { d } = ctx.trigger.new; d.setTime(d.getTime() + 1)"),
            RowAnswer::Changed(vec![(1, Value::TimestampTz(TimestampTz(757_000_000_124_000)))])
        );
        assert_eq!(
            made("ctx.trigger.new.x[1] = 3"),
            RowAnswer::Changed(vec![(2, Value::Bytes(vec![1, 3].into()))])
        );
        assert_eq!(made("ctx.trigger.new.l.reverse().reverse()"), RowAnswer::GoesOn);
        assert_eq!(
            made("ctx.trigger.new.l.reverse()"),
            RowAnswer::Changed(vec![(3, Value::Array(numbers(2, 1)))])
        );
        let RowAnswer::Changed(changes) = made("ctx.trigger.new.f = 0") else {
            panic!("zero is not minus zero")
        };
        assert!(matches!(changes[..], [(4, Value::Float(zero))] if zero.is_sign_positive()));
    });
}

#[test]
fn microseconds_ride_along_with_a_date_to_another_column() {
    on_engine(|engine| {
        let columns = &[("d", TypeShape::TimestampTz), ("e", TypeShape::TimestampTz)];
        // In 2023, in the year 5000, and in 1400.
        for micros in [757_000_000_123_456, 94_670_000_000_123_457, -18_900_000_000_123_458] {
            let at = TimestampTz(micros);
            let row = vec![Value::TimestampTz(at), Value::Null];
            let answer = insert(engine, "ctx.trigger.new.e = ctx.trigger.new.d", columns, row).unwrap();
            assert_eq!(answer, RowAnswer::Changed(vec![(1, Value::TimestampTz(at))]));
        }
    });
}

#[test]
fn what_is_no_row_is_refused() {
    on_engine(|engine| {
        for (body, sqlstate) in [
            ("ctx.trigger.new.c = 1", "42703"),
            ("return { a: 1, c: 1 }", "42703"),
            ("delete ctx.trigger.new.a; ctx.trigger.new.c = 1", "42703"),
            ("return 1", "42804"),
            ("return [1, 2]", "42804"),
            ("return new Map()", "42804"),
            ("return (function* () {})()", "42804"),
            ("ctx.trigger.new = null", "42804"),
            ("ctx.trigger.new.a = 'one'", "42804"),
            ("ctx.trigger.new.a = 2 ** 31", "22003"),
            ("ctx.trigger = {}", "38000"),
            ("return true", "42804"),
        ] {
            let report = failure(insert(engine, body, NUMBERS, numbers(1, 2)));
            assert_eq!(report.sqlstate.as_str(), sqlstate, "{body}: {}", report.message);
        }
        let report = failure(insert(engine, "ctx.trigger.new.a = 'one'", NUMBERS, numbers(1, 2)));
        assert_eq!(report.message, "NEW.a must be a number for type integer, not a string");
        assert_eq!((report.table_name.as_deref(), report.column_name.as_deref()), (Some("item"), Some("a")));
        // The next firing is none the worse.
        assert_eq!(insert(engine, "ctx.trigger", NUMBERS, numbers(1, 2)).unwrap(), RowAnswer::GoesOn);
    });
}

#[test]
fn updates_have_both_rows_and_deletes_the_old_one() {
    on_engine(|engine| {
        let before = trigger(TriggerTiming::Before, NUMBERS);
        let update = |body: &str| {
            let rows = (Some(numbers(1, 2)), Some(numbers(3, 4)));
            fire(engine, &function(body), &before, TriggerEvent::Update, rows)
        };
        assert_eq!(
            update("const { old, new: row } = ctx.trigger; row.a = old.a * 10 + old.b").unwrap(),
            RowAnswer::Changed(vec![(0, Value::Int(12))])
        );
        assert_eq!(update("ctx.trigger.old.a = 100; return ctx.trigger.old").unwrap(), RowAnswer::Former);
        assert_eq!(update("ctx.trigger.new = ctx.trigger.old").unwrap(), RowAnswer::Former);
        assert_eq!(update("ctx.trigger.old.a = 100").unwrap(), RowAnswer::GoesOn);
        let delete = |body: &str| {
            fire(engine, &function(body), &before, TriggerEvent::Delete, (Some(numbers(1, 2)), None))
        };
        assert_eq!(delete("if (ctx.trigger.new !== null) throw 1").unwrap(), RowAnswer::GoesOn);
        assert_eq!(delete("return ctx.trigger.old").unwrap(), RowAnswer::GoesOn);
        assert_eq!(delete("return ctx.trigger.old.a === 1 ? null : 1").unwrap(), RowAnswer::LeftOut);
        assert_eq!(delete("return null").unwrap(), RowAnswer::LeftOut);
        assert_eq!(delete("return {}").unwrap(), RowAnswer::GoesOn);
        assert_eq!(failure(delete("return ctx.trigger.old.a")).sqlstate.as_str(), "42804");
        assert_eq!(failure(delete("return 1")).sqlstate.as_str(), "42804");
    });
}

#[test]
fn what_postgresql_has_no_use_for_is_dropped() {
    on_engine(|engine| {
        let after = trigger(TriggerTiming::After, NUMBERS);
        let spec = function("ctx.trigger.new.a = 5; ctx.trigger.new.unknown = 1; return 'anything'");
        let answer = fire(engine, &spec, &after, TriggerEvent::Insert, (None, Some(numbers(1, 2))));
        assert_eq!(answer.unwrap(), RowAnswer::GoesOn);
        let mut statement = trigger(TriggerTiming::Before, NUMBERS);
        statement.level = TriggerLevel::Statement;
        let spec = function(
            "if (ctx.trigger.event !== 'TRUNCATE' || ctx.trigger.new !== null) throw 1; return null",
        );
        let answer = fire(engine, &spec, &statement, TriggerEvent::Truncate, (None, None));
        assert_eq!(answer.unwrap(), RowAnswer::GoesOn);
        let spec = function("ctx.trigger; return (function* () {})()");
        let report = failure(fire(engine, &spec, &after, TriggerEvent::Insert, (None, Some(numbers(1, 2)))));
        assert_eq!(report.sqlstate.as_str(), "42804");
    });
}

#[test]
fn one_function_serves_many_triggers() {
    on_engine(|engine| {
        let spec = function("for (const key of Object.keys(ctx.trigger.new)) ctx.trigger.new[key] += 1");
        let names: Vec<String> = (0..300).map(|number| format!("c{number}")).collect();
        for name in names.iter().chain(&names) {
            let before = trigger(TriggerTiming::Before, &[(name, TypeShape::Int4)]);
            let answer =
                fire(engine, &spec, &before, TriggerEvent::Insert, (None, Some(vec![Value::Int(1)])));
            assert_eq!(answer.unwrap(), RowAnswer::Changed(vec![(0, Value::Int(2))]));
        }
    });
}

#[test]
fn an_event_trigger_is_told_its_event() {
    on_engine(|engine| {
        let spec =
            function("const { event, tag } = ctx.event; throw new Error(`${event} ${tag} ${ctx.trigger}`)");
        let outcome =
            engine.call_event_trigger(RoleId(1), &spec, &mut FakeHost::new(), "sql_drop", "DROP TABLE");
        assert_eq!(failure(outcome).message, "sql_drop DROP TABLE undefined");
        let spec = function("ctx.event; return 5");
        engine
            .call_event_trigger(RoleId(1), &spec, &mut FakeHost::new(), "ddl_command_end", "CREATE TABLE")
            .unwrap();
    });
}
