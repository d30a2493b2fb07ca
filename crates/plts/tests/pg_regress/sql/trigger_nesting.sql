-- Triggers within calls within triggers: depth, errors, rights, snapshots.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_trigger_nesting;
RESET client_min_messages;
SET search_path = plts_trigger_nesting;

-- Handler, SQL, trigger, handler, and on: 30 deep, synchronously and not.
CREATE TABLE chain (n int, via text, done int);
CREATE FUNCTION step(n int, via text) RETURNS int LANGUAGE plts AS $$
  return (await ctx.db.one('INSERT INTO plts_trigger_nesting.chain VALUES ($1, $2) RETURNING done', [n, via])).done;
$$;
CREATE FUNCTION chain() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  const sql = 'SELECT plts_trigger_nesting.step($1, $2) AS done';
  const next = () => [row.n - 1, row.via];
  row.done = row.n <= 0 ? 0 : 1 + (row.via === 'sync' ? ctx.db.sync.one(sql, next()) : await ctx.db.one(sql, next())).done;
$$;
CREATE TRIGGER chain BEFORE INSERT ON chain FOR EACH ROW EXECUTE FUNCTION chain();
SELECT step(15, 'sync'), step(15, 'async');
SELECT count(*), max(done) FROM chain;
-- A function without async code.
CREATE FUNCTION chain_sync() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  row.done = row.n <= 0 ? 0 : 1 + ctx.db.sync.one('INSERT INTO plts_trigger_nesting.chain VALUES ($1) RETURNING done', [row.n - 1]).done;
$$;
CREATE OR REPLACE TRIGGER chain BEFORE INSERT ON chain FOR EACH ROW EXECUTE FUNCTION chain_sync();
INSERT INTO chain VALUES (30) RETURNING done;

-- Recursion through a trigger ends at PostgreSQL's limit, whatever catches on the way, and the session lives.
CREATE TABLE bottomless (n int);
CREATE FUNCTION bottomless() RETURNS trigger LANGUAGE plts AS $$ try { await ctx.db.exec('INSERT INTO plts_trigger_nesting.bottomless VALUES ($1)', [ctx.trigger.new.n + 1]) } catch (error) { } $$;
CREATE TRIGGER bottomless AFTER INSERT ON bottomless FOR EACH ROW EXECUTE FUNCTION bottomless();
SET max_stack_depth = '500kB';
\set VERBOSITY sqlstate
INSERT INTO bottomless VALUES (1);
\set VERBOSITY default
RESET max_stack_depth;
SELECT count(*) FROM bottomless;

-- A trigger that updates its own table, and stops by itself.
CREATE TABLE counter (id int PRIMARY KEY, n int);
CREATE FUNCTION settle_down() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  if (row.n < 3) await ctx.db.exec('UPDATE plts_trigger_nesting.counter SET n = n + 1 WHERE id = $1', [row.id]);
$$;
CREATE TRIGGER settle_down AFTER INSERT OR UPDATE ON counter FOR EACH ROW EXECUTE FUNCTION settle_down();
INSERT INTO counter VALUES (1, 0), (2, 5);
SELECT * FROM counter ORDER BY id;
-- The row was changed under the statement: PostgreSQL's error, not a lost update.
CREATE FUNCTION under_way() RETURNS trigger LANGUAGE plts AS $$
  if (ctx.trigger.new.n === 100) await ctx.db.exec('UPDATE plts_trigger_nesting.counter SET n = 50 WHERE id = $1', [ctx.trigger.new.id]);
$$;
CREATE TRIGGER under_way BEFORE UPDATE ON counter FOR EACH ROW EXECUTE FUNCTION under_way();
UPDATE counter SET n = 100 WHERE id = 2;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM counter ORDER BY id;

-- An error of a trigger reaches the handler whose statement fired it, with all its fields; the work before it is undone.
CREATE TABLE ledger (id int PRIMARY KEY, amount int CHECK (amount <> 13));
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plts AS $$
  const { new: row } = ctx.trigger;
  await ctx.db.exec('INSERT INTO plts_trigger_nesting.chain (via) VALUES ($1)', [`audit ${row.id}`]).catch(() => {});
  if (row.amount < 0) throw Object.assign(new Error('negative amount'), { sqlstate: 'AU001', detail: `Row ${row.id}.`, hint: 'Use a credit.', schema: ctx.trigger.schema, table: ctx.trigger.table, column: 'amount', constraint: 'no_negative', dataType: 'int4' });
