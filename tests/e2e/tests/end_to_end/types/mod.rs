//! Property tests: values of every type go through SQL, JavaScript and back, and must be what they were. Each batch is
//! one statement, so that thousands of values take seconds.

mod literals;
mod numbers;
mod times;

use std::cell::RefCell;

use e2e::{Database, Role};
use postgres::Client;
use proptest::collection::vec;
use proptest::strategy::{BoxedStrategy, Strategy};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use literals::{array_of, composite_of, json, maybe, range_of, shaped_array_of, text};

/// Batches a type, and the most values a batch.
const BATCHES: u32 = 6;
const BATCH: usize = 80;

/// A type and the values that are made of it, as text.
struct Tested {
    sql_type: &'static str,
    values: BoxedStrategy<String>,
    /// Gives the text that must be the same, with `{}` for the value.
    text: &'static str,
    /// Whether the type has an operator `=`.
    comparable: bool,
}

fn comparable(sql_type: &'static str, values: impl Strategy<Value = String> + 'static) -> Tested {
    Tested { sql_type, values: values.boxed(), text: "{}::text", comparable: true }
}

fn as_text(sql_type: &'static str, values: impl Strategy<Value = String> + 'static) -> Tested {
    Tested { sql_type, values: values.boxed(), text: "{}::text", comparable: false }
}

