//! What functions of one session can do to each other: nothing, whether they are of one role or of several.

use e2e::bundle::deploy;
use e2e::{Database, Role};
use postgres::Client;
use serde_json::Value;

/// Walks everything that is reachable from the globals, from what literals are made of and from `ctx`, tries to change each
/// object in every way there is, and gives where it could. The global object itself is the role's own to add to, and how many
/// frames a stack has may be set.
const CRAWL: &str = r#"
CREATE FUNCTION crawl() RETURNS jsonb LANGUAGE plts AS $js$
  const seen = new Set<object>([globalThis]), changed: string[] = [];
  const pending: [string, any][] = [
    ...Reflect.ownKeys(globalThis).map((key): [string, any] => [String(key), (globalThis as any)[key]]), ['function', Object.getPrototypeOf(() => 0)], ['async', Object.getPrototypeOf(async () => 0)],
    ['generator', Object.getPrototypeOf(function* () { })], ['asyncGenerator', Object.getPrototypeOf(async function* () { })],
    ['arrayIterator', Object.getPrototypeOf([][Symbol.iterator]())], ['mapIterator', Object.getPrototypeOf(new Map().keys())],
    ['regExpIterator', Object.getPrototypeOf('a'.matchAll(/a/g))], ['stringIterator', Object.getPrototypeOf(''[Symbol.iterator]())],
    ['db', Object.getPrototypeOf(ctx.db)], ['ctx', Object.getPrototypeOf(ctx)],
    ['globalPrototype', Object.getPrototypeOf(globalThis)], ['db', ctx.db], ['log', ctx.log], ['fn', ctx.fn], ['user', ctx.user],
    ['sql', Object.getPrototypeOf(ctx.db.sql`SELECT 1`)], ['cursor', Object.getPrototypeOf(ctx.db.sync.cursor('SELECT 1'))],
    ['asyncCursor', Object.getPrototypeOf(ctx.db.cursor('SELECT 1'))], ['params', Object.getPrototypeOf(new URLSearchParams().keys())],
  ];
  for (let next; (next = pending.pop()) !== undefined;) {
    const [path, object] = next;
    if (object === null || (typeof object !== 'object' && typeof object !== 'function') || seen.has(object)) continue;
    seen.add(object);
    const attempts: [string, () => boolean][] = [
      ['add', () => Reflect.defineProperty(object, '__planted', { value: 1 })],
      ['prototype', () => { const old = Reflect.getPrototypeOf(object); return old !== null && Reflect.setPrototypeOf(object, {}); }],
    ];
    for (const key of Reflect.ownKeys(object)) {
      const name = String(key), property = Reflect.getOwnPropertyDescriptor(object, key)!;
      attempts.push([`set ${name}`, () => 'value' in property && Reflect.set(object, key, () => 'planted') && object[key] !== property.value]);
      attempts.push([`define ${name}`, () => Reflect.defineProperty(object, key, { value: 'planted' }) && property.value !== 'planted']);
      attempts.push([`delete ${name}`, () => Reflect.deleteProperty(object, key)]);
      for (const side of ['value', 'get', 'set'] as const) if (side in property) pending.push([`${path}.${name}`, property[side]]);
    }
    pending.push([`${path}.__proto__`, Reflect.getPrototypeOf(object)]);
    for (const [what, attempt] of attempts) {
      let done = false;
      try { done = attempt(); } catch { }
      if (done && !(object === Error && what.includes('stackTraceLimit'))) changed.push(`${path}: ${what}`);
    }
  }
  return { objects: seen.size, changed };
$js$;
CREATE FUNCTION works() RETURNS text LANGUAGE plts AS $js$
  const rows = await ctx.db.query('SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1');
  return [JSON.stringify(rows.map(({ a }: any) => a)), new Date(0).toISOString(), 'b,a'.split(',').sort().join(),
    structuredClone(new Map([[1, [2]]])).get(1)![0], /(\d)/.exec('x7')![1], (12.5).toLocaleString('de')].join(' ');
$js$;
"#;

const WORKS: &str = "[1,2] 1970-01-01T00:00:00.000Z a,b 2 7 12,5";

