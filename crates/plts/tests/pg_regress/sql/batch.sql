-- Batches: all of them or none.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_batch;
RESET client_min_messages;
SET search_path = plts_batch;

CREATE TABLE item (id int PRIMARY KEY, name text);
CREATE FUNCTION several() RETURNS jsonb LANGUAGE plts AS $$
  return await ctx.db.batch(["INSERT INTO item VALUES (1, 'a'), (2, 'b')", ["SELECT name FROM item WHERE id = $1", [2]], ctx.db.sql`DELETE FROM item WHERE id = ${1} RETURNING *`, { sql: 'SELECT 5 AS n' }, { toSQL: () => ({ sql: 'SELECT $1::int AS n', params: [6] }) }]);
$$;
SELECT jsonb_pretty(several());
CREATE FUNCTION empty() RETURNS jsonb LANGUAGE plts AS 'return [await ctx.db.batch([]), ctx.db.sync.batch(["SELECT 1 AS a"])]';
SELECT empty();
-- The error says which; what the others did is undone, and the function can go on.
CREATE FUNCTION fails() RETURNS jsonb LANGUAGE plts AS $$
  const seen = [];
  for (const bad of ["INSERT INTO item VALUES (10)", "SELEC", ["SELECT $1::int", ["x"]], ["SELECT $1::int", [1, 2]], 5, ["SELECT 1 / $1::int", [0]]]) {
    try { await ctx.db.batch(["INSERT INTO item VALUES (10)", bad as any, "INSERT INTO item VALUES (11)"]) } catch (error) { seen.push([error.index, error.sqlstate ?? error.name, error.message]) }
  }
  return [seen, (await ctx.db.one('SELECT count(*)::int AS n FROM item')).n, (await ctx.db.batch(["INSERT INTO item VALUES (10)"]))[0].rowCount];
$$;
SELECT jsonb_pretty(fails());
SELECT id FROM item;
-- Uncaught, the context says which.
CREATE FUNCTION uncaught() RETURNS void LANGUAGE plts AS $$ await ctx.db.batch(["INSERT INTO item VALUES (20)", "INSERT INTO item VALUES (20)"]) $$;
SELECT uncaught();
SELECT count(*) FROM item WHERE id = 20;
CREATE FUNCTION no_array() RETURNS void LANGUAGE plts AS $$ await ctx.db.batch("SELECT 1" as any) $$;
SELECT no_array();
-- Inside a savepoint, and a savepoint after it.
CREATE FUNCTION in_savepoint() RETURNS jsonb LANGUAGE plts AS $$
  const seen = [];
  await ctx.db.savepoint(async () => {
    try { await ctx.db.batch(["INSERT INTO item VALUES (30)", "SELECT 1 / 0"]) } catch (error) { seen.push(error.index) }
    try { await ctx.db.exec("SELECT 1 / 0") } catch (error) { seen.push(error.sqlstate) }
    await ctx.db.batch(["INSERT INTO item VALUES (31)"]);
  });
  return [seen, await ctx.db.query('SELECT id FROM item WHERE id >= 30')];
$$;
SELECT in_savepoint();
-- One subtransaction for all of them: all rows are of one transaction id, and it is none of a statement's own.
CREATE FUNCTION one_subtransaction() RETURNS jsonb LANGUAGE plts AS $$
  try { await ctx.db.batch(Array.from({ length: 100 }, (_, i) => ["INSERT INTO item VALUES ($1)", [i + 1000]])) } catch { }
  return await ctx.db.one("SELECT count(DISTINCT xmin::text)::int AS ids, bool_or(xmin::text = (pg_current_xact_id()::text::int8 % (2^32)::int8)::text) AS top FROM item WHERE id >= 1000");
$$;
SELECT one_subtransaction();