$$;
DROP TRIGGER chain ON chain;
TRUNCATE chain;
CREATE TRIGGER audit AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION audit();
CREATE FUNCTION book(amounts int[]) RETURNS jsonb LANGUAGE plts AS $$
  const said = [];
  for (const [index, amount] of amounts.entries()) {
    try { await ctx.db.exec('INSERT INTO plts_trigger_nesting.ledger VALUES ($1, $2)', [index, amount]); said.push('booked'); }
    catch (error) {
      const { sqlstate, message, detail, hint, schema, table, column, constraint, dataType } = error;
      said.push({ sqlstate, message, detail, hint, schema, table, column, constraint, dataType, where: error.where.split('\n') });
    }
  }
  return said;
$$;
SELECT jsonb_pretty(book(ARRAY[1, -1, 13, 2]));
SELECT * FROM ledger;
SELECT via FROM chain;
INSERT INTO ledger VALUES (10, -10);
-- plpgsql catches it as well.
DO $$ BEGIN INSERT INTO plts_trigger_nesting.ledger VALUES (10, -10); EXCEPTION WHEN SQLSTATE 'AU001' THEN RAISE NOTICE 'caught: %', SQLERRM; END $$;
-- A savepoint inside a trigger.
CREATE FUNCTION tries() RETURNS trigger LANGUAGE plts AS $$
  try {
    await ctx.db.savepoint(async () => {
      await ctx.db.exec(`INSERT INTO plts_trigger_nesting.chain (via) VALUES ('undone')`);
      throw new Error('on second thought');
    });
  } catch (error) { ctx.trigger.new.amount += 1; }
$$;
CREATE TRIGGER tries BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION tries();
INSERT INTO ledger VALUES (11, 1) RETURNING amount;
SELECT via FROM chain;
DROP TRIGGER tries ON ledger;
-- An unguarded failure that nothing observes dooms the statement.
CREATE FUNCTION careless() RETURNS trigger LANGUAGE plts AS $$ ctx.db.exec('SELECT 1 / 0') $$;
CREATE TRIGGER careless BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION careless();
INSERT INTO ledger VALUES (12, 1);
DROP TRIGGER careless ON ledger;

