//! Memory bombs: the heap limit or V8's own limits end the call, and the session goes on. Where V8 stops its process
//! (an array beyond what it can have), this session is gone with FATAL.

use crate::attack::Work::{JavaScript, Sql};
use crate::attack::{Attack, end::*};

/// What may end a bomb. A loop of slow allocations in a heap that is nearly full may listen too late for a timeout.
const BOMB: &[&str] = &[HEAP, CANCELED, GONE];
/// What may end a bomb that V8 may see as one value that is too large.
const VALUE: &[&str] = &[HEAP, CANCELED, TOO_LARGE, THROWN];
/// What V8 cannot survive: FATAL, as a message or as a closed connection.
const DEATH: &[&str] = &[HEAP, CANCELED, INTERNAL, GONE, THROWN];

pub const ATTACKS: &[Attack] = &[
    Attack::heavy("arrays", BOMB, JavaScript("const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length))")),
    Attack::heavy("arrays behind catch and finally", BOMB, JavaScript(
        "const kept = []; for (;;) { try { for (;;) kept.push(new Array(1000).fill(0.5)) } catch {} finally { continue } }")),
    Attack::heavy("array buffers", &[HEAP, CANCELED], JavaScript("const kept = []; for (;;) kept.push(new Uint8Array(2 ** 20).fill(1))")),
    Attack::heavy("array buffers behind catch", &[CANCELED, HEAP], JavaScript(
        "const kept = []; for (;;) { try { kept.push(new ArrayBuffer(2 ** 20)) } catch { kept.length >>= 1 } }")).hurried(),
    Attack::heavy("one array buffer too large", VALUE, JavaScript("new ArrayBuffer(2 ** 40)")),
    Attack::heavy("array buffer that grows", VALUE, JavaScript(
        "const b = new ArrayBuffer(8, { maxByteLength: 2 ** 32 }); for (let n = 8; ; n *= 2) { b.resize(n); new Uint8Array(b).fill(1) }")),
    Attack::heavy("strings", BOMB, JavaScript("const kept = []; for (;;) kept.push('x'.repeat(1000) + kept.length)")),
    Attack::heavy("maps", VALUE, JavaScript("const kept = new Map(); for (let i = 0; ; i++) kept.set(i, { i })")),
    Attack::heavy("sets of texts", VALUE, JavaScript("const kept = new Set(); for (let i = 0; ; i++) kept.add(`text number ${i}`)")),
    Attack::heavy("promises", BOMB, JavaScript("const kept = []; for (;;) kept.push(Promise.resolve(kept.length).then((x) => [x, x]))")),
    Attack::heavy("promises that wait for each other", BOMB, JavaScript("let p = new Promise(() => {}); for (;;) p = p.then(() => new Array(100))")),
    Attack::heavy("closures", BOMB, JavaScript("let f = () => 0; for (;;) { const g = f, x = Array(50); f = () => g() + x.length }")),
    Attack::heavy("symbols and properties", BOMB, JavaScript("const o = {}; for (let i = 0; ; i++) o[Symbol(`s${i}`)] = i")),
    Attack::heavy("properties by name", BOMB, JavaScript("const o = {}; for (let i = 0; ; i++) o[`name${i}`] = i")),
    Attack::heavy("globals", &[HEAP, CANCELED, GONE], JavaScript("for (let i = 0; ; i++) globalThis[`kept${i % 1000}`] = Array(10000).fill(i)")),
    Attack::heavy("weak references", &[CANCELED, HEAP], JavaScript("const kept = []; for (;;) kept.push(new WeakRef({ a: Array(10) }))")),
    Attack::heavy("generators", BOMB, JavaScript("const kept = []; for (;;) { const g = (function* () { yield Array(20) })(); g.next(); kept.push(g) }")),
    Attack::heavy("regular expressions", BOMB, JavaScript("const kept = []; for (let i = 0; ; i++) { const r = new RegExp(`(a|b${i})+[^x]{1,50}`); r.test('ab'); kept.push(r) }")),
    Attack::heavy("one large regular expression", &[THROWN, STACK, HEAP, TOO_LARGE, DONE, CANCELED], JavaScript("new RegExp('(a|b)'.repeat(1e6)).test('ab')")),
    Attack::heavy("one deep regular expression", &[THROWN, STACK, HEAP, TOO_LARGE, DONE, CANCELED], JavaScript("new RegExp('('.repeat(1e6) + ')'.repeat(1e6)).test('ab')")),
    Attack::heavy("regular expression with large counts", &[THROWN, STACK, HEAP, TOO_LARGE, DONE, CANCELED], JavaScript("new RegExp('((a{1,1000}){1,1000}){1,1000}').test('a'.repeat(100))")),
    Attack::heavy("errors with stacks", BOMB, JavaScript("const kept = []; for (;;) kept.push(new Error('x'.repeat(100)).stack)")),
    Attack::heavy("array as long as V8 can", DEATH, JavaScript("return Array(2 ** 27).fill(0.5).length")),
    Attack::heavy("spread of a long array", DEATH, JavaScript("return [...Array(2 ** 27)].length")),
    Attack::heavy("text split into characters", DEATH, JavaScript("return 'x'.repeat(2 ** 28).split('').length")),
    Attack::heavy("array longer than V8 can", DEATH, JavaScript("return JSON.parse('[' + '1,'.repeat(2 ** 27) + '1]').length")),
    Attack::heavy("arguments beyond the stack", &[STACK, HEAP, TOO_LARGE], JavaScript("return Math.max(...Array(1e7).fill(1))")),
    Attack::heavy("rows of ten million", &[HEAP, CANCELED, TOO_LARGE], JavaScript(
        "return (await ctx.db.query('select g as number, g::text as text, now() as at from generate_series(1, 10000000) g')).length")),
    Attack::heavy("rows kept by a cursor", BOMB, JavaScript(
        "const kept = []; for await (const row of ctx.db.cursor('select g, g::text as t from generate_series(1, 10000000) g')) kept.push(row)")),
    Attack::heavy("one large row", VALUE, JavaScript("const kept = []; for (;;) kept.push(await ctx.db.one(\"select repeat('x', 50000000) as t\"))")),
    Attack::heavy("one large jsonb", &[HEAP, CANCELED, DONE], JavaScript(
        "const kept = []; for (let i = 0; i < 20; i++) kept.push(await ctx.db.one('select jsonb_agg(g) as j from generate_series(1, 300000) g'))")),
    Attack::heavy("parameters of many megabytes", &[HEAP, CANCELED, TOO_LARGE, DONE], JavaScript(
        "for (let i = 1; i < 200; i *= 2) await ctx.db.query('select length($1::text)', ['x'.repeat(i * 1e6)])")),
    Attack::heavy("arrays as parameters", &[HEAP, CANCELED, TOO_LARGE, DONE], JavaScript(
        "for (let i = 1; i < 64; i *= 2) await ctx.db.query('select cardinality($1::int[])', [Array(i * 1e5).fill(7)])")),
    Attack::heavy("statement of many megabytes", &[TOO_LARGE, HEAP], JavaScript("await ctx.db.query(`select '${'x'.repeat(5e7)}'`)")),
    Attack::heavy("many different statements", &[CANCELED, HEAP], JavaScript("for (let i = 0; ; i++) await ctx.db.query(`select ${i} as n`)")).hurried(),
    Attack::heavy("a message of a hundred megabytes", &[THROWN, HEAP, TOO_LARGE, CANCELED], JavaScript("throw new Error('x'.repeat(1e8))")),
    Attack::heavy("a detail of a hundred megabytes", &[THROWN, HEAP, TOO_LARGE, CANCELED], JavaScript("throw Object.assign(new Error('x'), { detail: 'y'.repeat(1e8) })")),
    Attack::heavy("a log of a hundred megabytes", &[DONE, HEAP, TOO_LARGE, CANCELED], JavaScript("ctx.log.debug('x'.repeat(1e8))")),
    Attack::heavy("a result of half a gigabyte", &[HEAP, TOO_LARGE, CANCELED, INTERNAL, DONE], Sql("SELECT length(chaos.text_of(536870000))")),
    Attack::heavy("results collected by SQL", &[DONE, HEAP, TOO_LARGE, CANCELED], Sql("SELECT sum(length(chaos.text_of(1000000))) FROM generate_series(1, 100)")),
    Attack::heavy("a bytea of a gigabyte", &[HEAP, TOO_LARGE, CANCELED, THROWN], Sql("SELECT length(chaos.bytes_of(1100000000))")),
    Attack::heavy("jsonb too deep", &[STACK, HEAP], Sql("SELECT length(chaos.deep_json(1000000)::text)")),
    Attack::heavy("jsonb too long", &[HEAP, TOO_LARGE, CANCELED], Sql("SELECT pg_column_size(chaos.long_json(300))")),
    Attack::heavy("source of ten megabytes", &[DONE, TOO_LARGE, HEAP, CANCELED], Sql(
        "DO $do$ BEGIN EXECUTE format('DO LANGUAGE plts %L', 'return ' || repeat('1 + ', 100) || '1;' || repeat('//' || repeat('x', 98) || E'\\n', 100000)); END $do$")),
    Attack::heavy("source that nests", &[STACK, "42601", TOO_LARGE], Sql(
        "DO $do$ BEGIN EXECUTE format('DO LANGUAGE plts %L', 'return ' || repeat('[', 100000)); END $do$")),
    Attack::heavy("source of many operators", &[DONE, STACK, "42601", TOO_LARGE, CANCELED], Sql(
        "DO $do$ BEGIN EXECUTE format('DO LANGUAGE plts %L', 'return ' || repeat('1+', 300000) || '1'); END $do$")),
];
