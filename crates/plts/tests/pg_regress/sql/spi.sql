-- Statements: ctx.db.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_spi;
RESET client_min_messages;
SET search_path = plts_spi;

SET timezone = 'UTC';
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric, at timestamptz DEFAULT '2024-01-01 00:00:00.000001Z');
-- query gives rows, exec gives their number and what RETURNING gave.
CREATE FUNCTION fill() RETURNS jsonb LANGUAGE plts AS $$
  const made = await ctx.db.exec('insert into item (id, name, price) values ($1, $2, $3), ($4, $5, $6) returning id, name', [1, 'one', '1.10', 2, 'two', 2]);
  const changed = await ctx.db.exec('update item set price = price * 2 where id = $1', [1]);
  const none = await ctx.db.exec('delete from item where id = 99');
  const rows = await ctx.db.query('select * from item order by id');
  const selected = await ctx.db.exec('select id from item order by id');
  return { made, changed, none, rows, selected };
$$;
SELECT jsonb_pretty(fill());
-- one and maybeOne.
CREATE FUNCTION find(id int) RETURNS text LANGUAGE plts AS $$
  const maybe = await ctx.db.maybeOne<{ name: string }>('select name from item where id = $1', [id]);
  try {
    const { name } = await ctx.db.one<{ name: string }>('select name from item where id = $1', [id]);
    return `${maybe?.name} ${name}`;
  } catch (error) { return `${maybe} ${error.sqlstate} ${error.message}` }
$$;
SELECT find(1), find(99);
CREATE FUNCTION find_many(maybe bool) RETURNS text LANGUAGE plts AS $$
  try { await (maybe ? ctx.db.maybeOne('select 1 from item') : ctx.db.one('select 1 from item')); return 'no' } catch (error) { return `${error.sqlstate} ${error.message}` }
$$;
SELECT find_many(true), find_many(false);
CREATE FUNCTION one_none() RETURNS text LANGUAGE plts AS $$ return (await ctx.db.one('select 1 where false')).x $$;
SELECT one_none();
-- The template tag binds, and takes other pieces whole.
CREATE FUNCTION tagged(name text) RETURNS jsonb LANGUAGE plts AS $$
  const { sql } = ctx.db;
  const where = sql`name = ${name} and id < ${10}`;
  const statement = sql`select id, ${'extra'}::text as extra from item where ${where} limit ${1}`;
  return { text: statement.sql, params: statement.params, rows: await ctx.db.query(statement), direct: await ctx.db.one(ctx.db.sql`select ${name}::text as n`) };
