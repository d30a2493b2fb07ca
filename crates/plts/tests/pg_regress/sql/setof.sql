-- Sets of single values.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_setof;
RESET client_min_messages;
SET search_path = plts_setof;

-- Arrays, iterables and generators.
CREATE FUNCTION from_array() RETURNS SETOF int LANGUAGE plts AS 'return [1, null, 3, undefined]';
SELECT * FROM from_array();
CREATE FUNCTION from_set() RETURNS SETOF text LANGUAGE plts AS $$ return new Set(['a', 'b', 'a']) $$;
SELECT * FROM from_set();
CREATE FUNCTION from_map() RETURNS SETOF text LANGUAGE plts AS $$ return new Map([['k', 'v'], ['l', 'w']]).values() $$;
SELECT * FROM from_map();
CREATE FUNCTION from_typed_array() RETURNS SETOF float8 LANGUAGE plts AS 'return new Float64Array([1.5, NaN, -0])';
SELECT * FROM from_typed_array();
CREATE FUNCTION series(n int) RETURNS SETOF int LANGUAGE plts AS 'for (let i = 1; i <= n; i += 1) yield i';
SELECT * FROM series(3);
SELECT count(*), sum(s), min(s), max(s) FROM series(1000) s;
SELECT count(*) FROM series(0);
SELECT count(*) FROM series(NULL);
CREATE FUNCTION strict_series(n int) RETURNS SETOF int LANGUAGE plts STRICT AS 'for (let i = 1; i <= n; i += 1) yield i';
SELECT count(*) FROM strict_series(NULL);
CREATE FUNCTION own_iterator() RETURNS SETOF int LANGUAGE plts AS $$
  return { [Symbol.iterator]() { let i = 0; return { next: () => ({ done: i === 3, value: i++ }) } } };
$$;
SELECT * FROM own_iterator();
CREATE FUNCTION delegated() RETURNS SETOF int LANGUAGE plts AS 'yield 0; yield* [1, 2]; return 99';
SELECT * FROM delegated();
CREATE FUNCTION documents() RETURNS SETOF jsonb LANGUAGE plts AS $$ yield { a: 1 }; yield [1, 2]; yield 'text'; yield null $$;
SELECT * FROM documents();
CREATE FUNCTION arrays() RETURNS SETOF int[] LANGUAGE plts AS $$ return [[1, 2], [], null] $$;
SELECT * FROM arrays();
CREATE FUNCTION voids() RETURNS SETOF void LANGUAGE plts AS $$ return [1, 2] $$;
SELECT count(*) FROM voids();

-- An object that the generator goes on to change is read before it does.
CREATE FUNCTION changing() RETURNS SETOF jsonb LANGUAGE plts AS $$
  const row = { n: 0 };
  while (row.n < 3) { yield row; row.n += 1 }
$$;
SELECT * FROM changing();

-- Async.
CREATE FUNCTION async_array() RETURNS SETOF int LANGUAGE plts AS 'await null; return [1, 2]';
SELECT * FROM async_array();
CREATE TABLE item (id int, name text);
INSERT INTO item SELECT i, 'name ' || i FROM generate_series(1, 5) i;
CREATE FUNCTION async_rows() RETURNS SETOF text LANGUAGE plts AS $$
  for (const { id } of await ctx.db.query('SELECT id FROM item ORDER BY id'))
    yield (await ctx.db.one('SELECT name FROM item WHERE id = $1', [id])).name;
$$;
SELECT * FROM async_rows();
CREATE FUNCTION async_many(n int) RETURNS SETOF int LANGUAGE plts AS 'for (let i = 0; i < n; i += 1) yield await Promise.resolve(i)';
SELECT count(*), sum(s) FROM async_many(1000) s;
CREATE FUNCTION never() RETURNS SETOF int LANGUAGE plts AS 'yield 1; await new Promise(() => {}); yield 2';
SELECT * FROM never();
CREATE FUNCTION rejected() RETURNS SETOF int LANGUAGE plts AS $$ yield 1; await Promise.reject(new TypeError('no')) $$;
SELECT * FROM rejected();
CREATE FUNCTION unhandled() RETURNS SETOF int LANGUAGE plts AS $$ yield 1; Promise.reject(new Error('nobody waits')); yield 2 $$;
SELECT * FROM unhandled();
CREATE FUNCTION promises_in_array() RETURNS SETOF int LANGUAGE plts AS 'return [Promise.resolve(1)]';
SELECT * FROM promises_in_array();

