//! The limit of V8's heap: what goes over it ends the call, and the session goes on.

use super::{Session, assert_no_crash};

/// A session with that limit, in megabytes, and a function `f` that gives 1.
fn session(schema: &'static str, max_heap_mb: u32) -> Session {
    let mut session = Session::new(schema);
    session.run(&format!(
        "SET plts.max_heap_mb = {max_heap_mb}; CREATE FUNCTION f() RETURNS int LANGUAGE plts AS 'return 1'"
    ));
    session
}

/// Each of these fills the heap and ends for it, and the session goes on.
fn each_ends(session: &mut Session, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(session.code(&format!("DO LANGUAGE plts $js$ {body} $js$")), "53200", "{body}");
        assert_eq!(session.value::<i32>("SELECT f()"), 1);
    }
}

#[test]
fn hazard_08_a_full_heap_ends_the_call() {
    let bodies = [
        "const kept = []; for (;;) kept.push({ kept })",
        "const kept = new Map(); for (let i = 0; ; i += 1) kept.set(i, `${i}`)",
        "let text = 'x'; const kept = []; for (;;) { text += text.length < 1e5 ? text : ''; kept.push(text.split('').join('-')) }",
        "const kept = []; for (;;) { try { for (;;) kept.push(new Array(1000).fill(0)) } catch {} finally { kept.push(1) } }",
    ];
    each_ends(&mut session("hazard_08", 32), &bodies);
    assert_no_crash();
}

/// Also while the young generation is full, is copied and is promoted: each of these fills it with what survives.
#[test]
fn hazard_08_the_limit_is_of_all_generations() {
    for (name, fill) in [
        ("objects", "const kept = []; for (;;) kept.push({ n: kept.length, text: `s${kept.length}` })"),
        ("map", "const kept = new Map(); for (let i = 0; ; i += 1) kept.set(i, `v${i}`)"),
        ("arrays", "const kept = []; for (let i = 0; ; i += 1) kept.push(new Array(5000).fill(i))"),
    ] {
        let schema = format!("hazard_08_{name}");
        let mut session = Session::new(schema.leak());
        session.run("LOAD 'plts'; SET plts.max_heap_mb = 64; DO LANGUAGE plts 'const started = 1'");
        let megabytes = |text: String| text.trim_end_matches(" kB").parse::<u64>().expect("a size") / 1024;
        let before = megabytes(session.status("VmRSS"));
        let library = megabytes(session.status("RssFile"));
        assert_eq!(session.code(&format!("DO LANGUAGE plts '{fill}'")), "53200", "{name}");
        // Pages of the library that were read meanwhile are none of the heap.
        let read = megabytes(session.status("RssFile")) - library;
        let most = megabytes(session.status("VmHWM")) - before - read;
        // What V8 needs beside its heap, and the one object that it was making.
        assert!((30..90).contains(&most), "{name}: {most} MB, and {read} MB of the library");
    }
    assert_no_crash();
}

/// V8 makes a first large object whatever its size, and says nothing of it before it wants more.
#[test]
fn hazard_08_one_object_over_the_limit_ends_the_call_too() {
    let mut session = session("hazard_08_one", 64);
    let bodies = [
        "const one = 'x'.repeat(2 ** 27); return one.charCodeAt(5)",
        "const one = 'x'.repeat(2 ** 27); one.charCodeAt(5); for (;;) {}",
        "const one = 'x'.repeat(2 ** 27); one.charCodeAt(5); ctx.db.sync.exec('SELECT pg_sleep(0.1)'); return one.length",
        "const one = new Array(2 ** 24).fill(1.5); return one[3]",
    ];
    each_ends(&mut session, &bodies);
    // A limit that was raised, but by less than the one object that V8 wants when it learns of that.
    for mb in [66, 70, 80] {
        let mut session = session.another();
        session.run(&format!("SET plts.max_heap_mb = 64; SELECT f(); SET plts.max_heap_mb = {mb}"));
        let bodies = [
            "const kept = new Map(); for (let i = 0; ; i += 1) kept.set(i, { i })",
            "const kept = []; for (;;) kept.push(1.5)",
        ];
        each_ends(&mut session, &bodies);
    }
    let mut session = session.another();
    session.run(
        "SET plts.max_heap_mb = 32; SELECT f(); SET plts.max_heap_mb = 256; \
         DO LANGUAGE plts 'const kept = []; for (let i = 0; i < 100; i += 1) kept.push(new Array(131072).fill(i + 0.5))'",
    );
    // A lower limit than what is in use: what calls before left is no fault of the next one.
    let mut session = session.another();
    session.run(
        "SET plts.max_heap_mb = 256; \
         DO LANGUAGE plts 'globalThis.kept = new Array(2 ** 23).fill(1.5); return \"x\".repeat(2 ** 26).charCodeAt(5)'; \
         SET plts.max_heap_mb = 32; SELECT f() FROM generate_series(1, 100000)",
    );
    // Large ones that fit, one after the other, of which nobody keeps any.
    session.run(
        "DO LANGUAGE plts $js$ let sum = 0; \
         for (let i = 0; i < 50; i += 1) sum += 'x'.repeat(2 ** 24).charCodeAt(i); return sum $js$",
    );
    assert_no_crash();
}
