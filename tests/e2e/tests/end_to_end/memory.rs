//! A session does not grow: calls, statements, replaced functions and deploys, many of each in one backend.
//!
//! In the short form a part of each. `PLTS_TEST_LOAD=100 cargo xtask test e2e memory` does all: a million calls,
//! 100,000 statements, 10,000 replacements, 1,000 deploys.

use e2e::bundle::{bundle, constant};
use e2e::{Database, Role};
use postgres::Client;

/// Percent of the full load; what the environment says, or a little.
fn load() -> usize {
    std::env::var("PLTS_TEST_LOAD").ok().and_then(|percent| percent.parse().ok()).unwrap_or(3)
}

/// How much a session may grow once it is warm: V8 lets its heap breathe.
const BREATH_KB: i64 = 12 * 1024;
/// In how many parts the work is done.
const PARTS: usize = 8;
/// The part after which the session is warm: V8 lets its heap grow to a few times of what lives before it collects.
const WARM: usize = 3;

/// Memory of the session's process that is its own, in kB.
fn private_kb(client: &mut Client) -> i64 {
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("RssAnon");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Does `full` times `load()` percent of the work, in parts, and looks at the memory after each.
fn does_not_grow(
    name: &str,
    client: &mut Client,
    full: usize,
    mut work: impl FnMut(&mut Client, std::ops::Range<usize>),
) {
    let each = (full * load() / 100 / PARTS).max(1);
    let mut seen = Vec::new();
    for part in 0..PARTS {
        work(client, part * each..(part + 1) * each);
        seen.push(private_kb(client));
    }
    let growth = seen[PARTS - 1] - seen[WARM];
    let done = each * (PARTS - 1 - WARM);
    eprintln!(
        "{name}: {seen:?} kB after {each} each; {:.1} bytes each",
        growth as f64 * 1024.0 / done as f64
    );
    assert!(growth < BREATH_KB, "{name}: {seen:?} kB");
}

#[test]
fn a_session_does_not_grow() {
    let database = Database::create("memory");
    let mut client = database.connect(Role::Superuser);
    client
        .batch_execute(
            "CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
             CREATE FUNCTION asks(n int) RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one(`select ${n} + 1 as x`)).x $$;
             CREATE FUNCTION rows_of(n int) RETURNS jsonb LANGUAGE plts AS $$
               return { n, list: await ctx.db.query('select $1::int as n, now() as t, $2::bytea as b', [n, new Uint8Array(100)]) } $$",
        )
        .unwrap();
    does_not_grow("calls", &mut client, 1_000_000, |client, range| {
        let query = format!("SELECT sum(add(n, 1)) FROM generate_series({}, {}) n", range.start, range.end);
        client.batch_execute(&query).unwrap();
    });
    does_not_grow("calls with objects", &mut client, 200_000, |client, range| {
        let query =
            format!("SELECT count(rows_of(n)) FROM generate_series({}, {}) n", range.start, range.end);
        client.batch_execute(&query).unwrap();
    });
    does_not_grow("distinct statements", &mut client, 100_000, |client, range| {
        let query = format!("SELECT sum(asks(n)) FROM generate_series({}, {}) n", range.start, range.end);
        client.batch_execute(&query).unwrap();
    });
    does_not_grow("replaced functions", &mut client, 10_000, |client, range| {
        for n in range {
            client
                .batch_execute(&format!(
                    "CREATE OR REPLACE FUNCTION replaced() RETURNS int LANGUAGE plts AS 'const text: string = `{n}`; return Number(text) - {n}'; SELECT replaced()"
                ))
                .unwrap();
        }
    });
    does_not_grow("dropped functions", &mut client, 10_000, |client, range| {
        for n in range {
            client
                .batch_execute(&format!(
                    "CREATE FUNCTION dropped_{n}() RETURNS int LANGUAGE plts AS 'return {n}'; SELECT dropped_{n}(); DROP FUNCTION dropped_{n}()"
                ))
                .unwrap();
        }
    });
    does_not_grow("errors", &mut client, 100_000, |client, range| {
        let query = format!(
            "DO $do$ BEGIN FOR i IN {}..{} LOOP BEGIN PERFORM asks(NULL); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $do$",
            range.start, range.end
        );
        client.batch_execute(&query).unwrap();
    });
}

#[test]
fn a_session_that_deploys_does_not_grow() {
    let database = Database::create("memory_deploy");
    let mut client = database.connect(Role::Superuser);
    // V8 lets garbage lie while there is room: what lives must fit, and what is kept by mistake would not.
    client.batch_execute("LOAD 'plts'; SET plts.max_heap_mb = 32").unwrap();
    does_not_grow("deploys", &mut client, 1_000, |client, range| {
        for n in range {
            let modules = bundle(&[("a.ts", &constant(&n.to_string())), ("b.ts", &constant("the same"))]);
            client.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&modules]).unwrap();
            client.batch_execute("SELECT live_prod.a_get('{}')").unwrap();
        }
    });
}
