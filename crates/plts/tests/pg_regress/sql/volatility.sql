-- Volatility, and handlers that only read.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_volatility;
RESET client_min_messages;
SET search_path = plts_volatility;

CREATE TABLE item (id int PRIMARY KEY, n int);
INSERT INTO item VALUES (1, 10);
CREATE SEQUENCE counter;
-- STABLE and IMMUTABLE functions run no command that writes, and see the calling query's snapshot.
CREATE FUNCTION stable_writes() RETURNS int STABLE LANGUAGE plts AS $$ return (await ctx.db.exec('insert into item values (2, 20)')).rowCount $$;
SELECT stable_writes();
CREATE FUNCTION immutable_writes() RETURNS int IMMUTABLE LANGUAGE plts AS $$ return (await ctx.db.exec('delete from item')).rowCount $$;
SELECT immutable_writes();
CREATE FUNCTION stable_sees() RETURNS int STABLE LANGUAGE plts AS $$ return (await ctx.db.one('select count(*)::int as n from plts_volatility.item')).n $$;
CREATE FUNCTION volatile_sees() RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one('select count(*)::int as n from plts_volatility.item')).n $$;
WITH made AS (INSERT INTO item VALUES (100, 1) RETURNING stable_sees() AS stable_sees, volatile_sees() AS volatile_sees) SELECT * FROM made;
INSERT INTO item SELECT 200 + g, volatile_sees() FROM generate_series(1, 3) g RETURNING n;
INSERT INTO item SELECT 300 + g, stable_sees() FROM generate_series(1, 3) g RETURNING n;
DELETE FROM item WHERE id >= 100;
-- A handler made by query() is read-only: PostgreSQL itself refuses writes.
CREATE FUNCTION reads(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  import { query, v } from '@stopgap/runtime';
  export default query(v.object({ sql: v.string() }), async ({ sql }, ctx) => ({ mode: ctx.db.mode, rows: await ctx.db.query(sql) }));
$$;
CREATE FUNCTION writes(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  import { mutation, v } from '@stopgap/runtime';
  export default mutation(v.object({ sql: v.string() }), async ({ sql }, ctx) => ({ mode: ctx.db.mode, rows: await ctx.db.query(sql) }));
$$;
CREATE FUNCTION plain_writes(sql text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE sql; RETURN 1; END $$;
CREATE FUNCTION plts_writes(sql text) RETURNS int LANGUAGE plts AS $$ await ctx.db.exec(sql); return 1 $$;
SELECT reads('{"sql": "select * from item"}');
SELECT writes('{"sql": "insert into item values (3, 30) returning id"}');
\set VERBOSITY terse
SELECT reads('{"sql": "insert into item values (4, 40)"}');
SELECT reads('{"sql": "update item set n = 0"}');
SELECT reads('{"sql": "delete from item"}');
SELECT reads('{"sql": "select * from item for update"}');
SELECT reads('{"sql": "create table nope ()"}');
SELECT reads('{"sql": "truncate item"}');
SELECT reads('{"sql": "select nextval(''counter'')"}');
SELECT reads('{"sql": "with x as (insert into item values (5, 50) returning 1) select * from x"}');
-- From any depth below.
SELECT reads('{"sql": "select plain_writes(''insert into item values (6, 60)'')"}');
SELECT reads('{"sql": "select plts_writes(''insert into item values (7, 70)'')"}');
SELECT reads('{"sql": "select writes(''{\"sql\": \"insert into item values (8, 80)\"}'')"}');
SELECT reads('{"sql": "do ''begin delete from item; end''"}');
-- It cannot be turned off inside.
SELECT reads('{"sql": "set transaction_read_only = off"}');
SELECT reads('{"sql": "set transaction read write"}');
SELECT reads('{"sql": "select set_config(''transaction_read_only'', ''off'', true)"}');
\set VERBOSITY default
-- Nor by a way that PostgreSQL 15 leaves open to plpgsql.
CREATE FUNCTION refused(sql text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM plts_volatility.reads(jsonb_build_object('sql', sql)); RETURN false; EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
SELECT refused('reset transaction_read_only; insert into item values (9, 90)'), refused('set transaction_read_only to default; insert into item values (9, 90)'),
       refused($q$select set_config('transaction_read_only', null, true); insert into item values (9, 90)$q$),
       refused($q$select plain_writes('reset transaction_read_only; insert into item values (9, 90)')$q$), refused('select 1');
-- The state of before is back, after success, after a failure, and after a failure that was caught.
SHOW transaction_read_only;
CREATE FUNCTION after_reading() RETURNS jsonb LANGUAGE plts AS $$
  const seen = [];
  const show = async () => seen.push((await ctx.db.one("select current_setting('transaction_read_only') as r")).r);
  await show();
  await ctx.db.query(`select plts_volatility.reads('{"sql": "select 1"}')`);
  await show();
  try { await ctx.db.query(`select plts_volatility.reads('{"sql": "delete from plts_volatility.item"}')`) } catch (error) { seen.push(error.code) }
  await show();
  await ctx.db.exec('insert into plts_volatility.item values (10, 100)');
  return seen;
$$;
SELECT after_reading();
SELECT * FROM item ORDER BY id;
BEGIN;
SELECT reads('{"sql": "select 1"}') -> 'mode';
SHOW transaction_read_only;
COMMIT;
BEGIN READ ONLY;
SELECT reads('{"sql": "select count(*) from item"}') -> 'rows';
SHOW transaction_read_only;
\set VERBOSITY terse
SELECT plts_writes('insert into item values (11, 110)');
\set VERBOSITY default
ROLLBACK;
-- What PostgreSQL's read-only transactions let pass, passes here too.
CREATE TEMP TABLE scratch (a int);
SELECT reads('{"sql": "insert into scratch values (1) returning a"}') -> 'rows' AS temporary, reads('{"sql": "select pg_notify(''channel'', ''text'')"}') -> 'rows' AS notified,
       reads('{"sql": "set local work_mem = ''5MB''"}') -> 'rows' AS set, reads('{"sql": "select pg_logical_emit_message(false, ''plts'', ''text'') is not null as sent"}') -> 'rows' AS emitted;
-- The brand counts, not the text: a body that only says query() is none.
CREATE FUNCTION says_query(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  const query = (handler) => handler;
  export default query(async (ctx) => (await ctx.db.exec('insert into plts_volatility.item values (12, 120)')).rowCount);
$$;
SELECT says_query('{}');
-- A reader takes no transaction id.
BEGIN;
SELECT reads('{"sql": "select count(*) from item"}') -> 'rows', volatile_sees(), pg_current_xact_id_if_assigned() IS NULL AS no_xid;
SELECT volatile_sees(), pg_current_xact_id_if_assigned() IS NULL AS no_xid;
COMMIT;
