//! Values across the edge, both ways, for each row of the type table.

mod harness;

use harness::*;
use plts_core::{TimestampTz, TypeShape, Value};

fn arrives(value: &Value<'static>, shape: TypeShape, test: &str) {
    let (value, test) = (value.clone(), test.to_owned());
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        let js = format!("(function (ctx, v) {{ 'use strict'; return {test}; }})");
        let f = expression(&js, &[("v", shape)], TypeShape::Bool);
        let outcome = call(engine, &mut host, &f, std::slice::from_ref(&value)).unwrap();
        assert_eq!(outcome, Value::Bool(true), "{value:?}: {test}");
    });
}

#[test]
fn values_arrive_as_the_table_says() {
    use TypeShape as T;
    arrives(&Value::Null, T::Int4, "v === null");
    arrives(&Value::Bool(true), T::Bool, "v === true");
    arrives(&Value::Int(-5), T::Int4, "v === -5");
    arrives(&Value::Int(i32::MIN), T::Int4, "v === -2147483648");
    arrives(&Value::Unsigned(u32::MAX), T::Oid, "v === 4294967295");
    arrives(&Value::BigInt(i64::MIN), T::Int8, "v === -9223372036854775808n");
    arrives(&Value::Float(1.5), T::Float8, "v === 1.5");
    arrives(&Value::Float(f64::NAN), T::Float8, "Number.isNaN(v)");
    arrives(&Value::Float(-0.0), T::Float8, "Object.is(v, -0)");
    arrives(&text("häß 😀"), T::Text, "v === 'h\\u00e4\\u00df \\u{1f600}'");
    arrives(&text(""), T::Text, "v === ''");
    arrives(
        &Value::Bytes(vec![0, 255].into()),
        T::Bytea,
        "v instanceof Uint8Array && v.length === 2 && v[1] === 255",
    );
    arrives(&Value::Bytes(vec![].into()), T::Bytea, "v instanceof Uint8Array && v.length === 0");
    arrives(
        &json("{\"a\": [1, null, \"x\"]}"),
        T::Jsonb,
        "v.a.length === 3 && v.a[1] === null && v.a[2] === 'x'",
    );
    arrives(&json("null"), T::Jsonb, "v === null");
    arrives(
        &json(
            "{\"big\": 9007199254740993, \"small\": 12, \"id\": \"1234567890123456789\", \"f\": 12345678901234567.5}",
        ),
        T::Jsonb,
        "v.big === 9007199254740993n && v.small === 12 && typeof v.id === 'string' && typeof v.f === 'number'",
    );
    arrives(&json("[-9223372036854775808]"), T::Json, "v[0] === -9223372036854775808n");
    arrives(&json("{\"__proto__\": 12345678901234567890}"), T::Json, "Object.keys(v)[0] === '__proto__'");
    arrives(
        &Value::TimestampTz(TimestampTz(0)),
        T::TimestampTz,
        "v instanceof Date && v.getTime() === 946684800000",
    );
    arrives(&Value::TimestampTz(TimestampTz::INFINITY), T::TimestampTz, "v === Infinity");
    arrives(
        &Value::Array(vec![Value::Int(1), Value::Null, Value::Array(vec![text("x")])]),
        T::Array(Box::new(T::Int4)),
        "Array.isArray(v) && v[0] === 1 && v[1] === null && v[2][0] === 'x'",
    );
}

fn gives(js: &str, shape: TypeShape) -> Result<Value<'static>, (String, String)> {
    let js = js.to_owned();
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        match value_of(engine, &mut host, &format!("return {js};"), shape) {
            Err(plts_js::CallError::Failed(report)) => Err((report.sqlstate.to_string(), report.message)),
            Err(other) => panic!("{other:?}"),
            Ok(value) => Ok(value),
        }
    })
}