fn text(client: &mut Client, sql: &str) -> String {
    client.query_one(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
}

#[test]
fn no_function_can_change_what_another_finds() {
    let database = Database::create("isolation_crawl");
    let mut client = database.connect(Role::Superuser);
    client.batch_execute(CRAWL).unwrap();
    assert_eq!(text(&mut client, "SELECT works()"), WORKS);
    // Twice: what the first left behind would be in the way of the second.
    for _ in 0..2 {
        let found: Value = client.query_one("SELECT crawl()", &[]).unwrap().get(0);
        assert_eq!(found["changed"], serde_json::json!([]), "{found}");
        assert!(found["objects"].as_u64().unwrap() > 1000, "{found}");
        assert_eq!(text(&mut client, "SELECT works()"), WORKS);
    }
}

#[test]
fn each_role_has_its_own_modules_and_rows() {
    let database = Database::create("isolation_roles");
    let mut deployer = database.connect(Role::Deployer);
    let counter = r#"import { query, v } from "@stopgap/runtime";
import { box } from "./lib/box";
const seen: string[] = [];
export const visit = query(v.object({}), async (_, ctx) => {
  seen.push(ctx.user.current); box.visitors.push(ctx.user.current);
  const rows = await ctx.db.query("SELECT owner FROM notes ORDER BY owner");
  return { seen, box: box.visitors, rows: rows.map((row: any) => row.owner) };
});
"#;
    let shared = "export const box: { visitors: string[] } = { visitors: [] };\n";
    deploy(&mut deployer, "prod", &[("counter.ts", counter), ("lib/box.ts", shared)]).unwrap();
    let mut client = database.connect(Role::Superuser);
    client
        .batch_execute(
            "GRANT app_user TO e2e_stranger;
             CREATE TABLE notes (owner text); INSERT INTO notes VALUES ('e2e_app'), ('e2e_stranger');
             ALTER TABLE notes ENABLE ROW LEVEL SECURITY; GRANT SELECT ON notes TO e2e_app, e2e_stranger;
             CREATE POLICY own ON notes USING (owner = current_user);
             CREATE FUNCTION as_app() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS 'SELECT live_prod.counter_visit()';
             GRANT CREATE ON SCHEMA public TO e2e_app; ALTER FUNCTION as_app() OWNER TO e2e_app",
        )
        .unwrap();
    let visit = |client: &mut Client, sql: &str| -> (usize, Value) {
        let found: Value = client.query_one(sql, &[]).unwrap().get(0);
        let names = |key: &str| found[key].as_array().unwrap().clone();
        let who = names("rows");
        assert_eq!(who.len(), 1, "{found}");
        assert!(names("seen").iter().chain(&names("box")).all(|one| *one == who[0]), "{found}");
        assert_eq!(names("seen").len(), names("box").len());
        (names("seen").len(), who[0].clone())
    };
    const DIRECT: &str = "SELECT live_prod.counter_visit()";
    let turns = [
        ("e2e_app", DIRECT, "e2e_app", 1),
        ("e2e_stranger", DIRECT, "e2e_stranger", 1),
        ("e2e_app", DIRECT, "e2e_app", 2),
        // The definer's rights, role and modules, whoever calls.
        ("e2e_stranger", "SELECT as_app()", "e2e_app", 3),
        ("e2e_stranger", DIRECT, "e2e_stranger", 2),
    ];
    for (role, sql, rows_of, count) in turns {
        client.batch_execute(&format!("SET ROLE {role}")).unwrap();
        assert_eq!(visit(&mut client, sql), (count, Value::from(rows_of)), "{role}: {sql}");
    }
    // One statement, two roles, in turn: neither sees the other's.
    client.batch_execute("SET ROLE e2e_stranger").unwrap();
    let both = client
        .query_one("SELECT live_prod.counter_visit(), as_app(), live_prod.counter_visit(), as_app()", &[])
        .unwrap();
    for (index, who) in ["e2e_stranger", "e2e_app", "e2e_stranger", "e2e_app"].into_iter().enumerate() {
        let found: Value = both.get(index);
        assert_eq!(found["rows"], serde_json::json!([who]));
        assert!(found["seen"].as_array().unwrap().iter().all(|one| one == who), "{found}");
    }
    client.batch_execute("RESET ROLE; REVOKE app_user FROM e2e_stranger").unwrap();
}
