//! Defects that an audit of pljs found, and crashes reported of it, by their numbers there: what was done is done here, in this
//! language's words.

use std::time::{Duration, Instant};

use super::{Session, assert_no_crash};

/// Characters beyond the sixteen bits of one unit.
#[test]
fn pljs_issue_010_emoji() {
    let mut session = Session::new("pljs_010");
    session.run("CREATE FUNCTION f(t text) RETURNS text LANGUAGE plts AS 'return `${t}😀${t.length}`'; DO LANGUAGE plts $$ ctx.log.notice('😀') $$");
    assert_eq!(session.value::<String>("SELECT f('👩‍👩‍👧😀')"), "👩‍👩‍👧😀😀10");
}

/// `RETURNS TABLE` from an array.
#[test]
fn pljs_issue_016_tables_from_arrays() {
    let mut session = Session::new("pljs_016");
    session.run(
        "CREATE FUNCTION f() RETURNS TABLE (id int, tags text[]) LANGUAGE plts AS $$ return [{ id: 1, tags: ['a'] }, { id: 2, tags: null }] $$;
         CREATE FUNCTION wrong(kind int) RETURNS TABLE (id int, tags text[]) LANGUAGE plts AS $$
           return [[1], [[]], 5, 'text', { id: 'x', tags: [] }, [{ id: 1, tags: 'a' }], [undefined, null]][kind] as any $$",
    );
    assert_eq!(session.value::<i64>("SELECT sum(id) FROM f()"), 3);
    for kind in 0..6 {
        assert_eq!(session.code(&format!("SELECT * FROM wrong({kind})")), "42804", "{kind}");
    }
    assert_no_crash();
}

/// Memory at the boundary: values of every kind in the wrong place, and objects that lie about themselves.
#[test]
fn pljs_issue_025_memory_at_the_boundary() {
    let mut session = Session::new("pljs_025");
    session.run(
        "SET plts.max_heap_mb = 64; SET statement_timeout = '10s';
         CREATE TYPE pair AS (a int, b text);
         CREATE FUNCTION gives(kind int) RETURNS pair[] LANGUAGE plts AS $js$
           const lies = { a: 1, get b() { lies.a = 'changed' as any; return 'b' } };
           const shrinks: any[] = [{ get a() { shrinks.length = 0; return 1 }, b: 'x' }, { a: 2, b: 'y' }];
           const proxy = new Proxy([{ a: 1, b: 'x' }], { get(t: any, k) { return k === 'length' ? 1e9 : t[k] } });
           const sparse: any[] = []; sparse[1000000] = { a: 1, b: 'x' };
           return [[lies], shrinks, proxy, new Array(2 ** 32 - 1), sparse, [[]], [Symbol('x')], [() => 1], [new Date(NaN)], [NaN], [{ a: 2n ** 70n, b: 1 }]][kind] as any $js$",
    );
    for kind in 0..11 {
        let _ = session.client.batch_execute(&format!("SELECT gives({kind})"));
        assert_eq!(session.value::<i32>("SELECT 1"), 1, "{kind}");
    }
    assert_no_crash();
}

/// Every field of an error comes into JavaScript, and goes out again.
#[test]
fn pljs_issue_026_fields_of_errors() {
    let mut session = Session::new("pljs_026");
    session.run(
        "CREATE TABLE unique_ones (n int PRIMARY KEY); INSERT INTO unique_ones VALUES (1);
         CREATE FUNCTION fields() RETURNS text LANGUAGE plts AS $js$
           try { await ctx.db.exec('insert into unique_ones values (1)') }
           catch (e) { return [e.sqlstate, e.code, e.constraint, e.table, e.schema, e.detail].join('|') } return '' $js$;
         CREATE FUNCTION again() RETURNS void LANGUAGE plts AS $js$ try { await ctx.db.exec('insert into unique_ones values (1)') } catch (e) { throw e } $js$;
         CREATE FUNCTION own() RETURNS void LANGUAGE plts AS $js$ throw new PgError('mine', { sqlstate: 'AB123', detail: 'D', hint: 'H' }) $js$",
    );
    assert_eq!(
        session.value::<String>("SELECT fields()"),
        "23505|23505|unique_ones_pkey|unique_ones|pljs_026|Key (n)=(1) already exists."
    );
    let error = session.client.batch_execute("SELECT again()").unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.constraint()), ("23505", Some("unique_ones_pkey")));
    let error = session.client.batch_execute("SELECT own()").unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.detail(), error.hint()), ("AB123", Some("D"), Some("H")));
}