-- Modules.
CREATE FUNCTION module_generator(n int) RETURNS SETOF int LANGUAGE plts AS $$
  export default function* (ctx: { args: { n: number } }) { for (let i = 0; i < ctx.args.n; i += 1) yield i }
$$;
SELECT * FROM module_generator(2);
CREATE FUNCTION module_async(n int) RETURNS SETOF int LANGUAGE plts AS $$
  export default async function* (ctx) { for (let i = 0; i < ctx.args.n; i += 1) yield (await ctx.db.one('SELECT $1::int AS i', [i])).i }
$$;
SELECT * FROM module_async(2);
CREATE FUNCTION module_array() RETURNS SETOF int LANGUAGE plts AS $$ export default async () => [7, 8] $$;
SELECT * FROM module_array();

-- In the select list, beside others, in subqueries, LATERAL and again.
SELECT series(2), 'x' AS x;
SELECT series(3), series(2);
SELECT series(series(3));
SELECT i, s FROM generate_series(1, 3) i, series(i) s ORDER BY i, s;
SELECT i, s FROM generate_series(1, 3) i LEFT JOIN LATERAL series(i - 1) s ON true ORDER BY i, s;
SELECT * FROM series(2) WITH ORDINALITY AS s(value, number);
SELECT * FROM ROWS FROM (series(3), from_set()) AS r(a, b);
SELECT * FROM series(1000) LIMIT 1;
SELECT (SELECT sum(s) FROM series(i) s) AS sum FROM generate_series(1, 3) i;
CREATE VIEW seen AS SELECT * FROM series(2) s;
SELECT * FROM seen a, seen b;
-- The same plan, executed again.
PREPARE again(int) AS SELECT * FROM series($1);
EXECUTE again(1);
EXECUTE again(2);
DEALLOCATE again;
-- A cursor goes both ways.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT * FROM series(5);
FETCH 2 FROM c;
FETCH LAST FROM c;
FETCH PRIOR FROM c;
MOVE ABSOLUTE 0 IN c;
FETCH FIRST FROM c;
COMMIT;
-- From plpgsql, nested and recursive.
DO $$ DECLARE s int; total int := 0; BEGIN FOR s IN SELECT * FROM series(10) LOOP total := total + s; END LOOP; RAISE NOTICE 'total %', total; END $$;
CREATE FUNCTION nested(n int) RETURNS SETOF int LANGUAGE plts AS $$
  for (const { s } of ctx.db.sync.query('SELECT s FROM plts_setof.series($1) s', [n])) yield s * 10;
$$;
SELECT * FROM nested(3);
CREATE FUNCTION tree(depth int) RETURNS SETOF text LANGUAGE plts AS $$
  yield `depth ${depth}`;
  if (depth > 0) {
    for (const { t } of ctx.db.sync.query('SELECT t FROM plts_setof.tree($1) t', [depth - 1])) yield ` ${t}`;
  }
$$;
SELECT * FROM tree(3);

-- What is no set.
CREATE FUNCTION gives(what text) RETURNS SETOF int LANGUAGE plts AS $$
  return { nothing: undefined, null: null, number: 5, string: 'abc', object: {}, function: () => 1 }[what];
$$;
SELECT * FROM gives('nothing');
SELECT * FROM gives('null');
SELECT * FROM gives('number');
SELECT * FROM gives('string');
SELECT * FROM gives('object');
SELECT * FROM gives('function');
CREATE FUNCTION one_value() RETURNS int LANGUAGE plts AS 'yield 1';
SELECT one_value();

