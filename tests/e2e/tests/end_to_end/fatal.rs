//! The death of V8 ends one session, and no other.

use std::thread;

use e2e::{Database, Role};

/// More elements than an array of V8 may have. V8 stops the process without asking anybody.
const TOO_MANY_ELEMENTS: &str = "JSON.parse('[' + '1,'.repeat(2 ** 27) + '1]')";

#[test]
fn a_fatal_error_of_v8_ends_its_session_alone() {
    let database = Database::create("fatal");
    database.sql(Role::Superuser, "CREATE TABLE kept (n int); CREATE TABLE locked (n int)");
    let mut bystander = database.connect(Role::Superuser);
    bystander
        .batch_execute(
            "CREATE TEMP TABLE mine AS SELECT 1 AS n;
             CREATE FUNCTION counts() RETURNS int LANGUAGE plts AS
               'globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count';
             SELECT counts(); BEGIN; INSERT INTO kept VALUES (1)",
        )
        .unwrap();

    // In nested calls, with locks held, a subtransaction open, a cursor and rows written.
    let mut dying = database.connect(Role::Superuser);
    dying
        .batch_execute(&format!(
            "CREATE FUNCTION dies() RETURNS int LANGUAGE plts AS $js$ return {TOO_MANY_ELEMENTS}.length $js$;
             CREATE FUNCTION outer_one() RETURNS int LANGUAGE plts AS $js$
               for await (const row of ctx.db.cursor('select 1 as n from generate_series(1, 100)')) {{
                 await ctx.db.savepoint(async () => {{
                   await ctx.db.exec('insert into kept values (2)');
                   try {{ await ctx.db.query('select through_plpgsql()') }} catch {{}}
                 }});
               }}
               return 1 $js$;
             CREATE FUNCTION through_plpgsql() RETURNS int LANGUAGE plpgsql AS $do$
               BEGIN RETURN dies(); EXCEPTION WHEN OTHERS THEN RETURN -1; END $do$;"
        ))
        .unwrap();
    let pid: i32 = dying.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let session = thread::spawn(move || {
        dying.batch_execute(
            "BEGIN; SELECT pg_advisory_xact_lock(77), pg_advisory_lock(78);
             LOCK TABLE locked IN ACCESS EXCLUSIVE MODE; SELECT outer_one()",
        )
    });
    let error = session.join().unwrap().expect_err("the session ends");
    // This client may notice that the connection is closed before it has read why.
    if let Some(error) = error.as_db_error() {
        assert_eq!(error.severity(), "FATAL");
        assert_eq!(error.code().code(), "XX000");
        assert_eq!(error.message(), "terminating connection because the JavaScript engine failed");
    } else {
        assert!(error.is_closed(), "{error:?}");
    }

    // Gone in order: nothing is held any more.
    let mut other = database.connect(Role::Superuser);
    other
        .batch_execute(
            "SET lock_timeout = '5s'; SELECT pg_advisory_lock(78);
             BEGIN; SELECT pg_advisory_xact_lock(77); LOCK TABLE locked IN ACCESS EXCLUSIVE MODE; COMMIT",
        )
        .unwrap();
    let left: i64 =
        other.query_one("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", &[&pid]).unwrap().get(0);
    assert_eq!(left, 0);

    // The bystander's session, transaction and JavaScript are what they were.
    let count: i32 = bystander.query_one("SELECT counts() FROM mine", &[]).unwrap().get(0);
    assert_eq!(count, 2);
    bystander.batch_execute("COMMIT").unwrap();
    let kept: Vec<i32> =
        bystander.query("SELECT n FROM kept ORDER BY n", &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(kept, [1]);
    assert_no_crash(&database);
}

/// The server's log tells of no process that a signal has ended.
fn assert_no_crash(database: &Database) {
    let log = database.server.log();
    for line in log.lines() {
        let crashed = ["terminated by signal", "PANIC:", "database system was interrupted"];
        assert!(!crashed.iter().any(|sign| line.contains(sign)), "{line}");
    }
}
