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
        "fetch",
        "WebSocket",
        "Buffer",
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
        "URL.constructor('return 1')()",
        "URL.prototype.toString.constructor('return 1')()",
        "Reflect.getOwnPropertyDescriptor(URL.prototype, 'href').get.constructor('return 1')()",
        "crypto.subtle.digest.constructor('return 1')()",
        "structuredClone.constructor('return 1')()",
        "new AbortController().abort.constructor('return 1')()",
        "Object.getPrototypeOf(new URLSearchParams().keys()).next.constructor('return 1')()",
    ] {
        fails(code, "Code generation from strings disallowed");
    }
}

#[test]
fn what_needs_an_event_loop_says_why() {
    fails("setTimeout(() => {}, 1)", "setTimeout is not available in the database");
    fails("setInterval(() => {}, 1)", "setInterval is not available");
    fails("setImmediate(() => {})", "setImmediate is not available");
    fails("AbortSignal.timeout(1)", "AbortSignal.timeout is not available");
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
        "URL.prototype.host2 = 1",
        "URL.canParse = 1",
        "globalThis.URL = class {}",
        "URLSearchParams.prototype.get = 1",
        "new URLSearchParams().keys().__proto__.next = 1",
        "TextEncoder.prototype.encode = 1",
        "TextDecoder.prototype.decode = 1",
        "atob.x = 1",
        "structuredClone.x = 1",
        "crypto.getRandomValues = 1",
        "crypto.subtle.digest = 1",
        "Object.getPrototypeOf(crypto).randomUUID = 1",
        "performance.now = 1",
        "Event.prototype.x = 1",
        "EventTarget.prototype.dispatchEvent = 1",
        "AbortSignal.prototype.aborted2 = 1",
        "AbortController.prototype.abort = 1",
        "DOMException.prototype.x = 1",
        "DOMException.ABORT_ERR = 1",
        "queueMicrotask.x = 1",
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
        "class Special extends DOMException {} const e = new Special('m', 'AbortError'); e.extra = 1;
           return e.name === 'AbortError' && e.code === 20 && e instanceof Special && String(e) === 'AbortError: m' && e.stack.includes('m');",
        "class Link extends URL { get short() { return this.host; } } const l = new Link('http://h/'); l.note = 1; return l.short === 'h';",
        "const p = new URLSearchParams(); p.toString = () => 'mine'; return String(p) === 'mine';",
        "const w = new WeakRef({}); return typeof w.deref() === 'object';",
        "return typeof Symbol.dispose === 'symbol' && new RegExp('(?<a>x)').exec('x').groups.a === 'x';",
        "return JSON.stringify({ n: 12345678901234567890n }) === '{\"n\":12345678901234567890}';",
    ] {
        holds(body);
    }
}

/// What the prelude uses cannot be turned against it by objects that lie about themselves.
#[test]
fn the_prelude_trusts_no_object() {
    for body in [
        // The caller's own methods are not called on what they pass in.
        "const a = new Uint8Array(4); let called = false; for (const name of ['set', 'subarray', 'length'])
             Object.defineProperty(a, name, { value() { called = true; } });
           Object.defineProperty(a, 'byteLength', { get() { called = true; return 1 << 30; } }); crypto.getRandomValues(a);
           new TextEncoder().encodeInto('abcdef', a); return !called && a[3] === 100;",
        "class Fake extends Uint8Array { static get [Symbol.species]() { throw new Error('species'); } }
           return new TextDecoder().decode(new Fake([97])) === 'a' && crypto.getRandomValues(new Fake(2)).length === 2;",
        "const b = new ArrayBuffer(2); Object.defineProperty(b, 'constructor', { value: { [Symbol.species]: function () { throw new Error('species'); } } });
           return structuredClone(b).byteLength === 2;",
        "const m = new Map([[1, 2]]); for (const name of ['forEach', 'entries', Symbol.iterator]) Object.defineProperty(m, name, { value() { throw new Error('mine'); } }); return structuredClone(m).get(1) === 2;",
        // A conversion that runs in the middle sees nothing half done.
        "const u = new URL('http://h/'); u.search = { toString() { u.href = 'http://i/?q'; return 'x'; } }; return u.href === 'http://i/?x';",
        "const p = new URLSearchParams('a=1'); p.append({ toString() { p.delete('a'); return 'b'; } }, '2'); return p.toString() === 'b=2';",
        "const t = new TextDecoder(); const bytes = new Uint8Array(new ArrayBuffer(4));
           return t.decode(bytes, { get stream() { bytes.buffer.transfer(); return false; } }) === '';",
        // Inner functions and private state do not leak through what is thrown.
        "try { new URL('x'); } catch (e) { return !('parts' in e) && Object.keys(e).length === 0; }",
    ] {
        holds(body);
    }
}

#[test]
fn a_missing_name_has_a_hint() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let report = failure(value_of(engine, &mut host, "return Buffer.from('x')", TypeShape::Bool));
        assert_eq!(report.message, "ReferenceError: Buffer is not defined");
        assert!(report.hint.is_some_and(|hint| hint.contains("Uint8Array")));
        let report = failure(value_of(engine, &mut host, "return total", TypeShape::Bool));
        assert_eq!(report.hint, None);
    });
}
