//! A call of a function with SQL parameters, whose arguments come as one JSON object: each becomes the argument of its
//! name, converted as `jsonb_to_record` does, and what the function gives becomes JSON. A set becomes an array.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::{Map, Value as Json};
use stopgap_core::Signature;
use stopgap_core::names::quote_identifier;
use stopgap_core::signature::{Parameter, SqlResult, SqlSignature};

use crate::catalog::row::{Row, texts};

/// The types of a signature's parameters with their schemas, so that no `search_path` matters. With a safe one set.
///
/// Errors: 42704 for a type that is gone, or has another name by now.
pub fn types(spi: &Connection, signature: &Signature) -> Result<Vec<String>> {
    let Some(sql) = signature.sql().filter(|sql| !sql.parameters.is_empty()) else { return Ok(Vec::new()) };
    let names = texts(sql.parameters.iter().map(|one| one.type_name.as_str()));
    spi.run(
        "SELECT format('%I.%I', n.nspname, t.typname) \
         FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place) \
         JOIN pg_type AS t ON t.oid = wanted.name::regtype JOIN pg_namespace AS n ON n.oid = t.typnamespace ORDER BY place",
        &[names],
    )?
    .into_iter()
    .map(|row| Row::new(row).text())
    .collect()
}

/// Calls `function`, a quoted name, with the arguments of a JSON object; none is an empty one.
///
/// Errors: 22023 for what is no object, an argument too many or too few; 22P02 and others for a value that its type does not
/// take; the function's own.
pub fn run(
    spi: &Connection,
    function: &str,
    signature: &SqlSignature,
    types: &[String],
    args: Option<&str>,
) -> Result<Vec<Vec<Value<'static>>>> {
    let given = match args.map(serde_json::from_str) {
        None => Map::new(),
        Some(Ok(Json::Object(given))) => given,
        Some(_) => return Err(invalid("arguments must be a JSON object".to_owned())),
    };
    if let Some(name) = given.keys().find(|name| signature.parameters.iter().all(|one| one.name != **name)) {
        return Err(invalid(format!("there is no argument \"{name}\"")));
    }
    let is_given = |one: &Parameter| given.contains_key(&one.name);
    let is_missing = |one: &&Parameter| !is_given(one) && one.default.is_none();
    if let Some(missing) = signature.parameters.iter().find(is_missing) {
        return Err(invalid(format!("argument \"{}\" is missing", missing.name)));
    }
    let (mut columns, mut passed) = (Vec::new(), Vec::new());
    for (one, type_name) in signature.parameters.iter().zip(types).filter(|(one, _)| is_given(one)) {
        let name = quote_identifier(&one.name);
        columns.push(format!("{name} {type_name}"));
        let variadic = if one.variadic { "VARIADIC " } else { "" };
        passed.push(format!("{variadic}{name} => given.{name}"));
    }
    let call = format!("{function}({})", passed.join(", "));
    let mut from = Vec::new();
    if !columns.is_empty() {
        from.push(format!("pg_catalog.jsonb_to_record($1) AS given ({})", columns.join(", ")));
    }
    let answer = match &signature.result {
        SqlResult::Value(type_name) if type_name == "void" => {
            from.push(format!("LATERAL {call} AS result"));
            "NULL::pg_catalog.jsonb".to_owned()
        }
        SqlResult::Value(_) | SqlResult::Row(_) => format!("pg_catalog.to_jsonb({call})"),
        SqlResult::Set(_) | SqlResult::Rows(_) => {
            from.push(format!("LATERAL {call} AS result"));
            "coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(result.*)), '[]'::pg_catalog.jsonb)".to_owned()
        }
    };
    let from = if from.is_empty() { String::new() } else { format!(" FROM {}", from.join(", ")) };
    let parameters: &[Value<'_>] = match args {
        Some(args) if !columns.is_empty() => &[Value::Json(args.into())],
        _ => &[],
    };
    spi.run_once(&format!("SELECT {answer}{from}"), parameters)
}

fn invalid(message: String) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::INVALID_PARAMETER_VALUE, message))
}
