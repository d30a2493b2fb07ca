//! One table: schemas of arguments before and after, and what a caller could trip over. The same schemas the other way
//! round are a result's.

use serde_json::json;

use super::*;

/// Judges two schemas of arguments, or of results.
fn judged(side: Side, before: Option<&Value>, after: Option<&Value>) -> Compatibility {
    let schema = |value: Option<&Value>| value.map(|value| Schema::parse(&value.to_string()).unwrap());
    let (before, after) = (schema(before), schema(after));
    let of = |schema| match side {
        Side::Arguments => Schemas { args: schema, returns: None },
        Side::Result => Schemas { args: None, returns: schema },
    };
    Compatibility::of(of(before.as_ref()), of(after.as_ref()))
}

fn narrowed(before: &Value, after: &Value) -> Vec<String> {
    let judged = judged(Side::Arguments, Some(before), Some(after));
    assert!(judged.result_changed.is_empty());
    judged.arguments_narrowed.into_iter().map(|one| format!("{} {}", one.at, one.what)).collect()
}

fn object(properties: Value, required: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

#[test]
fn arguments() {
    let string = json!({"type": "string"});
    let integer = json!({"type": "integer"});
    let number = json!({"type": "number"});
    let one = |schema: &Value| object(json!({"a": schema}), json!(["a"]));
    let cases: Vec<(Value, Value, &[&str])> = vec![
        (one(&string), one(&string), &[]),
        // Remarks do not count.
        (json!({"type": "string", "title": "x"}), json!({"type": "string", "$schema": "y"}), &[]),
        (one(&integer), one(&number), &[]),
        (one(&number), one(&integer), &["args.a was number and is integer"]),
        (one(&string), one(&integer), &["args.a was string and is integer"]),
        // Properties.
        (one(&string), object(json!({"a": string, "b": string}), json!(["a"])), &[]),
        (
            one(&string),
            object(json!({"a": string, "b": string}), json!(["a", "b"])),
            &["args.b is required now"],
        ),
        (
            object(json!({"a": string, "b": string}), json!([])),
            one(&string),
            &["args.a is required now", "args.b is not taken any more"],
        ),
        (one(&string), object(json!({"a": string}), json!([])), &[]),
        (
            json!({"type": "object"}),
            one(&string),
            &[
                "args.a is required now",
                "args.a not everything is taken any more",
                "args.* is not taken any more",
            ],
        ),
        (one(&string), json!({"type": "object"}), &[]),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
            &[],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "number"}}),
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            &["args.* was number and is integer"],
        ),
        // Alternatives.
        (one(&string), one(&json!({"anyOf": [string, {"type": "null"}]})), &[]),
        (
            one(&json!({"anyOf": [string, {"type": "null"}]})),
            one(&string),
            &["args.a null is not taken any more"],
        ),
        (one(&json!({"type": ["string", "null"]})), one(&json!({"anyOf": [{"type": "null"}, string]})), &[]),
        (one(&json!({"enum": ["x", "y"]})), one(&json!({"enum": ["x", "y", "z"]})), &[]),
        (
            one(&json!({"enum": ["x", "y"]})),
            one(&json!({"enum": ["x"]})),
            &["args.a \"y\" is not taken any more"],
        ),
        (one(&json!({"enum": ["x", 1]})), one(&string), &["args.a 1 is not taken any more"]),
        (one(&json!({"const": "x"})), one(&string), &[]),
        (one(&string), one(&json!({"const": "x"})), &["args.a is one value only"]),
        (
            one(&json!({"anyOf": [{"type": "null"}, one(&string)]})),
            one(&json!({"anyOf": [{"type": "null"}, one(&integer)]})),
            &["args.a.a was string and is integer"],
        ),
        // Bounds.
        (
            one(&json!({"type": "string", "minLength": 1})),
            one(&json!({"type": "string", "minLength": 2})),
            &["args.a minLength was 1 and is 2"],
        ),
        (
            one(&json!({"type": "string", "minLength": 2})),
            one(&json!({"type": "string", "minLength": 1})),
            &[],
        ),
        (one(&number), one(&json!({"type": "number", "maximum": 5})), &["args.a maximum was none and is 5"]),
        (one(&json!({"type": "number", "maximum": 5})), one(&number), &[]),
        (one(&string), one(&json!({"type": "string", "pattern": "^x"})), &["args.a pattern is another"]),
        (one(&json!({"type": "string", "pattern": "^x"})), one(&string), &[]),
        (
            one(&json!({"type": "string", "format": "date"})),
            one(&json!({"type": "string", "format": "date-time"})),
            &["args.a format is another"],
        ),
        // Arrays.
        (json!({"type": "array", "items": integer}), json!({"type": "array", "items": number}), &[]),
        (
            json!({"type": "array", "items": one(&string)}),
            json!({"type": "array", "items": one(&integer)}),
            &["args[].a was string and is integer"],
        ),
        (
            json!({"type": "array", "prefixItems": [string], "items": false}),
            json!({"type": "array", "prefixItems": [integer], "items": false}),
            &["args[0] was string and is integer"],
        ),
        // What is not understood is said, unless it is the same.
        (json!({"$ref": "#/x"}), json!({"$ref": "#/x"}), &[]),
        (json!({"type": "string"}), json!({"not": {"const": "x"}}), &["args not is another"]),
    ];
    for (before, after, expected) in cases {
        assert_eq!(narrowed(&before, &after), expected, "{before} → {after}");
    }
}

