//! Hazards of V8 in a backend.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{Session, assert_no_crash};

fn threads_of(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/task")).expect("a process").count()
}

/// Nothing of V8 is made before the fork, nor by loading the library: a backend has one thread until its first function
/// runs, and the watchdog with it after that.
#[test]
fn hazard_01_v8_starts_after_the_fork() {
    let mut session = Session::new("hazard_01");
    session.run("LOAD 'plts'; CREATE FUNCTION f() RETURNS int LANGUAGE plts AS 'return 1'");
    let pid = session.pid();
    assert_eq!(threads_of(pid), 1);
    assert_eq!(session.value::<i32>("SELECT f()"), 1);
    assert_eq!(threads_of(pid), 2);
    let postmaster: i32 = session.status("PPid").parse().unwrap();
    assert_eq!(threads_of(postmaster), 1);
}

/// Neither the watchdog nor the compiler's threads take a signal of PostgreSQL's, and the session's wake-ups reach it.
#[test]
fn hazard_02_no_other_thread_takes_signals() {
    let mut session = Session::new("hazard_02");
    session.run("DO LANGUAGE plts 'return'");
    let pid = session.pid();
    let watchdogs = threads(pid, "plts watchdog");
    watchdogs.iter().for_each(|status| assert_takes_no_signals(status));
    assert_eq!(watchdogs.len(), 1);
    if thread::available_parallelism().unwrap().get() > 1 {
        let mut building = session.another();
        let pid = building.pid();
        let build = thread::spawn(move || {
            building.run(
                "SELECT plts.build(jsonb_build_object('modules', jsonb_object_agg('m' || n || '.ts', 'export const a: number = ' || n)))
                 FROM generate_series(1, 5000) AS n",
            );
        });
        let compilers = threads(pid, "plts compiler");
        build.join().unwrap();
        assert!(!compilers.is_empty());
        compilers.iter().for_each(|status| assert_takes_no_signals(status));
    }
    // A wake-up by latch: a lock that another session gives back.
    session.run("CREATE TABLE waited (n int)");
    let mut holder = session.another();
    holder.run("BEGIN; LOCK TABLE waited");
    let waiting = thread::spawn(move || {
        session.run("DO LANGUAGE plts $$ await ctx.db.query('select * from waited') $$");
        Instant::now()
    });
    thread::sleep(Duration::from_millis(300));
    holder.run("COMMIT");
    let ended = Instant::now();
    assert!(waiting.join().unwrap().saturating_duration_since(ended) < Duration::from_secs(2));
}

