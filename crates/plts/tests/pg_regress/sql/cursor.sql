-- Cursors: portions of rows, both ways, and how they end.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_cursor;
RESET client_min_messages;
SET search_path = plts_cursor;

CREATE TABLE item (id int PRIMARY KEY, name text);
INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 10) i;
-- All rows, in portions of any size; a parameter; every form of a statement.
CREATE FUNCTION all_ids(size int) RETURNS jsonb LANGUAGE plts AS $$
  const seen = [[], [], []];
  for await (const { id } of ctx.db.cursor('SELECT id FROM item WHERE id > $1 ORDER BY id', [2], { fetchSize: size })) seen[0].push(id);
  for (const { id } of ctx.db.sync.cursor({ sql: 'SELECT id FROM item WHERE id > $1 ORDER BY id', params: [8] }, { fetchSize: size })) seen[1].push(id);
  for (const { id } of ctx.db.sync.cursor({ toSQL: () => ctx.db.sql`SELECT id FROM item WHERE id > ${7} ORDER BY id` }, undefined, { fetchSize: size })) seen[2].push(id);
  return seen;
$$;
SELECT size, all_ids(size) FROM unnest('{1,2,3,4,8,9,500}'::int[]) size;
CREATE FUNCTION open_cursors() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM pg_cursors WHERE NOT is_holdable AND statement LIKE ''SELECT id FROM item%''';
-- Leaving early closes; so does the end; a cursor that is left open is closed with the call.
CREATE FUNCTION closes() RETURNS jsonb LANGUAGE plts AS $$
  const open = () => ctx.db.sync.one('SELECT open_cursors() AS n').n;
  const seen = [];
  for await (const { id } of ctx.db.cursor('SELECT id FROM item')) { seen.push(open()); break }
  seen.push(open());
  for (const { id } of ctx.db.sync.cursor('SELECT id FROM item')) { seen.push(open()); break }
  seen.push(open());
  for await (const _ of ctx.db.cursor('SELECT id FROM item')) ;
  seen.push(open());
  try { for await (const _ of ctx.db.cursor('SELECT id FROM item')) throw new Error('out') } catch (error) { seen.push(error.message, open()) }
  {
    await using one = ctx.db.cursor('SELECT id FROM item');
    using two = ctx.db.sync.cursor('SELECT id FROM item');
    seen.push(open());
  }
  seen.push(open());
  const left = ctx.db.cursor('SELECT id FROM item');
  await left.next();
  seen.push(open());
  return seen;
$$;
SELECT closes(), open_cursors();
-- Without anything that catches.
CREATE FUNCTION leaves() RETURNS int LANGUAGE plts AS $$ for await (const { id } of ctx.db.cursor('SELECT id FROM item ORDER BY id', [], { fetchSize: 2 })) if (id === 5) return id $$;
SELECT leaves(), open_cursors();
CREATE FUNCTION throws_inside() RETURNS int LANGUAGE plts AS $$ for await (const { id } of ctx.db.cursor('SELECT id FROM item ORDER BY id')) throw new Error('at ' + id) $$;
SELECT throws_inside();
CREATE FUNCTION fails_inside() RETURNS int LANGUAGE plts AS $$ for await (const { id } of ctx.db.cursor('SELECT id FROM item ORDER BY id')) await ctx.db.exec('SELECT 1 / 0') $$;
SELECT fails_inside();
SELECT open_cursors();
-- By hand: fetch, move, both ways, mixed with going through.
CREATE FUNCTION to_and_fro() RETURNS jsonb LANGUAGE plts AS $$
  const c = ctx.db.sync.cursor('SELECT id FROM item ORDER BY id', [], { fetchSize: 3, scroll: true });
  const ids = (rows) => rows.map((row) => row.id);
  const seen = [ids(c.fetch(2)), c.next().value.id, ids(c.fetch(-1)), c.move(3), ids(c.fetch(2)), c.move(-2), ids(c.fetch(1)), ids(c.fetch(Infinity)), ids(c.fetch(2)), ids(c.fetch(-2))];
  seen.push(c.move(-Infinity), [...c].map((row) => row.id), ids(c.fetch(-1)), ids(c.fetch(0)), c.move(0), c.move(1n));
  c.close(); c.close();
  seen.push(c.next());
  return seen;
$$;
SELECT to_and_fro();
-- Going back in the middle of a portion, and in a short one.
CREATE FUNCTION back_from(taken int, size int) RETURNS jsonb LANGUAGE plts AS $$
  const c = ctx.db.sync.cursor('SELECT id FROM item ORDER BY id', [], { fetchSize: size, scroll: true });
  for (let i = 0; i < taken; i++) c.next();
  return [c.fetch(-1), c.fetch(1)].map((rows) => rows.map((row) => row.id));
$$;
SELECT taken, size, back_from(taken, size) FROM unnest('{1,2,5,9,10}'::int[]) taken, unnest('{1,4,10,20}'::int[]) size ORDER BY taken, size;
CREATE FUNCTION mixed() RETURNS jsonb LANGUAGE plts AS $$
  const c = ctx.db.cursor('SELECT id FROM item ORDER BY id', [], { fetchSize: 4 });
  const first = (await c.next()).value.id;
  const two = (await c.fetch(2)).map((row) => row.id);
  const skipped = await c.move(3);
  const rest = [];
  for await (const { id } of c) rest.push(id);
  return [first, two, skipped, rest, await c.next()];
$$;
SELECT mixed();
-- Misuse.
CREATE FUNCTION misuse(kind text) RETURNS text LANGUAGE plts AS $$
  const { sync } = ctx.db;
  const kinds: Record<string, () => unknown> = {
    backwards: () => sync.cursor('SELECT 1').fetch(-1),
    move_back: () => sync.cursor('SELECT 1').move(-1),
    fraction: () => sync.cursor('SELECT 1').fetch(1.5),
    text: () => sync.cursor('SELECT 1').fetch('1' as any),
    closed: () => { const c = sync.cursor('SELECT 1'); c.close(); return c.fetch(1) },
    size: () => sync.cursor('SELECT 1', [], { fetchSize: 0 }),
    option: () => sync.cursor('SELECT 1', [], { fetchsize: 5 } as any),
    scroll: () => sync.cursor('SELECT 1', [], { scroll: 1 } as any),
    write: () => sync.cursor('INSERT INTO item VALUES (11)'),
    utility: () => sync.cursor('CREATE TABLE t ()'),
    several: () => sync.cursor('SELECT 1; SELECT 2'),
    values: () => sync.cursor('SELECT $1::int', ['x']),
    syntax: () => sync.cursor('SELEC'),
    statement: () => sync.cursor({} as any),
    middle: () => [...sync.cursor('SELECT 10 / (5 - i) FROM generate_series(1, 10) i', [], { fetchSize: 2 })],
    after: () => { const c = sync.cursor('SELECT 1 / (i - 1) FROM generate_series(1, 3) i'); try { c.fetch(1) } catch { return c.fetch(1) } },
    foreign: () => { const c = sync.cursor('SELECT 1'); try { sync.exec('CLOSE ALL') } finally { c.close() } },
  };
  try { return 'no error: ' + JSON.stringify(kinds[kind]()) } catch (error) { return `${error.sqlstate ?? error.name} ${error.message.replace(/portal \d+/, 'portal N')}` }
$$;
SELECT kind, misuse(kind) FROM unnest('{backwards,move_back,fraction,text,closed,size,option,scroll,write,utility,several,values,syntax,statement,middle,after,foreign}'::text[]) kind;
-- A cursor outlives a savepoint that is released, and not one that is rolled back. Its position is not undone.
CREATE FUNCTION savepoints() RETURNS jsonb LANGUAGE plts AS $$
  let inner;
  const seen = [];
  await ctx.db.savepoint(async () => { inner = ctx.db.cursor('SELECT id FROM item ORDER BY id'); seen.push(await inner.fetch(1)) });
  seen.push(await inner.fetch(1));
  try { await ctx.db.savepoint(async () => { seen.push(await inner.fetch(1)); throw new Error('undo') }) } catch { seen.push(await inner.fetch(1)) }
  try { await ctx.db.savepoint(async () => { inner = ctx.db.cursor('SELECT id FROM item ORDER BY id'); throw new Error('undo') }) } catch { }
  try { await inner.fetch(1) } catch (error) { seen.push(error.sqlstate, error.message) }
  await inner.close();
  return seen;
$$;
SELECT savepoints();
-- It sees what was there when it was opened.
CREATE FUNCTION sees() RETURNS int LANGUAGE plts AS $$
  const c = ctx.db.cursor('SELECT id FROM item', [], { fetchSize: 1 });
  let n = 0;
  for await (const { id } of c) { n++; await ctx.db.exec('INSERT INTO item VALUES ($1)', [id + 100]) }
  return n;
$$;
BEGIN;
SELECT sees();
ROLLBACK;
-- In a read-only function, in a query handler, and inside one another.
CREATE FUNCTION in_stable() RETURNS int STABLE LANGUAGE plts AS $$ let n = 0; for (const _ of ctx.db.sync.cursor('SELECT id FROM item')) n++; return n $$;
CREATE FUNCTION nested() RETURNS jsonb LANGUAGE plts AS $$
  const pairs = [];
  for (const { a } of ctx.db.sync.cursor('SELECT a FROM generate_series(1, 2) a'))
    for await (const { b, n } of ctx.db.cursor('SELECT b, in_stable() AS n FROM generate_series($1::int, 2) b', [a], { fetchSize: 1 })) pairs.push([a, b, n]);
  return pairs;
$$;
SELECT in_stable(), nested();
-- Kept beyond its call.
CREATE FUNCTION keeps(first bool) RETURNS text LANGUAGE plts AS $$
  import type { Ctx } from "@stopgap/runtime";
  let kept: any;
  export default async (ctx: Ctx) => {
    if ((ctx.args as any)[0]) { kept = ctx.db.cursor('SELECT id FROM item'); return (await kept.fetch(1)).length + ' row' }
    try { await kept.fetch(1); return 'no error' } catch (error: any) { return `${error.sqlstate} ${error.message}` }
  };
$$;
SELECT keeps(true), keeps(false);
-- A million rows do not become a million objects.
CREATE FUNCTION million() RETURNS jsonb LANGUAGE plts AS $$
  let sum = 0;
  for (const { i, t } of ctx.db.sync.cursor("SELECT i, repeat('x', 100) AS t FROM generate_series(1, 300000) i", [], { fetchSize: 1000 })) sum += i + t.length;
  const { used } = await ctx.db.one("SELECT sum(used_bytes)::int8 < 60000000 AS used FROM pg_backend_memory_contexts");
  return [sum, used];
$$;
SELECT million();
