//! Crashes and hangs that were reported of plv8, by their numbers there: what was done is done here, in this language's words.

use std::thread;
use std::time::{Duration, Instant};

use e2e::sqlstate;

use super::{Session, assert_no_crash};

/// Cancels what a session runs, and gives its SQLSTATE and how long it took.
fn cancel(session: Session, other: &mut Session, statement: &'static str) -> (String, Duration, Session) {
    let mut session = session;
    let pid = session.pid();
    let running = thread::spawn(move || {
        let error = session.client.batch_execute(statement).expect_err(statement);
        (sqlstate(&error), Instant::now(), session)
    });
    thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    assert!(other.value::<bool>(&format!("SELECT pg_cancel_backend({pid})")));
    let (code, ended, session) = running.join().unwrap();
    (code, ended - sent, session)
}

const SOON: Duration = Duration::from_secs(2);

/// Returned JSON with an array in it, and SETOF of it.
#[test]
fn plv8_issue_047_056_parameters_of_the_wrong_type() {
    let mut session = Session::new("plv8_056");
    session.run("CREATE TABLE baz (baz_id integer)");
    assert_eq!(
        session.code(
            "DO LANGUAGE plts $js$ await ctx.db.query('select * from baz where baz_id = $1', ['foo']) $js$"
        ),
        "42804"
    );
    assert_eq!(
        session
            .code("DO LANGUAGE plts $js$ await ctx.db.query(`select * from baz where baz_id = 'foo'`) $js$"),
        "22P02"
    );
    assert_eq!(
        session.code("DO LANGUAGE plts $js$ await ctx.db.query('select $1::int', [{}]) $js$"),
        "42804"
    );
    assert_eq!(session.code("DO LANGUAGE plts $js$ await ctx.db.query('select $1::int', []) $js$"), "22023");
    assert_eq!(
        session.code("DO LANGUAGE plts $js$ await ctx.db.query('select $1::int', 'no array' as any) $js$"),
        "22023"
    );
    assert_no_crash();
}

/// A statement with a syntax error, by a plan and a cursor.
#[test]
fn plv8_issue_099_a_syntax_error_in_a_statement() {
    let mut session = Session::new("plv8_099");
    for statement in ["selec 1", "select * from nowhere where a ilike ''%''$1''%''", "select $1 $2"] {
        let body =
            format!("for await (const row of ctx.db.cursor({statement:?}, ['x'])) ctx.log.notice(row)");
        let code = session.code(&format!("DO LANGUAGE plts $js$ {body} $js$"));
        assert!(["42601", "42P01"].contains(&code.as_str()), "{statement}: {code}");
    }
    assert_no_crash();
}

/// A statement that reads what the session's state says.
#[test]
fn plv8_issue_025_126_statements_that_ask_for_the_session() {
    let mut session = Session::new("plv8_126");
    session.run(
        "CREATE FUNCTION f() RETURNS jsonb LANGUAGE plts AS $js$
           return await ctx.db.one('select current_schemas(true)::text[] as s, current_user::text as u, txid_current_if_assigned() as t') $js$",
    );
    assert!(session.value::<serde_json::Value>("SELECT f()")["s"].is_array());
}

/// Threads that took signals and asked for PostgreSQL's memory: here the one there is has neither.
#[test]
fn plv8_issue_165_a_second_thread_is_harmless() {
    let mut session = Session::new("plv8_165");
    session.run("CREATE FUNCTION f(n int) RETURNS int LANGUAGE plts AS 'const a = []; for (let i = 0; i < n; i += 1) a.push({ i }); return a.length'");
    for _ in 0..50 {
        assert_eq!(session.value::<i32>("SELECT f(20000)"), 20000);
    }
    assert_no_crash();
}

