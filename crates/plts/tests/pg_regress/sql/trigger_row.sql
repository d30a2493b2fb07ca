-- Row triggers: the row, what becomes of it, and what a trigger is told.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_trigger_row;
RESET client_min_messages;
SET search_path = plts_trigger_row;

-- What a trigger is told.
CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(10, 2));
CREATE FUNCTION told() RETURNS trigger LANGUAGE plts AS $$
  const { relid, ...rest } = ctx.trigger;
  const { rows: [{ oid }] } = await ctx.db.exec("SELECT 'plts_trigger_row.item'::regclass::oid AS oid");
  console.log(JSON.stringify({ ...rest, relid: relid === oid, fn: ctx.fn.name, given: ctx.args.length }));
$$;
CREATE TRIGGER told_before BEFORE INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION told('one', 'tw"o', 3);
CREATE TRIGGER told_after AFTER INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION told();
INSERT INTO item VALUES (1, 'tea', 4.5);
UPDATE item SET price = 5;
DELETE FROM item;
DROP TRIGGER told_before ON item;
DROP TRIGGER told_after ON item;

-- What becomes of the row: changed in place, another one, or none.
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  if (row.name === 'skip') return null;
  if (row.name === 'other') return { ...row, name: 'another', price: 1n };
  if (row.name === 'few') return { id: row.id };
  if (row.name === 'assigned') { ctx.trigger.new = { id: row.id, name: 'assigned anew', price: '7.777' }; return }
  if (row.name === 'same') return row;
  row.name = row.name?.toUpperCase() ?? 'none';
$$;
CREATE TRIGGER changed BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION changed();
INSERT INTO item VALUES (1, 'tea', 4.5), (2, 'skip', 1), (3, 'other', 2), (4, 'few', 3), (5, 'assigned', 4), (6, 'same', 5), (7, NULL, NULL);
SELECT * FROM item ORDER BY id;
UPDATE item SET name = CASE id WHEN 1 THEN 'skip' WHEN 3 THEN 'lower' ELSE name END WHERE id IN (1, 3) RETURNING *;
-- Rows written by COPY and by ON CONFLICT.
COPY item FROM stdin;
10	copied	1
11	skip	1
\.
INSERT INTO item VALUES (10, 'again', 9) ON CONFLICT (id) DO UPDATE SET name = excluded.name || ' twice' RETURNING *;
SELECT * FROM item WHERE id > 9 ORDER BY id;
DROP TRIGGER changed ON item;
TRUNCATE item;

-- The old row: it can be given back, and changing it has no effect.
CREATE FUNCTION keep_old() RETURNS trigger LANGUAGE plts AS $$
  ctx.trigger.old.name = 'lost';
  if (ctx.trigger.new.name === 'no') return ctx.trigger.old;
$$;
CREATE TRIGGER keep_old BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION keep_old();
INSERT INTO item VALUES (1, 'first', 1);
UPDATE item SET name = 'no', price = 2 RETURNING *;
UPDATE item SET name = 'yes', price = 2 RETURNING *;
DROP TRIGGER keep_old ON item;

-- DELETE: null keeps the row, anything else lets it go.
CREATE FUNCTION guard_delete() RETURNS trigger LANGUAGE plts AS $$
  if (ctx.trigger.new !== null) throw new Error('there is a new row');
  if (ctx.trigger.old.price < 2) return null;
  if (ctx.trigger.old.price < 3) return ctx.trigger.old;
$$;
CREATE TRIGGER guard_delete BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION guard_delete();
INSERT INTO item VALUES (11, 'kept', 1), (12, 'goes', 2), (13, 'goes too', 3);
DELETE FROM item WHERE id > 10 RETURNING *;
DROP TRIGGER guard_delete ON item;
SELECT * FROM item ORDER BY id;

-- What is no row, and what no column has.
CREATE FUNCTION wrong() RETURNS trigger LANGUAGE plts AS $$
  const { new: row, args: [how] } = ctx.trigger;
  switch (how) {
    case 'typo': row.nmae = 'x'; return;
    case 'typo elsewhere': return { ...row, nmae: 'x' };
    case 'moved': delete row.name; row.nmae = 'x'; return;
    case 'number': return 5;
    case 'array': return [1, 'a', 2];
    case 'no new': ctx.trigger.new = null; return;
    case 'type': row.id = 'one'; return;
    case 'range': row.price = '123456789012'; return;
    case 'syntax': row.price = 'a lot'; return;
    case 'null': row.id = null; return;
    case 'deleted': delete row.name; return;
    case 'throw': throw Object.assign(new Error('refused'), { sqlstate: 'P0001', hint: 'Do not.' });
    case 'generator': return (function* () {})();
    case 'pending': return new Promise(() => {});
    case 'trigger': ctx.trigger = { new: {} }; return;
  }
