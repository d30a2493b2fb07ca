-- Subtransactions: none where no failure can be observed, and no way round that.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_subtransaction;
RESET client_min_messages;
SET search_path = plts_subtransaction;

CREATE TABLE item (id int PRIMARY KEY);
CREATE FUNCTION of_top(VARIADIC ids int[]) RETURNS TABLE (transactions bigint, all_top bool) LANGUAGE sql AS $$
  SELECT count(DISTINCT xmin::text), bool_and(xmin::text = (pg_current_xact_id()::text::int8 % (2^32)::int8)::text) FROM item WHERE id BETWEEN ids[1] AND ids[2] $$;
-- A thousand inserts without a try: every row is of the top transaction.
CREATE FUNCTION straight() RETURNS void LANGUAGE plts AS $$ for (let i = 1; i <= 1000; i++) await ctx.db.exec('INSERT INTO item VALUES ($1)', [i]) $$;
CREATE FUNCTION straight_sync() RETURNS void LANGUAGE plts AS $$ for (let i = 1001; i <= 2000; i++) ctx.db.sync.exec('INSERT INTO item VALUES ($1)', [i]) $$;
CREATE FUNCTION straight_others() RETURNS void LANGUAGE plts AS $$
  const { db } = ctx;
  await Promise.all([2001, 2002].map((id) => db.exec('INSERT INTO item VALUES ($1)', [id])));
  await db.batch([['INSERT INTO item VALUES ($1)', [2003]], ['INSERT INTO item VALUES ($1)', [2004]]]);
  await db.insert('item', [{ id: 2005 }, { id: 2006 }], { chunk: 1 });
  await db.call('pg_catalog.set_config', ['app.x', '1', true]);
  for await (const { id } of db.cursor('SELECT generate_series(2007, 2008) AS id')) await db.exec('INSERT INTO item VALUES ($1)', [id]).then((outcome) => outcome.rowCount);
$$;
BEGIN; SELECT straight(); SELECT * FROM of_top(1, 1000); COMMIT;
BEGIN; SELECT straight_sync(); SELECT * FROM of_top(1001, 2000); COMMIT;
BEGIN; SELECT straight_others(); SELECT * FROM of_top(2001, 2008); COMMIT;
-- With a try each statement that writes has one.
CREATE FUNCTION catching() RETURNS void LANGUAGE plts AS $$ for (let i = 3001; i <= 3010; i++) try { await ctx.db.exec('INSERT INTO item VALUES ($1)', [i]) } catch { } $$;
BEGIN; SELECT catching(); SELECT * FROM of_top(3001, 3010); COMMIT;
-- Each way to notice a failure: it is caught, and the statement undone.
CREATE FUNCTION caught(kind text) RETURNS text LANGUAGE plts AS $$
  const bad = () => ctx.db.exec('INSERT INTO item VALUES (1)');
  const kinds: Record<string, () => Promise<unknown>> = {
    try: async () => { try { await bad() } catch (error) { return error.sqlstate } },
    finally: async () => { let n = 0; await (async () => { try { await bad() } finally { n = Number((await ctx.db.one('SELECT 5 AS n')).n) } })().catch(() => 0); return n },
    method: () => bad().catch((error) => error.sqlstate),
    key: () => bad()['catch']((error) => error.sqlstate),
    then: () => bad().then(() => 'no', (error) => error.sqlstate),
    allSettled: async () => (await Promise.allSettled([bad(), 1])).map((each) => each.status),
    any: () => Promise.any([bad(), Promise.resolve('other')]),
    race: () => Promise.race([Promise.resolve('first'), bad().catch(() => 0)]),
    sync: async () => { try { ctx.db.sync.exec('INSERT INTO item VALUES (1)') } catch (error) { return error.sqlstate } },
    savepoint: () => ctx.db.savepoint(bad).catch((error) => error.sqlstate),
    batch: () => ctx.db.batch(['INSERT INTO item VALUES (1)']).catch((error) => error.sqlstate + error.index),
    insert: () => ctx.db.insert('item', [{ id: 1 }]).catch((error) => error.sqlstate),
    call: () => ctx.db.call('int4div', [1, 0]).catch((error) => error.sqlstate),
    cursor: async () => { try { for await (const _ of ctx.db.cursor('SELECT 1 / 0')) ; } catch (error) { return error.sqlstate } },
  };
  const said = await kinds[kind]();
  return `${said}, ${(await ctx.db.one('SELECT count(*) AS n FROM item WHERE id = 1')).n}`;
