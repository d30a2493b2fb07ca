-- The settings: what each does, who may set it, and every way to set it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
DROP ROLE IF EXISTS plts_settings_user;
CREATE ROLE plts_settings_user LOGIN;
CREATE SCHEMA plts_settings AUTHORIZATION plts_settings_user;
LOAD 'plts';
RESET client_min_messages;
SET search_path = plts_settings;
\set VERBOSITY terse
SELECT name, setting, unit, context, vartype, min_val, max_val, enumvals FROM pg_settings WHERE name ~ '^plts\.' ORDER BY name COLLATE "C";
-- A misspelt one is an error and not silently without effect.
SET plts.max_heap = 1;
-- Limits are the administrator's.
SET ROLE plts_settings_user;
SET plts.max_heap_mb = 32;
SET plts.max_runtime_ms = 1;
SET plts.max_sql_bytes = 1;
SET plts.max_params = 1;
SET plts.max_query_rows = 1;
SET plts.log_level = 'debug';
SET plts.plan_cache_size = 100;
RESET plts.plan_cache_size;
CREATE FUNCTION unlimited() RETURNS int LANGUAGE plts SET plts.max_heap_mb = 1000 AS 'return 1';
RESET ROLE;
-- Or of whom the administrator lets (from version 15 on).
GRANT SET ON PARAMETER plts.max_query_rows TO plts_settings_user;
SET ROLE plts_settings_user;
SET plts.max_query_rows = 5;
SHOW plts.max_query_rows;
RESET plts.max_query_rows;
RESET ROLE;
REVOKE SET ON PARAMETER plts.max_query_rows FROM plts_settings_user;
-- Bounds and units.
SET plts.max_heap_mb = 1;
SET plts.max_heap_mb = '1TB';
SET plts.max_heap_mb = '1GB';
SHOW plts.max_heap_mb;
RESET plts.max_heap_mb;
SET plts.max_runtime_ms = -1;
SET plts.max_runtime_ms = '2min';
SHOW plts.max_runtime_ms;
RESET plts.max_runtime_ms;
SET plts.max_sql_bytes = '64kB';
SHOW plts.max_sql_bytes;
RESET plts.max_sql_bytes;
SET plts.max_params = 65536;
SET plts.log_level = 'loud';

-- max_sql_bytes
CREATE FUNCTION long_statement(n int) RETURNS int LANGUAGE plts AS $$ try { return (await ctx.db.one(`select 1 as x -- ${'x'.repeat(n)}`)).x } catch (e) { ctx.log.notice(`${e.sqlstate} ${e.message}`); return -1 } $$;
SELECT long_statement(100);
SET plts.max_sql_bytes = 100;
SELECT long_statement(100);
SELECT long_statement(10);
-- A statement that was prepared while it was allowed.
SET plts.max_sql_bytes = '64kB';
SELECT long_statement(200);
BEGIN;
SET LOCAL plts.max_sql_bytes = 100;
SELECT long_statement(200);
COMMIT;
SELECT long_statement(200);
RESET plts.max_sql_bytes;
-- Uncaught, with the hint. Nothing was run: the call is not doomed.
\set VERBOSITY default
\set SHOW_CONTEXT never
DO LANGUAGE plts $$ await ctx.db.query('select ' + '1,'.repeat(2 ** 20) + '1') $$;
\set VERBOSITY terse

-- max_params
CREATE FUNCTION with_params(n int) RETURNS int LANGUAGE plts AS $$
  const list = Array.from({ length: n }, (_, i) => '$' + (i + 1) + '::int').join(', ');
  return (await ctx.db.one(`select count(*)::int as c from unnest(array[${list}])`, Array.from({ length: n }, (_, i) => i))).c
$$;
SELECT with_params(20);
SET plts.max_params = 10;
SELECT with_params(20);
SELECT with_params(10);
RESET plts.max_params;

-- max_query_rows
CREATE FUNCTION rows_of(n int) RETURNS int LANGUAGE plts AS 'return (await ctx.db.query("select generate_series(1, $1)", [n])).length';
CREATE FUNCTION caught_rows(n int) RETURNS text LANGUAGE plts AS $$ try { return String((await ctx.db.query('select generate_series(1, $1)', [n])).length) } catch (e) { return `${e.sqlstate} ${(await ctx.db.one('select 1 as x')).x}` } $$;
CREATE FUNCTION by_cursor(n int) RETURNS int LANGUAGE plts AS $$ let seen = 0; for await (const row of ctx.db.cursor('select generate_series(1, $1)', [n], { fetchSize: 50 })) seen += 1; return seen $$;
SELECT rows_of(1000);
SET plts.max_query_rows = 100;
SELECT rows_of(100);
SELECT rows_of(101);
SELECT caught_rows(100000);
SELECT by_cursor(1000);
CREATE TABLE made (n int);
DO LANGUAGE plts $$ const { rowCount } = await ctx.db.exec('insert into plts_settings.made select generate_series(1, 500)'); ctx.log.notice(rowCount) $$;
DO LANGUAGE plts $$ await ctx.db.exec('insert into plts_settings.made select generate_series(1, 500) returning n') $$;
SELECT count(*) FROM made;
RESET plts.max_query_rows;