#[test]
fn results_are_converted_to_the_declared_type() {
    use TypeShape as T;
    for (js, shape, value) in [
        ("undefined", T::Int4, Value::Null),
        ("null", T::Jsonb, Value::Null),
        ("'whatever'", T::Void, Value::Null),
        ("true", T::Bool, Value::Bool(true)),
        ("-7", T::Int2, Value::Int(-7)),
        ("2147483647", T::Int4, Value::Int(i32::MAX)),
        ("-0", T::Int4, Value::Int(0)),
        ("5n", T::Int4, Value::Int(5)),
        ("4294967295", T::Oid, Value::Unsigned(u32::MAX)),
        ("2 ** 53", T::Int8, Value::BigInt(1 << 53)),
        ("-9223372036854775808n", T::Int8, Value::BigInt(i64::MIN)),
        ("12", T::Int8, Value::BigInt(12)),
        ("0.1", T::Float8, Value::Float(0.1)),
        ("Infinity", T::Float4, Value::Float(f64::INFINITY)),
        ("'123456789012345678901234567890.5'", T::Numeric, text("123456789012345678901234567890.5")),
        ("1.25", T::Numeric, text("1.25")),
        ("10n ** 30n", T::Numeric, text("1000000000000000000000000000000")),
        ("'h\\u00e4\\u{1f600}'", T::Text, text("hä😀")),
        ("'h\\u00e4'", T::Text, text("hä")),
        ("7", T::Text, text("7")),
        ("new Uint8Array([1, 2, 3]).subarray(1)", T::Bytea, Value::Bytes(vec![2, 3].into())),
        ("new Uint8Array([1, 2]).buffer", T::Bytea, Value::Bytes(vec![1, 2].into())),
        (
            "({ a: 1n << 64n, b: undefined, c: [null] })",
            T::Jsonb,
            json("{\"a\":18446744073709551616,\"c\":[null]}"),
        ),
        ("'text'", T::Json, json("\"text\"")),
        ("new Date(946684800123)", T::TimestampTz, Value::TimestampTz(TimestampTz(123_000))),
        ("-Infinity", T::TimestampTz, Value::TimestampTz(TimestampTz::NEGATIVE_INFINITY)),
        ("new Date(Date.UTC(2024, 1, 29, 23, 59))", T::Date, text("2024-02-29")),
        ("'2024-03-01'", T::Date, text("2024-03-01")),
        (
            "[1, null, 3]",
            T::Array(Box::new(T::Int4)),
            Value::Array(vec![Value::Int(1), Value::Null, Value::Int(3)]),
        ),
        (
            "new Float64Array([0.5, 2])",
            T::Array(Box::new(T::Float8)),
            Value::Array(vec![Value::Float(0.5), Value::Float(2.0)]),
        ),
    ] {
        assert_eq!(gives(js, shape.clone()), Ok(value), "{js} as {shape:?}");
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_names_it() {
    use TypeShape as T;
    for (js, shape, code, message) in [
        ("'5'", T::Int4, "42804", "result must be a number for type integer, not a string"),
        ("1.5", T::Int4, "42804", "result must be an integer for type integer, not 1.5"),
        ("({})", T::Text, "42804", "result must be a string, not an object"),
        ("1", T::Bool, "42804", "result must be a boolean for type boolean, not a number"),
        ("(() => 1)", T::Jsonb, "42804", "result cannot be JSON, it is a function"),
        ("Symbol('s')", T::Text, "42804", "result must be a string, not a symbol"),
        (
            "({ toJSON() {} })",
            T::Jsonb,
            "42804",
            "result cannot be JSON, it is an object whose toJSON gives nothing",
        ),
        ("3000000000", T::Int4, "22003", "result is out of range for type integer: 3000000000"),
        ("40000", T::Int2, "22003", "result is out of range for type smallint: 40000"),
        ("-1", T::Oid, "22003", "result is out of range for type oid: -1"),
        ("2 ** 63", T::Int8, "22003", "result is out of range for type bigint: 9223372036854776000"),
        ("1n << 63n", T::Int8, "22003", "result is out of range for type bigint: 9223372036854775808"),
        ("1e300", T::Float4, "22003", "result is out of range for type real: 1"),
        ("NaN", T::Int4, "42804", "result must be an integer for type integer, not NaN"),
        ("Infinity", T::Int8, "22003", "result is out of range for type bigint: Infinity"),
        ("new Date(NaN)", T::TimestampTz, "22008", "result is an invalid Date"),
        (
            "new Date(-8.64e15)",
            T::TimestampTz,
            "22008",
            "result is out of range for type timestamp with time zone",
        ),
        ("new Date(NaN)", T::Date, "22008", "result is an invalid Date"),
        (
            "'2024-01-01'",
            T::TimestampTz,
            "42804",
            "result must be a Date for type timestamp with time zone, not a string",
        ),
        ("'a\\0b'", T::Text, "22P05", "result contains a NUL character"),
        ("'\\ud800'", T::Text, "22P05", "result contains half of a surrogate pair"),
        (
            "[1, 'x']",
            T::Array(Box::new(T::Int4)),
            "42804",
            "result[1] must be a number for type integer, not a string",
        ),
        ("5", T::Array(Box::new(T::Int4)), "42804", "result must be an array, not a number"),
    ] {
        let (got_code, got_message) = gives(js, shape.clone()).expect_err(js);
        assert_eq!(got_code, code, "{js} as {shape:?}: {got_message}");
        assert!(got_message.starts_with(message), "{js} as {shape:?}: {got_message}");
    }
}

#[test]
fn microseconds_ride_along_while_the_date_is_unchanged() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let time = Value::TimestampTz(TimestampTz(-1));
        let params = [("t", TypeShape::TimestampTz)];
        let same = expression("(function (ctx, t) { return t; })", &params, TypeShape::TimestampTz);
        assert_eq!(call(engine, &mut host, &same, std::slice::from_ref(&time)).unwrap(), time);
        let js = "(function (ctx, t) { t.setTime(t.getTime() + 1000); return t; })";
        let later = expression(js, &params, TypeShape::TimestampTz);
        assert_eq!(
            call(engine, &mut host, &later, std::slice::from_ref(&time)).unwrap(),
            Value::TimestampTz(TimestampTz(999_000))
        );
    });
}

#[test]
fn a_time_beyond_a_date_is_an_error_that_names_the_argument() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let f = expression(
            "(function (ctx, a, t) { return 1; })",
            &[("a", TypeShape::Int4), ("t", TypeShape::TimestampTz)],
            TypeShape::Int4,
        );
        let args = [Value::Int(1), Value::TimestampTz(TimestampTz(i64::MAX - 1))];
        let report = failure(call(engine, &mut host, &f, &args));
        assert_eq!(report.sqlstate.as_str(), "22008");
        assert!(report.detail.unwrap().contains("argument 2"));
    });
}

#[test]
fn json_and_text_survive_the_round_trip() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let same =
            expression("(function (ctx, v) { return v; })", &[("v", TypeShape::Jsonb)], TypeShape::Jsonb);
        for source in [
            "{\"a\":[1,2.5,\"ä😀\",null,true]}",
            "[9007199254740993,-1]",
            "\"\"",
            "{\"__proto__\":{\"a\":1}}",
        ] {
            assert_eq!(call(engine, &mut host, &same, &[json(source)]).unwrap(), json(source));
        }
        let long = "ä".repeat(100_000) + &"a".repeat(100_000);
        let same =
            expression("(function (ctx, v) { return v; })", &[("v", TypeShape::Text)], TypeShape::Text);
        assert_eq!(call(engine, &mut host, &same, &[text(&long)]).unwrap(), text(&long));
    });
}