-- A query() handler whose statement fires a trigger that writes.
CREATE FUNCTION peek(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
  import { query, v } from "@stopgap/runtime";
  export default query(v.any(), async (_, ctx) => (await ctx.db.exec('INSERT INTO pg_temp.scratch VALUES (1)')).rowCount);
$$;
CREATE TEMP TABLE scratch (id int);
CREATE FUNCTION writes() RETURNS trigger LANGUAGE plts AS $$ await ctx.db.exec(`INSERT INTO plts_trigger_nesting.chain (via) VALUES ('from a query')`) $$;
SELECT peek('{}');
CREATE TRIGGER writes BEFORE INSERT ON scratch FOR EACH ROW EXECUTE FUNCTION writes();
\set SHOW_CONTEXT never
SELECT peek('{}');
\echo :LAST_ERROR_SQLSTATE
\set SHOW_CONTEXT errors
INSERT INTO scratch VALUES (2);
SELECT via FROM chain;

-- Whose rights count: the one whose statement it is, the owner with SECURITY DEFINER.
CREATE ROLE plts_trigger_clerk;
CREATE ROLE plts_trigger_owner;
GRANT USAGE, CREATE ON SCHEMA plts_trigger_nesting TO plts_trigger_clerk, plts_trigger_owner;
CREATE TABLE secret (line text);
CREATE TABLE open_to_all (line text);
GRANT ALL ON secret TO plts_trigger_owner;
GRANT ALL ON open_to_all TO plts_trigger_clerk, plts_trigger_owner;
CREATE FUNCTION note_secret() RETURNS trigger LANGUAGE plts AS $$ await ctx.db.exec('INSERT INTO plts_trigger_nesting.secret VALUES ($1)', [`${ctx.user.current}: ${ctx.trigger.new.line}`]) $$;
ALTER FUNCTION note_secret OWNER TO plts_trigger_owner;
CREATE TRIGGER note_secret AFTER INSERT ON open_to_all FOR EACH ROW EXECUTE FUNCTION note_secret();
SET ROLE plts_trigger_clerk;
INSERT INTO open_to_all VALUES ('invoker');
RESET ROLE;
ALTER FUNCTION note_secret SECURITY DEFINER SET search_path = pg_catalog;
SET ROLE plts_trigger_clerk;
INSERT INTO open_to_all VALUES ('definer');
RESET ROLE;
SELECT * FROM secret;

-- A snapshot follows volatility, and a trigger of a STABLE function may not write.
CREATE FUNCTION stable_trigger() RETURNS trigger STABLE LANGUAGE plts AS $$ await ctx.db.exec(`INSERT INTO plts_trigger_nesting.chain (via) VALUES ('stable')`) $$;
CREATE TRIGGER stable_trigger BEFORE INSERT ON secret FOR EACH ROW EXECUTE FUNCTION stable_trigger();
INSERT INTO secret VALUES ('x');
DROP TRIGGER stable_trigger ON secret;

-- Foreign keys: a cascade fires the triggers of the other table, and a trigger that leaves rows out breaks nothing silently.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plts AS $$ console.log(ctx.trigger.event, ctx.trigger.table, JSON.stringify(ctx.trigger.old), JSON.stringify(ctx.trigger.new)) $$;
CREATE TRIGGER witness AFTER UPDATE OR DELETE ON child FOR EACH ROW EXECUTE FUNCTION witness();
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
UPDATE parent SET id = 3 WHERE id = 1;
DELETE FROM parent WHERE id = 3;
INSERT INTO child VALUES (30, 99);
SELECT * FROM child;

-- A row that is locked and changed through a cursor.
BEGIN;
DECLARE each_child CURSOR FOR SELECT * FROM child FOR UPDATE;
FETCH each_child;
UPDATE child SET id = 21 WHERE CURRENT OF each_child;
COMMIT;

-- The same trigger in turns with plpgsql's, in the order of their names.
CREATE TABLE turns (line text);
CREATE FUNCTION turn_js() RETURNS trigger LANGUAGE plts AS $$ ctx.trigger.new.line += ctx.trigger.args[0] $$;
CREATE FUNCTION turn_pl() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.line := NEW.line || TG_ARGV[0]; RETURN NEW; END $$;
CREATE TRIGGER t1 BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION turn_js('1');
CREATE TRIGGER t2 BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION turn_pl('2');
CREATE TRIGGER t3 BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION turn_js('3');
CREATE TRIGGER t4 BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION turn_pl('4');
INSERT INTO turns SELECT n || ': ' FROM generate_series(1, 3) AS n;
SELECT * FROM turns;

-- State: a failed firing leaves nothing behind for the next one; the rows of an earlier firing are only what they were.
CREATE TABLE kept (id int, t timestamptz DEFAULT '2024-01-01 00:00:00.000001+00');
CREATE FUNCTION kept() RETURNS trigger LANGUAGE plts AS $$
  let last: any;
  export default (ctx) => {
    const row = ctx.trigger.new;
    if (last !== undefined) { last.id = 1000; last.t = null; }
    last = row;
    if (row.id === 2) throw new Error('not two');
    row.id += 10;
  };
$$;
CREATE TRIGGER kept BEFORE INSERT ON kept FOR EACH ROW EXECUTE FUNCTION kept();
INSERT INTO kept VALUES (1);
INSERT INTO kept VALUES (2);
INSERT INTO kept VALUES (3), (4);
SELECT id, t AT TIME ZONE 'UTC' AS t FROM kept;
-- A table made and dropped over and over, one session, one function.
DO $$ BEGIN FOR i IN 1..300 LOOP
  CREATE TEMP TABLE fleeting (id int, t timestamptz DEFAULT now()) ON COMMIT DROP;
  EXECUTE format('ALTER TABLE fleeting ADD COLUMN c%s int', i % 7);
  CREATE TRIGGER kept BEFORE INSERT ON fleeting FOR EACH ROW EXECUTE FUNCTION plts_trigger_nesting.kept();
  INSERT INTO fleeting VALUES (5);
  IF (SELECT id FROM fleeting) <> 15 THEN RAISE EXCEPTION 'not fired'; END IF;
  DROP TABLE fleeting;
END LOOP; END $$;

SET client_min_messages = warning;
DROP SCHEMA plts_trigger_nesting CASCADE;
DROP ROLE plts_trigger_clerk, plts_trigger_owner;