#[test]
fn a_missing_schema_takes_anything() {
    let string = json!({"type": "string"});
    let is_compatible = |before, after| judged(Side::Arguments, before, after).is_compatible();
    assert!(is_compatible(None, None));
    assert!(is_compatible(Some(&string), None));
    assert!(!is_compatible(None, Some(&string)));
}

#[test]
fn what_is_too_deep_to_be_read_is_compatible_with_itself_alone() {
    let deep =
        |inner: &str| Schema::parse(&format!("{}{inner}{}", "[".repeat(200), "]".repeat(200))).unwrap();
    let (one, other) = (deep("1"), deep("2"));
    let args = |schema| Schemas { args: Some(schema), returns: None };
    assert!(Compatibility::of(args(&one), args(&one)).is_compatible());
    assert_eq!(Compatibility::of(args(&one), args(&other)).arguments_narrowed[0].what, TOO_DEEP);
}

#[test]
fn results_are_the_other_way_round() {
    let judge = |before: Value, after: Value| {
        let judged = judged(Side::Result, Some(&before), Some(&after));
        assert!(judged.arguments_narrowed.is_empty());
        judged.result_changed.into_iter().map(|one| format!("{} {}", one.at, one.what)).collect::<Vec<_>>()
    };
    let with = |required: Value| object(json!({"a": {"type": "string"}}), required);
    assert!(judge(with(json!([])), with(json!(["a"]))).is_empty());
    assert_eq!(judge(with(json!(["a"])), with(json!([]))), ["result.a may be missing now"]);
    assert_eq!(
        judge(json!({"type": "string"}), json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        ["result null may be given now"]
    );
    assert_eq!(
        judge(json!({"type": "integer"}), json!({"type": "number"})),
        ["result was integer and is number"]
    );
    assert!(judge(json!({"enum": ["a", "b"]}), json!({"enum": ["a"]})).is_empty());
}

#[test]
fn depth_and_number_of_reasons_are_bounded() {
    let mut deep = (json!({"type": "string"}), json!({"type": "integer"}));
    for _ in 0..100 {
        deep = (json!({"type": "array", "items": deep.0}), json!({"type": "array", "items": deep.1}));
    }
    assert!(narrowed(&deep.0, &deep.1)[0].ends_with("is nested too deeply to be compared"));
    let many = |kind: &str| {
        let properties: Map<String, Value> =
            (0..100).map(|n| (format!("p{n}"), json!({"type": kind}))).collect();
        object(Value::Object(properties), json!([]))
    };
    assert_eq!(narrowed(&many("string"), &many("integer")).len(), MAX_BREAKS);
}