/// The states of the threads of that name, as soon as there is one, or none after some seconds: a thread takes its name
/// itself, some time after it has begun.
fn threads(pid: i32, name: &str) -> Vec<String> {
    let began = Instant::now();
    loop {
        // A thread may end between its listing and its reading.
        let found: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/task"))
            .unwrap()
            .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("status")).ok())
            .filter(|status| status.contains(name))
            .collect();
        if !found.is_empty() || began.elapsed() > Duration::from_secs(5) {
            return found;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn assert_takes_no_signals(status: &str) {
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
    for (name, number) in
        [("HUP", 1), ("INT", 2), ("USR1", 10), ("USR2", 12), ("ALRM", 14), ("TERM", 15), ("URG", 23)]
    {
        assert!(blocked & (1 << (number - 1)) != 0, "SIG{name}");
    }
}

/// Of all signals only those that V8 raises against itself get a handler; a fault of memory keeps its default.
#[test]
fn hazard_03_no_handler_for_faults_of_memory() {
    let mut session = Session::new("hazard_03");
    let caught = |session: &mut Session| u64::from_str_radix(&session.status("SigCgt"), 16).unwrap();
    let before = caught(&mut session);
    session.run("DO LANGUAGE plts 'return'");
    let after = caught(&mut session);
    let (ill, trap, abort) = (1 << 3, 1 << 4, 1 << 5);
    // Two that the C library keeps for its threads.
    let own = (1 << 31) | (1 << 32);
    assert_eq!(after & !before & !(ill | trap | abort | own), 0, "{before:x} {after:x}");
    let (segv, bus) = (1 << 10, 1 << 6);
    assert_eq!(after & (segv | bus), before & (segv | bus));
}

#[test]
fn hazard_04_no_webassembly() {
    let mut session = Session::new("hazard_04");
    session.run("CREATE FUNCTION f() RETURNS text LANGUAGE plts AS 'return typeof WebAssembly'");
    assert_eq!(session.value::<String>("SELECT f()"), "undefined");
}

/// V8 counts its stack from the start of the thread's. A deep recursion through SQL, then a throw, then an endless recursion.
#[test]
fn hazard_05_a_deep_stack_below_javascript() {
    let mut session = Session::new("hazard_05");
    session.run(
        "CREATE FUNCTION throws() RETURNS text LANGUAGE plts AS $js$
           try { (null as any).x } catch {}
           const f = (): number => 1 + f();
           try { return String(f()) } catch (error) { return error.name } $js$;
         CREATE FUNCTION deeper(n int) RETURNS text LANGUAGE plpgsql AS $do$
           BEGIN IF n = 0 THEN RETURN throws(); END IF; RETURN deeper(n - 1); END $do$;
         CREATE FUNCTION twofold(n int) RETURNS text LANGUAGE plts AS $js$
           return (await ctx.db.one('select through($1) as x', [n - 1])).x $js$;
         CREATE FUNCTION through(n int) RETURNS text LANGUAGE plpgsql AS $do$
           BEGIN IF n <= 0 THEN RETURN throws(); END IF; RETURN twofold(n); END $do$",
    );
    for depth in [0, 100, 200, 300, 400, 500, 600, 700] {
        assert_eq!(session.value::<String>(&format!("SELECT deeper({depth})")), "RangeError", "{depth}");
    }
    for depth in [1, 20, 50] {
        assert_eq!(session.value::<String>(&format!("SELECT twofold({depth})")), "RangeError", "{depth}");
    }
    assert_eq!(session.code("SELECT deeper(100000)"), "54001");
    assert_eq!(session.code("SELECT twofold(100000)"), "54001");
    assert_no_crash();
}

/// V8 reserves gigabytes of addresses and uses few of them.
#[test]
fn hazard_06_reserved_addresses_are_not_memory() {
    let mut session = Session::new("hazard_06");
    session.run("DO LANGUAGE plts 'return'");
    let size = |session: &mut Session, key: &str| -> u64 {
        session.status(key).split_whitespace().next().unwrap().parse().unwrap()
    };
    let private = size(&mut session, "RssAnon");
    assert!(private < 32 * 1024, "{private} kB");
}

#[test]
fn hazard_07_buffers_are_counted() {
    let mut session = Session::new("hazard_07");
    session.run(
        "SET plts.max_heap_mb = 32;
         CREATE FUNCTION buffers() RETURNS text LANGUAGE plts AS $js$
           const kept = []; try { for (;;) kept.push(new Uint8Array(2 ** 20)) } catch (error) { kept.length = 0; return error.name } $js$;
         CREATE FUNCTION grows() RETURNS text LANGUAGE plts AS $js$
           try { return String(new ArrayBuffer(8, { maxByteLength: 2 ** 30 }).maxByteLength) } catch (error) { return error.name } $js$;
         CREATE FUNCTION takes(b bytea) RETURNS int LANGUAGE plts AS 'return b.length'",
    );
    assert_eq!(session.value::<String>("SELECT buffers()"), "RangeError");
    assert_eq!(session.value::<String>("SELECT grows()"), "RangeError");
    for body in ["const kept = []; for (;;) kept.push(new Uint8Array(2 ** 20))", "new ArrayBuffer(2 ** 26)"] {
        assert_eq!(session.code(&format!("DO LANGUAGE plts $js$ {body} $js$")), "53200", "{body}");
        assert_eq!(session.value::<i32>("SELECT takes('abc')"), 3);
    }
    assert_eq!(session.code("SELECT takes(convert_to(repeat('x', 50000000), 'UTF8'))"), "53200");
    assert_eq!(
        session.value::<i64>(
            "SELECT sum(takes(convert_to(repeat('x', 1000000), 'UTF8'))) FROM generate_series(1, 200)"
        ),
        200_000_000
    );
}

fn library(session: &mut Session) -> String {
    let folder: String = session.value("SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'");
    format!("{folder}/plts.so")
}

/// A library that needs thread-local storage at start-up cannot always be loaded later.
#[test]
fn hazard_09_the_library_loads_late() {
    let mut session = Session::new("hazard_09");
    let library = library(&mut session);
    let output = Command::new("readelf").args(["-d", &library]).output().expect("readelf runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Dynamic section") && !text.contains("STATIC_TLS"), "{text}");
}

