//! Stack bombs: recursion of JavaScript, of V8's own functions, and through SQL, at depths up to the limit and beyond.

use crate::attack::Work::{JavaScript, Made, Sql};
use crate::attack::{Attack, end::*};
use e2e::random::Random;

/// An overflow, or a timeout where unwinding takes its time.
const DEEP: &[&str] = &[STACK, CANCELED];

/// Recursion of two languages to a depth that may or may not be within the stack that there is.
fn in_turns(random: &mut Random) -> String {
    let stack = random.pick(&["100kB", "300kB", "1MB", "2MB", "4MB", "7MB"]);
    let depth = match random.within(0, 2) {
        0 => 100,
        1 => random.within(100, 1000),
        _ => random.within(1000, 20_000),
    };
    let function = random.pick(&["ping", "ping_caught", "pong", "dive"]);
    format!("SET LOCAL max_stack_depth = '{stack}'; SELECT chaos.{function}({depth})")
}

/// JavaScript's recursion at the bottom of SQL's.
fn at_the_bottom(random: &mut Random) -> String {
    format!("SELECT chaos.dives_at({})", random.within(0, 150))
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("recursion", DEEP, JavaScript("const f = () => f() + 1; return f()")),
    Attack::ending(
        "recursion with large frames",
        DEEP,
        JavaScript(
            "const f = (a, b, c, d, e, g, h) => { let x = a + b, y = c + d; return f(x, y, e, g, h, x, y) + x + y }; return f(1, 2, 3, 4, 5, 6, 7)",
        ),
    ),
    Attack::endless("recursion in catch", "const f = () => { try { f() } catch { f() } }; for (;;) f()"),
    Attack::endless(
        "recursion in finally",
        "const f = () => { try { f() } finally { f() } }; for (;;) { try { f() } catch {} }",
    ),
    Attack::ending(
        "recursion that is caught, again and again",
        &[DONE, CANCELED],
        JavaScript(
            "const f = () => f(); for (let i = 0; i < 300; i++) { try { f() } catch (e) { if (e.name !== 'RangeError') throw e } }",
        ),
    ),
    Attack::ending(
        "recursion of statements that is caught",
        &[STACK, CANCELED, HEAP],
        JavaScript(
            "const f = (n) => { try { ctx.db.sync.query('select 1'); f(n + 1) } catch (e) { ctx.db.sync.query('select 2'); throw e } }; f(0)",
        ),
    ),
    Attack::ending(
        "recursion of async functions",
        &[STACK, CANCELED, HEAP],
        JavaScript("const f = async () => { await f() }; await f()"),
    ),
    Attack::ending(
        "recursion in toString",
        DEEP,
        JavaScript("const o = { toString() { return '' + o } }; return '' + o"),
    ),
    Attack::ending(
        "recursion in toJSON",
        DEEP,
        JavaScript("const o = { toJSON() { return JSON.stringify(o) } }; return JSON.stringify(o)"),
    ),
    Attack::ending(
        "recursion in a getter",
        DEEP,
        JavaScript("const o = { get x() { return o.x } }; return o.x"),
    ),
    Attack::ending(
        "recursion through proxies",
        DEEP,
        JavaScript("const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.x"),
    ),
    Attack::ending(
        "proxies of proxies",
        &[STACK, CANCELED, DONE],
        JavaScript("let p = {}; for (let i = 0; i < 2e5; i++) p = new Proxy(p, {}); return p.x"),
    ),
    Attack::ending(
        "proxy as its own prototype",
        DEEP,
        JavaScript("const p = new Proxy({}, {}); Object.setPrototypeOf(p, Object.create(p)); return p.x"),
    ),
    Attack::ending(
        "bound functions of bound functions",
        &[STACK, CANCELED, DONE],
        JavaScript("let f = () => 1; for (let i = 0; i < 2e5; i++) f = f.bind(null); f()"),
    ),
    Attack::ending(
        "JSON.parse of depth",
        &[STACK, CANCELED, DONE],
        JavaScript("JSON.parse('['.repeat(1e6) + ']'.repeat(1e6))"),
    ),
    Attack::ending(
        "JSON.stringify of depth",
        &[HEAP, DONE, STACK, CANCELED],
        JavaScript("let a = 1; for (let i = 0; i < 1e6; i++) a = [a]; return JSON.stringify(a)"),
    ),
    Attack::ending(
        "text of a deep array",
        DEEP,
        JavaScript("let a = 1; for (let i = 0; i < 1e6; i++) a = [a]; return String(a)"),
    ),
    Attack::ending(
        "rope of a million parts",
        &[DONE, CANCELED, HEAP],
        JavaScript("let s = 'a'; for (let i = 0; i < 1e6; i++) s = (i & 1 ? 'b' + s : s + 'c'); /b/.test(s)"),
    ),
    Attack::ending("recursion in a comparator", DEEP, JavaScript("const f = (a, b) => [2, 1].sort(f); f()")),
    Attack::ending("recursion in replace", DEEP, JavaScript("const f = () => 'a'.replace(/a/, f); f()")),
    Attack::ending(
        "recursion in a constructor",
        DEEP,
        JavaScript("class A { constructor() { new A() } } new A()"),
    ),
    Attack::ending(
        "recursion in an error's message",
        DEEP,
        JavaScript(
            "const e = { get message() { throw e } }; const f = () => { try { f() } catch (x) { throw x } }; f()",
        ),
    ),
    Attack::ending(
        "promise that is its own thenable",
        &[STACK, CANCELED, THROWN, HEAP],
        JavaScript("const t = { then(f) { f(t) } }; await t"),
    )
    .hurried(),
    Attack::ending("plpgsql and plts in turns", &[DONE, STACK, CANCELED, HEAP], Made(in_turns)),
    Attack::ending(
        "plpgsql and plts, without end",
        &[STACK, CANCELED, HEAP],
        Sql("SELECT chaos.ping(1000000)"),
    ),
    Attack::ending(
        "plpgsql catches at each level",
        &[STACK, CANCELED, HEAP],
        Sql("SELECT chaos.ping_caught(1000000)"),
    ),
    Attack::ending(
        "plts catches at each level",
        &[STACK, CANCELED, HEAP],
        Sql("SELECT chaos.pong_caught(1000000)"),
    ),
    Attack::ending("JavaScript's recursion below SQL's", &[DONE, STACK, CANCELED, HEAP], Made(at_the_bottom)),
    Attack::ending(
        "trigger that fires itself",
        &[STACK, CANCELED, HEAP],
        Sql("INSERT INTO chaos.breeding VALUES (1)"),
    ),
    Attack::ending(
        "sets of sets",
        &[STACK, CANCELED, HEAP],
        Sql("SELECT count(*) FROM chaos.set_of_sets(1000000)"),
    ),
    Attack::ending(
        "domain that checks itself",
        &[STACK, CANCELED, HEAP],
        Sql("SELECT chaos.checks_itself(1)"),
    ),
];