$$;
CREATE FUNCTION try_wrong(how text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE state text; said text; detail text; tab text; col text; row text;
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON plts_trigger_row.item FOR EACH ROW EXECUTE FUNCTION plts_trigger_row.wrong(%L)', how);
  INSERT INTO plts_trigger_row.item VALUES (100, 'row', 1) RETURNING item::text INTO row;
  DELETE FROM plts_trigger_row.item WHERE id = 100;
  RETURN row;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, tab = TABLE_NAME, col = COLUMN_NAME;
  RETURN format('%s: %s (%s.%s)', state, said, tab, col);
END $$;
SELECT how, try_wrong(how) FROM unnest(ARRAY['typo', 'typo elsewhere', 'moved', 'number', 'array', 'no new', 'type', 'range', 'syntax', 'null', 'deleted', 'throw', 'generator', 'pending', 'trigger']) AS how;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION wrong('type');
INSERT INTO item VALUES (100, 'row', 1);
DROP TRIGGER wrong ON item;

-- Columns that are left alone stay as they are stored, whatever JavaScript makes of them.
CREATE TABLE stored (id int, n numeric, j json, b jsonb, f float8, r real, t timestamptz, d timestamptz(0), bytes bytea, many int[], v varchar(5), c char(5), at timestamp, span interval, big text, touched int DEFAULT 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  JSON.stringify({ ...row, t: null });
  row.touched += 1;
$$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stored FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO stored VALUES (1, 1.5000, '{ "a" : 1.00, "a": 2 }', '{"b": 1.00, "a": 12345678901234567890}', '-0', 0.1, '2024-01-02 03:04:05.678901+00', '2024-01-02 03:04:05+00', '\x00ff', '[5:6]={1,2}', 'ab', 'cd', '2024-02-29 12:00:00.000001', '1 mon 2 days', repeat('x', 100000));
SELECT id, n, j, b, f, r, t AT TIME ZONE 'UTC' AS t, d AT TIME ZONE 'UTC' AS d, bytes, many, v, c, at, span, length(big), touched FROM stored;
UPDATE stored SET id = 2;
SELECT id, n, j, b, f, r, t AT TIME ZONE 'UTC' AS t, d AT TIME ZONE 'UTC' AS d, bytes, many, v, c, at, span, length(big), touched FROM stored;
DROP TRIGGER touch ON stored;
-- Objects changed in place are noticed, and values are fitted to their columns.
CREATE FUNCTION in_place() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  row.j.c = 3;
  row.b.a += 1n;
  row.f = 0;
  row.d = new Date(row.t.getTime());
  row.t.setUTCFullYear(2025);
  row.bytes[0] = 7;
  row.many.push(3);
  row.v = 'xy';
  row.n = 2;
$$;
CREATE TRIGGER in_place BEFORE UPDATE ON stored FOR EACH ROW EXECUTE FUNCTION in_place();
UPDATE stored SET id = 3;
SELECT id, n, j, b, f, r, t AT TIME ZONE 'UTC' AS t, d AT TIME ZONE 'UTC' AS d, bytes, many, v, c, touched FROM stored;
DROP TRIGGER in_place ON stored;
CREATE FUNCTION too_long() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.v = 'too long' $$;
CREATE TRIGGER too_long BEFORE UPDATE ON stored FOR EACH ROW EXECUTE FUNCTION too_long();
UPDATE stored SET id = 4;
-- A trigger that changes nothing leaves the very tuple: what is stored out of line is not written again.
CREATE TABLE document (id int, body text);
ALTER TABLE document ALTER body SET STORAGE external;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plts AS $$ if (ctx.trigger.new.body.length !== 100000) throw new Error('cut') ; ctx.trigger.new.id += 1 $$;
CREATE TRIGGER look BEFORE INSERT OR UPDATE ON document FOR EACH ROW EXECUTE FUNCTION look();
INSERT INTO document VALUES (1, repeat('abcd', 25000));
SELECT format('SELECT count(DISTINCT chunk_id) AS values_out_of_line FROM %s', reltoastrelid::regclass) AS statement FROM pg_class WHERE oid = 'document'::regclass \gset
UPDATE document SET id = id + 1;
:statement;
SELECT id, length(body) FROM document;

-- Generated columns: not computed yet before, there after; what is written to them is dropped, as PostgreSQL does.
CREATE TABLE computed (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
CREATE FUNCTION computed() RETURNS trigger LANGUAGE plts AS $$
  const { when, old, new: row } = ctx.trigger;
  console.log(when, JSON.stringify(old), JSON.stringify(row));
  if (when === 'BEFORE') { row.a += 1; row.twice = 1000 }
$$;
CREATE TRIGGER computed_before BEFORE INSERT OR UPDATE ON computed FOR EACH ROW EXECUTE FUNCTION computed();
CREATE TRIGGER computed_after AFTER INSERT OR UPDATE ON computed FOR EACH ROW EXECUTE FUNCTION computed();
INSERT INTO computed VALUES (1);
UPDATE computed SET a = 10 RETURNING *;

-- WHEN and UPDATE OF are PostgreSQL's own affair.
CREATE TABLE watched (a int, b int, noted text DEFAULT '');
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plts AS 'ctx.trigger.new.noted += ctx.trigger.args[0]';
CREATE TRIGGER of_a BEFORE UPDATE OF a ON watched FOR EACH ROW EXECUTE FUNCTION noted('a');
CREATE TRIGGER when_b BEFORE UPDATE ON watched FOR EACH ROW WHEN (OLD.b IS DISTINCT FROM NEW.b) EXECUTE FUNCTION noted('b');
INSERT INTO watched VALUES (1, 1);
UPDATE watched SET a = 2;
UPDATE watched SET b = 2;
UPDATE watched SET b = 2;
UPDATE watched SET a = 3, b = 3;
SELECT * FROM watched;

-- The table changes between two firings, and the very next one knows.
CREATE TABLE altered (id int, gone text, name text);
CREATE FUNCTION altered() RETURNS trigger LANGUAGE plts AS $$ console.log(JSON.stringify([ctx.trigger.name, ctx.trigger.schema, ctx.trigger.table, ctx.trigger.args, ctx.trigger.new])); if ('name' in ctx.trigger.new) ctx.trigger.new.name += '!' $$;
CREATE TRIGGER altered BEFORE INSERT ON altered FOR EACH ROW EXECUTE FUNCTION altered('x');
INSERT INTO altered VALUES (1, 'a', 'b');
ALTER TABLE altered DROP COLUMN gone;
INSERT INTO altered VALUES (2, 'c');
ALTER TABLE altered ADD COLUMN more int DEFAULT 5;
INSERT INTO altered VALUES (3, 'd');
ALTER TABLE altered ALTER COLUMN more TYPE bigint;
INSERT INTO altered VALUES (4, 'e', 6);
ALTER TABLE altered RENAME COLUMN more TO most;
INSERT INTO altered VALUES (5, 'f', 7);
ALTER TABLE altered RENAME TO renamed;
ALTER TRIGGER altered ON renamed RENAME TO renamed_too;
INSERT INTO renamed VALUES (6, 'g', 8);
CREATE OR REPLACE TRIGGER renamed_too BEFORE INSERT ON renamed FOR EACH ROW EXECUTE FUNCTION altered('y', 'z');
CREATE SCHEMA plts_trigger_row_2;
ALTER TABLE renamed SET SCHEMA plts_trigger_row_2;
INSERT INTO plts_trigger_row_2.renamed VALUES (7, 'h', 9);
ALTER SCHEMA plts_trigger_row_2 RENAME TO plts_trigger_row_3;
INSERT INTO plts_trigger_row_3.renamed VALUES (8, 'i', 10);
SELECT * FROM plts_trigger_row_3.renamed ORDER BY id;
BEGIN;
ALTER TABLE plts_trigger_row_3.renamed ADD COLUMN undone int;
INSERT INTO plts_trigger_row_3.renamed VALUES (9, 'j', 11, 12);
ROLLBACK;
INSERT INTO plts_trigger_row_3.renamed VALUES (10, 'k', 13);
SET client_min_messages = warning;
DROP SCHEMA plts_trigger_row_3 CASCADE;
RESET client_min_messages;

-- Columns with names that are something else in JavaScript; a table without columns; a wide one.
CREATE TABLE odd (constructor int, "__proto__" int, "to""String" int, "0" int, "länge" int, length int);
CREATE FUNCTION odd() RETURNS trigger LANGUAGE plts AS $$ const row = ctx.trigger.new; for (const key of Object.keys(row)) Object.defineProperty(row, key, { value: row[key] * 10, enumerable: true }) $$;
CREATE TRIGGER odd BEFORE INSERT ON odd FOR EACH ROW EXECUTE FUNCTION odd();
INSERT INTO odd VALUES (1, 2, 3, 4, 5, 6) RETURNING *;
CREATE TABLE nothing ();
CREATE TRIGGER nothing BEFORE INSERT OR UPDATE ON nothing FOR EACH ROW EXECUTE FUNCTION odd();
INSERT INTO nothing DEFAULT VALUES;
SELECT count(*) FROM nothing;
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int DEFAULT %s', n, n), ', ')) FROM generate_series(1, 1000) AS n \gexec
CREATE TRIGGER wide BEFORE INSERT OR UPDATE ON wide FOR EACH ROW EXECUTE FUNCTION odd();
INSERT INTO wide DEFAULT VALUES RETURNING c1, c999, c1000;
UPDATE wide SET c1 = 0 RETURNING c1, c999, c1000;

-- Forms of a function: module, handlers of the runtime, a function that does not use ctx, async.
CREATE TABLE form (id int, note text);
CREATE FUNCTION as_module() RETURNS trigger LANGUAGE plts AS $$
  let fired = 0;
  export default async (ctx) => { fired += 1; await null; ctx.trigger.new.note = `${fired} in a module`; };
$$;
CREATE FUNCTION as_mutation() RETURNS trigger LANGUAGE plts AS $$
  import { mutation, v } from "@stopgap/runtime";
  export default mutation(v.any(), async (_, ctx) => { await ctx.db.exec("INSERT INTO plts_trigger_row.watched VALUES (7)"); return { ...ctx.trigger.new, note: 'a mutation' } });
$$;
CREATE FUNCTION as_query() RETURNS trigger LANGUAGE plts AS $$
  import { query, v } from "@stopgap/runtime";
  export default query(v.any(), (_, ctx) => ctx.db.exec("INSERT INTO plts_trigger_row.watched VALUES (7)"));
$$;
CREATE FUNCTION no_ctx() RETURNS trigger LANGUAGE plts AS $$ return { id: 50, note: 'without ctx' } $$;
CREATE FUNCTION no_ctx_at_all() RETURNS trigger LANGUAGE plts AS '';
CREATE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION as_module();
INSERT INTO form VALUES (1), (2);
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION as_mutation();
INSERT INTO form VALUES (3);
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION as_query();
\set SHOW_CONTEXT never
INSERT INTO form VALUES (4);
\set SHOW_CONTEXT errors
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION no_ctx();
INSERT INTO form VALUES (5);
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION no_ctx_at_all();
INSERT INTO form VALUES (6);
SELECT * FROM form;
-- A stored artifact.
SELECT plts.compile_and_store($$ export default (ctx) => { ctx.trigger.new.note = `stored, in ${ctx.env}` } $$) AS hash \gset
SELECT format($$CREATE FUNCTION as_pointer() RETURNS trigger LANGUAGE plts AS %L$$, jsonb_build_object('plts', 1, 'kind', 'artifact_ptr', 'artifact_hash', :'hash', 'export', 'default', 'env', 'prod')) \gexec
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION as_pointer();
INSERT INTO form VALUES (7) RETURNING *;
-- A new version of the function counts at once.
CREATE OR REPLACE FUNCTION no_ctx() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.note = 'replaced' $$;
CREATE OR REPLACE TRIGGER form BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION no_ctx();
INSERT INTO form VALUES (8) RETURNING *;

-- INSTEAD OF, on a view.
CREATE VIEW short AS SELECT id, name FROM item;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plts AS $$
  const { event, when, old, new: row } = ctx.trigger;
  console.log(event, when, JSON.stringify(old), JSON.stringify(row));
  if ((row ?? old).name === 'skip') return null;
  if (event === 'INSERT') await ctx.db.exec('INSERT INTO plts_trigger_row.item VALUES ($1, $2, 0)', [row.id, row.name]);
  if (event === 'UPDATE') await ctx.db.exec('UPDATE plts_trigger_row.item SET name = $2 WHERE id = $1', [old.id, row.name]);
  if (event === 'DELETE') await ctx.db.exec('DELETE FROM plts_trigger_row.item WHERE id = $1', [old.id]);
  if (row !== null) row.name += ' (seen)';
$$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON short FOR EACH ROW EXECUTE FUNCTION instead();
INSERT INTO short VALUES (200, 'new'), (201, 'skip') RETURNING *;
UPDATE short SET name = 'newer' WHERE id = 200 RETURNING *;
DELETE FROM short WHERE id = 200 RETURNING *;
SELECT * FROM item WHERE id >= 200;

-- Partitions: the row's own table is told, and a row may move.
CREATE TABLE parted (id int, region text) PARTITION BY LIST (region);
CREATE TABLE parted_north PARTITION OF parted FOR VALUES IN ('north');
CREATE TABLE parted_south (extra_gone int, region text, id int);
ALTER TABLE parted_south DROP COLUMN extra_gone;
ALTER TABLE parted ATTACH PARTITION parted_south FOR VALUES IN ('south');
CREATE FUNCTION part() RETURNS trigger LANGUAGE plts AS $$ const { event, when, table, old, new: row } = ctx.trigger; console.log(event, when, table, JSON.stringify(old), JSON.stringify(row)); if (when === 'BEFORE' && row !== null) row.id += 100 $$;
CREATE TRIGGER part_before BEFORE INSERT OR UPDATE ON parted FOR EACH ROW EXECUTE FUNCTION part();
CREATE TRIGGER part_after AFTER INSERT OR UPDATE OR DELETE ON parted FOR EACH ROW EXECUTE FUNCTION part();
INSERT INTO parted VALUES (1, 'north'), (2, 'south');
UPDATE parted SET region = 'south' WHERE region = 'north';
SELECT tableoid::regclass, * FROM parted ORDER BY id;

-- Constraint triggers, deferred to the end of the transaction.
CREATE TABLE checked (id int);
CREATE FUNCTION deferred() RETURNS trigger LANGUAGE plts AS $$ console.log('checked', ctx.trigger.new.id, ctx.trigger.when); if (ctx.trigger.new.id < 0) throw Object.assign(new Error('negative'), { sqlstate: '23514', constraint: 'positive' }) $$;
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deferred();
BEGIN;
INSERT INTO checked VALUES (1);
INSERT INTO checked VALUES (2);
SELECT 'before commit' AS at;
COMMIT;
BEGIN;
INSERT INTO checked VALUES (-1);
SELECT 'before commit' AS at;
COMMIT;
\echo :LAST_ERROR_SQLSTATE
BEGIN;
INSERT INTO checked VALUES (3);
SET CONSTRAINTS deferred IMMEDIATE;
COMMIT;
SELECT * FROM checked;

-- Columns that a function does not touch are not converted, and stay as they are: here a time that is no Date would be.
CREATE TABLE partly (id int, at timestamptz, doc jsonb, note text, made numeric GENERATED ALWAYS AS (id * 1.5) STORED);
CREATE FUNCTION touches() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.note = `${ctx.trigger.event} ${ctx.trigger.old?.id ?? '-'}` $$;
CREATE FUNCTION touches_all() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.note = Object.keys(ctx.trigger.new).join() $$;
CREATE TRIGGER touches BEFORE INSERT OR UPDATE ON partly FOR EACH ROW EXECUTE FUNCTION touches();
INSERT INTO partly VALUES (1, '280000-01-01 00:00Z', '{ "a":  1.0 }', 'x') RETURNING *;
UPDATE partly SET id = 2 RETURNING *;
DROP TRIGGER touches ON partly;
CREATE TRIGGER touches BEFORE INSERT OR UPDATE ON partly FOR EACH ROW EXECUTE FUNCTION touches_all();
UPDATE partly SET id = 3 RETURNING *;
UPDATE partly SET at = '2026-01-01 00:00Z' RETURNING note, made;
-- Replaced, the function touches others.
CREATE OR REPLACE FUNCTION touches_all() RETURNS trigger LANGUAGE plts AS $$ if (ctx.trigger.new.id > 3) ctx.trigger.new.doc = { id: ctx.trigger.new.id } $$;
UPDATE partly SET note = 'y' RETURNING doc, note;
UPDATE partly SET id = 4 RETURNING doc, note;
-- A column that is dropped, and one that comes.
ALTER TABLE partly DROP COLUMN doc;
UPDATE partly SET id = 5;
ALTER TABLE partly ADD COLUMN doc json;
UPDATE partly SET id = 6 RETURNING *;

-- Declarations that cannot be.
CREATE FUNCTION f(a int) RETURNS trigger LANGUAGE plts AS '';
CREATE FUNCTION f() RETURNS SETOF trigger LANGUAGE plts AS '';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plts AS 'return (';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plts AS '';
SELECT f();
SELECT f();
CREATE FUNCTION g() RETURNS int LANGUAGE plts AS 'return 1';
CREATE TRIGGER g BEFORE INSERT ON form FOR EACH ROW EXECUTE FUNCTION g();

SET client_min_messages = warning;
DROP SCHEMA plts_trigger_row CASCADE;