/// Another extension with V8 in the same backend must not find this one's.
#[test]
fn hazard_10_the_library_shows_its_own_names_only() {
    let mut session = Session::new("hazard_10");
    let library = library(&mut session);
    let output = Command::new("nm").args(["-D", "--defined-only", &library]).output().expect("nm runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(names.contains(&"plts_call_handler"));
    for name in names {
        let ours =
            ["plts_", "pg_finfo_", "Pg_magic_func", "_PG_init"].iter().any(|start| name.starts_with(start));
        assert!(ours, "{name}");
    }
}

/// Every way for a process to end that has run JavaScript.
#[test]
fn hazard_11_a_backend_exits_in_order() {
    let mut other = Session::new("hazard_11");
    other.run("CREATE FUNCTION waits() RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one('select 1 as x, pg_sleep(10)')).x $$");
    // The client closes.
    let mut session = other.another();
    session.run("DO LANGUAGE plts 'return'");
    drop(session);
    // Told to end, at rest, in JavaScript, and in a statement of it.
    for statement in ["SELECT pg_sleep(10)", "DO LANGUAGE plts 'for (;;) {}'", "SELECT waits()"] {
        let mut session = other.another();
        session.run("DO LANGUAGE plts 'return'");
        let pid = session.pid();
        let running = thread::spawn(move || session.client.batch_execute(statement).is_err());
        thread::sleep(Duration::from_millis(200));
        assert!(other.value::<bool>(&format!("SELECT pg_terminate_backend({pid}, 5000)")), "{statement}");
        assert!(running.join().unwrap());
    }
    assert_no_crash();
}

/// What JavaScript forgets is freed where PostgreSQL can be asked, and not inside a collection.
#[test]
fn hazard_12_collections_ask_nothing_of_the_database() {
    let mut session = Session::new("hazard_12");
    session.run(
        "CREATE FUNCTION forgets() RETURNS int LANGUAGE plts AS $js$
           for (let round = 0; round < 20; round += 1) {
             try {
               await ctx.db.savepoint(async () => {
                 for (let i = 0; i < 10; i += 1) for await (const row of ctx.db.cursor('select generate_series(1, 100)')) break;
                 await ctx.db.query('select 1/0');
               });
             } catch {}
             const garbage = []; for (let i = 0; i < 20000; i += 1) garbage.push({ i });
           }
           return (await ctx.db.one('select 1 as x')).x $js$",
    );
    assert_eq!(session.value::<i32>("SELECT forgets()"), 1);
    assert_eq!(
        session.value::<i64>("SELECT count(*) FROM pg_cursors WHERE statement NOT LIKE '%pg_cursors%'"),
        0
    );
    session.run("CREATE FUNCTION f() RETURNS text LANGUAGE plts AS 'return typeof FinalizationRegistry'");
    assert_eq!(session.value::<String>("SELECT f()"), "undefined");
}

/// Parallel workers are processes with an engine of their own, and can begin no subtransaction.
#[test]
fn hazard_13_parallel_workers() {
    let mut session = Session::new("hazard_13");
    let forced: String = session
        .value("SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
    session.run(
        "CREATE TABLE numbers AS SELECT n FROM generate_series(1, 10000) n; ANALYZE numbers;
         CREATE FUNCTION twice(n int) RETURNS int PARALLEL SAFE LANGUAGE plts AS 'return n * 2';
         CREATE FUNCTION asks(n int) RETURNS int PARALLEL SAFE STABLE LANGUAGE plts AS $js$
           try { return (await ctx.db.one('select $1::int + 1 as x', [n])).x } catch { return -1 } $js$;
         CREATE FUNCTION fails(n int) RETURNS int PARALLEL SAFE LANGUAGE plts AS $js$ throw new Error('in a worker') $js$",
    );
    session.run(&format!("SET {forced} = on; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0"));
    assert_eq!(session.value::<i64>("SELECT sum(twice(n)) FROM numbers"), 100_010_000);
    assert_eq!(session.value::<i64>("SELECT sum(asks(n)) FROM numbers"), 50_015_000);
    assert_eq!(session.code("SELECT sum(fails(n)) FROM numbers"), "38000");
    assert_no_crash();
}

/// A background worker runs functions as a session does: here one that refreshes what autovacuum refreshes, an index
/// with an expression.
#[test]
fn hazard_14_background_workers() {
    let mut session = Session::new("hazard_14");
    session.run(
        "CREATE FUNCTION key(n int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE plts AS 'return n % 7';
         CREATE TABLE indexed (n int) WITH (parallel_workers = 2);
         INSERT INTO indexed SELECT generate_series(1, 50000);
         SET max_parallel_maintenance_workers = 2; SET min_parallel_table_scan_size = 0; SET maintenance_work_mem = '128MB';
         CREATE INDEX ON indexed (hazard_14.key(n)); ANALYZE indexed; SET enable_seqscan = off",
    );
    assert_eq!(session.value::<i64>("SELECT count(*) FROM indexed WHERE key(n) = 3"), 7143);
    assert_no_crash();
}

/// PostgreSQL's own compiler in the same process.
#[test]
fn hazard_15_beside_the_jit_compiler_of_queries() {
    let mut session = Session::new("hazard_15");
    session.run(
        "SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
         CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plts AS 'let s = 0; for (let i = 0; i < 100; i += 1) s += n; return s / 50'",
    );
    assert_eq!(
        session.value::<i64>("SELECT sum(twice(n)) FROM generate_series(1, 2000) n WHERE twice(n) > 10"),
        4_001_970
    );
}

/// What could block the thread without coming by an interrupt.
#[test]
fn hazard_16_nothing_blocks_the_thread() {
    let mut session = Session::new("hazard_16");
    session.run("CREATE FUNCTION f() RETURNS text LANGUAGE plts AS 'return [typeof Atomics, typeof SharedArrayBuffer, typeof Worker].join()'");
    assert_eq!(session.value::<String>("SELECT f()"), "undefined,undefined,undefined");
    session.run("SET statement_timeout = '200ms'");
    for body in [
        "/^(a+)+$/.test('a'.repeat(60) + 'b')",
        "/(x+x+)+y/u.test('x'.repeat(40))",
        "[...Array(1e6).keys()].sort(() => { for (;;) {} })",
        "new Proxy({}, { get() { for (;;) {} } }).x",
        "await new Promise((resolve) => { const spin = () => Promise.resolve().then(spin); spin() })",
    ] {
        assert_eq!(session.code(&format!("DO LANGUAGE plts $js$ {body} $js$")), "57014", "{body}");
    }
    // A loop is interpreted some thousand rounds between two looks at interrupts, and a round of these takes milliseconds.
    for body in [
        "const text = 'a\\u0301'.repeat(5e5); for (;;) text.normalize()",
        "const text = 'a\\u0301'.repeat(5e5), other = text + 'x'; for (;;) text.localeCompare(other)",
        "const bytes = new Uint8Array(32 << 20); for (;;) bytes.fill(7)",
        "const bytes = new Uint8Array(32 << 20); for (;;) bytes.copyWithin(1, 0)",
        "const bytes = new Uint8Array(32 << 20); for (;;) bytes.reverse()",
        "const bytes = new Uint8Array(32 << 20); for (;;) bytes.indexOf(3)",
        "const text = 'ä'.repeat(1e6); for (;;) encodeURIComponent(text)",
        "const text = 'ab'.repeat(1e7); for (;;) text.lastIndexOf('c')",
        "const text = 'ı'.repeat(1e6); for (;;) text.toLocaleUpperCase('tr')",
        "const text = JSON.stringify(new Array(1e6).fill({ a: 1 })); for (;;) JSON.parse(text)",
    ] {
        let began = Instant::now();
        assert_eq!(session.code(&format!("DO LANGUAGE plts $js$ {body} $js$")), "57014", "{body}");
        assert!(began.elapsed() < Duration::from_secs(4), "{body}: {:?}", began.elapsed());
    }
    assert_no_crash();
}

#[test]
fn hazard_17_no_code_from_text() {
    let mut session = Session::new("hazard_17");
    for body in [
        "eval('1')",
        "new Function('return 1')()",
        "(() => {}).constructor('return 1')()",
        "ctx.db.query.constructor('return 1')()",
        "await import('data:text/javascript,export default 1' + '')",
    ] {
        let code = session.code(&format!("DO LANGUAGE plts $js$ {body} $js$"));
        assert!(["38000", "42704", "0A000"].contains(&code.as_str()), "{body}: {code}");
    }
}

/// Text of every width of character goes both ways: V8 is built with what converts it.
#[test]
fn hazard_18_text_of_every_width() {
    let mut session = Session::new("hazard_18");
    session.run(
        "CREATE FUNCTION same(t text) RETURNS text LANGUAGE plts AS 'return t';
         CREATE FUNCTION length_of(t text) RETURNS int LANGUAGE plts AS 'return [...t].length'",
    );
    for text in ["", "ascii", "Größe", "日本語", "😀 emoji 👩‍👩‍👧", "a\u{10FFFF}z"] {
        let query = "SELECT same($1), length_of($1)";
        let row = session.client.query_one(query, &[&text]).unwrap();
        assert_eq!(row.get::<_, String>(0), text);
        assert_eq!(row.get::<_, i32>(1), text.chars().count() as i32);
        let long = text.repeat(20_000);
        assert_eq!(session.client.query_one("SELECT same($1)", &[&long]).unwrap().get::<_, String>(0), long);
    }
}

/// An error of PostgreSQL inside of JavaScript, caught and not caught, more often than PostgreSQL's stack of errors is deep.
#[test]
fn hazard_19_errors_of_statements() {
    let mut session = Session::new("hazard_19");
    session.run(
        "CREATE FUNCTION catches(n int) RETURNS int LANGUAGE plts AS $js$
           let caught = 0;
           for (let i = 0; i < n; i += 1) { try { await ctx.db.query('select 1/0') } catch (error) { if (error.sqlstate === '22012') caught += 1 } }
           return caught $js$;
         CREATE FUNCTION fails() RETURNS int LANGUAGE plts AS $js$ await ctx.db.query('select 1/0'); return 1 $js$",
    );
    assert_eq!(session.value::<i32>("SELECT catches(200)"), 200);
    for _ in 0..20 {
        assert_eq!(session.code("SELECT fails()"), "22012");
    }
    session.run("DO $do$ BEGIN FOR i IN 1..200 LOOP BEGIN PERFORM hazard_19.fails(); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $do$");
    assert_no_crash();
}

/// A function that waits, runs a statement that fires a trigger that waits, and so on.
#[test]
fn hazard_20_async_functions_nest() {
    let mut session = Session::new("hazard_20");
    session.run(
        "CREATE TABLE chain (n int, seen int);
         CREATE FUNCTION fires() RETURNS trigger LANGUAGE plts AS $js$
           await null;
           const { n } = ctx.trigger.new;
           if (n > 0) await ctx.db.exec('insert into chain values ($1)', [n - 1]);
           await Promise.resolve();
           ctx.trigger.new.seen = (await ctx.db.one('select count(*)::int as c from chain')).c $js$;
         CREATE TRIGGER t BEFORE INSERT ON chain FOR EACH ROW EXECUTE FUNCTION fires();
         CREATE FUNCTION starts(n int) RETURNS int LANGUAGE plts AS $js$
           await null; await ctx.db.exec('insert into chain values ($1)', [n]); await null;
           return (await ctx.db.one('select count(*)::int as c from chain')).c $js$",
    );
    assert_eq!(session.value::<i32>("SELECT starts(5)"), 6);
}
