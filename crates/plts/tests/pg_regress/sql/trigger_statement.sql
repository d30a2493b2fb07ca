-- Statement triggers and transition tables.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_trigger_statement;
RESET client_min_messages;
SET search_path = plts_trigger_statement;

CREATE TABLE entry (id int, amount numeric);
CREATE FUNCTION told() RETURNS trigger LANGUAGE plts AS $$
  const { event, when, level, old, new: row, table, args } = ctx.trigger;
  console.log(event, when, level, old, row, table, JSON.stringify(args));
  return 'not used';
$$;
CREATE TRIGGER before_all BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON entry EXECUTE FUNCTION told('b');
CREATE TRIGGER after_all AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION told();
INSERT INTO entry VALUES (1, 1), (2, 2);
UPDATE entry SET amount = 3 WHERE id = 99;
DELETE FROM entry WHERE id = 1;
TRUNCATE entry;
COPY entry FROM stdin;
1	10
2	20
\.
MERGE INTO entry USING (VALUES (1, 11), (3, 30)) AS v (id, amount) ON entry.id = v.id WHEN MATCHED THEN UPDATE SET amount = v.amount WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.amount);
DROP TRIGGER before_all ON entry;
DROP TRIGGER after_all ON entry;
-- An error in a statement trigger undoes the statement.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plts AS $$ throw Object.assign(new Error(`no ${ctx.trigger.event}`), { sqlstate: 'P0001' }) $$;
CREATE TRIGGER refuse AFTER DELETE ON entry EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON entry EXECUTE FUNCTION refuse();
DELETE FROM entry;
TRUNCATE entry;
SELECT count(*) FROM entry;
DROP TRIGGER refuse ON entry;
DROP TRIGGER refuse_truncate ON entry;
-- A row trigger that is fired after the change cannot change it.
CREATE FUNCTION too_late() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.amount = 0; return { id: 0 } $$;
CREATE TRIGGER too_late AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION too_late();
INSERT INTO entry VALUES (5, 50) RETURNING *;
DROP TRIGGER too_late ON entry;
-- A generator would not run, whatever fires it.
CREATE FUNCTION lazy() RETURNS trigger LANGUAGE plts AS $$ yield 1 $$;
CREATE TRIGGER lazy AFTER INSERT ON entry EXECUTE FUNCTION lazy();
INSERT INTO entry VALUES (6, 60);
DROP TRIGGER lazy ON entry;
TRUNCATE entry;

-- Transition tables, by the names they were given, with and without parameters, synchronously and not.
CREATE TABLE history (line text);
CREATE FUNCTION summary() RETURNS trigger LANGUAGE plts AS $$
  const { event } = ctx.trigger;
  const parts = [event];
  if (event !== 'INSERT') parts.push('old', (await ctx.db.one('SELECT count(*) AS n, sum(amount) AS sum FROM old_rows')).sum);
  if (event !== 'DELETE') parts.push('new', ctx.db.sync.one('SELECT sum(amount * $1) AS sum FROM new_rows', [10]).sum);
  await ctx.db.exec('INSERT INTO plts_trigger_statement.history VALUES ($1)', [parts.join(' ')]);