/// A call for each row of a table: the resources of the query around are left alone.
#[test]
fn plv8_issue_164_statements_inside_a_larger_query() {
    let mut session = Session::new("plv8_164");
    session.run("CREATE FUNCTION blah() RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.one('select 1 as x') $$");
    assert!(session.value::<i64>("SELECT count(blah()) FROM pg_catalog.pg_language") >= 4);
    assert!(
        session.value::<i64>("SELECT count(blah()) FROM pg_catalog.pg_class, generate_series(1, 3)") > 300
    );
}

#[test]
fn plv8_issue_187_an_endless_loop_is_cancelled() {
    let mut other = Session::new("plv8_187");
    for statement in [
        "DO LANGUAGE plts 'while (true) {}'",
        "DO LANGUAGE plts 'for (;;) { try { while (true) {} } catch {} }'",
    ] {
        let (code, took, mut session) = cancel(other.another(), &mut other, statement);
        assert_eq!(code, "57014");
        assert!(took < SOON, "{took:?}");
        session.run("DO LANGUAGE plts 'return'");
    }
}

/// A cursor over many rows, to its end, again and again.
#[test]
fn plv8_issue_064_191_cursors_do_not_hold_rows() {
    let mut session = Session::new("plv8_191");
    session.run(
        "SET plts.max_heap_mb = 32;
         CREATE FUNCTION reads() RETURNS int LANGUAGE plts AS $js$
           let n = 0; for await (const row of ctx.db.cursor(`select repeat('v', 100) as v from generate_series(1, 300000)`)) n += row.v.length;
           return n $js$; SELECT reads()",
    );
    let rss = |session: &mut Session| -> u64 {
        session.status("RssAnon").split(' ').next().unwrap().parse().unwrap()
    };
    let before = rss(&mut session);
    assert_eq!(session.value::<i32>("SELECT reads()"), 30_000_000);
    let after = rss(&mut session);
    assert!(after < before + 20 * 1024, "{before} kB, then {after} kB");
}

/// A query with aggregates around calls that run statements.
#[test]
fn plv8_issue_265_291_calls_inside_of_aggregates_and_views() {
    let mut session = Session::new("plv8_291");
    session.run(
        "CREATE TABLE facts AS SELECT n % 5 AS product, ARRAY[n, n + 1] AS histogram FROM generate_series(1, 1000) n;
         CREATE FUNCTION add_up(state int[], next int[]) RETURNS int[] LANGUAGE plts AS $js$
           return state === null ? [...next] : state.map((n, i) => n! + next[i]!) $js$;
         CREATE AGGREGATE histogram_agg(int[]) (sfunc = add_up, stype = int[]);
         CREATE FUNCTION average(expression text) RETURNS float LANGUAGE plts AS $js$
           return (await ctx.db.one(`select avg(${expression})::float as a from facts`)).a $js$;
         CREATE MATERIALIZED VIEW by_product AS
           SELECT product, histogram_agg(histogram) AS histogram, count(*) AS n FROM facts GROUP BY product",
    );
    assert_eq!(session.value::<i64>("SELECT sum(histogram[1]) FROM by_product"), 500_500);
    assert_eq!(session.value::<f64>("SELECT avg(nullif(average('product'), 0)) FROM facts LIMIT 1"), 2.0);
    session.run("REFRESH MATERIALIZED VIEW by_product");
    assert_no_crash();
}

/// What the language's own locale functions do with dates far away.
#[test]
fn plv8_issue_338_dates_in_locales() {
    let mut session = Session::new("plv8_338");
    session.run("CREATE FUNCTION f() RETURNS text LANGUAGE plts AS $$ return new Date(1900, 0, 27030).toLocaleDateString('en-GB') $$");
    assert_eq!(session.value::<String>("SELECT f()"), "02/01/1974");
}