-- Bad iterators.
CREATE FUNCTION bad_iterator(how text) RETURNS SETOF int LANGUAGE plts AS $$
  const broken = {
    'not callable': { [Symbol.iterator]: 5 },
    'no object': { [Symbol.iterator]: () => 5 },
    'no next': { [Symbol.iterator]: () => ({}) },
    'bad step': { [Symbol.iterator]: () => ({ next: () => 5 }) },
    'throws at once': { [Symbol.iterator]() { throw new RangeError('not today') } },
    'throws in done': { [Symbol.iterator]: () => ({ next: () => ({ get done() { throw new RangeError('done') } }) }) },
    'throws in value': { [Symbol.iterator]: () => ({ next: () => ({ get value() { throw new RangeError('value') } }) }) },
    'throws in getter': Object.defineProperty([1, 2], 1, { get() { throw new RangeError('getter') } }),
  };
  return broken[how];
$$;
SELECT * FROM bad_iterator('not callable');
SELECT * FROM bad_iterator('no object');
SELECT * FROM bad_iterator('no next');
SELECT * FROM bad_iterator('bad step');
SELECT * FROM bad_iterator('throws at once');
SELECT * FROM bad_iterator('throws in done');
SELECT * FROM bad_iterator('throws in value');
SELECT * FROM bad_iterator('throws in getter');

-- Values that do not fit; the generator is told to end, and its last words are heard.
CREATE FUNCTION misfit() RETURNS SETOF int LANGUAGE plts AS $$
  try { for (let i = 1; ; i += 1) yield i === 300 ? 'three hundred' : i } finally { ctx.log.notice('finally') }
$$;
SELECT count(*) FROM misfit();
CREATE FUNCTION misfit_in_array() RETURNS SETOF smallint LANGUAGE plts AS 'return [1, 70000]';
SELECT * FROM misfit_in_array();
CREATE FUNCTION misfit_in_server() RETURNS SETOF uuid LANGUAGE plts AS $$
  try { yield 'x'; yield 'y' }
  finally {
    ctx.log.notice('finally');
    try { ctx.db.sync.query('SELECT 1') } catch (error) { ctx.log.notice(error.message) }
  }
$$;
SELECT * FROM misfit_in_server();
CREATE FUNCTION misfit_conversion() RETURNS SETOF text LANGUAGE plts AS $$
  try { yield 'a'; yield Symbol('s') } finally { ctx.log.notice('finally') }
$$;
SELECT * FROM misfit_conversion();
CREATE FUNCTION hostile_json() RETURNS SETOF jsonb LANGUAGE plts AS $$
  try { yield 1; yield { toJSON() { throw new TypeError('no JSON') } } } finally { ctx.log.notice('finally') }
$$;
SELECT * FROM hostile_json();
-- What a finally throws does not hide the first error; a generator that will not end is left.
CREATE FUNCTION hostile_finally() RETURNS SETOF int LANGUAGE plts AS $$ try { yield 'x' } finally { throw new Error('from finally') } $$;
SELECT * FROM hostile_finally();
CREATE FUNCTION stubborn() RETURNS SETOF int LANGUAGE plts AS $$ for (;;) { try { yield 'x' } finally { continue } } $$;
SELECT * FROM stubborn();
CREATE FUNCTION async_misfit() RETURNS SETOF int LANGUAGE plts AS $$
  try { yield await 1; yield 'x' } finally { await null; ctx.log.notice('finally') }
$$;
SELECT * FROM async_misfit();
-- A generator that throws is over.
CREATE FUNCTION throws() RETURNS SETOF int LANGUAGE plts AS $$
  try { yield 1; yield 2; throw Object.assign(new Error('enough'), { sqlstate: 'P0001' }) } finally { ctx.log.notice('finally') }
$$;
SELECT * FROM throws();
DO $$ BEGIN PERFORM * FROM throws(); EXCEPTION WHEN raise_exception THEN RAISE NOTICE 'caught: %', SQLERRM; END $$;
SELECT * FROM series(1);

-- Statements within, caught or not, and what they did.
CREATE FUNCTION writes(fail boolean) RETURNS SETOF int LANGUAGE plts AS $$
  for (const id of [10, 11, 12]) {
    ctx.db.sync.exec('INSERT INTO plts_setof.item VALUES ($1)', [id]);
    yield id;
  }
  if (fail) throw new Error('undo');
$$;
SELECT * FROM writes(false);
SELECT * FROM writes(true);
SELECT count(*) FROM item WHERE id >= 10;
CREATE FUNCTION catches() RETURNS SETOF text LANGUAGE plts AS $$
  for (const sql of ['SELECT 1', 'SELECT 1 / 0', 'SELECT 2']) {
    try { ctx.db.sync.query(sql); yield 'done' } catch (error) { yield error.sqlstate }
  }
