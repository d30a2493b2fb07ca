//! Ten thousand bad calls, decided by a seed, in databases of three encodings: each ends in a result, or in an error that
//! says what is wrong with the call and nothing about our inside.

use e2e::random::Random;
use e2e::{Database, Role};
use postgres::Client;

const SEED: u64 = 1;
const CALLS: u64 = 10_000;

/// Functions that take something of many types, with the types of their arguments.
const SETUP: &str = r#"
CREATE SCHEMA input;
CREATE TYPE input.pair AS (a int, b text);
CREATE FUNCTION input.echo_jsonb(a jsonb) RETURNS jsonb LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_json(a json) RETURNS json LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_text(a text) RETURNS text LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_int(a int) RETURNS int LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_bigint(a bigint) RETURNS bigint LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_numeric(a numeric) RETURNS numeric LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_float(a float8) RETURNS float8 LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_bytea(a bytea) RETURNS bytea LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_date(a date) RETURNS date LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_time(a timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_uuid(a uuid) RETURNS uuid LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_array(a int[]) RETURNS int[] LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_pair(a input.pair) RETURNS input.pair LANGUAGE plts AS 'return a';
CREATE FUNCTION input.echo_range(a int4range) RETURNS int4range LANGUAGE plts AS 'return a';
CREATE FUNCTION input.checked(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  import { query, v } from "@stopgap/runtime";
  export default query(v.object({ n: v.int(), s: v.optional(v.string()), a: v.optional(v.array(v.number())) }), (args) => args) $$;
CREATE FUNCTION input.crossed(a jsonb, kind text) RETURNS text LANGUAGE plts AS
  $$ return (await ctx.db.one(`select $1::${ctx.db.quote.ident(kind)}::text as t`, [a])).t $$;
"#;

/// Values as SQL, right and wrong for any type; those with a NUL or bytes that are no UTF-8 come by escapes.
fn values() -> Vec<String> {
    let mut values: Vec<String> = [
        "NULL",
        "''",
        "' '",
        "'null'",
        "'{}'",
        "'[]'",
        "'{'",
        "'[1,'",
        "'\"'",
        "'{\"n\": 1}'",
        "'{\"n\": 1.5}'",
        "'{\"n\": \"1\", \"s\": null}'",
        "'{\"n\": 9007199254740993}'",
        "'{\"n\": 1e400}'",
        "'1e999999'",
        "'-0'",
        "'NaN'",
        "'Infinity'",
        "'-Infinity'",
        "'1'",
        "'-1'",
        "'2147483648'",
        "'9223372036854775808'",
        "'1.000000000000000000000001'",
        "'{\"__proto__\": {\"n\": 1}}'",
        "'{\"constructor\": 1, \"toString\": 2, \"n\": 3}'",
        "'{\"n\": 1, \"n\": 2}'",
        "'\"\\ud800\"'",
        "'\"\\udc00\\ud800\"'",
        "'\"\\u0000\"'",
        "'{\"\\u0000\": 1}'",
        "'\"\\u00e9\\u4e2d\"'",
        "E'\\xff'",
        "E'a\\x00b'",
        "E'\\xc3\\x28'",
        "E'\\xed\\xa0\\x80'",
        "E'\\xe9'",
        "U&'\\4e2d'",
        "U&'\\d83d\\de00'",
        "'\\x00ff'",
        "'\\xzz'",
        "'2020-02-30'",
        "'infinity'",
        "'4714-11-24 BC'",
        "'294276-12-31'",
        "'0001-01-01 BC'",
        "'{1,2,NULL}'",
        "'{{1,2},{3}}'",
        "'[0:1]={1,2}'",
        "'(1,x)'",
        "'(,)'",
        "'(1,2,3)'",
        "'[1,5)'",
        "'(,)'",
        "'empty'",
        "'[5,1]'",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "'a0eebc99'",
        "now()",
        "1",
        "1.5",
        "true",
        "'true'",
        "array[1,2]",
        "array[[1],[2]]",
        "row(1, 'x')",
        "'x'::text",
        "1::bigint",
        "'{\"a\":1}'::jsonb",
        "'1'::json",
        "decode('00ff', 'hex')",
        "interval '1 month'",
        "'1.2.3.4'::inet",
        "point(1, 2)",
        "gen_random_uuid()",
        "int4range(1, 5)",
        "'a b'::tsvector",
        "B'101'",
        "'x'::\"char\"",
        "pg_backend_pid()",
        "current_user",
        "'pg_class'::regclass",
    ]
    .map(str::to_owned)
    .to_vec();
    for depth in [10, 1000, 7000, 100_000] {
        values.push(format!("'{}{}'", "[".repeat(depth), "]".repeat(depth)));
        values.push(format!("repeat('{{\"a\":', {depth}) || '1' || repeat('}}', {depth})"));
    }
    values.push(format!("'{}'", "9".repeat(140_000)));
    values.push("repeat('x', 1000000)".to_owned());
    values.push("(select jsonb_agg(i) from generate_series(1, 20000) i)".to_owned());
    values
}

const ECHOES: &[(&str, &str)] = &[
    ("input.echo_jsonb", "jsonb"),
    ("input.echo_json", "json"),
    ("input.echo_text", "text"),
    ("input.echo_int", "int"),
    ("input.echo_bigint", "bigint"),
    ("input.echo_numeric", "numeric"),
    ("input.echo_float", "float8"),
    ("input.echo_bytea", "bytea"),
    ("input.echo_date", "date"),
    ("input.echo_time", "timestamptz"),
    ("input.echo_uuid", "uuid"),
    ("input.echo_array", "int[]"),
    ("input.echo_pair", "input.pair"),
    ("input.echo_range", "int4range"),
    ("input.checked", "jsonb"),
];

/// Calls of the extensions' own functions; each `{}` is a value.
const OWN: &[&str] = &[
    "plts.compile_ts({}, {})",
    "plts.compile_json({}, {})",
    "plts.analyze_ts({}, {})",
    "plts.build({}, {})",
    "plts.build_text({}, {})",
    "plts.describe({})",
    "plts.get_artifact({})",
    "plts.upsert_artifact({}, {}, {})",
    "plts.compile_and_store({}, {})",
    "plts.warm({})",
    "stopgap.deploy_bundle({}, {}, {}, {})",
    "stopgap.deploy({}, {}, {}, {})",
    "stopgap.rollback({}, {}, {}, {})",
    "stopgap.status({})",
    "stopgap.deployments({})",
    "stopgap.diff({}, {})",
    "stopgap.diff_bundle({}, {})",
    "stopgap.call({}, {}, {})",
    "stopgap.tag({}, {}, {})",
    "stopgap.pin({}, {}, {})",
    "stopgap.compare({}, {})",
    "stopgap.history({}, {})",
    "stopgap.create_environment({}, {}, {}, {})",
    "stopgap.alter_environment({}, {}, {})",
    "stopgap.drop_environment({}, {})",
    "input.crossed({}, {})",
];

/// Classes and codes that blame the call: data, names, types, rights, states, limits, what JavaScript threw.
fn blames_the_call(code: &str) -> bool {
    ["22", "42", "2B", "3F", "54", "55", "0A", "38", "23", "53"].contains(&&code[..2])
        || ["21000", "34000", "57014", "P0002", "P0003", "2202E"].contains(&code)
}

fn call(random: &mut Random, values: &[String]) -> String {
    match random.within(0, 9) {
        // Echoes with a value of their own type: the input function of PostgreSQL sees it first.
        0..=4 => {
            let (function, sql_type) = *random.pick(ECHOES);
            format!("SELECT {function}(({})::text::{sql_type})", random.pick(values))
        }
        5 | 6 => format!("SELECT {}({})", random.pick(ECHOES).0, random.pick(values)),
        _ => {
            let mut text = format!("SELECT {}", random.pick(OWN));
            while let Some(at) = text.find("{}") {
                let value = random.pick(values).replace("{}", "{ }");
                text.replace_range(at..at + 2, &value);
            }
            text
        }
    }
}

fn bad_calls(session: &mut Client, stream: u64, calls: u64) -> (u64, u64) {
    let values = values();
    let mut random = Random::of(SEED, stream);
    let (mut results, mut errors) = (0, 0);
    for number in 0..calls {
        let sql = call(&mut random, &values);
        let shown = || sql.chars().take(300).collect::<String>();
        match session.simple_query(&sql) {
            Ok(_) => results += 1,
            Err(error) => {
                let said = error.as_db_error();
                let said =
                    said.unwrap_or_else(|| panic!("call {number} of {stream} lost the session: {}", shown()));
                let code = said.code().code();
                assert!(
                    said.severity() == "ERROR" && blames_the_call(code),
                    "call {number}: {}: {error:?}",
                    shown()
                );
                errors += 1;
            }
        }
    }
    (results, errors)
}

#[test]
fn ten_thousand_bad_calls_are_answered() {
    let database = Database::create("inputs");
    let mut sum = (0, 0);
    for (stream, encoding) in ["UTF8", "LATIN1", "SQL_ASCII"].into_iter().enumerate() {
        let name = format!("e2e_inputs_{}", encoding.to_lowercase());
        let mut maintenance = database.connect(Role::Superuser);
        maintenance.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
        maintenance
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .unwrap();
        let mut session = database.server.connect(&name, Role::Superuser);
        session.batch_execute("CREATE EXTENSION stopgap CASCADE").unwrap();
        session.batch_execute(SETUP).unwrap();
        session.batch_execute("SET statement_timeout = '20s'; SET client_min_messages = error").unwrap();
        let share = if stream == 0 { CALLS - 2 * (CALLS / 3) } else { CALLS / 3 };
        let (results, errors) = bad_calls(&mut session, stream as u64, share);
        // The session works as on the first day, and texts are what they were.
        let row = session
            .query_one("SELECT input.echo_text('ascii') = 'ascii' AND input.echo_int(42) = 42", &[])
            .unwrap();
        assert!(row.get::<_, bool>(0), "{encoding}");
        sum = (sum.0 + results, sum.1 + errors);
        drop(session);
        maintenance.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    }
    println!("{} results, {} errors", sum.0, sum.1);
    assert_eq!(sum.0 + sum.1, CALLS);
    assert!(sum.0 > CALLS / 10 && sum.1 > CALLS / 10, "{sum:?}");
}