#[test]
fn plv8_issue_354_infinite_timestamps_in_rows_and_json() {
    let mut session = Session::new("plv8_354");
    session.run(
        "CREATE TABLE periods (id int, until timestamp, at timestamptz, day date);
         INSERT INTO periods VALUES (1, 'infinity', '-infinity', 'infinity'), (2, NULL, NULL, NULL);
         CREATE FUNCTION reads() RETURNS jsonb LANGUAGE plts AS $js$ return await ctx.db.query('select * from periods order by id') $js$;
         CREATE FUNCTION same(t timestamp, z timestamptz, d date, OUT t2 timestamp, OUT z2 timestamptz, OUT d2 date) LANGUAGE plts AS $js$
           return { t2: t, z2: z, d2: d } $js$",
    );
    let rows: serde_json::Value = session.value("SELECT reads()");
    assert_eq!(rows[0]["until"], "infinity");
    assert_eq!(rows[1]["until"], serde_json::Value::Null);
    let same = "SELECT (same('infinity', '-infinity', 'infinity'))::text";
    assert_eq!(session.value::<String>(same), "(infinity,-infinity,infinity)");
    assert_no_crash();
}

/// A function found by name and called from another.
#[test]
fn plv8_issue_370_596_functions_that_call_functions() {
    let mut session = Session::new("plv8_370");
    session.run(
        "CREATE FUNCTION get_env(variable text) RETURNS text LANGUAGE plts AS $js$
           switch (variable) { case 'current_user': return (await ctx.db.one('select current_user::text as val')).val; default: return null } $js$;
         CREATE FUNCTION calls() RETURNS text LANGUAGE plts AS $js$ return await ctx.db.call('get_env', ['current_user']) $js$;
         CREATE FUNCTION breaks() RETURNS SETOF int LANGUAGE plpgsql AS $do$ BEGIN RETURN NEXT 1; RAISE EXCEPTION 'while rows are fetched'; END $do$;
         CREATE FUNCTION fetches() RETURNS text LANGUAGE plts AS $js$
           try { for await (const row of ctx.db.cursor('select breaks()')) ; return 'all' } catch (error) { return error.message } $js$",
    );
    assert_eq!(
        session.value::<String>("SELECT calls()"),
        session.value::<String>("SELECT current_user::text")
    );
    assert_eq!(session.value::<String>("SELECT fetches()"), "while rows are fetched");
    assert_no_crash();
}

/// A set of two million rows takes a session no memory in proportion.
#[test]
fn plv8_issue_372_374_sets_are_not_held_in_memory() {
    let mut session = Session::new("plv8_372");
    session.run(
        "SET plts.max_heap_mb = 64; SET work_mem = '4MB';
         CREATE FUNCTION gives(n int) RETURNS SETOF jsonb LANGUAGE plts AS $js$
           for (let i = 0; i < n; i += 1) yield { i, text: 'a text of some length' } $js$; SELECT count(*) FROM gives(1000)",
    );
    assert_eq!(session.value::<i64>("SELECT count(*) FROM gives(300000)"), 300_000);
    let rss: u64 = session.status("RssAnon").split(' ').next().unwrap().parse().unwrap();
    assert!(rss < 128 * 1024, "{rss} kB");
}

/// A `SET` of this language's own settings before anything of it has run.
#[test]
fn plv8_issue_373_a_setting_before_the_first_call() {
    let mut session = Session::new("plv8_373");
    session.run("SET plts.max_runtime_ms = '10s'; DO LANGUAGE plts $$ ctx.log.notice('test') $$");
    let mut unknown = session.another();
    // The library is preloaded here, so that what it does not know is refused before anything of it runs.
    assert_eq!(unknown.code("SET plts.start_proc = 'plts_require'"), "42602");
    unknown.run("DO LANGUAGE plts $$ ctx.log.notice('test') $$");
    assert_no_crash();
}

