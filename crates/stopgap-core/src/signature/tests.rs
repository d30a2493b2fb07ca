//! Declarations, what becomes of them, and what a change of them means.

use std::collections::BTreeMap;

use plts_core::{Reportable, SqlState};
use serde_json::{Value, json};

use super::*;
use crate::compatibility::Compatibility;
use crate::error::SignatureError;

fn known(name: &str, literal: LiteralKind) -> TypeLookup {
    TypeLookup::Known(KnownType {
        name: name.to_owned(),
        label: name.to_owned(),
        literal,
        is_domain: false,
        has_length: false,
        is_pseudo: matches!(name, "void" | "anyelement"),
    })
}

/// A database with a few types; constants are what they are written as.
fn types(unknown: Unknown) -> Types {
    let mut found = BTreeMap::from([
        ("int".to_owned(), known("integer", LiteralKind::Integer)),
        ("text".to_owned(), known("text", LiteralKind::Other)),
        ("text[]".to_owned(), known("text[]", LiteralKind::Other)),
        ("numeric".to_owned(), known("numeric", LiteralKind::Numeric)),
        ("bool".to_owned(), known("boolean", LiteralKind::Boolean)),
        ("item".to_owned(), known("app.item", LiteralKind::Other)),
        ("void".to_owned(), known("void", LiteralKind::Other)),
        ("anyelement".to_owned(), known("anyelement", LiteralKind::Other)),
        ("gone".to_owned(), TypeLookup::Unknown),
    ]);
    let domain = |name: &str, has_length| {
        TypeLookup::Known(KnownType {
            name: format!("app.{name}"),
            label: "integer".to_owned(),
            literal: LiteralKind::Integer,
            is_domain: true,
            has_length,
            is_pseudo: false,
        })
    };
    found.insert("positive".to_owned(), domain("positive", false));
    found.insert("short".to_owned(), domain("short", true));
    found.insert(
        "secret.t".to_owned(),
        TypeLookup::Refused {
            sqlstate: SqlState::INSUFFICIENT_PRIVILEGE,
            message: "permission denied for schema secret".to_owned(),
            hint: None,
        },
    );
    let mut literals = BTreeMap::new();
    for (name, text) in [
        ("int", "5"),
        ("int", "-5"),
        ("text", "it's"),
        ("numeric", "5"),
        ("numeric", "1.50"),
        ("bool", "t"),
        ("positive", "7"),
    ] {
        literals.insert((name.to_owned(), text.to_owned()), Ok(Literal::Text(text.to_owned())));
    }
    literals.insert(("int".to_owned(), "x".to_owned()), Err("invalid input syntax".to_owned()));
    Types { unknown, found, literals }
}

fn declared(json: Value) -> SqlDeclaration {
    serde_json::from_value(json).unwrap()
}

fn resolved(json: Value) -> Result<Signature, SignatureError> {
    declared(json).resolve(&types(Unknown::Refused)).map(|sql| Signature::Sql(Box::new(sql)))
}

fn of(args: Value, returns: Value) -> Signature {
    resolved(json!({ "args": args, "returns": returns })).unwrap()
}

#[test]
fn every_form_is_written_as_postgresql_writes_it() {
    let json = Signature::Json;
    assert_eq!(json.to_string(), "(args jsonb DEFAULT '{}'::jsonb) RETURNS jsonb");
    let parts = (json.arguments(Names::Shown), json.result(Names::Shown));
    assert_eq!(json.to_string(), format!("({}) RETURNS {}", parts.0, parts.1));
    let value = of(
        json!([{"name": "id", "type": "int"}, {"name": "odd \"name\"", "type": "text", "default": "it's"}]),
        json!({"type": "item", "set": true}),
    );
    assert_eq!(
        value.to_string(),
        "(id integer, \"odd \"\"name\"\"\" text DEFAULT 'it''s'::text) RETURNS SETOF app.item"
    );
    assert_eq!(value.arguments(Names::Quoted).split(' ').next(), Some("\"id\""));
    assert_eq!(value.identity(), "integer, text");
    let columns = json!([{"name": "a", "type": "int"}, {"name": "order", "type": "text"}]);
    let row = of(json!([]), json!({ "columns": columns }));
    assert_eq!(row.to_string(), "(OUT a integer, OUT order text) RETURNS record");
    let rows = of(json!([]), json!({ "columns": columns, "set": true }));
    assert_eq!(rows.to_string(), "() RETURNS TABLE(a integer, order text)");
    assert_eq!(rows.result(Names::Quoted), "TABLE(\"a\" integer, \"order\" text)");
    let variadic =
        of(json!([{"name": "words", "type": "text[]", "variadic": true}]), json!({"type": "void"}));
    assert_eq!(variadic.to_string(), "(VARIADIC words text[]) RETURNS void");
}