$$;
SELECT tagged('two');
SELECT tagged($q$'; drop table item; --$q$);
-- Other forms of a statement.
CREATE FUNCTION forms() RETURNS jsonb LANGUAGE plts AS $$
  const builder = { where: 2, toSQL() { return { sql: 'select name from item where id = $1', params: [this.where] } } };
  return [
    await ctx.db.query({ sql: 'select $1::int as n', params: [5] }), await ctx.db.query({ sql: 'select 6 as n' }),
    await ctx.db.query(builder), (await ctx.db.exec(builder)).rows, await ctx.db.one(builder), await ctx.db.maybeOne(builder),
  ];
$$;
SELECT forms();
CREATE FUNCTION bad_form(kind text) RETURNS text LANGUAGE plts AS $$
  try {
    switch (kind) {
      case 'null': return await ctx.db.query(null); case 'number': return await ctx.db.query(5); case 'both': return await ctx.db.query({ sql: 'select 1' }, []);
      case 'object': return await ctx.db.query({}); case 'params': return await ctx.db.query('select $1::int', 5);
      case 'few': return await ctx.db.query('select $1::int, $2::int', [1]); case 'many': return await ctx.db.query('select 1', [1]);
      case 'untyped': return await ctx.db.query('select $1 is null', [1]); case 'gap': return await ctx.db.query('select $2::int', [1, 2]); case 'empty': return JSON.stringify(await ctx.db.query(''));
      case 'nul': return await ctx.db.query('select \0'); case 'tag': return ctx.db.sql('select 1'); case 'type': return await ctx.db.query('select $1::int', ['x']);
    }
  } catch (error) { return `${error.name} ${error.sqlstate}: ${error.message}` }
$$;
SELECT kind, bad_form(kind) FROM unnest('{"null",number,both,object,params,few,many,untyped,gap,empty,nul,tag,type}'::text[]) AS kind;
-- Parameters take the types that PostgreSQL infers.
CREATE FUNCTION inferred() RETURNS jsonb LANGUAGE plts AS $$
  return await ctx.db.one(
    `select pg_typeof(a)::text a, pg_typeof(b)::text b, c, d, e, f, g, h
       from (select $1::int8 + 1 as a, $2 || 'x' as b, $3 = any ($4) as c, $5::jsonb ->> 'k' as d, $6::bool as e, $7::numeric as f, $8::uuid as g, $9::date as h) s`,
    [1n, 't', 2, [1, 2], { k: 'v' }, undefined, '1.50', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', new Date(0)]);
$$;
SELECT inferred();
-- Column types that cross as text do so in one form, whatever the session's settings.
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION columns() RETURNS jsonb LANGUAGE plts AS $$
  return await ctx.db.one(`select timestamp '2024-02-29 12:34:56.789' as ts, time '12:34:56' as t, timetz '12:34:56+02' as tz, interval '1 year 2 days 03:04:05.5' as i,
    int4range(1, 5) as r, row(1, 'x')::pair as c, 5::positive as d, '{1,2}'::int[] as a, inet '10.0.0.1' as net, null::text as n, date '2024-02-29' as day, timestamp 'infinity' as inf,
    timestamp '0044-03-15 12:00:00 BC' as bc`);
$$;
SELECT jsonb_pretty(columns());
SET datestyle = 'German'; SET intervalstyle = 'sql_standard';
SELECT jsonb_pretty(columns());
CREATE FUNCTION text_times() RETURNS jsonb LANGUAGE plts AS $$
  const row = await ctx.db.one(`select timestamp '2024-02-29 12:34:56.789' as ts, time '12:34:56' as t, timetz '12:34:56+02' as tz, interval '-1 year 2 days 03:04:05.5' as i`);
  return await ctx.db.one(`select $1::timestamp = '2024-02-29 12:34:56.789' as ts, $2::time = '12:34:56' as t, $3::timetz = '12:34:56+02' as tz, $4::interval = '-1 year 2 days 03:04:05.5' as i`, [row.ts, row.t, row.tz, row.i]);
$$;
SELECT text_times();
SET datestyle = 'ISO, MDY'; RESET intervalstyle;
-- A check of a domain may run code that fails; the call goes on after it.
CREATE FUNCTION picky(n int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM item; IF n = 13 THEN RAISE EXCEPTION 'unlucky %', n; END IF; RETURN true; END $$;
CREATE DOMAIN lucky AS int CHECK (picky(VALUE));
CREATE FUNCTION try_lucky() RETURNS text LANGUAGE plts AS $$
  const said = [];
  for (const n of [7, 13, 8]) { try { said.push((await ctx.db.one('select $1::lucky as n', [n])).n) } catch (error) { said.push(error.message) } }
  said.push((await ctx.db.one('select count(*) as n from item')).n);
  return said.join(', ');
$$;
SELECT try_lucky();
-- A domain is what it is over, its constraints are checked, and NULL is no way around them.
CREATE DOMAIN required AS text NOT NULL CONSTRAINT required_short CHECK (length(VALUE) < 5);
CREATE DOMAIN codes AS varchar(3)[];
CREATE TABLE strict_item (r required, p positive, c codes);
CREATE FUNCTION keep(r text, p int, c text[]) RETURNS text LANGUAGE plts AS $$
  try { const row = await ctx.db.one('insert into strict_item values ($1, $2, $3) returning *', [r, p, c]); return JSON.stringify(row) } catch (error) { return `${error.sqlstate} ${error.constraint ?? '-'} ${error.message}` }
$$;
SELECT keep('ok', 5, '{a,b,NULL}'), keep('ok', NULL, NULL);
SELECT keep(NULL, 5, NULL) UNION ALL SELECT keep('longer', 5, NULL) UNION ALL SELECT keep('ok', 0, NULL) UNION ALL SELECT keep('ok', 1, '{abcd}');
SELECT * FROM strict_item;
-- Two columns of one name would lose a value in silence.
CREATE FUNCTION duplicate() RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.query('select 1 as a, 2 as b, 3 as a') $$;
SELECT duplicate();
-- Odd column names.
CREATE FUNCTION odd_names() RETURNS jsonb LANGUAGE plts AS $$
  const row = await ctx.db.one('select 1 as "__proto__", 2 as "constructor", 3 as "a b", 4 as "toString", 5 as "1", 6');
  return [Object.keys(row), row['__proto__'], Object.getPrototypeOf(row) === Object.prototype || Object.getPrototypeOf(row) === null, row['?column?']];
$$;
SELECT odd_names();
-- A statement that returns no columns, or no rows.
CREATE FUNCTION no_columns() RETURNS jsonb LANGUAGE plts AS $$ return [await ctx.db.query('select from item'), await ctx.db.query('select 1 as x where false'), await ctx.db.query('create table scratch ()')] $$;
SELECT no_columns();
-- Savepoints.
CREATE FUNCTION savepoints() RETURNS jsonb LANGUAGE plts AS $$
  const count = async () => Number((await ctx.db.one('select count(*) as n from item')).n);
  const seen = [await count()];
  const value = await ctx.db.savepoint(async () => { await ctx.db.exec("insert into item values (10, 'kept')"); return 'value' });
  seen.push(value, await count());
  try {
    await ctx.db.savepoint(async () => { await ctx.db.exec("insert into item values (11, 'lost')"); throw new Error('undo') });
  } catch (error) { seen.push(error.message, await count()) }
  try {
    await ctx.db.savepoint(async () => {
      await ctx.db.savepoint(() => ctx.db.exec("insert into item values (12, 'inner')"));
      seen.push(await count());
      await ctx.db.exec("insert into item values (10, 'duplicate')");
    });
  } catch (error) { seen.push(error.sqlstate, await count()) }
  const { sync } = ctx.db;
  seen.push(sync.savepoint(() => sync.exec("insert into item values (13, 'sync')").rowCount), await count());
  try { sync.savepoint(() => { sync.exec("insert into item values (14, 'lost')"); throw new Error('undo sync') }) } catch (error) { seen.push(error.message, await count()) }
  return seen;
$$;
SELECT savepoints();
SELECT id, name FROM item ORDER BY id;
CREATE FUNCTION left_open() RETURNS int LANGUAGE plts AS $$ ctx.db.savepoint(() => new Promise(() => {})); await ctx.db.exec("insert into item values (20, 'open')"); return 1 $$;
SELECT left_open();
SELECT count(*) FROM item WHERE id = 20;
CREATE FUNCTION crossed() RETURNS text LANGUAGE plts AS $$
  try { await Promise.all([ctx.db.savepoint(async () => { await null; await null }), ctx.db.savepoint(async () => { await null; await null; await null; await null })]); return 'no error' } catch (error) { return error.message }
$$;
SELECT crossed();
CREATE FUNCTION sync_promise() RETURNS text LANGUAGE plts AS $$ try { ctx.db.sync.savepoint(async () => 1); return 'no' } catch (error) { return error.message } $$;
SELECT sync_promise();
-- Savepoints where nothing can be caught need no subtransaction for each statement.
CREATE FUNCTION savepoint_uncaught() RETURNS int LANGUAGE plts AS $$ await ctx.db.savepoint(async () => { await ctx.db.exec("insert into item values (1, 'duplicate')") }); return 1 $$;
SELECT savepoint_uncaught();
-- The synchronous twins.
CREATE FUNCTION twins() RETURNS jsonb LANGUAGE plts AS $$
  const { sync } = ctx.db;
  return [sync.query('select 1 as a'), sync.exec('select 2 as a'), sync.one('select 3 as a'), sync.maybeOne('select 4 as a where false'), sync.one(sync.sql`select ${5}::int as a`), sync.mode];
$$;
SELECT twins();
-- Several statements in one text; a later one may use what an earlier one makes.
CREATE FUNCTION several() RETURNS jsonb LANGUAGE plts AS $$
  const outcome = await ctx.db.exec("create table made (a int); insert into made values (1), (2); select a from made order by a;");
  return [outcome, await ctx.db.query('select sum(a) as s from made')];
$$;
SELECT several();
CREATE FUNCTION several_fail() RETURNS text LANGUAGE plts AS $$
  try { await ctx.db.exec("insert into made values (3); select 1/0"); return 'no' } catch (error) { return `${error.sqlstate} ${(await ctx.db.one('select count(*) as n from made')).n}` }
$$;
SELECT several_fail();
CREATE FUNCTION semicolons() RETURNS jsonb LANGUAGE plts AS $$ return [await ctx.db.query("select ';' as a;"), await ctx.db.query("select $1::text || ';x' as a", ['v']), await ctx.db.query("select '$1;' as a")] $$;
SELECT semicolons();
-- Plans survive changes of what they use, within a function and between calls.
CREATE TABLE shifting (a int);
INSERT INTO shifting VALUES (1);
CREATE FUNCTION all_of() RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.query('select * from shifting') $$;
SELECT all_of();
ALTER TABLE shifting ADD COLUMN b text DEFAULT 'new';
SELECT all_of();
ALTER TABLE shifting ALTER COLUMN a TYPE text USING 'was ' || a;
SELECT all_of();
DROP TABLE shifting;
SELECT all_of();
CREATE TABLE shifting (c bool);
INSERT INTO shifting VALUES (true);
SELECT all_of();
CREATE FUNCTION one_param(x int) RETURNS jsonb LANGUAGE plts AS $$ return await ctx.db.query('select c from shifting where c = $1', [true]) $$;
SELECT one_param(1);
CREATE FUNCTION reshapes() RETURNS jsonb LANGUAGE plts AS $$
  const before = await ctx.db.query('select * from shifting');
  await ctx.db.exec('alter table shifting add column d int default 4');
  const after = await ctx.db.query('select * from shifting');
  return { before, after };
$$;
SELECT reshapes();
-- The search path of the moment decides, not the one of the first call.
CREATE SCHEMA plts_spi_other;
CREATE TABLE plts_spi_other.shifting (other int);
SET search_path = plts_spi_other, plts_spi;
SELECT all_of();
SET search_path = plts_spi;
SELECT all_of();
-- Many distinct statements: the cache lets old ones go.
CREATE FUNCTION many_texts() RETURNS int LANGUAGE plts AS $$ let sum = 0; for (let i = 0; i < 1500; i++) sum += ctx.db.sync.one(`select ${i} as n`).n; return sum $$;
SELECT many_texts();
-- COPY and cursors of the session.
CREATE FUNCTION copies() RETURNS text LANGUAGE plts AS $$ await ctx.db.exec('copy item to stdout'); return 'no' $$;
SELECT copies();
-- Large results and values.
CREATE FUNCTION large() RETURNS jsonb LANGUAGE plts AS $$
  const rows = await ctx.db.query("select i, repeat('x', 100) as t from generate_series(1, 20000) i");
  const [{ long }] = await ctx.db.query("select repeat('y', 5000000) as long");
  const back = await ctx.db.one('select length($1::text) as n', [long]);
  return [rows.length, rows[19999].i, long.length, back.n];
$$;
SELECT large();
-- Values read from a table's compressed and toasted columns.
CREATE TABLE toasted (t text, b bytea, j jsonb);
ALTER TABLE toasted ALTER COLUMN b SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT repeat('long text ', 10000), decode(repeat('0102', 10000), 'hex'), jsonb_build_object('k', repeat('v', 20000));
CREATE FUNCTION reads_toasted() RETURNS jsonb LANGUAGE plts AS $$ const r = await ctx.db.one('select * from toasted'); return [r.t.length, r.b.length, r.j.k.length] $$;
SELECT reads_toasted();
CREATE FUNCTION takes_toasted(t text, b bytea, j jsonb) RETURNS jsonb LANGUAGE plts AS $$ return [t.length, b.length, j.k.length] $$;
SELECT takes_toasted(t, b, j) FROM toasted;