/// Cancelled while a statement runs: no crash, and the next statement is a session's like any.
#[test]
fn plv8_issue_385_459_a_statement_inside_is_cancelled() {
    let mut other = Session::new("plv8_459");
    for statement in [
        "DO LANGUAGE plts $$ await ctx.db.query('select pg_sleep(10)') $$",
        "DO LANGUAGE plts $$ for (;;) { try { await ctx.db.query('select pg_sleep(10)') } catch {} } $$",
        "SELECT pg_sleep(10)",
    ] {
        let mut session = other.another();
        session.run("DO LANGUAGE plts 'return'");
        let (code, took, mut session) = cancel(session, &mut other, statement);
        assert_eq!(code, "57014", "{statement}");
        assert!(took < SOON, "{statement} {took:?}");
        session.run("DO LANGUAGE plts $$ await ctx.db.query('select 1') $$; SELECT pg_sleep(0.05)");
    }
    assert_no_crash();
}

/// The time-out ends the call in which it comes, and what that call has changed is undone.
#[test]
fn plv8_issue_439_a_timeout_is_not_put_off() {
    let mut session = Session::new("plv8_439");
    session.run("CREATE TABLE kept (n int); SET statement_timeout = '200ms'");
    let began = Instant::now();
    assert_eq!(
        session.code("DO LANGUAGE plts $$ await ctx.db.query('select pg_sleep(5)'); await ctx.db.exec('insert into kept values (1)') $$"),
        "57014"
    );
    assert!(began.elapsed() < SOON);
    session.run("DO LANGUAGE plts 'return 1'");
    assert_eq!(session.value::<i64>("SELECT count(*) FROM kept"), 0);
}

/// Extensions beside it in one session, and the language created and dropped.
#[test]
fn plv8_issue_503_created_after_other_extensions() {
    let session = Session::new("plv8_503");
    drop(session);
    let database = e2e::Database::create_empty("plv8_503");
    database.sql(
        e2e::Role::Superuser,
        "CREATE EXTENSION plts; CREATE FUNCTION f() RETURNS int LANGUAGE plts AS 'return 1'; SELECT f();
         DROP EXTENSION plts CASCADE; CREATE EXTENSION plts;
         CREATE FUNCTION f() RETURNS int LANGUAGE plts AS 'return 2'; SELECT f()",
    );
    assert_no_crash();
}

/// Roles that take turns with one function do not make it be compiled again and again.
#[test]
fn plv8_issue_512_roles_that_take_turns() {
    let mut session = Session::new("plv8_512");
    session.run(
        "CREATE FUNCTION counts() RETURNS int LANGUAGE plts AS 'globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n';
         GRANT USAGE ON SCHEMA plv8_512 TO e2e_app, e2e_stranger",
    );
    for _ in 0..3 {
        session.run("SET ROLE e2e_app; SELECT counts(); SET ROLE e2e_stranger; SELECT counts(); RESET ROLE");
    }
    session.run("SET ROLE e2e_app");
    // The role's own globals, from the fourth call on as from the first.
    assert_eq!(session.value::<i32>("SELECT counts()"), 4);
}

/// A method taken off its object and called on nothing, or on something else.
#[test]
fn plv8_issue_527_methods_on_foreign_receivers() {
    let mut session = Session::new("plv8_527");
    for body in [
        "ctx.db.cursor('select * from (values (1)) as foo').next.apply(null)",
        "ctx.db.query.call(null, 'select 1')",
        "ctx.db.cursor.call({}, 'select 1')",
        "const { savepoint } = ctx.db; await savepoint.call(undefined, async () => {})",
        "Object.getPrototypeOf(ctx.db).query.call(new Proxy({}, {}), 'select 1')",
        "Object.getPrototypeOf(new URL('http://h/')).toString.call({})",
        "new TextDecoder().decode.call({})",
        "ctx.log.notice.call(null, 'x')",
    ] {
        // Whether a receiver is needed is each method's own matter; the session lives on either way.
        let _ = session.client.batch_execute(&format!("DO LANGUAGE plts $js$ {body} $js$"));
        assert_eq!(session.value::<i32>("SELECT 1"), 1, "{body}");
    }
    assert_no_crash();
}