$$;
SELECT * FROM catches();
CREATE FUNCTION doomed() RETURNS SETOF int LANGUAGE plts AS $$ yield 1; ctx.db.sync.query('SELECT 1 / 0'); yield 2 $$;
SELECT * FROM doomed();
CREATE FUNCTION savepoints() RETURNS SETOF int LANGUAGE plts AS $$
  for (let i = 0; i < 3; i += 1) {
    try { await ctx.db.savepoint(async () => { await ctx.db.exec('DELETE FROM plts_setof.item'); if (i > 0) throw i }) } catch { }
    yield i;
  }
$$;
SELECT * FROM savepoints();

-- Where no set is taken.
CREATE FUNCTION use_in_where() RETURNS boolean LANGUAGE sql AS 'SELECT true WHERE plts_setof.series(1) = 1';
SELECT 1 WHERE series(1) = 1;
CREATE TABLE t (a int DEFAULT plts_setof.series(1));
SELECT CASE WHEN series(1) = 1 THEN 1 END;
-- Spilling: a small work_mem, wide rows.
SET work_mem = '64kB';
CREATE FUNCTION wide(n int) RETURNS SETOF text LANGUAGE plts AS $$ for (let i = 0; i < n; i += 1) yield `${i}`.padStart(1000, 'x') $$;
SELECT count(*), sum(length(w)), max(w) = lpad('9', 1000, 'x') AS whole FROM wide(1000) w;
-- The file lives on when a statement of the function is rolled back.
CREATE FUNCTION wide_and_caught(n int) RETURNS SETOF text LANGUAGE plts AS $$
  for (let i = 0; i < n; i += 1) {
    try { ctx.db.sync.query(i % 100 ? 'SELECT 1' : 'SELECT 1 / 0') } catch { }
    yield `${i}`.padStart(1000, 'x');
  }
$$;
SELECT count(*), sum(length(w)) FROM wide_and_caught(500) w;
RESET work_mem;
-- An endless one ends with the statement's time, and says where it was.
CREATE FUNCTION endless() RETURNS SETOF int LANGUAGE plts AS 'try { for (;;) yield 1 } finally { ctx.log.notice("never heard") }';
SET statement_timeout = '200ms';
\set SHOW_CONTEXT never
SELECT count(*) FROM endless();
CREATE FUNCTION endless_array() RETURNS SETOF int LANGUAGE plts AS 'const a = [1]; Object.defineProperty(a, 0, { get() { for (;;); } }); return a';
SELECT count(*) FROM endless_array();
\set SHOW_CONTEXT errors
RESET statement_timeout;
SELECT * FROM series(2);
-- With the rights of another.
CREATE FUNCTION whoami() RETURNS SETOF text LANGUAGE plts SECURITY DEFINER AS $$ yield String(ctx.user.current === ctx.user.session) $$;
SELECT * FROM whoami();
-- Replaced while a cursor is open on it: the cursor has its rows.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM series(2);
FETCH 1 FROM c;
CREATE OR REPLACE FUNCTION series(n int) RETURNS SETOF int LANGUAGE plts AS 'yield -n';
FETCH 2 FROM c;
SELECT * FROM series(2);
ROLLBACK;
-- A million rows stay within work_mem plus 32 MB.
\c -
SET search_path = plts_setof;
SET work_mem = '4MB';
CREATE FUNCTION peak_kb() RETURNS int LANGUAGE sql AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::int $$;
SELECT count(*) FROM series(1000);
SELECT peak_kb() AS before \gset
SELECT count(*), sum(s) FROM series(1000000) s;
SELECT peak_kb() - :before < (4 + 32) * 1024 AS within;
-- Also when each is an object with a text.
CREATE FUNCTION numbered(n int) RETURNS TABLE (number int, label text) LANGUAGE plts AS
  'for (let i = 1; i <= n; i++) yield { number: i, label: "number " + i }';
SELECT count(*), max(label) FROM numbered(1000000);
SELECT peak_kb() - :before < (4 + 32) * 1024 AS within;
