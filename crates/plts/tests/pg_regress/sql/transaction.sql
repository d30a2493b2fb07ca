-- commit and rollback in procedures and DO blocks.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_transaction;
RESET client_min_messages;
SET search_path = plts_transaction;

CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, line text, at timestamptz DEFAULT now());
CREATE PROCEDURE by_turns() LANGUAGE plts AS $$
  for (let i = 0; i < 4; i++) {
    await ctx.db.exec('INSERT INTO log (line) VALUES ($1)', ['turn ' + i]);
    if (i % 2) await ctx.db.rollback(); else await ctx.db.commit();
  }
$$;
CALL by_turns();
SELECT line, count(*) OVER (PARTITION BY at) FROM log ORDER BY id;
DO LANGUAGE plts $$ ctx.db.sync.exec("INSERT INTO log (line) VALUES ('from DO')"); ctx.db.sync.commit(); throw new Error('after the commit') $$;
SELECT line FROM log WHERE line = 'from DO';
-- Where it is not allowed.
BEGIN;
CALL by_turns();
ROLLBACK;
BEGIN;
DO LANGUAGE plts 'ctx.db.sync.rollback()';
ROLLBACK;
CREATE FUNCTION in_function() RETURNS text LANGUAGE plts AS $$ try { await ctx.db.commit() } catch (error) { return `${error.sqlstate} ${error.message}` } $$;
SELECT in_function();
CREATE PROCEDURE in_savepoint() LANGUAGE plts AS $$
  for (const end of ['commit', 'rollback'] as const) {
    try { await ctx.db.savepoint(() => ctx.db[end]()) } catch (error) { ctx.log.info(error.sqlstate, error.message) }
  }
  await ctx.db.commit();