/// A cancel that finds nested calls, in the middle of the inner one's statement.
#[test]
fn plv8_issue_528_nested_calls_are_cancelled() {
    let mut other = Session::new("plv8_528");
    other.run(
        "CREATE FUNCTION inside() RETURNS void LANGUAGE plts AS $$ await ctx.db.query('select pg_sleep(10)') $$;
         CREATE FUNCTION outside() RETURNS void LANGUAGE plts AS $$ try { await ctx.db.query('select inside()') } finally { globalThis.x = 1 } $$",
    );
    let (code, took, mut session) = cancel(other.another(), &mut other, "SELECT outside()");
    assert_eq!(code, "57014");
    assert!(took < SOON, "{took:?}");
    session.run("DO LANGUAGE plts 'return'");
}

/// Errors thrown out of nested calls, out of statements, with subtransactions in between.
#[test]
fn plv8_issue_530_errors_through_nested_calls() {
    let mut session = Session::new("plv8_530");
    session.run(
        "CREATE FUNCTION throws(n int) RETURNS int LANGUAGE plts AS $js$
           if (n > 0) { try { await ctx.db.savepoint(() => ctx.db.query('select throws($1)', [n - 1])) } catch (error) { throw new Error(`at ${n}`, { cause: error }) } }
           throw new TypeError('at the bottom') $js$;
         CREATE FUNCTION catches() RETURNS int LANGUAGE plts AS $js$
           let n = 0; for (let i = 0; i < 100; i += 1) { try { await ctx.db.query('select throws(3)') } catch { n += 1 } } return n $js$",
    );
    assert_eq!(session.value::<i32>("SELECT catches()"), 100);
    assert_eq!(session.code("SELECT throws(5)"), "38000");
    assert_no_crash();
}

/// A function that tells of itself does not crash.
#[test]
fn plv8_issue_557_information_about_the_session() {
    let mut session = Session::new("plv8_557");
    session.run("SELECT plts.version(); DO LANGUAGE plts 'return'; SELECT plts.version()");
}

/// Two hundred gigabytes of bytes, one megabyte at a time, would be much; two are enough to see it.
#[test]
fn plv8_issue_561_bytes_as_arguments() {
    let mut session = Session::new("plv8_561");
    session
        .run("SET plts.max_heap_mb = 64; CREATE FUNCTION noop(data bytea) RETURNS void LANGUAGE plts AS ''");
    session.run(
        "DO LANGUAGE plts $js$
           for (let i = 0; i < 20; i += 1) await ctx.db.query(`select noop(convert_to(repeat('0', 1024 * 1024), 'UTF8')) from generate_series(1, 100)`) $js$",
    );
    let rss: u64 = session.status("RssAnon").split(' ').next().unwrap().parse().unwrap();
    assert!(rss < 160 * 1024, "{rss} kB");
}

/// What keeps state of the session is dropped in the middle of it.
#[test]
fn plv8_issue_578_state_is_reset_while_functions_are_there() {
    let mut session = Session::new("plv8_578");
    session.run(
        "CREATE FUNCTION sets(val text) RETURNS void LANGUAGE plts AS 'globalThis.value = val';
         CREATE FUNCTION gets() RETURNS text LANGUAGE plts AS 'return globalThis.value ?? null';",
    );
    for reset in [
        "SELECT sets('x')",
        "DISCARD ALL",
        "SET search_path = plv8_578",
        "DISCARD PLANS",
        "DEALLOCATE ALL",
        "CREATE OR REPLACE FUNCTION gets() RETURNS text LANGUAGE plts AS 'return typeof globalThis.value'",
    ] {
        session.run(reset);
        session.run("SELECT plv8_578.gets()");
    }
    // The heap is full, and everything made anew.
    assert_eq!(
        session.code("SET plts.max_heap_mb = 32; DO LANGUAGE plts 'const a = []; for (;;) a.push([a])'"),
        "53200"
    );
    assert_eq!(session.value::<String>("SELECT gets()"), "undefined");
    assert_no_crash();
}

