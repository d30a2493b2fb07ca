//! V8 that started with the server: sessions inherit it, and share nothing that they should not. All of these tests run
//! on such a server; here is what is particular to it.

use std::thread;

use e2e::{Database, Role};

/// Where V8's machine code is: at random, but for those who inherit it.
const CODE_RANGE: &str =
    "SELECT (regexp_match(pg_read_file('/proc/self/maps'), '([0-9a-f]+-[0-9a-f]+) rwxp'))[1]";

#[test]
fn sessions_inherit_the_engine() {
    let database = Database::create("inherits");
    database.sql(Role::Superuser, "CREATE FUNCTION one() RETURNS int LANGUAGE plts AS 'return 1'");
    let mut ranges = (0..2).map(|_| {
        let mut session = database.connect(Role::Superuser);
        session.query_one("SELECT one()", &[]).unwrap();
        session.query_one(CODE_RANGE, &[]).unwrap().get::<_, Option<String>>(0)
    });
    let (first, second) = (ranges.next().flatten(), ranges.next().flatten());
    assert!(first.is_some());
    assert_eq!(first, second);
}

#[test]
fn sessions_share_no_state_and_no_random_numbers() {
    let database = Database::create("inherits_nothing");
    database.sql(
        Role::Superuser,
        "CREATE FUNCTION left_behind() RETURNS text LANGUAGE plts AS $js$
           const before = globalThis.mark ?? 'nothing';
           globalThis.mark = String(Math.random());
           return before $js$;
         CREATE FUNCTION drawn() RETURNS float8 LANGUAGE plts AS 'return Math.random()';
         CREATE ROLE inherits_other; GRANT inherits_other TO CURRENT_USER",
    );
    let mut drawn = Vec::new();
    for _ in 0..3 {
        let mut session = database.connect(Role::Superuser);
        let left: String = session.query_one("SELECT left_behind()", &[]).unwrap().get(0);
        assert_eq!(left, "nothing");
        drawn.push(session.query_one("SELECT drawn()", &[]).unwrap().get::<_, f64>(0));
        // Another role has a context of its own, which draws numbers of its own.
        session.batch_execute("SET ROLE inherits_other").unwrap();
        drawn.push(session.query_one("SELECT drawn()", &[]).unwrap().get::<_, f64>(0));
    }
    database.sql(Role::Superuser, "DROP ROLE inherits_other");
    for (index, number) in drawn.iter().enumerate() {
        assert!(!drawn[..index].contains(number), "{drawn:?}");
    }
}

#[test]
fn an_inherited_engine_is_limited_and_interrupted_like_any_other() {
    let database = Database::create("inherits_limits");
    let mut session = database.connect(Role::Superuser);
    session
        .batch_execute(
            "CREATE FUNCTION spins() RETURNS int LANGUAGE plts AS 'for (;;);';
             CREATE FUNCTION fills() RETURNS int LANGUAGE plts AS
               'const all = []; for (;;) all.push(new Array(10000).fill(1))';
             CREATE FUNCTION one() RETURNS int LANGUAGE plts AS 'return 1';
             SET statement_timeout = 300; SET plts.max_heap_mb = 64",
        )
        .unwrap();
    let code = |session: &mut postgres::Client, query: &str| {
        let error = session.query_one(query, &[]).expect_err("it fails");
        error.code().map(|code| code.code().to_owned())
    };
    assert_eq!(code(&mut session, "SELECT spins()").as_deref(), Some("57014"));
    session.batch_execute("SET statement_timeout = 0").unwrap();
    assert_eq!(code(&mut session, "SELECT fills()").as_deref(), Some("53200"));
    let one: i32 = session.query_one("SELECT one()", &[]).unwrap().get(0);
    assert_eq!(one, 1);
}

#[test]
fn many_sessions_inherit_at_once() {
    let database = Database::create("inherits_many");
    database.sql(
        Role::Superuser,
        "CREATE FUNCTION sums(n int) RETURNS bigint LANGUAGE plts AS
           'let sum = 0; for (let i = 1; i <= n; i += 1) sum += i; return sum'",
    );
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let mut session = database.connect(Role::Superuser);
            thread::spawn(move || -> i64 { session.query_one("SELECT sums(100000)", &[]).unwrap().get(0) })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 5_000_050_000);
    }
}