$$;
CALL in_savepoint();
CREATE PROCEDURE in_query(args jsonb) LANGUAGE plts AS $$ import { query, v } from "@stopgap/runtime"; export default query(v.any(), (_, ctx) => ctx.db.commit()) $$;
CALL in_query('{}');
CREATE PROCEDURE with_set() LANGUAGE plts SET work_mem = '4MB' AS 'ctx.db.sync.commit()';
CALL with_set();
CREATE PROCEDURE as_definer() LANGUAGE plts SECURITY DEFINER AS 'ctx.db.sync.commit()';
CALL as_definer();
-- A new transaction has a new time and its own characteristics.
DO LANGUAGE plts $$
  const before = ctx.now;
  await ctx.db.query('SELECT pg_sleep(0.01)');
  const { same } = await ctx.db.one('SELECT $1 = now() AS same', [before]);
  await ctx.db.commit();
  const { same: still } = await ctx.db.one('SELECT $1 = now() AS same', [ctx.now]);
  ctx.log.info(same, ctx.now > before, still);
  await ctx.db.commit();
  await ctx.db.exec('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  ctx.log.info(await ctx.db.one('SHOW transaction_isolation'));
  await ctx.db.rollback();
  ctx.log.info(await ctx.db.one('SHOW transaction_isolation'));
$$;
-- A commit that fails is an error like another one: the transaction is rolled back, and a new one has begun.
CREATE TABLE child (id int PRIMARY KEY, parent int CONSTRAINT of_parent REFERENCES child DEFERRABLE INITIALLY DEFERRED);
DO LANGUAGE plts $$
  await ctx.db.exec('INSERT INTO child VALUES (1, 2)');
  try { await ctx.db.commit() } catch (error) { ctx.log.info(error.sqlstate, error.constraint, error.detail) }
  await ctx.db.exec('INSERT INTO child VALUES (3, 3)');
  await ctx.db.commit();
$$;
SELECT * FROM child;
DO LANGUAGE plts $$ await ctx.db.exec('INSERT INTO child VALUES (1, 2)'); await ctx.db.commit() $$;
-- After a statement that failed and was caught.
DO LANGUAGE plts $$
  try { await ctx.db.exec('SELECT 1 / 0') } catch { await ctx.db.exec("INSERT INTO log (line) VALUES ('survived')") }
  await ctx.db.commit();
  try { await ctx.db.exec('SELECT 1 / 0') } catch { await ctx.db.rollback() }
$$;
SELECT line FROM log WHERE line = 'survived';
-- Cursors are held over a commit and over a rollback; one that writes cannot be.
DO LANGUAGE plts $$
  for await (const { i } of ctx.db.cursor('SELECT i FROM generate_series(1, 10) i', [], { fetchSize: 3 })) {
    await ctx.db.exec('INSERT INTO log (line) VALUES ($1)', ['loop ' + i]);
    if (i % 4 === 0) await ctx.db.commit();
    if (i === 9) await ctx.db.rollback();
  }
$$;
SELECT string_agg(line, ', ' ORDER BY id) FROM log WHERE line LIKE 'loop%';
DO LANGUAGE plts $$
  const c = ctx.db.sync.cursor('SELECT i FROM generate_series(1, 5) i', [], { scroll: true });
  const seen = [c.fetch(2)];
  ctx.db.sync.commit();
  seen.push(c.fetch(-1), c.fetch(2));
  ctx.db.sync.rollback();
  seen.push(c.fetch(Infinity));
  ctx.log.info(seen.map((rows) => rows.map((row) => row.i)));
$$;
DO LANGUAGE plts $$ const c = ctx.db.cursor('UPDATE log SET line = line RETURNING id'); await c.fetch(1); await ctx.db.commit() $$;
SELECT count(*) AS cursors FROM pg_cursors WHERE statement LIKE '%generate_series%' AND statement NOT LIKE '%pg_cursors%';
-- A procedure that commits, called from one that may: of the same language, of another one, and back.
CREATE PROCEDURE inner_plpgsql(INOUT said text) LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO log (line) VALUES (said || ' kept'); COMMIT; INSERT INTO log (line) VALUES (said || ' lost'); ROLLBACK; said := said || '!'; END $$;
CREATE PROCEDURE outer_plts() LANGUAGE plts AS $$
  const c = ctx.db.cursor('SELECT 1 AS a UNION ALL SELECT 2', [], { fetchSize: 1 });
  await c.next();
  ctx.log.info(await ctx.db.query('CALL inner_plpgsql($1)', ['nested']), await ctx.db.call('inner_plpgsql', ['called']), await c.next());
  await ctx.db.exec('CALL by_turns()');
  await ctx.db.exec("INSERT INTO log (line) VALUES ('outer')");
  await ctx.db.exec('DO LANGUAGE plpgsql $x$ BEGIN COMMIT; END $x$');
  throw new Error('late');
$$;
CREATE PROCEDURE outer_plpgsql() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (line) VALUES ('before'); CALL by_turns(); INSERT INTO log (line) VALUES ('gone'); ROLLBACK; END $$;
TRUNCATE log;
CALL outer_plts();
CALL outer_plpgsql();
SELECT line FROM log ORDER BY id;
-- Not where code could catch, since each statement has a subtransaction there; nor in a transaction block.
CREATE PROCEDURE catches() LANGUAGE plts AS $$ try { await ctx.db.exec("CALL inner_plpgsql('x')") } catch (error) { ctx.log.info(error.sqlstate, error.hint) } $$;
CALL catches();
BEGIN;
CALL outer_plts();
ROLLBACK;
CREATE PROCEDURE inner_fails() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (line) VALUES ('committed before the failure'); COMMIT; PERFORM 1 / 0; END $$;
CREATE PROCEDURE outer_fails() LANGUAGE plts AS $$ await ctx.db.exec('CALL inner_fails()') $$;
CALL outer_fails();
CALL outer_fails();
SELECT count(*) FROM log WHERE line = 'committed before the failure';
-- Values of a domain in a transaction that has just begun.
CREATE FUNCTION short(t text) RETURNS bool STABLE LANGUAGE sql AS 'SELECT length(t) < (SELECT count(*) + 100 FROM child)';
CREATE DOMAIN short_text AS text CHECK (short(VALUE));
DO LANGUAGE plts $$ ctx.db.sync.commit(); ctx.log.info(ctx.db.sync.one('SELECT $1::short_text AS t', ['x'])) $$;
-- Many of them.
CREATE PROCEDURE many_commits() LANGUAGE plts AS $$ for (let i = 0; i < 500; i++) { ctx.db.sync.exec('UPDATE child SET parent = 3 WHERE id = $1', [3]); if (i % 3) ctx.db.sync.commit(); else ctx.db.sync.rollback() } $$;
CALL many_commits();