/// Called from plpgsql a million times would be long; the slope shows with less.
#[test]
fn plv8_issue_411_585_calls_from_plpgsql_take_no_memory() {
    let mut session = Session::new("plv8_585");
    session.run(
        "CREATE FUNCTION set_val(n int) RETURNS void LANGUAGE plts AS 'globalThis.myval = n';
         CREATE FUNCTION from_plpgsql(n int) RETURNS void LANGUAGE plpgsql AS $do$ BEGIN PERFORM set_val(n); END $do$;
         SELECT count(from_plpgsql(n)) FROM generate_series(1, 20000) n",
    );
    let rss = |session: &mut Session| -> u64 {
        session.status("RssAnon").split(' ').next().unwrap().parse().unwrap()
    };
    let before = rss(&mut session);
    session.run("SELECT count(from_plpgsql(n)) FROM generate_series(1, 100000) n");
    let after = rss(&mut session);
    assert!(after < before + 4096, "{before} kB, then {after} kB");
}

/// A recursion through SQL without end.
#[test]
fn plv8_issue_603_recursion_through_statements() {
    let mut session = Session::new("plv8_603");
    session.run(
        "SET max_stack_depth = '500kB';
         CREATE FUNCTION recurses(counter int DEFAULT 0) RETURNS void LANGUAGE plts AS $js$ await ctx.db.query('select recurses($1)', [counter + 1]) $js$;
         CREATE FUNCTION recurses_catching(counter int DEFAULT 0) RETURNS void LANGUAGE plts AS $js$
           try { await ctx.db.query('select recurses_catching($1)', [counter + 1]) } catch (error) { throw error } $js$;
         CREATE FUNCTION in_javascript() RETURNS int LANGUAGE plts AS 'const f = (): number => f() + 1; return f()'",
    );
    assert_eq!(session.code("SELECT recurses()"), "54001");
    assert_eq!(session.code("SELECT recurses_catching()"), "54001");
    assert_eq!(session.code("SELECT in_javascript()"), "54001");
    assert_no_crash();
}

/// One place of a statement runs as one role and then as another.
#[test]
fn plv8_issue_606_one_place_and_two_roles() {
    let mut session = Session::new("plv8_606");
    session.run(
        "GRANT USAGE, CREATE ON SCHEMA plv8_606 TO e2e_app;
         CREATE FUNCTION who() RETURNS text LANGUAGE plts AS $$ globalThis.n = (globalThis.n ?? 0) + 1; return `${ctx.user.current} ${globalThis.n}` $$;
         CREATE FUNCTION wrapped() RETURNS text LANGUAGE plpgsql AS $do$ DECLARE r text; BEGIN r := plv8_606.who(); RETURN r; END $do$;
         CREATE PROCEDURE definer(OUT r text) LANGUAGE plpgsql SECURITY DEFINER AS $do$ BEGIN r := plv8_606.wrapped(); END $do$;
         CREATE FUNCTION definer_function() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $do$ BEGIN RETURN plv8_606.wrapped(); END $do$;
         SET ROLE e2e_app",
    );
    assert_eq!(session.value::<String>("SELECT wrapped()"), "e2e_app 1");
    assert_eq!(session.value::<String>("CALL definer(NULL)"), "postgres 1");
    assert_eq!(session.value::<String>("SELECT wrapped()"), "e2e_app 2");
    let both = "SELECT string_agg(r, ',') FROM (SELECT CASE WHEN n % 2 = 0 THEN definer_function() ELSE wrapped() END AS r FROM generate_series(1, 4) n) s";
    assert_eq!(session.value::<String>(both), "e2e_app 3,postgres 2,e2e_app 4,postgres 3");
    session.run("BEGIN; SET LOCAL ROLE e2e_stranger; RESET ROLE; ROLLBACK");
    assert_no_crash();
}
