-- A query handler cannot write permanent relations or sequences, by no road. What PostgreSQL lets pass is in SECURITY.md, and
-- here line by line.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_read_only;
RESET client_min_messages;
SET search_path = plts_read_only;
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE permanent (n int PRIMARY KEY, t text);
INSERT INTO permanent VALUES (1, 'one');
CREATE UNLOGGED TABLE unlogged (n int);
CREATE SEQUENCE numbers;
CREATE VIEW through AS SELECT n, t FROM permanent;
CREATE MATERIALIZED VIEW kept AS SELECT n FROM permanent;
CREATE FUNCTION by_sql() RETURNS void VOLATILE LANGUAGE sql AS 'INSERT INTO plts_read_only.permanent VALUES (2)';
CREATE FUNCTION by_plpgsql() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO plts_read_only.permanent VALUES (2); RETURN 1; EXCEPTION WHEN unique_violation THEN RETURN 0; END $$;
CREATE FUNCTION by_dynamic() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET transaction_read_only = off; EXECUTE 'DELETE FROM plts_read_only.permanent'; END $$;
CREATE FUNCTION by_definer() RETURNS void SECURITY DEFINER SET transaction_read_only = off LANGUAGE sql AS 'INSERT INTO plts_read_only.permanent VALUES (2)';
CREATE FUNCTION by_plts() RETURNS int LANGUAGE plts AS $$ return (await ctx.db.exec('insert into plts_read_only.permanent values (2)')).rowCount $$;
CREATE FUNCTION by_mutation(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
import { mutation, v } from "@stopgap/runtime";
export default mutation(v.object({}), async (args, ctx) => (await ctx.db.exec("insert into plts_read_only.permanent values (2)")).rowCount);
$$;
CREATE PROCEDURE by_procedure() LANGUAGE plpgsql AS $$ BEGIN COMMIT; INSERT INTO plts_read_only.permanent VALUES (2); END $$;
CREATE TEMP TABLE scratch (n int);
CREATE FUNCTION by_trigger() RETURNS trigger LANGUAGE plts AS $$ await ctx.db.exec('insert into plts_read_only.permanent values (2)') $$;
CREATE TRIGGER t AFTER INSERT ON scratch FOR EACH ROW WHEN (new.n = 99) EXECUTE FUNCTION by_trigger();
CREATE FUNCTION by_default() RETURNS int LANGUAGE sql AS $$ SELECT nextval('plts_read_only.numbers')::int $$;
CREATE TEMP TABLE defaults (n int DEFAULT by_default());

-- Each statement in a handler of its own call: its SQLSTATE, or 00000.
CREATE FUNCTION reads(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
import { query, v } from "@stopgap/runtime";
export default query(v.object({ sql: v.string() }), async ({ sql }, ctx) => {
  try { await ctx.db.exec(sql); return "00000"; } catch (error) { return error.sqlstate ?? error.message; }
});
$$;
CREATE FUNCTION state_of(sql text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN plts_read_only.reads(jsonb_build_object('sql', sql)) #>> '{}'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;

SELECT sql, state_of(sql) FROM unnest(ARRAY[
  'INSERT INTO permanent VALUES (2)',
  'UPDATE permanent SET t = ''x''',
  'DELETE FROM permanent',
  'TRUNCATE permanent',
  'MERGE INTO permanent p USING (VALUES (1)) s(n) ON p.n = s.n WHEN MATCHED THEN UPDATE SET t = ''x''',
  'INSERT INTO through VALUES (2)',
  'INSERT INTO unlogged VALUES (1)',
  'WITH w AS (INSERT INTO permanent VALUES (2) RETURNING n) SELECT * FROM w',
  'WITH w AS (DELETE FROM permanent RETURNING n) SELECT count(*) FROM w',
  'SELECT * INTO another FROM permanent',
  'CREATE TABLE another AS SELECT 1',
  'CREATE TEMP TABLE another (n int)',
  'SELECT * FROM permanent FOR UPDATE',
  'SELECT * FROM permanent FOR KEY SHARE',
  'SELECT nextval(''numbers'')',
  'SELECT setval(''numbers'', 5)',
  'SELECT by_sql()',
  'SELECT by_plpgsql()',
  'SELECT by_dynamic()',
  'SELECT by_definer()',
  'SELECT by_plts()',
  'SELECT by_mutation(''{}'')',
  'CALL by_procedure()',
  'INSERT INTO scratch VALUES (99)',
  'INSERT INTO defaults DEFAULT VALUES',
  'DO $do$ BEGIN INSERT INTO plts_read_only.permanent VALUES (2); END $do$',
  'DO LANGUAGE plts $do$ await ctx.db.exec("insert into plts_read_only.permanent values (2)") $do$',
  'REFRESH MATERIALIZED VIEW kept',
  'CREATE FUNCTION made() RETURNS int LANGUAGE plts AS ''return 1''',
  'ALTER TABLE permanent ADD x int',
  'DROP TABLE permanent',
  'GRANT SELECT ON permanent TO PUBLIC',
  'COMMENT ON TABLE permanent IS ''x''',
  'COPY permanent FROM PROGRAM ''true''',
  'PREPARE p AS INSERT INTO permanent VALUES (3)',
  'EXECUTE p',
  'EXPLAIN ANALYZE INSERT INTO permanent VALUES (2)',
  'SET transaction_read_only = off',
  'SET LOCAL transaction_read_only = off',
  'RESET transaction_read_only; INSERT INTO plts_read_only.permanent VALUES (2)',
  'RESET ALL; INSERT INTO plts_read_only.permanent VALUES (2)',
  'SELECT set_config(''transaction_read_only'', ''off'', true)',
  'SET default_transaction_read_only = off',
  'SET TRANSACTION READ WRITE',
  'BEGIN',
  'COMMIT',
  'COMMIT AND CHAIN',
  'ROLLBACK',
  'SAVEPOINT s'
]) sql;
-- RESET ALL was the session's.
SET search_path = plts_read_only;
SELECT count(*) AS rows, min(t) AS t FROM permanent;
SELECT last_value, is_called FROM numbers;
SHOW transaction_read_only;
DEALLOCATE ALL;

-- What passes: SECURITY.md's list, in its order.
SELECT sql, state_of(sql) FROM unnest(ARRAY[
  'INSERT INTO scratch VALUES (1)',
  'UPDATE scratch SET n = 2',
  'NOTIFY plts_read_only',
  'SELECT pg_notify(''plts_read_only'', ''m'')',
  'SET work_mem = ''5MB''',
  'SELECT set_config(''work_mem'', ''6MB'', false)',
  'SELECT pg_logical_emit_message(true, ''p'', ''t'')',
  'SELECT pg_advisory_xact_lock(1)',
  'LOCK TABLE permanent IN ACCESS SHARE MODE',
  'LOCK TABLE permanent IN ROW SHARE MODE',
  'LOCK TABLE permanent IN ROW EXCLUSIVE MODE',
  'LOCK TABLE permanent IN SHARE MODE',
  'PREPARE q AS SELECT 1',
  'COPY permanent TO PROGRAM ''cat > /dev/null'''
]) sql;
RESET work_mem;
-- Large objects: before version 16 PostgreSQL lets everything pass.
SELECT lo_create(424244);
SELECT sql, state_of(sql) = CASE WHEN current_setting('server_version_num')::int >= 160000 THEN '25006' ELSE '00000' END AS as_the_version_has_it FROM unnest(ARRAY[
  'SELECT lo_create(424242)',
  'SELECT lo_from_bytea(424243, ''x'')',
  'SELECT lo_put(424244, 0, ''x'')',
  'SELECT lo_unlink(424242)',
  'SELECT lo_unlink(424243)',
  'SELECT lo_unlink(424244)'
]) sql;
-- A handler in a handler, and a savepoint: read-only all the way, and no longer than the handler.
CREATE FUNCTION nested(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
import { query, v } from "@stopgap/runtime";
export default query(v.object({}), async (args, ctx) => {
  const inner = (await ctx.db.one("select plts_read_only.reads('{\"sql\": \"select 1\"}') as r")).r;
  try { await ctx.db.savepoint(() => ctx.db.exec("insert into plts_read_only.permanent values (2)")); return "written"; } catch (error) { return [inner, error.sqlstate]; }
});
$$;
SELECT nested('{}');
INSERT INTO permanent VALUES (3, 'after');
SELECT count(*) FROM permanent;
\set VERBOSITY sqlstate
BEGIN;
SELECT reads('{"sql": "INSERT INTO plts_read_only.permanent VALUES (9)"}');
INSERT INTO permanent VALUES (4, 'in the same transaction');
COMMIT;
SELECT count(*) FROM permanent;
SET client_min_messages = warning;
DROP SCHEMA plts_read_only CASCADE;
SELECT count(lo_unlink(oid)) >= 0 AS gone FROM pg_largeobject_metadata WHERE oid = 424244;
