//! Two environments at once, two deploys at once, and calls that are cancelled.

use std::thread;
use std::time::{Duration, Instant};

use e2e::bundle::{bundle, call, constant, deploy};
use e2e::{Database, Role};
use serde_json::json;

#[test]
fn environments_are_apart() {
    let database = Database::create("two_environments");
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));
    deploy(&mut deployer, "staging", &[("a.ts", &constant("staging")), ("b.ts", &constant("b"))]).unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("prod"))]).unwrap();
    assert_eq!(call(&mut app, "live_staging.a_get", &json!({})).unwrap(), json!("staging"));
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("prod"));
    deploy(&mut deployer, "staging", &[("b.ts", &constant("b"))]).unwrap();
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("prod"));
    // Deploys of two environments do not wait for each other.
    let mut other = database.connect(Role::Deployer);
    let mut open = deployer.transaction().unwrap();
    open.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&bundle(&[("a.ts", &constant("prod2"))])])
        .unwrap();
    deploy(&mut other, "staging", &[("a.ts", &constant("staging2"))]).unwrap();
    open.commit().unwrap();
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("prod2"));
    assert_eq!(call(&mut app, "live_staging.a_get", &json!({})).unwrap(), json!("staging2"));
}

#[test]
fn a_busy_environment_fails_at_once_unless_told_to_wait() {
    let database = Database::create("busy");
    let (mut first, mut second) = (database.connect(Role::Deployer), database.connect(Role::Deployer));
    deploy(&mut first, "prod", &[("a.ts", &constant("zero"))]).unwrap();

    let mut open = first.transaction().unwrap();
    open.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&bundle(&[("a.ts", &constant("one"))])])
        .unwrap();
    let began = Instant::now();
    let error = deploy(&mut second, "prod", &[("a.ts", &constant("two"))]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "55P03");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let failed: i64 = second
        .query_one("SELECT count(*) FROM stopgap.deployment WHERE state = 'failed'", &[])
        .unwrap()
        .get(0);
    assert_eq!(failed, 0, "a busy environment leaves no record");

    let waiting = thread::spawn(move || {
        second.query_one(
            "SELECT stopgap.deploy_bundle('prod', $1, 'waited', '{\"wait_ms\": 10000}')",
            &[&bundle(&[("a.ts", &constant("two"))])],
        )
    });
    thread::sleep(Duration::from_millis(200));
    open.commit().unwrap();
    waiting.join().unwrap().unwrap();
    let mut app = database.connect(Role::App);
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("two"));
}

/// How soon a loop must have ended. A machine that is busy with other tests may need more than one try to show it.
const PROMPT: Duration = Duration::from_millis(100);
const TRIES: usize = 3;

/// The quickest end of a loop in a few tries, and its SQLSTATE.
fn quickest_end(database: &Database, by: &str, body: &str) -> (Duration, Option<String>) {
    let mut ends = (0..TRIES).map(|_| end_a_loop(database, by, body));
    let mut best = ends.next().expect("there is a first try");
    for end in ends {
        if best.0 < PROMPT {
            break;
        }
        best.0 = best.0.min(end.0);
    }
    best
}

/// Runs an endless loop in a session and ends it from another. Gives how long the end took, and the SQLSTATE.
fn end_a_loop(database: &Database, by: &str, body: &str) -> (Duration, Option<String>) {
    let mut looping = database.connect(Role::Superuser);
    let mut other = database.connect(Role::Superuser);
    let pid: i32 = looping.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    // The first call is over: what is timed is the end of a loop, not the start of V8.
    looping.batch_execute("DO LANGUAGE plts 'return'").unwrap();
    let body = format!("DO LANGUAGE plts $js$ {body} $js$");
    let session = thread::spawn(move || {
        let result = looping.batch_execute(&body);
        (Instant::now(), result)
    });
    thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    assert!(other.query_one(&format!("SELECT {by}($1)"), &[&pid]).unwrap().get::<_, bool>(0));
    let (ended, result) = session.join().unwrap();
    let error = result.expect_err("the loop was ended");
    (ended - sent, error.code().map(|code| code.code().to_owned()))
}

#[test]
fn loops_end_when_they_are_told_to() {
    let database = Database::create("loops");
    for body in [
        "for (;;) {}",
        "try { for (;;) {} } catch { for (;;) {} } finally { for (;;) {} }",
        "const p = async () => { for (;;) await null; }; await p()",
        "/^(a+)+$/.test('a'.repeat(60) + 'b')",
        "[...Array(1e6).keys()].sort(() => { for (;;) {} })",
        "for (;;) { try { await ctx.db.query('select pg_sleep(10)') } catch {} }",
    ] {
        let (took, code) = quickest_end(&database, "pg_cancel_backend", body);
        assert_eq!(code.as_deref(), Some("57014"), "{body}");
        assert!(took < PROMPT, "{body} took {took:?}");
    }
    let (took, code) = quickest_end(&database, "pg_terminate_backend", "for (;;) {}");
    // This client may notice that the connection is closed before it has read why.
    assert!(matches!(code.as_deref(), Some("57P01") | None), "{code:?}");
    assert!(took < PROMPT, "{took:?}");

    let mut session = database.connect(Role::Superuser);
    session.batch_execute("SET statement_timeout = '100ms'").unwrap();
    let began = Instant::now();
    let error = session.batch_execute("DO LANGUAGE plts 'for (;;) {}'").unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
    session.batch_execute("RESET statement_timeout; DO LANGUAGE plts 'return'").unwrap();
}

/// Each level of it says where it stands and writes a line to the log; neither may cost more the deeper it is.
#[test]
fn a_deep_recursion_ends_soon_after_its_timeout() {
    let database = Database::create("deep_timeout");
    database.sql(
        Role::Superuser,
        "CREATE TABLE breeding (n int);
         CREATE FUNCTION breeds() RETURNS trigger LANGUAGE plts AS
           'await ctx.db.exec(\"insert into breeding values (1)\")';
         CREATE TRIGGER breeds AFTER INSERT ON breeding FOR EACH ROW EXECUTE FUNCTION breeds()",
    );
    let mut session = database.connect(Role::Superuser);
    session.batch_execute("SET max_stack_depth = '6MB'; SET statement_timeout = '300ms'").unwrap();
    let began = Instant::now();
    let error = session.batch_execute("INSERT INTO breeding VALUES (1)").unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
