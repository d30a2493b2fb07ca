//! Loops without end, in JavaScript and inside of V8's own functions: only the timeout ends them.

use crate::attack::Work::{JavaScript, Sql};
use crate::attack::{Attack, end::*};

pub const ATTACKS: &[Attack] = &[
    Attack::endless("loop", "for (;;) {}"),
    Attack::endless("loop in catch and finally", "for (;;) { try { for (;;) {} } catch {} finally { continue } }"),
    Attack::endless("loop of awaits", "const f = async () => { for (;;) await null }; await f()"),
    Attack::endless("microtasks that beget microtasks", "const f = () => queueMicrotask(f); f(); await new Promise(() => {})"),
    Attack::endless("loop in a getter", "const o = { get x() { for (;;) {} } }; return o.x"),
    Attack::endless("loop in toString", "return `${{ toString() { for (;;) {} } }}`"),
    // What has no text of its own is not asked for one.
    Attack::ending("loop in a thrown message", &[CANCELED, THROWN], JavaScript("throw { get message() { for (;;) {} } }")).hurried(),
    Attack::endless("loop in a thrown text", "throw { toString() { for (;;) {} } }"),
    Attack::ending("loop in a stack", &[CANCELED, THROWN], JavaScript(
        "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { for (;;) {} } }); throw e")).hurried(),
    Attack::endless("loop in a proxy", "const p = new Proxy({}, { get() { for (;;) {} } }); return p.x"),
    Attack::endless("loop in ownKeys", "Object.keys(new Proxy({}, { ownKeys() { for (;;) {} } }))"),
    Attack::endless("loop in an iterator", "for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }) {}"),
    Attack::endless("spread without end of nothing kept", "new Set((function* () { for (;;) yield 1 })())"),
    Attack::endless("module that never finishes", "export default () => 1; for (;;) {}"),
    Attack::endless("statements", "for (;;) ctx.db.sync.query('select 1')"),
    Attack::endless("statements that fail", "for (;;) { try { ctx.db.sync.query('select 1/0') } catch {} }"),
    Attack::endless("statements that sleep", "for (;;) { try { await ctx.db.query('select pg_sleep(10)') } catch {} }"),
    Attack::endless("savepoints", "for (;;) await ctx.db.savepoint(async () => { await ctx.db.exec('select 1') })"),
    Attack::endless("messages", "for (;;) ctx.log.debug('x')"),
    Attack::endless("regular expression", "/^(a+)+$/.test('a'.repeat(60) + 'b')"),
    Attack::endless("regular expression with a look behind", "/(?<=z(x+x+)+)y/.test('x'.repeat(60) + 'y')"),
    Attack::endless("replace by a regular expression", "'x'.repeat(50).replace(/(x+x+)+y/g, () => '')"),
    Attack::endless("split by a regular expression", "'ab'.repeat(40).split(/(?:(?:a|b)+)+c/)"),
    Attack::endless("sort that never agrees", "for (;;) [...Array(1e4).keys()].sort(() => Math.random() - 0.5)"),
    Attack::endless("comparator that never answers", "[...Array(1e6).keys()].sort(() => { for (;;) {} })"),
    Attack::ending("comparator that grows its array", &[CANCELED, HEAP, DONE], JavaScript(
        "const a = [3, 1, 2]; for (;;) a.sort(() => { a.push(1); return 1 })")).hurried(),
    Attack::endless("typed array sorted by a random comparator", "for (;;) new Float64Array(1e5).map(Math.random).sort(() => Math.random() - 0.5)"),
    Attack::ending("BigInt power", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("let x = 3n; for (;;) x = x ** 3n")),
    Attack::ending("BigInt power at once", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("return String(7n ** 30000000n).length")),
    Attack::ending("BigInt as text", &[DONE, CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("return ((1n << 20000000n) - 1n).toString().length")),
    Attack::ending("BigInt from text", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("return BigInt('7'.repeat(2e7)) === 1n")).hurried(),
    Attack::ending("BigInt division", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("const a = (1n << 60000000n) - 1n, b = (1n << 30000000n) - 3n; return String(a / b).length")).hurried(),
    Attack::ending("string doubling", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("let s = 'x'; for (;;) s += s")),
    Attack::ending("string doubling, flattened", &[CANCELED, TOO_LARGE, THROWN, HEAP], JavaScript("let s = 'xy'; for (;;) { s += s; s.charCodeAt(0) }")),
    Attack::heavy("JSON.parse of a large text", &[CANCELED, DONE, HEAP], JavaScript("JSON.parse('[' + '1,'.repeat(5e6) + '1]')")),
    Attack::heavy("JSON.parse of a hundred megabytes", &[CANCELED, DONE, HEAP], JavaScript("JSON.parse('[\"' + 'x'.repeat(1e8) + '\"]')")),
    Attack::heavy("JSON.parse of many keys", &[CANCELED, DONE, HEAP], JavaScript(
        "const parts = []; for (let i = 0; i < 1e6; i++) parts.push(`\"k${i}\":${i}`); JSON.parse('{' + parts.join() + '}')")),
    Attack::heavy("JSON.stringify of much", &[CANCELED, DONE, HEAP, TOO_LARGE, THROWN], JavaScript("const a = Array(1e6).fill('\\u0001'.repeat(100)); return JSON.stringify(a).length")),
    Attack::ending("array functions on 2^53 elements", &[GONE, CANCELED], JavaScript("Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)")).hurried(),
    Attack::ending("shift of a hole", &[GONE, CANCELED, HEAP], JavaScript("Array.prototype.shift.call({ length: 2 ** 53 - 1 })")).hurried(),
    Attack::ending("hole reversed behind catch", &[GONE, CANCELED, HEAP], JavaScript("for (;;) { try { Array.prototype.reverse.call({ length: 2 ** 40 }) } catch {} finally { continue } }")).hurried(),
    Attack::ending("hole reversed behind plpgsql", &[GONE, CANCELED, HEAP], Sql(
        "DO $do$ BEGIN LOOP BEGIN PERFORM chaos.hole(); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $do$")).hurried(),
    Attack::ending("reverse of a hole", &[GONE, CANCELED, HEAP], JavaScript("Array.prototype.reverse.call({ length: 2 ** 53 - 1 })")).hurried(),
    Attack::ending("map over four thousand million holes", &[GONE, CANCELED, HEAP], JavaScript("Array(4e9).map((x) => x)")).hurried(),
    Attack::ending("join of four thousand million holes", &[GONE, CANCELED, HEAP, TOO_LARGE, THROWN], JavaScript("return Array(4e9).join('x').length")).hurried(),
    Attack::ending("indexOf in a sparse array", &[GONE, CANCELED, HEAP, DONE], JavaScript("const a = []; a[4e9] = 1; for (;;) if (a.indexOf(2) > 0) break")).hurried(),
    Attack::ending("sort of a sparse array", &[GONE, CANCELED, HEAP, DONE], JavaScript("const a = []; a[4e9] = 1; a[3] = 2; for (;;) a.sort()")).hurried(),
    Attack::ending("concat of holes", &[GONE, CANCELED, HEAP, TOO_LARGE, THROWN], JavaScript("let a = Array(4e9); for (;;) a = [].concat(a, [1])")).hurried(),
    Attack::ending("flat of itself", &[CANCELED, HEAP, STACK], JavaScript("const a = [1]; a.push(a); a.flat(Infinity)")).hurried(),
    Attack::ending("replaceAll that multiplies", &[CANCELED, HEAP, TOO_LARGE, THROWN], JavaScript("let s = 'aa'; for (;;) s = s.replaceAll('a', 'aaa')")),
    Attack::ending("normalize, locale, case of a long text", &[CANCELED, HEAP, DONE, TOO_LARGE, THROWN, GONE], JavaScript(
        "const s = 'ß\\u0301'.repeat(4e6); for (;;) { s.normalize('NFKD'); s.toUpperCase(); s.localeCompare(s + 'x') }")).hurried(),
    Attack::ending("percent coding of a long text", &[CANCELED, HEAP, TOO_LARGE, THROWN], JavaScript("let s = '%'; for (;;) s = encodeURIComponent(s + s)")),
    Attack::ending("set of endless rows", &[CANCELED], Sql("SELECT count(*) FROM chaos.endless()")).hurried(),
    Attack::ending("set of endless rows in the select list", &[CANCELED], Sql("SELECT chaos.endless() LIMIT 100000000 OFFSET 99999999")).hurried(),
    Attack::ending("aggregate that never ends a step", &[CANCELED], Sql("SELECT chaos.stuck(i) FROM generate_series(1, 3) i")).hurried(),
    Attack::ending("loop in plpgsql through plts", &[CANCELED], Sql("DO $do$ BEGIN LOOP PERFORM chaos.add(1, 2); END LOOP; END $do$")).hurried(),
    Attack::ending("loop behind a plpgsql handler", &[CANCELED], Sql(
        "DO $do$ BEGIN LOOP BEGIN PERFORM chaos.spin(); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $do$")).hurried(),
];
