//! What is counted of a whole server, when it preloads the libraries, and what is written to its log.

use e2e::bundle::{constant, deploy};
use e2e::{Database, Role, Server};
use serde_json::Value;

fn metrics(client: &mut postgres::Client, extension: &str) -> Value {
    client.query_one(&format!("SELECT {extension}.metrics()"), &[]).unwrap().get(0)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_preloaded_server_counts_for_all_its_sessions() {
    let database = Database::create_on(Server::preloaded(), "metrics");
    let (mut first, mut second) = (database.connect(Role::Superuser), database.connect(Role::Superuser));
    first
        .batch_execute("CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b'")
        .unwrap();
    let before = metrics(&mut first, "plts");
    assert_eq!(before["scope"], "server");
    second.batch_execute("SELECT add(1, 2) FROM generate_series(1, 500)").unwrap();
    second.batch_execute("DO LANGUAGE plts $$ throw new PgError('x', { sqlstate: 'ZZ001' }) $$").unwrap_err();
    let seen = metrics(&mut first, "plts");
    assert!(number(&seen["execute"]["calls"]) >= number(&before["execute"]["calls"]) + 501, "{seen}");
    assert_eq!(seen["execute"]["errors"]["ZZ"], 1, "{seen}");
    assert!(number(&seen["heap"]["used_bytes"]) > number(&before["heap"]["used_bytes"]), "{before} {seen}");
    // What a session has counted stays when it ends; the heap that it had does not.
    let calls = number(&seen["execute"]["calls"]);
    drop(second);
    let mut left = metrics(&mut first, "plts");
    for _ in 0..100 {
        if number(&left["heap"]["contexts"]) < number(&seen["heap"]["contexts"]) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        left = metrics(&mut first, "plts");
    }
    assert_eq!(number(&left["execute"]["calls"]), calls);
    assert!(number(&left["heap"]["contexts"]) < number(&seen["heap"]["contexts"]), "{seen} {left}");

    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("two"))]).unwrap();
    deployer.execute("SELECT stopgap.rollback('prod')", &[]).unwrap();
    deploy(&mut deployer, "Not a name", &[]).unwrap_err();
    let seen = metrics(&mut first, "stopgap");
    assert_eq!(seen["scope"], "server");
    assert!(number(&seen["deploy"]["calls"]) >= 3, "{seen}");
    assert_eq!(seen["deploy"]["errors"]["42"], 1, "{seen}");
    assert!(number(&seen["rollback"]["latency"]["count"]) >= 1, "{seen}");
}

#[test]
fn the_log_names_events_and_no_values() {
    let database = Database::create("log");
    let mut client = database.connect(Role::Superuser);
    client
        .batch_execute(
            "LOAD 'plts'; SET plts.log_level = 'debug';
             CREATE FUNCTION logged(secret text) RETURNS int LANGUAGE plts AS $$ throw new Error(`about ${secret}`) $$",
        )
        .unwrap();
    client
        .batch_execute(
            "DO $$ BEGIN PERFORM logged('a-secret-value'); EXCEPTION WHEN OTHERS THEN NULL; END $$",
        )
        .unwrap();
    client.batch_execute("SET plts.log_level = 'off'").unwrap();
    client
        .batch_execute(
            "DO $$ BEGIN PERFORM logged('another-secret'); EXCEPTION WHEN OTHERS THEN NULL; END $$",
        )
        .unwrap();
    let log = database.server.log();
    let events: Vec<&str> =
        log.lines().filter(|line| line.contains("plts event=") && line.contains("@e2e_log ")).collect();
    assert!(events.iter().any(|line| line.contains("event=engine_started v8=")), "{events:?}");
    let failures = events
        .iter()
        .filter(|line| line.contains("event=call_failed function=\"logged(text)\" sqlstate=38000"));
    assert_eq!(failures.count(), 1, "{events:?}");
    assert!(!log.contains("a-secret-value") && !log.contains("another-secret"));
}

