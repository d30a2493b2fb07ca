//! Errors at every boundary: where values come in and go out, in getters and `toJSON`, when a generator is left, in
//! triggers, at commit, and in what is thrown.

use crate::attack::Work::{JavaScript, Sql, Steps};
use crate::attack::{Attack, Ground, Step, Stop, end::*, must};

/// Values that no SQL type takes as they are, each with what happens when it is looked at.
const STRANGE: &[&str] = &[
    "Symbol('s')",
    "() => 1",
    "new Proxy({}, { get() { throw new Error('get') } })",
    "new Proxy([], { get() { throw null } })",
    "Proxy.revocable([], {}).proxy",
    "(() => { const r = Proxy.revocable([], {}); r.revoke(); return r.proxy })()",
    "({ get a() { throw new Error('a') }, b: 1 })",
    "({ toJSON() { throw new Error('toJSON') } })",
    "({ toJSON() { return this } })",
    "({ valueOf() { throw new Error('valueOf') }, toString() { throw new Error('toString') } })",
    "({ [Symbol.toPrimitive]() { return {} } })",
    "({ get then() { throw new Error('then') } })",
    "({ then() { throw new Error('then called') } })",
    "({ then(f) { f(1); f(2); throw 3 } })",
    "({ then() {} })",
    "new Promise(() => {})",
    "Promise.reject(undefined)",
    "Promise.reject(Promise.reject(1))",
    "new Date(NaN)",
    "new Date(8.64e15)",
    "Object.setPrototypeOf(new Date(), null)",
    "2n ** 70n",
    "-0",
    "NaN",
    "1e400",
    "'\\ud800'",
    "'a\\0b'",
    "(() => { const a = []; a.push(a); return a })()",
    "Object.create({ a: 1 })",
    "new Array(5)",
    "[1, [2]]",
    "[[1], [2, 3]]",
    "Object.defineProperty([1, 2], 0, { get() { throw new Error('element') } })",
    "Object.defineProperty([1, 2], 'length', { writable: false })",
    "(() => { const b = new ArrayBuffer(16); const a = new Int32Array(b); b.transfer(); return a })()",
    "(() => { const b = new ArrayBuffer(16, { maxByteLength: 32 }); const a = new Uint8Array(b, 8); b.resize(4); return a })()",
    "new Uint8Array(3)",
    "new Map([[1, 2]])",
    "(function* () { yield 1 })()",
    "(function* () { try { yield 1 } finally { throw new Error('left') } })()",
    "new (class A { #p = 1; get p() { return this.#q } get #q() { throw new Error('private') } })()",
    "globalThis",
    "ctx",
    "ctx.db",
    "null",
    "undefined",
];

/// Types to return them as. `chaos.returns_<n>(which)` are made for each.
pub const TYPES: &[&str] = &[
    "bool",
    "int2",
    "int4",
    "int8",
    "float8",
    "numeric",
    "text",
    "uuid",
    "json",
    "jsonb",
    "bytea",
    "timestamptz",
    "date",
    "interval",
    "int4[]",
    "text[][]",
    "chaos.pair",
    "chaos.pair[]",
    "int4range",
    "int4multirange",
    "chaos.positive",
    "inet",
    "xml",
];

/// What the rejections of values may be: each is a statement about the value, none about our inside.
const REFUSED: &[&str] = &[
    "38000", "42804", "22003", "22008", "22015", "22P02", "22P05", "22007", "23514", "2202E", "42703",
    "22000", "54000", "54001", "2200N", "22023", "0A000",
];

/// A function for each type that returns the strange value of that number.
pub fn functions() -> String {
    let cases: String =
        STRANGE.iter().enumerate().map(|(which, value)| format!("case {which}: return {value};\n")).collect();
    TYPES
        .iter()
        .enumerate()
        .map(|(number, sql_type)| {
            format!(
                "CREATE FUNCTION chaos.returns_{number}(which int) RETURNS {sql_type} LANGUAGE plts AS $js$ switch (which) {{ {cases} }} $js$;\n\
                 CREATE FUNCTION chaos.sends_{number}(which int) RETURNS void LANGUAGE plts AS $js$ const made = () => {{ switch (which) {{ {cases} }} }};\n\
                 await ctx.db.query('select $1::{sql_type} as value', [made()]) $js$;\n"
            )
        })
        .collect()
}