#[test]
fn a_signature_is_serialised_as_it_is_printed() {
    for signature in [Signature::Json, of(json!([{"name": "id", "type": "int"}]), json!({"type": "text"}))] {
        assert_eq!(json!(Printed(&signature)), json!(signature.to_string()));
    }
}

#[test]
fn defaults_are_written_as_postgresql_prints_them() {
    let default = |type_name: &str, value: Value| {
        let signature =
            of(json!([{"name": "a", "type": type_name, "default": value}]), json!({"type": "int"}));
        signature.parameters().remove(0).default.unwrap()
    };
    assert_eq!(default("int", json!("5")), "5");
    assert_eq!(default("int", json!("-5")), "'-5'::integer");
    assert_eq!(default("int", json!(null)), "NULL::integer");
    assert_eq!(default("numeric", json!("5")), "'5'::numeric");
    assert_eq!(default("numeric", json!("1.50")), "1.50");
    assert_eq!(default("bool", json!("t")), "true");
    assert_eq!(default("positive", json!("7")), "(7)::app.positive");
}

#[test]
fn what_no_function_can_have_is_refused() {
    let int = json!({"type": "int"});
    let arguments = |args: Value| resolved(json!({ "args": args, "returns": int })).unwrap_err();
    let one = |name: &str, type_name: &str| arguments(json!([{"name": name, "type": type_name}]));
    let state = |error: &SignatureError| error.sqlstate().as_str().to_owned();

    let unknown = one("id", "gone");
    assert_eq!(unknown.to_string(), "type \"gone\" of the parameter \"id\" does not exist");
    assert_eq!(state(&unknown), "42704");
    assert_eq!(state(&one("id", "secret.t")), "42501");
    assert_eq!(state(&one("id", "anyelement")), "0A000");
    assert_eq!(state(&one("id", "void")), "0A000");
    for name in ["", "a\0b", "ctx", &"x".repeat(64)] {
        assert_eq!(state(&one(name, "int")), "42602", "{name:?}");
    }
    assert!(resolved(json!({"args": [{"name": "x".repeat(63), "type": "int"}], "returns": int})).is_ok());
    let twice = json!([{"name": "a", "type": "int"}, {"name": "a", "type": "text"}]);
    assert_eq!(state(&arguments(twice)), "42602");
    let gap = json!([{"name": "a", "type": "int", "default": "5"}, {"name": "b", "type": "int"}]);
    assert_eq!(state(&arguments(gap)), "42P13");
    let not_last = json!([{"name": "a", "type": "text[]", "variadic": true}, {"name": "b", "type": "int"}]);
    assert_eq!(state(&arguments(not_last)), "42P13");
    assert_eq!(state(&arguments(json!([{"name": "a", "type": "text", "variadic": true}]))), "42P13");
    assert_eq!(state(&arguments(json!([{"name": "a", "type": "int", "default": "x"}]))), "22023");
    assert_eq!(state(&arguments(json!([{"name": "a", "type": "short", "default": null}]))), "22023");
    let many = |count: usize| -> Value {
        (0..count).map(|index| json!({"name": format!("p{index}"), "type": "int"})).collect()
    };
    assert_eq!(state(&arguments(many(101))), "54023");
    assert!(resolved(json!({"args": many(100), "returns": int})).is_ok());
    let column = json!([{"name": "a", "type": "int"}]);
    let single = resolved(json!({"args": [], "returns": {"columns": column}})).unwrap_err();
    assert_eq!(state(&single), "42P13");
    let taken = resolved(json!({"args": column, "returns": {"columns": column, "set": true}})).unwrap_err();
    assert_eq!(state(&taken), "42602");
    let set_of_void = resolved(json!({"args": [], "returns": {"type": "void", "set": true}})).unwrap_err();
    assert_eq!(state(&set_of_void), "0A000");
}