/// Ways to take down a backend: columns that become NULL, errors that are no objects, getters that throw, conversions that fail
/// in sets, triggers and windows, errors while an error is reported.
#[test]
fn pljs_issue_027_ways_to_take_down_a_backend() {
    let mut session = Session::new("pljs_027");
    session.run(
        "CREATE TYPE r AS (d date, j jsonb, n numeric);
         CREATE FUNCTION f(kind int) RETURNS SETOF r LANGUAGE plts AS $js$
           const rows: any[] = [{ d: 'not-a-date' }, { d: null }, { d: {} }, { d: 5 }, { j: () => 1 }, { n: 'x' }, { n: {} }, null, undefined, 7, [1],
             { get d() { throw 1 } }, { get d() { throw undefined } }, { d: { toString() { throw null } } }];
           yield rows[kind] $js$;
         CREATE FUNCTION t() RETURNS trigger LANGUAGE plts AS $js$ return { d: 'not-a-date' } as any $js$;
         CREATE TABLE rows_of OF r; CREATE TRIGGER t BEFORE INSERT ON rows_of FOR EACH ROW EXECUTE FUNCTION t()",
    );
    for kind in 0..14 {
        let _ = session.client.batch_execute(&format!("SELECT * FROM f({kind})"));
        assert_eq!(session.value::<i32>("SELECT 1"), 1, "{kind}");
    }
    assert_eq!(session.code("SELECT * FROM f(0)"), "22007");
    assert_eq!(session.code("INSERT INTO rows_of VALUES (now())"), "22007");
    for thrown in [
        "null",
        "undefined",
        "1",
        "Symbol('s')",
        "{}",
        "Object.create(null)",
        "() => {}",
        "new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })",
        "{ get message() { throw 1 }, get stack() { throw 2 }, toString() { throw 3 } }",
        "'x'.repeat(1e6)",
        "new Error('x', { cause: null })",
        "Object.assign(new Error('x'), { sqlstate: 5 })",
        "Object.assign(new Error('x'), { sqlstate: '00000' })",
        "Object.assign(new Error('x'), { sqlstate: 'abcde' })",
    ] {
        assert_eq!(session.code(&format!("DO LANGUAGE plts $js$ throw {thrown} $js$")), "38000", "{thrown}");
    }
    assert_no_crash();
}

/// Plans and cursors outlive what made them, and go when they must.
#[test]
fn pljs_issue_028_lifetimes_of_plans_and_cursors() {
    let mut session = Session::new("pljs_028");
    session.run(
        "CREATE TABLE changed (a int); INSERT INTO changed SELECT generate_series(1, 10);
         CREATE FUNCTION reads() RETURNS int LANGUAGE plts AS $js$ return Object.keys((await ctx.db.query('select * from changed'))[0]).length $js$;
         CREATE FUNCTION abandons() RETURNS int LANGUAGE plts AS $js$
           globalThis.kept = ctx.db.cursor('select generate_series(1, 1000)', [], { fetchSize: 1 });
           await globalThis.kept.next(); return 1 $js$;
         CREATE FUNCTION uses() RETURNS text LANGUAGE plts AS $js$ try { await globalThis.kept.next(); return 'read' } catch (e) { return 'refused' } $js$",
    );
    assert_eq!(session.value::<i32>("SELECT reads()"), 1);
    session.run("ALTER TABLE changed ADD b int");
    assert_eq!(session.value::<i32>("SELECT reads()"), 2);
    session.run("DROP TABLE changed; CREATE TABLE changed (a int, b int, c int); INSERT INTO changed VALUES (1, 2, 3)");
    assert_eq!(session.value::<i32>("SELECT reads()"), 3);
    session.run("DISCARD PLANS; DEALLOCATE ALL");
    assert_eq!(session.value::<i32>("SELECT reads()"), 3);
    assert_eq!(session.value::<i32>("SELECT abandons()"), 1);
    assert_eq!(session.value::<String>("SELECT uses()"), "refused");
    session.run("SET plts.plan_cache_size = 2");
    session.run(
        "DO LANGUAGE plts $js$
           for await (const row of ctx.db.cursor('select generate_series(1, 200) as n', [], { fetchSize: 10 })) await ctx.db.query(`select ${row.n} as x`) $js$",
    );
    assert_no_crash();
}