-- max_runtime_ms: JavaScript and SQL alike, and not catchable.
CREATE FUNCTION spins() RETURNS int LANGUAGE plts AS 'for (;;) { try { for (;;) {} } catch {} finally { continue } }';
CREATE FUNCTION sleeps(s float) RETURNS int LANGUAGE plts AS $$ try { await ctx.db.query('select pg_sleep($1)', [s]) } catch { return -1 } return 1 $$;
SET plts.max_runtime_ms = 100;
SELECT spins();
SELECT sleeps(10);
SELECT sleeps(0.01);
DO LANGUAGE plts 'for (;;) {}';
DO $$ BEGIN PERFORM plts_settings.spins(); EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'caught'; END $$;
DO $$ BEGIN PERFORM plts_settings.spins(); EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'caught by name: %', SQLERRM; END $$;
-- It is each call's: many that are short enough go on for longer, and nothing of it is left over.
SELECT count(sleeps(0.002)) FROM generate_series(1, 60);
SELECT pg_sleep(0.15);
RESET plts.max_runtime_ms;
-- statement_timeout is the other's.
SET statement_timeout = 100;
SELECT sleeps(10);
RESET statement_timeout;
-- On the function; the one inside cannot take longer than the one around it has left.
CREATE FUNCTION bounded(s float) RETURNS int LANGUAGE plts SET plts.max_runtime_ms = '50ms' AS $$ await ctx.db.query('select pg_sleep($1)', [s]); return 1 $$;
SELECT bounded(0);
SELECT bounded(10);
SHOW plts.max_runtime_ms;
CREATE FUNCTION around(s float) RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one('select plts_settings.bounded($1) as x', [s])).x $$;
SELECT around(0);
SELECT around(10);
CREATE FUNCTION generous() RETURNS int LANGUAGE plts SET plts.max_runtime_ms = '1h' AS 'for (;;) {}';
CREATE FUNCTION around_generous() RETURNS int LANGUAGE plts SET plts.max_runtime_ms = '100ms' AS $$ return (await ctx.db.one('select plts_settings.generous() as x')).x $$;
SELECT around_generous();
-- Triggers, sets, DO.
CREATE TABLE fired (n int);
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plts SET plts.max_runtime_ms = 50 AS 'for (;;) {}';
CREATE TRIGGER t BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION fires();
INSERT INTO fired VALUES (1);
CREATE FUNCTION gives() RETURNS SETOF int LANGUAGE plts SET plts.max_runtime_ms = 50 AS 'for (let n = 0; ; ) { n = (n + 1) % 2; if (n > 5) yield n; }';
SELECT * FROM gives();

-- max_heap_mb: it holds at once, up and down, for a session whose isolate is there.
CREATE FUNCTION takes(mb int) RETURNS int LANGUAGE plts AS $$ const kept = []; for (let i = 0; i < mb; i += 1) kept.push(new Array(131072).fill(i + 0.5)); return kept.length $$;
CREATE FUNCTION buffers(mb int) RETURNS text LANGUAGE plts AS $$ const kept = []; try { for (let i = 0; i < mb; i += 1) kept.push(new Uint8Array(2 ** 20)); return String(kept.length) } catch (e) { kept.length = 0; return e.name } $$;
SHOW plts.max_heap_mb;
SELECT takes(100), buffers(100);
SET plts.max_heap_mb = 32;
SELECT takes(100);
SELECT buffers(100);
SELECT takes(10), buffers(10);
BEGIN;
SET LOCAL plts.max_heap_mb = 200;
SELECT takes(100), buffers(100);
COMMIT;
SELECT buffers(100);
SELECT takes(100);
CREATE FUNCTION takes_more(mb int) RETURNS int LANGUAGE plts SET plts.max_heap_mb = 200 AS $$ const kept = []; for (let i = 0; i < mb; i += 1) kept.push(new Array(131072).fill(i + 0.5)); return kept.length $$;
SELECT takes_more(100);
SELECT takes(100);
RESET plts.max_heap_mb;
SELECT takes(100);
-- Lowered on an isolate that holds little, without a new one in between.
SET plts.max_heap_mb = 48;
SELECT takes(100);
RESET plts.max_heap_mb;

-- For a role, from its next session on.
GRANT USAGE ON SCHEMA plts_settings TO plts_settings_user;
ALTER ROLE plts_settings_user SET plts.max_query_rows = 3;
ALTER ROLE plts_settings_user SET plts.max_heap_mb = 64;
SELECT current_user AS superuser \gset
\c - plts_settings_user
\set VERBOSITY terse
SELECT plts_settings.rows_of(3);
SELECT plts_settings.rows_of(4);
SELECT plts_settings.takes(100);
SHOW plts.max_heap_mb;
SET plts.max_query_rows = 0;
\c - :superuser
SET client_min_messages = warning;
DROP SCHEMA plts_settings CASCADE;
DROP ROLE plts_settings_user;