#[test]
fn a_type_that_is_awaited_keeps_its_name() {
    let declaration = declared(json!({"args": [{"name": "a", "type": "gone"}], "returns": {"type": "int"}}));
    assert!(declaration.resolve(&types(Unknown::Refused)).is_err());
    let signature = declaration.resolve(&types(Unknown::Awaited)).unwrap();
    assert_eq!(signature.parameters[0].type_name, "gone");
    assert_eq!(types(Unknown::Awaited).missing().collect::<Vec<_>>(), ["gone"]);
}

#[test]
fn stored_signatures_are_read_back() {
    let columns = json!([{"name": "a", "type": "int"}, {"name": "b", "type": "text"}]);
    let args = json!([{"name": "a1", "type": "int", "default": "5"}, {"name": "b1", "type": "text[]", "variadic": true, "default": null}]);
    for returns in [
        json!({"type": "int"}),
        json!({"type": "item", "set": true}),
        json!({"columns": columns}),
        json!({"columns": columns, "set": true}),
    ] {
        let signature = resolved(json!({"args": args, "returns": returns, "strict": true})).unwrap();
        let sql = signature.sql().unwrap();
        let stored = json!(sql);
        assert_eq!(serde_json::from_value::<SqlSignature>(stored).unwrap(), *sql);
        assert!(signature.is_strict());
    }
}

#[test]
fn only_what_postgresql_can_replace_is_replaced() {
    let base = of(json!([{"name": "a", "type": "int"}]), json!({"type": "int"}));
    let change = |args: Value, returns: Value| signature_change(&base, &of(args, returns));
    let (int, replaced, anew) =
        (json!({"type": "int"}), Some(SignatureChange::Replaced), Some(SignatureChange::MadeAnew));
    assert_eq!(change(json!([{"name": "a", "type": "int"}]), int.clone()), None);
    assert_eq!(change(json!([{"name": "a", "type": "int", "default": "5"}]), int.clone()), replaced);
    assert_eq!(change(json!([{"name": "b", "type": "int"}]), int.clone()), anew);
    assert_eq!(change(json!([{"name": "a", "type": "text"}]), int.clone()), anew);
    assert_eq!(change(json!([]), int.clone()), anew);
    assert_eq!(change(json!([{"name": "a", "type": "int"}]), json!({"type": "int", "set": true})), anew);
    let with_default = of(json!([{"name": "a", "type": "int", "default": "5"}]), int);
    assert_eq!(signature_change(&with_default, &base), anew);
    assert_eq!(signature_change(&Signature::Json, &base), anew);
}

#[test]
fn callers_are_told_what_they_could_trip_over() {
    let judge = |before: &Signature, after: &Signature| {
        let mut judgement = Compatibility::default();
        judgement.consider_signatures(before, after);
        let line = |one: &crate::compatibility::Break| format!("{} {}", one.at, one.what);
        let lines = judgement.arguments_narrowed.iter().chain(&judgement.result_changed).map(line);
        lines.collect::<Vec<String>>()
    };
    let int = json!({"type": "int"});
    let base = of(json!([{"name": "a", "type": "int"}]), int.clone());
    let wider = of(
        json!([{"name": "a", "type": "int"}, {"name": "b", "type": "text", "default": null}]),
        int.clone(),
    );
    assert!(judge(&base, &wider).is_empty());
    assert_eq!(judge(&wider, &base), ["sql.args.b is not there any more"]);
    let other =
        of(json!([{"name": "b", "type": "int"}, {"name": "a", "type": "text"}]), json!({"type": "text"}));
    assert_eq!(
        judge(&base, &other),
        [
            "sql.args.a was integer and is text",
            "sql.args.a has another place",
            "sql.args.b is required now",
            "sql.returns was integer and is text"
        ]
    );
}