/// A limit that is set holds at once; rows with many columns leave nothing behind.
#[test]
fn pljs_issue_029_leaks_and_a_limit_that_holds() {
    let mut session = Session::new("pljs_029");
    session.run(
        "SET plts.max_heap_mb = 32;
         CREATE FUNCTION rows_of(n int) RETURNS TABLE (a int, b text, c jsonb, d timestamptz) LANGUAGE plts AS $js$
           for (let i = 0; i < n; i += 1) yield { a: i, b: `${i}`, c: { i }, d: new Date(i) } $js$;
         SELECT count(*) FROM rows_of(20000)",
    );
    let rss = |session: &mut Session| -> u64 {
        session.status("RssAnon").split(' ').next().unwrap().parse().unwrap()
    };
    let before = rss(&mut session);
    session.run("SELECT count(*) FROM rows_of(200000)");
    let after = rss(&mut session);
    assert!(after < before + 24 * 1024, "{before} kB, then {after} kB");
    assert_eq!(session.code("DO LANGUAGE plts 'const a = []; for (;;) a.push([a])'"), "53200");
}

/// Cancel, time-outs and termination work in a session that has run functions, for every language.
#[test]
fn pljs_issue_030_a_session_stays_killable() {
    let mut session = Session::new("pljs_030");
    session.run("DO LANGUAGE plts 'return'; SET statement_timeout = '100ms'");
    for statement in [
        "SELECT pg_sleep(10)",
        "DO $$ BEGIN LOOP END LOOP; END $$",
        "DO LANGUAGE plts 'while (true) {}'",
        "SELECT count(*) FROM generate_series(1, 100000000000)",
    ] {
        let began = Instant::now();
        assert_eq!(session.code(statement), "57014", "{statement}");
        assert!(began.elapsed() < Duration::from_secs(3), "{statement}");
    }
    session.run("RESET statement_timeout");
    let pid = session.pid();
    let mut other = session.another();
    let running =
        std::thread::spawn(move || session.client.batch_execute("DO LANGUAGE plts 'while (true) {}'"));
    std::thread::sleep(Duration::from_millis(200));
    assert!(other.value::<bool>(&format!("SELECT pg_terminate_backend({pid}, 5000)")));
    assert!(running.join().unwrap().is_err());
    assert_no_crash();
}

/// An invalid `Date` is no date, and an infinite one stays infinite.
#[test]
fn pljs_issue_037_invalid_dates() {
    let mut session = Session::new("pljs_037");
    session.run(
        "CREATE FUNCTION invalid() RETURNS timestamptz LANGUAGE plts AS 'return new Date(NaN)';
         CREATE FUNCTION same(t timestamptz) RETURNS timestamptz LANGUAGE plts AS 'return t'",
    );
    assert_eq!(session.code("SELECT invalid()"), "22008");
    assert_eq!(
        session.code("DO LANGUAGE plts $$ await ctx.db.query('select $1::timestamptz', [new Date(NaN)]) $$"),
        "22008"
    );
    assert_eq!(
        session.value::<String>("SELECT same('infinity')::text || same('-infinity')::text"),
        "infinity-infinity"
    );
}

/// What cannot be converted is refused, and neither cut nor made NULL.
#[test]
fn pljs_issue_041_values_that_do_not_fit() {
    let mut session = Session::new("pljs_041");
    session.run(
        "CREATE FUNCTION nul() RETURNS text LANGUAGE plts AS $$ return 'a\\0b' $$;
         CREATE FUNCTION half() RETURNS text LANGUAGE plts AS $$ return '\\ud800' $$;
         CREATE FUNCTION throws() RETURNS text LANGUAGE plts AS $$ return { toString() { throw new Error('no') } } as any $$;
         CREATE FUNCTION stamp(t text) RETURNS timestamp LANGUAGE plts AS 'return t';
         CREATE FUNCTION bytes(kind int) RETURNS bytea LANGUAGE plts AS 'return [5, {}, true, [1], null][kind] as any'",
    );
    assert_eq!(session.code("SELECT nul()"), "22P05");
    assert_eq!(session.code("SELECT half()"), "22P05");
    assert!(["38000", "42804"].contains(&session.code("SELECT throws()").as_str()));
    assert_eq!(session.value::<String>("SELECT stamp('2020-01-02 03:04:05')::text"), "2020-01-02 03:04:05");
    assert_eq!(session.code("SELECT stamp('yesteryear')"), "22007");
    for kind in 0..4 {
        assert_eq!(session.code(&format!("SELECT bytes({kind})")), "42804", "{kind}");
    }
    assert!(session.value::<bool>("SELECT bytes(4) IS NULL"));
}
