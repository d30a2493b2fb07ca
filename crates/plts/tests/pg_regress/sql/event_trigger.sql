-- Event triggers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_event_trigger;
RESET client_min_messages;
SET search_path = plts_event_trigger;

-- Declarations that cannot be.
CREATE FUNCTION f(a int) RETURNS event_trigger LANGUAGE plts AS '';
CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plts AS '';
SELECT f();
CREATE TABLE t (id int);
CREATE TRIGGER f BEFORE INSERT ON t EXECUTE FUNCTION f();

-- What an event trigger is told.
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plts AS $$ console.log(JSON.stringify(ctx.event), ctx.fn.name, ctx.trigger) $$;
CREATE EVENT TRIGGER plts_told_start ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE') EXECUTE FUNCTION told();
CREATE EVENT TRIGGER plts_told_end ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE') EXECUTE FUNCTION told();
CREATE TABLE one (id int PRIMARY KEY);
ALTER TABLE one ADD COLUMN name text;
DROP TABLE one;
DROP EVENT TRIGGER plts_told_start;
DROP EVENT TRIGGER plts_told_end;

-- PostgreSQL's own functions say what was done and dropped.
CREATE FUNCTION commands() RETURNS event_trigger LANGUAGE plts AS $$
  for (const row of await ctx.db.query('SELECT command_tag, object_type, object_identity FROM pg_event_trigger_ddl_commands() ORDER BY object_identity')) console.log(JSON.stringify(row));
$$;
CREATE FUNCTION dropped() RETURNS event_trigger LANGUAGE plts AS $$
  const sql = 'SELECT object_type, object_identity, original FROM pg_event_trigger_dropped_objects() WHERE object_type = ANY ($1) ORDER BY object_identity';
  for (const row of ctx.db.sync.query(sql, [['table', 'index', 'table column']])) console.log(ctx.event.event, JSON.stringify(row));
$$;
CREATE EVENT TRIGGER plts_commands ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION commands();
CREATE EVENT TRIGGER plts_dropped ON sql_drop EXECUTE FUNCTION dropped();
CREATE TABLE two (id int PRIMARY KEY, gone int);
ALTER TABLE two DROP COLUMN gone;
DROP TABLE two;
DROP EVENT TRIGGER plts_commands;
DROP EVENT TRIGGER plts_dropped;

-- A rewrite can be refused; so can a command, and an error ends it.
CREATE TABLE three (id int);
INSERT INTO three VALUES (1);
CREATE FUNCTION no_rewrite() RETURNS event_trigger LANGUAGE plts AS $$
  const { name } = await ctx.db.one('SELECT pg_event_trigger_table_rewrite_oid()::regclass::text AS name');
  throw Object.assign(new Error(`no rewrite of ${name}`), { sqlstate: '42501', hint: 'Ask at night.' });
$$;
CREATE EVENT TRIGGER plts_no_rewrite ON table_rewrite EXECUTE FUNCTION no_rewrite();
ALTER TABLE three ALTER COLUMN id TYPE bigint;
ALTER TABLE three ADD COLUMN name text;
DROP EVENT TRIGGER plts_no_rewrite;
CREATE FUNCTION no_drop() RETURNS event_trigger LANGUAGE plts AS $$ if (ctx.event.tag === 'DROP TABLE') { await null; throw new Error('tables stay') } $$;
CREATE EVENT TRIGGER plts_no_drop ON ddl_command_start EXECUTE FUNCTION no_drop();
DROP TABLE three;
SELECT * FROM three;
DROP EVENT TRIGGER plts_no_drop;

-- A module, a handler that may only read, DDL inside of an event trigger, and one that a plts function sets off.
CREATE TABLE log (line text);
CREATE FUNCTION as_module() RETURNS event_trigger LANGUAGE plts AS $$ export default async (ctx) => { await ctx.db.exec('INSERT INTO plts_event_trigger.log VALUES ($1)', [`${ctx.event.tag} by a module`]) } $$;
CREATE FUNCTION as_query() RETURNS event_trigger LANGUAGE plts AS $$ import { query, v } from "@stopgap/runtime"; export default query(v.any(), (_, ctx) => ctx.db.exec('DELETE FROM plts_event_trigger.log')) $$;
CREATE FUNCTION makes_index() RETURNS event_trigger LANGUAGE plts AS $$
  for (const { name } of await ctx.db.query(`SELECT object_identity AS name FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table'`)) await ctx.db.exec(`CREATE INDEX ON ${name} (id)`);
$$;
CREATE FUNCTION sets_off() RETURNS text LANGUAGE plts AS $$ await ctx.db.exec('CREATE TABLE plts_event_trigger.five (id int)'); return 'made' $$;
CREATE EVENT TRIGGER plts_as_module ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX') EXECUTE FUNCTION as_module();
CREATE EVENT TRIGGER plts_makes_index ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION makes_index();
CREATE TABLE four (id int);
SELECT sets_off();
SELECT indexname FROM pg_indexes WHERE schemaname = 'plts_event_trigger' ORDER BY 1;
SELECT * FROM log;
CREATE EVENT TRIGGER plts_as_query ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION as_query();
\set SHOW_CONTEXT never
CREATE TABLE six (id int);
\echo :LAST_ERROR_SQLSTATE
\set SHOW_CONTEXT errors
DROP EVENT TRIGGER plts_as_query;
DROP EVENT TRIGGER plts_makes_index;
DROP EVENT TRIGGER plts_as_module;

-- The language itself is made and changed while an event trigger in it is there.
CREATE EVENT TRIGGER plts_told ON ddl_command_end EXECUTE FUNCTION told();
CREATE OR REPLACE FUNCTION told() RETURNS event_trigger LANGUAGE plts AS $$ console.log('replaced', ctx.event.tag) $$;
CREATE FUNCTION later() RETURNS int LANGUAGE plts AS 'return 1';
SELECT later();
DROP EVENT TRIGGER plts_told;

SET client_min_messages = warning;
DROP SCHEMA plts_event_trigger CASCADE;