$$;
CREATE TRIGGER summary_insert AFTER INSERT ON entry REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION summary();
CREATE TRIGGER summary_update AFTER UPDATE ON entry REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION summary();
CREATE TRIGGER summary_delete AFTER DELETE ON entry REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION summary();
INSERT INTO entry SELECT n, n FROM generate_series(1, 100) AS n;
UPDATE entry SET amount = amount + 1;
DELETE FROM entry WHERE id > 50;
INSERT INTO entry SELECT 1, 1 WHERE false;
SELECT * FROM history;
-- One function, one text, another table with other columns: another plan.
CREATE TABLE letter (amount text, id int);
CREATE FUNCTION first_of() RETURNS trigger LANGUAGE plts AS $$ console.log(JSON.stringify(await ctx.db.query('SELECT * FROM new_rows ORDER BY id LIMIT $1', [1]))) $$;
CREATE TRIGGER first_of AFTER INSERT ON letter REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION first_of();
CREATE TRIGGER first_of AFTER INSERT ON entry REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION first_of();
INSERT INTO letter VALUES ('a', 2), ('b', 1);
INSERT INTO entry VALUES (1000, 1), (1001, 2);
ALTER TABLE letter ADD COLUMN more boolean DEFAULT true;
INSERT INTO letter VALUES ('c', 4), ('d', 3);
DROP TRIGGER first_of ON entry;
-- A table of that name counts where there is no transition table, and does not where there is one.
CREATE TABLE new_rows (id int, real_one boolean);
INSERT INTO new_rows VALUES (1, true);
CREATE FUNCTION first_real() RETURNS jsonb LANGUAGE plts AS $$ return ctx.db.query('SELECT * FROM new_rows ORDER BY id LIMIT $1', [1]) $$;
SELECT first_real();
INSERT INTO letter VALUES ('e', 5);
SELECT first_real();
DROP TABLE new_rows;
SELECT first_real();
-- They are not visible in another function that the trigger calls.
CREATE FUNCTION calls_real() RETURNS trigger LANGUAGE plts AS $$ await ctx.db.query('SELECT plts_trigger_statement.first_real()') $$;
CREATE TRIGGER calls_real AFTER UPDATE ON letter REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION calls_real();
UPDATE letter SET id = id;
-- They cannot be written to, and the failure can be survived.
CREATE FUNCTION write_them() RETURNS trigger LANGUAGE plts AS $$
  try { await ctx.db.exec('DELETE FROM gone_rows') } catch (error) { console.log(error.sqlstate, error.message) }
  console.log((await ctx.db.one('SELECT count(*)::int AS n FROM gone_rows')).n);
$$;
CREATE TRIGGER write_them AFTER DELETE ON letter REFERENCING OLD TABLE AS gone_rows EXECUTE FUNCTION write_them();
DELETE FROM letter;
-- Row triggers see them too, whole.
CREATE FUNCTION share() RETURNS trigger LANGUAGE plts AS $$
  const { total } = await ctx.db.one('SELECT sum(amount) AS total FROM batch');
  console.log(`${ctx.trigger.new.amount} of ${total}`);
$$;
CREATE TABLE share (amount numeric);
CREATE TRIGGER share AFTER INSERT ON share REFERENCING NEW TABLE AS batch FOR EACH ROW EXECUTE FUNCTION share();
INSERT INTO share VALUES (1), (2), (3);
-- Statements run inside a savepoint see them.
CREATE FUNCTION in_savepoint() RETURNS trigger LANGUAGE plts AS $$
  const n = await ctx.db.savepoint(async () => (await ctx.db.one('SELECT count(*)::int AS n FROM batch')).n);
  console.log('in a savepoint', n);
$$;
CREATE OR REPLACE TRIGGER share AFTER INSERT ON share REFERENCING NEW TABLE AS batch FOR EACH STATEMENT EXECUTE FUNCTION in_savepoint();
INSERT INTO share VALUES (4), (5);

-- Partitioned tables: once for the statement, with the rows of all partitions.
CREATE TABLE parted (id int, part int) PARTITION BY LIST (part);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 (part int, id int);
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES IN (2);
CREATE FUNCTION whole() RETURNS trigger LANGUAGE plts AS $$ console.log(ctx.trigger.table, JSON.stringify(await ctx.db.query('SELECT * FROM batch ORDER BY id'))) $$;
CREATE TRIGGER whole AFTER INSERT ON parted REFERENCING NEW TABLE AS batch EXECUTE FUNCTION whole();
INSERT INTO parted VALUES (1, 1), (2, 2), (3, 1);

SET client_min_messages = warning;
DROP SCHEMA plts_trigger_statement CASCADE;