#[test]
fn parameters_are_logged_where_the_author_says_so() {
    let database = Database::create("log_params");
    let mut deployer = database.connect(Role::Deployer);
    let source = r#"import { query, v } from "@stopgap/runtime";
/** @log-params id, kind */
export const some = query(v.object({ id: v.number(), kind: v.optional(v.string()), secret: v.string() }), () => 1);
/** @log-params */
export const all = query({ sql: { args: { id: "int", at: "timestamptz", list: "text[]" }, returns: "int" }, handler: () => 1 });
export const none = query(v.any(), () => 1);
/** @log-params payload */
export const one = query({ sql: { args: { payload: "jsonb" }, returns: "int" }, handler: () => 1 });
/** @log-params n */
export const deep = query(v.any(), () => 1);
"#;
    deploy(&mut deployer, "prod", &[("m.ts", source)]).unwrap();
    let mut app = database.connect(Role::App);
    let calls = "SELECT live_prod.m_some('{\"id\": 7, \"secret\": \"a-secret-value\"}');
        SELECT live_prod.m_all(8, '2026-07-01 12:00+00', ARRAY['a', NULL]);
        SELECT live_prod.m_none('{\"id\": \"a-secret-value\"}')";
    app.batch_execute(calls).unwrap();
    app.batch_execute(
        "SELECT live_prod.m_one('{\"payload\": 1}');
         SELECT live_prod.m_deep(('{\"n\": 12345678901234567890123, \"deep\": ' || repeat('[', 500) || repeat(']', 500) || '}')::jsonb);
         SELECT live_prod.m_deep(jsonb_build_object('n', repeat('x', 10000)));
         SELECT live_prod.m_deep(jsonb_build_object('n', repeat('x', 100000)))",
    )
    .unwrap();
    let mut silent = database.connect(Role::Superuser);
    silent
        .batch_execute("LOAD 'plts'; SET plts.log_level = 'off'; SELECT live_prod.m_all(9, now(), '{}')")
        .unwrap();
    let log = database.server.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("@e2e_log_params "))
        .filter_map(|line| line.split_once("plts event=call function=").map(|(_, rest)| rest))
        .collect();
    assert_eq!(lines[0], r#""live_prod.m_some(jsonb)" params="{\"id\":7}""#);
    assert_eq!(
        lines[1],
        r#""live_prod.m_all(integer,timestamp with time zone,text[])" params="{\"id\":\"8\",\"at\":\"2026-07-01 12:00:00+00\",\"list\":\"{a,NULL}\"}""#
    );
    assert_eq!(lines[2], r#""live_prod.m_one(jsonb)" params="{\"payload\":\"{\\\"payload\\\": 1}\"}""#);
    assert_eq!(lines[3], r#""live_prod.m_deep(jsonb)" params="{\"n\":12345678901234567890123}""#);
    // A long one is cut, and a very long one not even read.
    assert!(lines[4].len() < 5000 && lines[4].ends_with("...\""), "{}", lines[4]);
    assert_eq!(lines[5], r#""live_prod.m_deep(jsonb)" params="too large""#);
    assert_eq!(lines.len(), 6);
    assert!(!log.lines().any(|line| line.contains("plts event=") && line.contains("a-secret-value")));
    let wrong = source.replace("id, kind", "id, sort");
    let error = deploy(&mut deployer, "prod", &[("m.ts", &wrong)]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42P13");
}

#[test]
fn stopgap_logs_what_its_level_asks_for() {
    let database = Database::create("log_releases");
    let mut client = database.connect(Role::Superuser);
    client.batch_execute("LOAD 'stopgap'").unwrap();
    let secret = "a-secret-in-a-source";
    let mut expected = Vec::new();
    for (level, logged) in [("off", 0), ("error", 0), ("warning", 1), ("info", 4), ("debug", 4)] {
        client.batch_execute(&format!("SET stopgap.log_level = '{level}'")).unwrap();
        let env = format!("at_{level}");
        deploy(&mut client, &env, &[("a.ts", &constant(secret))]).unwrap();
        deploy(&mut client, &env, &[("a.ts", &constant("other"))]).unwrap();
        client.query_one("SELECT stopgap.rollback($1)", &[&env]).unwrap();
        client.query_one("SELECT stopgap.rollback($1)", &[&env]).unwrap_err();
        expected.extend(std::iter::repeat_n("rollback sqlstate=55000", 1).take(logged));
        if logged == 4 {
            expected.extend(["deploy sqlstate=00000", "deploy sqlstate=00000", "rollback sqlstate=00000"]);
        }
    }
    let log = database.server.log();
    let mut events: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("@e2e_log_releases "))
        .filter_map(|line| line.split_once("stopgap event=")?.1.split_once(" us=").map(|(event, _)| event))
        .collect();
    events.sort_unstable();
    expected.sort_unstable();
    assert_eq!(events, expected);
    assert!(!log.lines().any(|line| line.contains("stopgap event=") && line.contains(secret)));
    // It is not for everybody to silence.
    let refused =
        database.connect(Role::Deployer).batch_execute("LOAD 'stopgap'; SET stopgap.log_level = 'off'");
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "42501");
}