const TYPES: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy', '');
    CREATE DOMAIN positive AS int8 CHECK (VALUE > 0);
    CREATE DOMAIN words AS text[] CHECK (array_ndims(VALUE) = 1);
    CREATE TYPE inner_row AS (a int2, b text, c timestamptz);
    CREATE TABLE outer_row (id int8 PRIMARY KEY, gone text, name text, price numeric, data jsonb, raw bytea, nested inner_row,
                            many inner_row[], span int4range, tags words);
    ALTER TABLE outer_row DROP COLUMN gone;
    CREATE TYPE textrange AS RANGE (subtype = text, collation = \"C\");
";

fn tested() -> Vec<Tested> {
    let inner = || composite_of(vec![maybe(numbers::int2()), maybe(text()), maybe(times::timestamptz())]);
    vec![
        comparable("bool", numbers::boolean()),
        comparable("int2", numbers::int2()),
        comparable("int4", numbers::int4()),
        comparable("int8", numbers::int8()),
        comparable("oid", numbers::oid()),
        comparable("float4", numbers::float4()),
        comparable("float8", numbers::float8()),
        comparable("numeric", numbers::numeric()),
        comparable("text", text()),
        comparable("varchar", text()),
        comparable("bpchar", text()),
        comparable("name", text()),
        comparable("\"char\"", "[ -~]?"),
        comparable("bytea", literals::bytea()),
        comparable("uuid", literals::uuid()),
        comparable(
            "mood",
            proptest::sample::select(vec!["sad", "ok", "very happy", ""]).prop_map(str::to_owned),
        ),
        comparable("positive", (1..=i64::MAX).prop_map(|number| number.to_string())),
        comparable("words", vec(maybe(text()), 1..4).prop_map(|words| literals::array(&words))),
        comparable("timestamptz", times::timestamptz()),
        comparable("timestamp", times::timestamp()),
        comparable("date", times::date()),
        comparable("time", times::time()),
        comparable("timetz", times::timetz()),
        comparable("interval", times::interval()),
        comparable("jsonb", json()),
        Tested { sql_type: "json", values: json(), text: "{}::jsonb::text", comparable: false },
        comparable("int4range", range_of(numbers::int4_within())),
        comparable("numrange", range_of(numbers::small_numeric())),
        comparable("daterange", range_of(times::ordered_day())),
        comparable("textrange", range_of("[a-z \"\\\\,\u{e4}]{0,5}".boxed())),
        comparable(
            "int8multirange",
            vec(range_of(numbers::int4_within()), 0..4).prop_map(|all| format!("{{{}}}", all.join(","))),
        ),
        comparable("inet", literals::inet()),
        comparable("macaddr", literals::macaddr()),
        comparable("bit(9)", "[01]{9}"),
        comparable("varbit", "[01]{0,70}"),
        comparable("money", "-?[0-9]{1,15}\\.[0-9]{2}"),
        comparable("tsvector", "([a-z]{1,5}(:[1-9])? ){0,5}"),
        comparable("pg_lsn", "[1-9A-F]{1,7}/[1-9A-F]{1,7}"),
        as_text("point", numbers::point()),
        as_text("xml", "(<a b=\"[a-z]{0,3}\">[a-z\u{e4}]{0,5}</a>){0,3}"),
        comparable("int4[]", shaped_array_of(numbers::int4())),
        comparable("float8[]", shaped_array_of(numbers::float8())),
        comparable("text[]", shaped_array_of(text())),
        comparable("timestamptz[]", shaped_array_of(times::timestamptz())),
        comparable("jsonb[]", shaped_array_of(json())),
        comparable("inner_row", inner()),
        comparable("inner_row[]", shaped_array_of(inner())),
        comparable(
            "outer_row",
            composite_of(vec![
                maybe(numbers::int8()),
                maybe(text()),
                maybe(numbers::numeric()),
                maybe(json()),
                maybe(literals::bytea()),
                maybe(inner()),
                maybe(array_of(inner())),
                maybe(range_of(numbers::int4_within())),
                maybe(vec(maybe(text()), 1..4).prop_map(|words| literals::array(&words))),
            ]),
        ),
    ]
}

/// The functions that a type's values go through: as argument and result, as parameter and column, inside a row, and
/// inside an array of two dimensions over a domain, whose elements may be arrays themselves.
fn functions(index: usize, sql_type: &str) -> String {
    format!(
        "CREATE DOMAIN element_{index} AS {sql_type};
         CREATE TYPE row_{index} AS (v {sql_type}, vs element_{index}[]);
         CREATE FUNCTION same_{index}(x {sql_type}) RETURNS {sql_type} LANGUAGE plts AS 'return x';
         CREATE FUNCTION statement_{index}(x {sql_type}) RETURNS {sql_type} LANGUAGE plts
             AS 'return ctx.db.sync.one(`SELECT $1::{sql_type} AS v`, [x]).v';
         CREATE FUNCTION row_{index}(x row_{index}) RETURNS row_{index} LANGUAGE plts AS 'return {{ ...x }}';"
    )
}

/// The values of a batch that came back changed, with what they became.
fn check(index: usize, tested: &Tested) -> String {
    let Tested { sql_type, text, comparable, .. } = tested;
    let row = format!("ROW(v, array_fill(v::element_{index}, '{{2,3}}'))::row_{index}");
    let shown = |value: &str| text.replace("{}", value);
    let same = shown(&format!("same_{index}(v)"));
    let statement = shown(&format!("statement_{index}(v)"));
    let (v, field) = (shown("v"), shown(&format!("(row_{index}({row})).v")));
    let elements = format!("(row_{index}({row})).vs");
    let array = match text.contains("jsonb") {
        // The spacing of json goes.
        true => "false".to_owned(),
        false => format!("{elements}::text IS DISTINCT FROM ({row}).vs::text"),
    };
    let equal = if *comparable { format!("OR same_{index}(v) IS DISTINCT FROM v") } else { String::new() };
    format!(
        "SELECT coalesce(t, 'NULL'), {same}, {statement}, {field}, {elements}::text
           FROM (SELECT t, t::{sql_type} AS v FROM unnest($1::text[]) t OFFSET 0) q
          WHERE {same} IS DISTINCT FROM {v} OR {statement} IS DISTINCT FROM {v} OR {field} IS DISTINCT FROM {v}
             OR {array} {equal}"
    )
}

fn survives(client: &RefCell<Client>, index: usize, tested: &Tested) {
    client
        .borrow_mut()
        .batch_execute(&functions(index, tested.sql_type))
        .unwrap_or_else(|error| panic!("{}: {error:?}", tested.sql_type));
    let query = client
        .borrow_mut()
        .prepare(&check(index, tested))
        .unwrap_or_else(|error| panic!("{}: {error:?}", tested.sql_type));
    let config =
        Config { cases: BATCHES, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let batches = vec(maybe(tested.values.clone()), 1..BATCH);
    let outcome = TestRunner::new(config).run(&batches, |batch| {
        let changed = client
            .borrow_mut()
            .query(&query, &[&batch])
            .map_err(|error| TestCaseError::fail(format!("{}: {batch:?}: {error:?}", tested.sql_type)))?;
        let changed: Vec<Vec<Option<String>>> =
            changed.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect();
        match changed.is_empty() {
            true => Ok(()),
            false => Err(TestCaseError::fail(format!("{} came back changed: {changed:?}", tested.sql_type))),
        }
    });
    if let Err(error) = outcome {
        panic!("{}: {error}", tested.sql_type);
    }
}

#[test]
fn values_survive_javascript() {
    let database = Database::create("types");
    database.sql(Role::Superuser, TYPES);
    let client = RefCell::new(database.connect(Role::Superuser));
    // Settings that change how PostgreSQL writes values, and must not change what JavaScript sees.
    client
        .borrow_mut()
        .batch_execute("SET timezone = 'America/St_Johns'; SET intervalstyle = 'sql_standard'; SET datestyle = 'SQL, DMY'")
        .expect("the settings");
    for (index, tested) in tested().iter().enumerate() {
        survives(&client, index, tested);
    }
}