/// Some values as some types, each in a subtransaction of its own; each is done or refused for what it is.
fn strange(ground: &mut Ground<'_>) -> Step {
    for _ in 0..40 {
        let which = ground.random.within(0, STRANGE.len() as u64 - 1);
        let number = ground.random.within(0, TYPES.len() as u64 - 1);
        let way = ground.random.pick(&["returns", "sends"]);
        ground.session.batch_execute("SAVEPOINT strange")?;
        let call = format!("SELECT chaos.{way}_{number}({which})");
        if let Err(error) = ground.session.batch_execute(&call) {
            let Some(said) = error.as_db_error() else { return Err(Stop::Sql(error)) };
            let sqlstate = said.code().code();
            // What ends a hunted session is none of the values' doing.
            if matches!(sqlstate, CANCELED | TERMINATED) {
                return Err(Stop::Sql(error));
            }
            let (value, sql_type) = (STRANGE[index(which)], TYPES[index(number)]);
            must(REFUSED.contains(&sqlstate), || {
                format!("{way} {value} as {sql_type}: {sqlstate} {}", said.message())
            })?;
            ground.session.batch_execute("ROLLBACK TO SAVEPOINT strange")?;
        }
        ground.session.batch_execute("RELEASE SAVEPOINT strange")?;
    }
    Ok(())
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("an index of a table")
}