$$;
SELECT kind, caught(kind) FROM unnest('{try,finally,method,key,then,allSettled,any,race,sync,savepoint,batch,insert,call,cursor}'::text[]) kind;
-- One way in a function of its own: the analysis sees each of them.
CREATE PROCEDURE try_all(bodies text[]) LANGUAGE plpgsql AS $p$
DECLARE body text; said text;
BEGIN
  FOREACH body IN ARRAY bodies LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION one() RETURNS text LANGUAGE plts AS %L', body);
    BEGIN
      SELECT one() INTO said;
      RAISE INFO '% => %', body, said;
    EXCEPTION WHEN OTHERS THEN
      RAISE INFO '% => ERROR % %', body, SQLSTATE, SQLERRM;
    END;
  END LOOP;
END $p$;
CALL try_all(ARRAY[
  $$try { ctx.db.sync.exec('SELECT 1 / 0') } catch { return 'went on' }$$,
  $$const f = async () => { try { await ctx.db.exec('SELECT 1 / 0') } finally { return 'went on' } }; return await f()$$,
  $$return await ctx.db.exec('SELECT 1 / 0')['catch'](() => 'went on')$$,
  $$const c = 'cat' + 'ch'; return await ctx.db.exec('SELECT 1 / 0')[c](() => 'went on')$$,
  $$return await ctx.db.exec('SELECT 1 / 0').then(() => 1, () => 'went on')$$,
  $$const { then } = Promise.prototype; return await then.call(ctx.db.exec('SELECT 1 / 0'), () => 1, () => 'went on')$$,
  $$await Promise.allSettled([ctx.db.exec('SELECT 1 / 0')]); return 'went on'$$,
  $$return await Promise.any([ctx.db.exec('SELECT 1 / 0'), 'went on'])$$,
  $$return await Promise.race(['went on', ctx.db.exec('SELECT 1 / 0')])$$,
  $$await using x = { async [Symbol.asyncDispose]() { (ctx as any).seen = (await ctx.db.one("SELECT 'disposed' AS a")).a } }; return 'went on'$$
]);
-- Where nothing is seen to catch, the failure is the call's, whatever the code makes of it.
CALL try_all(ARRAY[
  $$ctx.db.exec('SELECT 1 / 0'); return 'floating'$$,
  $$ctx.db.exec('SELECT 1 / 0'); await ctx.db.exec('SELECT 1'); return 'floating, then another'$$,
  $$(async () => { await ctx.db.exec('SELECT 1 / 0') })(); return 'floating function'$$,
  $$queueMicrotask(() => { ctx.db.sync.exec('SELECT 1 / 0') }); await null; return 'microtask'$$,
  $$new Promise(() => { ctx.db.sync.exec('SELECT 1 / 0') }); return 'executor'$$,
  $$const { promise, resolve } = Promise.withResolvers(); resolve(ctx.db.exec('SELECT 1 / 0')); return 'resolver'$$,
  $$const it = (function* () { yield ctx.db.sync.exec('SELECT 1 / 0') })(); return JSON.stringify([...it])$$,
  $$async function* g() { yield ctx.db.exec('SELECT 1 / 0') } for await (const x of g()) return 'yielded'$$,
  $$for await (const _ of ctx.db.cursor('SELECT 1')) await ctx.db.exec('SELECT 1 / 0'); return 'cursor'$$,
  $$await ctx.db.savepoint(async () => { ctx.db.exec('SELECT 1 / 0') }); return 'in a savepoint'$$,
  $$const rows = [1].map(() => ctx.db.exec('SELECT 1 / 0')); return `${rows.length} not awaited`$$
]);
-- A module of the graph that could catch guards the statements of all.
CREATE FUNCTION uses_library(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
import { query, v } from "@stopgap/runtime";
const attempt = async <T>(work: () => Promise<T>) => { try { return await work() } catch (error: any) { return error.sqlstate } };
export default query(v.any(), async (_, ctx) => [await attempt(() => ctx.db.exec("SELECT 1 / 0")), await ctx.db.one("SELECT 1 AS a")]);
$$;
SELECT uses_library('{}');
-- An import at run time could bring anything.
CREATE FUNCTION imports_late() RETURNS text LANGUAGE plts AS $$
  const { v } = await import("@stopgap/runtime");
  return typeof v;
$$;
SELECT plts.analyze_ts('const { v } = await import("@stopgap/runtime"); export default () => 1') -> 'can_catch' AS can_catch;
-- Two roles run one function in one statement: rows and rights of each.
CREATE ROLE plts_subtransaction_a;
CREATE ROLE plts_subtransaction_b;
CREATE TABLE owned (owner name, n int);
INSERT INTO owned VALUES ('plts_subtransaction_a', 1), ('plts_subtransaction_b', 2), ('plts_subtransaction_b', 3);
ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON owned USING (owner = current_user);
GRANT USAGE, CREATE ON SCHEMA plts_subtransaction TO plts_subtransaction_a, plts_subtransaction_b;
GRANT SELECT ON owned TO plts_subtransaction_a, plts_subtransaction_b;
CREATE FUNCTION mine() RETURNS jsonb LANGUAGE plts AS $$ return [ctx.user.current.startsWith('plts_') ? ctx.user.current : 'the tester', (await ctx.db.query('SELECT n FROM owned ORDER BY n')).map((row) => row.n)] $$;
SET ROLE plts_subtransaction_a;
CREATE FUNCTION as_a() RETURNS jsonb LANGUAGE plts SECURITY DEFINER SET search_path = plts_subtransaction AS 'return (await ctx.db.one("SELECT mine() AS m")).m';
SET ROLE plts_subtransaction_b;
CREATE FUNCTION as_b() RETURNS jsonb LANGUAGE plts SECURITY DEFINER SET search_path = plts_subtransaction AS 'return [await ctx.db.call("mine"), (await ctx.db.one("SELECT as_a() AS m")).m, await ctx.db.call("mine")]';
RESET ROLE;
SELECT mine(), as_a(), as_b(), mine();
CREATE FUNCTION changes_role() RETURNS jsonb LANGUAGE plts AS $$
  const read = () => ctx.db.sync.query('SELECT n FROM owned ORDER BY n').map((row) => row.n);
  const seen = [read()];
  for (const role of ['plts_subtransaction_a', 'plts_subtransaction_b']) { ctx.db.sync.exec(`SET LOCAL ROLE ${ctx.db.quote.ident(role)}`); seen.push(read()) }
  ctx.db.sync.exec('RESET ROLE');
  seen.push(read());
  return seen;
$$;
SELECT changes_role();
REVOKE SELECT ON owned FROM plts_subtransaction_b;
SELECT as_b();
-- Plans: types of parameters follow the tables, the search path and DISCARD; the size is a setting.
CREATE TABLE typed (v int);
INSERT INTO typed VALUES (1);
CREATE SCHEMA plts_subtransaction_other;
CREATE TABLE plts_subtransaction_other.typed (v text);
INSERT INTO plts_subtransaction_other.typed VALUES ('1'), ('one');
CREATE FUNCTION finds(what text) RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.query('SELECT * FROM typed WHERE v = $1', [what === 'n' ? 1 : what]) $$;
SELECT finds('n');
ALTER TABLE typed ALTER COLUMN v TYPE text;
SELECT finds('1');
ALTER TABLE typed ADD COLUMN w int[] DEFAULT '{1}';
SELECT finds('1');
ALTER TABLE typed DROP COLUMN w;
ALTER TABLE typed ALTER COLUMN v TYPE bool USING v = '1';
SELECT finds('n');
ALTER TABLE typed ALTER COLUMN v TYPE int USING v::int;
SELECT finds('n');
SET search_path = plts_subtransaction_other, plts_subtransaction;
SELECT plts_subtransaction.finds('one');
SET search_path = plts_subtransaction;
SELECT finds('n');
DISCARD PLANS;
SELECT finds('n');
DISCARD ALL;
SET search_path = plts_subtransaction;
SELECT finds('n');
CREATE FUNCTION in_one_call() RETURNS jsonb LANGUAGE plts AS $$
  const read = (what: unknown) => ctx.db.sync.query('SELECT * FROM typed WHERE v = $1', [what]);
  const seen = [read(1)];
  ctx.db.sync.exec('ALTER TABLE typed ALTER COLUMN v TYPE text');
  seen.push(read('1'));
  ctx.db.sync.exec('DROP TABLE typed; CREATE TABLE typed (v bool); INSERT INTO typed VALUES (true)');
  seen.push(read(true));
  try { ctx.db.sync.exec('DROP TABLE typed'); read(true) } catch (error) { seen.push(error.sqlstate) }
  ctx.db.sync.exec('CREATE TABLE typed AS SELECT 2 AS v');
  seen.push(read(2));
  return seen;
$$;
SELECT in_one_call();
SET plts.plan_cache_size = 1;
CREATE FUNCTION many_plans() RETURNS int LANGUAGE plts AS $$
  let sum = 0;
  for (let i = 0; i < 300; i++) sum += ctx.db.sync.one(`SELECT ${i % 7} + $1::int AS n`, [{ valueOf() { return 1 } } && i]).n + ctx.db.sync.one('SELECT 1 AS n').n;
  return sum;
$$;
SELECT many_plans();
SET plts.plan_cache_size = 65536;
SELECT many_plans();
SET plts.plan_cache_size = 3;
SELECT many_plans();
SET plts.plan_cache_size = 0;
RESET plts.plan_cache_size;
