//! The matrix of `docs/reference/modules.md`: each row is deployed and called, or refused, as the page says.

use std::collections::BTreeMap;

use e2e::bundle::call;
use e2e::cli::{repository, stopgap};
use e2e::folder::Folder;
use e2e::{Database, Role};
use serde_json::{Map, Value, json};

/// What makes a function of a module that declares `result`.
const ENDING: &str =
    "\nimport { query, v } from \"@stopgap/runtime\"; export const get = query(v.any(), () => result);\n";

struct Row {
    source: String,
    /// Names and texts of what stands beside the module.
    beside: Vec<(String, String)>,
    expected: Expected,
}

enum Expected {
    Value(Value),
    /// SQLSTATE, when the server raises it, and a part of the message.
    Error(Option<String>, String),
}

/// The texts between backticks, in their order.
fn texts(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let page = std::fs::read_to_string(repository("docs/reference/modules.md")).unwrap();
    let (_, matrix) = page.split_once("### What works").unwrap();
    let (works, refused) = matrix.split_once("### What is refused").unwrap();
    let read = |table: &str, is_error: bool| -> Vec<Row> {
        let lines = table.lines().filter(|line| line.starts_with("| `")).skip(1);
        lines.map(|line| row(line, is_error)).collect()
    };
    read(works, false).into_iter().chain(read(refused, true)).collect()
}

fn row(line: &str, is_error: bool) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
    let [source, beside, outcome] = cells[..] else { panic!("a row has three cells: {line}") };
    let outcome = texts(outcome);
    let expected = match (is_error, &outcome[..]) {
        (false, [value]) => Expected::Value(serde_json::from_str(value).unwrap()),
        (true, [message]) => Expected::Error(None, message.clone()),
        (true, [sqlstate, message]) => Expected::Error(Some(sqlstate.clone()), message.clone()),
        _ => panic!("no outcome: {line}"),
    };
    let beside = texts(beside).chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    Row { source: texts(source).remove(0), beside, expected }
}

/// What a row gave: the value, or the error as SQLSTATE and message.
type Outcome = Result<Value, (Option<String>, String)>;

fn by_sql(database: &Database, row: &Row, env: &str) -> Outcome {
    let mut modules = Map::from_iter([("a.ts".to_owned(), json!(row.source.clone() + ENDING))]);
    let mut bundle = Map::from_iter([("format".to_owned(), json!(1))]);
    for (name, text) in &row.beside {
        if let Some(module) = name.strip_prefix("plts:") {
            let (schema, name) = module.split_once('.').unwrap();
            database.sql(
                Role::Superuser,
                &format!(
                    "CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC;
                     SET check_function_bodies = off;
                     CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS plts.module LANGUAGE plts AS $plts${text}$plts$;
                     GRANT EXECUTE ON FUNCTION {schema}.{name}() TO stopgap_deployer;"
                ),
            );
        } else if matches!(name.as_str(), "imports" | "scopes") {
            bundle.insert(name.clone(), serde_json::from_str(text).unwrap());
        } else {
            modules.insert(name.clone(), json!(text));
        }
    }
    bundle.insert("modules".to_owned(), Value::Object(modules));
    let error = |error: postgres::Error| {
        let error = error.as_db_error().unwrap();
        (Some(error.code().code().to_owned()), error.message().to_owned())
    };
    let mut deployer = database.connect(Role::Deployer);
    deployer
        .execute("SELECT stopgap.deploy_bundle($1, $2)", &[&env, &Value::Object(bundle)])
        .map_err(error)?;
    call(&mut database.connect(Role::App), &format!("live_{env}.a_get"), &json!({})).map_err(error)
}

fn by_tool(database: &Database, row: &Row, env: &str) -> Outcome {
    let folder = Folder::new(&format!("matrix-{env}"));
    folder.write("functions/a.ts", &(row.source.clone() + ENDING));
    for (name, text) in &row.beside {
        folder.write(name, text);
    }
    let run = stopgap(&folder.0, &database.url(Role::Deployer), &["deploy", "functions", "--env", env]);
    if run.code != 0 {
        return Err((None, run.stderr));
    }
    call(&mut database.connect(Role::App), &format!("live_{env}.a_get"), &json!({}))
        .map_err(|error| (None, error.to_string()))
}

#[test]
fn every_row_does_what_the_page_says() {
    let database = Database::create("matrix");
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let rows = rows();
    assert!(rows.len() > 40, "the page has {} rows", rows.len());
    for (number, row) in rows.iter().enumerate() {
        let env = format!("row_{number}");
        let needs_tool = row.beside.iter().any(|(name, _)| name.starts_with("node_modules/"));
        let outcome = if needs_tool { by_tool(&database, row, &env) } else { by_sql(&database, row, &env) };
        let is_right = match (&row.expected, &outcome) {
            (Expected::Value(expected), Ok(found)) => expected == found,
            (Expected::Error(sqlstate, part), Err((found, message))) => {
                (sqlstate.is_none() || sqlstate == found) && message.contains(part)
            }
            _ => false,
        };
        if !is_right {
            wrong.insert(row.source.clone(), format!("{outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