/// An error in a deferred trigger: the transaction is undone as a whole, by the commit.
fn at_commit(ground: &mut Ground<'_>) -> Step {
    let id = i64::try_from(ground.number).expect("a number of an attack");
    let mut transaction = ground.session.transaction()?;
    transaction.execute("INSERT INTO chaos.deferred VALUES ($1)", &[&id])?;
    let error = transaction.commit();
    let left: i64 =
        ground.second.query_one("SELECT count(*) FROM chaos.deferred WHERE n = $1", &[&id])?.get(0);
    must(left == 0, || "a row is there although its commit failed".to_owned())?;
    Ok(error?)
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("strange values as results and parameters", &[DONE], Steps(strange)),
    Attack::ending("error at commit", &["AC001"], crate::attack::Work::Alone(at_commit)),
    Attack::ending("error in a row trigger", &["TR001"], Sql("INSERT INTO chaos.guarded VALUES (1)")),
    Attack::ending(
        "trigger that returns nonsense",
        &["42804", "42703", "39P01"],
        Sql("INSERT INTO chaos.nonsense VALUES (1)"),
    ),
    Attack::ending(
        "generator that throws when it is left",
        &[DONE, "LE001"],
        Sql("SELECT chaos.throws_when_left() LIMIT 1"),
    ),
    Attack::ending(
        "generator left by a failing statement",
        &["22012", "LE001"],
        Sql("SELECT 1 / (chaos.throws_when_left() - 3)"),
    ),
    Attack::ending("null thrown", &[THROWN], JavaScript("throw null")),
    Attack::ending("undefined rejected", &[THROWN], JavaScript("await Promise.reject()")),
    Attack::ending("symbol thrown", &[THROWN], JavaScript("throw Symbol('x')")),
    Attack::ending(
        "proxy thrown",
        &[THROWN],
        JavaScript(
            "throw new Proxy(new Error('x'), { get() { throw 1 }, getPrototypeOf() { throw 2 }, has() { throw 3 } })",
        ),
    ),
    Attack::ending(
        "error whose every field throws",
        &[THROWN],
        JavaScript(
            "throw Object.defineProperties({}, Object.fromEntries(['name', 'message', 'stack', 'sqlstate', 'detail', 'hint', 'cause', 'where'].map((key) => [key, { get() { throw new Error(key) } }])))",
        ),
    ),
    Attack::ending(
        "error with a forged SQLSTATE",
        &[THROWN],
        JavaScript("throw Object.assign(new Error('x'), { sqlstate: '00000' })"),
    ),
    Attack::ending(
        "error that claims to be a cancel",
        &[CANCELED, THROWN],
        JavaScript("throw Object.assign(new Error('x'), { sqlstate: '57014' })"),
    ),
    Attack::ending(
        "error that claims to be a panic",
        &["XX000", "XX001", THROWN],
        JavaScript("throw Object.assign(new Error('x'), { sqlstate: 'XX001', severity: 'PANIC' })"),
    ),
    Attack::ending(
        "errors as causes of each other",
        &[THROWN],
        JavaScript("const a = new Error('a'), b = new Error('b', { cause: a }); a.cause = b; throw a"),
    ),
    Attack::ending(
        "aggregate error of ten thousand",
        &[THROWN],
        JavaScript(
            "await Promise.any(Array.from({ length: 1e4 }, (_, i) => Promise.reject(new Error(`e${i}`))))",
        ),
    ),
    Attack::ending(
        "rejection that nobody waits for",
        &[THROWN],
        JavaScript("Promise.reject(new Error('nobody'))"),
    ),
    Attack::ending(
        "rejections by the thousand",
        &[THROWN],
        JavaScript("for (let i = 0; i < 1e5; i++) Promise.reject(i)"),
    ),
    Attack::ending("promise that never settles", &[THROWN], JavaScript("await new Promise(() => {})")),
    Attack::ending(
        "statement from a thing that throws",
        &["ST001"],
        JavaScript(
            "await ctx.db.query({ toSQL() { throw Object.assign(new Error('x'), { sqlstate: 'ST001' }) } })",
        ),
    ),
    Attack::ending(
        "statement with hostile parameters",
        &["PA001", "22023"],
        JavaScript(
            "await ctx.db.query('select $1::int, $2::text', new Proxy([1, 2], { get(t, k) { if (k === '1') throw Object.assign(new Error('x'), { sqlstate: 'PA001' }); return t[k] } }))",
        ),
    ),
    Attack::ending(
        "parameters that change while they are read",
        &[DONE, "42804", "22023", THROWN],
        JavaScript(
            "const params = [1, 2, 3]; Object.defineProperty(params, 0, { get() { params.length = 1; return 5 } }); await ctx.db.query('select $1::int as a, $2::int as b, $3::int as c', params)",
        ),
    ),
    Attack::ending(
        "statement inside a parameter's getter",
        &[DONE],
        JavaScript(
            "await ctx.db.query('select $1::int as a, $2::text as b', [{ valueOf() { return 1 } , get x() { return 1 } }.x, { toString() { return String(ctx.db.sync.one('select 7 as n').n) } }.toString()])",
        ),
    ),
    Attack::ending(
        "batch whose element throws",
        &["BA001"],
        JavaScript(
            "await ctx.db.batch(['select 1', { get sql() { ctx.db.sync.exec('select 1'); throw Object.assign(new Error('x'), { sqlstate: 'BA001' }) } }])",
        ),
    ),
    Attack::ending(
        "rows inserted from getters that throw",
        &["IN001"],
        JavaScript(
            "await ctx.db.insert('chaos.scratch', [{ n: 1 }, { get n() { throw Object.assign(new Error('x'), { sqlstate: 'IN001' }) } }])",
        ),
    ),
    Attack::ending(
        "cursor loop left by an error",
        &["CU001"],
        JavaScript(
            "for await (const row of ctx.db.cursor('select generate_series(1, 1000) as n')) if (row.n === 501) throw Object.assign(new Error('x'), { sqlstate: 'CU001' })",
        ),
    ),
    Attack::ending(
        "cursor whose query fails in the middle",
        &["22012"],
        JavaScript(
            "for await (const row of ctx.db.cursor('select 1 / (600 - n) as n from generate_series(1, 1000) n')) ;",
        ),
    ),
    Attack::ending(
        "cursor fetched inside its own loop",
        &[DONE],
        JavaScript(
            "const c = ctx.db.cursor('select generate_series(1, 100) as n', [], { fetchSize: 10 }); let n = 0; for await (const row of c) { n++; await c.fetch(3); if (n === 10) await c.close(); if (n > 10) break }",
        ),
    ),
    Attack::ending(
        "savepoints that end in the wrong order",
        &["0A000", THROWN],
        JavaScript(
            "let open; const first = ctx.db.savepoint(async () => { await new Promise((done) => { open = done }) }); const second = ctx.db.savepoint(async () => { open(); await first }); await second",
        ),
    ),
    Attack::ending(
        "ctx used in another call",
        &[DONE, "0A000", THROWN],
        Sql(
            "DO LANGUAGE plts $js$ globalThis.stolen = ctx $js$; DO LANGUAGE plts $js$ await globalThis.stolen.db.query('select 1') $js$",
        ),
    ),
    Attack::ending(
        "validator with hostile arguments",
        &["22023"],
        Sql(
            "SELECT chaos.validated('{\"n\": {\"__proto__\": {\"x\": 1}, \"constructor\": 2}, \"toString\": null}')",
        ),
    ),
];
