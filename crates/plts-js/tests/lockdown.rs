//! What JavaScript cannot do here, and that ordinary programs work nevertheless.

mod harness;

use harness::*;
use plts_core::{TypeShape, Value};

fn holds(body: &str) {
    let body = body.to_owned();
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        assert_eq!(value_of(engine, &mut host, &body, TypeShape::Bool).unwrap(), Value::Bool(true), "{body}");
    });
}

fn fails(body: &str, message: &str) {
    let (body, message) = (body.to_owned(), message.to_owned());
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        let report = failure(value_of(engine, &mut host, &body, TypeShape::Bool));
        assert!(report.message.contains(&message), "{body}: {}", report.message);
    });
}

#[test]
fn dangerous_globals_are_gone() {
    for name in [
        "WebAssembly",
        "SharedArrayBuffer",
        "Atomics",
        "FinalizationRegistry",
        "Deno",
        "process",
        "require",
        "internals",
        "natives",
        "ShadowRealm",
        "gc",
        "d8",
    ] {
        holds(&format!("return typeof {name} === 'undefined' && !('{name}' in globalThis);"));
    }
}

#[test]
fn no_code_from_text() {
    for code in [
        "eval('1')",
        "(0, eval)('1')",
        "new Function('return 1')()",
        "(() => {}).constructor('return 1')()",
        "(async () => {}).constructor('return 1')()",
        "(function* () {}).constructor('yield 1')()",
        "Reflect.construct(Function, ['return 1'])",
    ] {
        fails(code, "Code generation from strings disallowed");
    }
}

#[test]
fn what_needs_an_event_loop_says_why() {
    fails("setTimeout(() => {}, 1)", "setTimeout is not available in the database");
    fails("setInterval(() => {}, 1)", "setInterval is not available");
    fails("fetch('http://localhost')", "fetch is not available");
    holds("let n = 0; queueMicrotask(() => { n = 1; }); return Promise.resolve().then(() => n === 1);");
}

#[test]
fn intrinsics_are_frozen() {
    for code in [
        "Array.prototype.map = () => 1",
        "Array.prototype.extra = 1",
        "Object.prototype.polluted = 1",
        "JSON.parse = () => 1",
        "Promise.prototype.then = () => 1",
        "Promise.extra = 1",
        "Math.random = () => 4",
        "globalThis.JSON = {}",
        "globalThis.Promise = null",
        "globalThis.undefined = 1",
        "PgError.prototype.x = 1",
        "ctx.db.query = 1",
        "ctx.db.constructor.prototype.query = 1",
        "Object.setPrototypeOf(Array.prototype, {})",
        "Map.prototype.getOrInsert = 1",
        "Error.prepareStackTrace = () => 1",
        "Error.captureStackTrace = 1",
        "[][Symbol.iterator]().__proto__.next = 1",
        "(async function* () {}).__proto__.prototype.next = 1",
        "Object.prototype.toString = () => 'x'",
        "console.log = 1",
        "ctx.log.info = 1",
        "Intl.NumberFormat.prototype.format2 = 1",
        "Uint8Array.prototype.toHex2 = 1",
    ] {
        on_engine(move |engine| {
            let mut host = FakeHost::new();
            let report = failure(value_of(engine, &mut host, code, TypeShape::Void));
            assert!(
                report.message.starts_with("TypeError: Cannot")
                    || report.message.starts_with("TypeError: cannot")
                    || report.message.starts_with("TypeError: #<Object> is not extensible")
                    || report.message.contains("is not extensible")
                    || report.message.contains("only a getter"),
                "{code}: {}",
                report.message
            );
        });
    }
    // Whatever a program can reach from the globals is frozen, but for the two that must not be.
    holds(
        "const seen = new Set([globalThis]); const open = []; const go = (v, path) => {
           if (v === null || (typeof v !== 'object' && typeof v !== 'function') || seen.has(v)) return; seen.add(v);
           if (!Object.isFrozen(v) && v !== Error) open.push(path);
           for (const k of Reflect.ownKeys(v)) { const d = Reflect.getOwnPropertyDescriptor(v, k);
             go(d.value, path + '.' + String(k)); go(d.get, path + '.get ' + String(k)); go(d.set, path + '.set ' + String(k)); }
           go(Reflect.getPrototypeOf(v), path + '.__proto__'); };
         for (const k of Reflect.ownKeys(globalThis)) { const d = Reflect.getOwnPropertyDescriptor(globalThis, k);
           if (!d.configurable) go(d.value, String(k)); }
         for (const f of [async () => {}, function* () {}, async function* () {}]) go(Object.getPrototypeOf(f), 'f');
         if (open.length) throw new Error(open.join(' ')); return !Object.isExtensible(Error);",
    );
}

#[test]
fn ordinary_programs_work() {
    for body in [
        // Names that the frozen prototypes have may be set on one's own objects.
        "const o = {}; o.toString = () => 'mine'; o.constructor = 1; o.valueOf = () => 2; return `${o}` === 'mine' && o + 1 === 3;",
        "class A extends Error { constructor(m) { super(m); this.name = 'A'; this.message = m + '!'; } } const e = new A('x');
           return e.name === 'A' && e.message === 'x!' && String(e) === 'A: x!' && e instanceof A;",
        "function Base() {} Base.prototype.toString = function () { return 'base'; }; function Sub() {}
           Sub.prototype = Object.create(Base.prototype); Sub.prototype.constructor = Sub; Sub.prototype.hasOwnProperty = 1;
           return String(new Sub()) === 'base' && new Sub().constructor === Sub;",
        "function E(m) { this.message = m; } E.prototype = Object.create(Error.prototype); E.prototype.name = 'E';
           E.prototype.constructor = E; return String(new E('m')) === 'E: m';",
        "const f = () => 1; f.toString = () => 'f'; f.call = 1; return String(f) === 'f' && f.call === 1;",
        "const d = new Date(0); d.toJSON = () => 'd'; return JSON.stringify(d) === '\"d\"';",
        "const a = [1]; a.toString = () => 'a'; return `${a}` === 'a';",
        "globalThis.mine = 5; const kept = globalThis.mine === 5; delete globalThis.mine; return kept;",
        "const before = Error.stackTraceLimit; Error.stackTraceLimit = 0; const none = new Error('x'); Error.stackTraceLimit = before;
           return before === 20 && none.stack === 'Error: x';",
        "const o = {}; Error.captureStackTrace(o); return typeof o.stack === 'string';",
        "return new Intl.NumberFormat('de-DE').format(1234.5) === '1.234,5';",
        "return [3, 1, 2].toSorted().join() === '1,2,3' && Object.groupBy([1, 2], (n) => n % 2)[0][0] === 2;",
        "return new Map([[1, 2]]).getOrInsert(1, 3) === 2 && Promise.try !== undefined && [1].values().map((n) => n + 1).next().value === 2;",
        "return structuredCloneIsAbsent(); function structuredCloneIsAbsent() { return typeof structuredClone === 'undefined'; }",
        "const w = new WeakRef({}); return typeof w.deref() === 'object';",
        "return typeof Symbol.dispose === 'symbol' && new RegExp('(?<a>x)').exec('x').groups.a === 'x';",
        "return JSON.stringify({ n: 12345678901234567890n }) === '{\"n\":12345678901234567890}';",
    ] {
        holds(body);
    }
}
