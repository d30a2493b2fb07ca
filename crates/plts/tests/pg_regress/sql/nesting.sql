-- Calls within calls.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_nesting;
RESET client_min_messages;
SET search_path = plts_nesting;

-- plts, SQL, plts.
CREATE FUNCTION depth(n int) RETURNS int LANGUAGE plts AS $$ return n === 0 ? 0 : 1 + (await ctx.db.one('select plts_nesting.depth($1) as d', [n - 1])).d $$;
SELECT depth(0), depth(1), depth(20);
CREATE FUNCTION depth_sync(n int) RETURNS int LANGUAGE plts AS $$ return n === 0 ? 0 : 1 + ctx.db.sync.one('select plts_nesting.depth_sync($1) as d', [n - 1]).d $$;
SELECT depth_sync(20);
-- Recursion of a function's own.
CREATE FUNCTION fib(n int) RETURNS int LANGUAGE plts AS 'const f = (k: number): number => k < 2 ? k : f(k - 1) + f(k - 2); return f(n)';
SELECT fib(20);
-- plpgsql and plts in turns.
CREATE FUNCTION ping(n int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF n = 0 THEN RETURN '.'; END IF; RETURN 'ping ' || plts_nesting.pong(n - 1); END $$;
CREATE FUNCTION pong(n int) RETURNS text LANGUAGE plts AS $$ return n === 0 ? '.' : 'pong ' + (await ctx.db.one('select plts_nesting.ping($1) as p', [n - 1])).p $$;
SELECT ping(6), pong(5);
-- Promises of the inner call are its own: the outer one's do not run in between.
CREATE FUNCTION inner_async(tag text) RETURNS text LANGUAGE plts AS $$ let seen = tag; await null; seen += '1'; await Promise.resolve().then(() => { seen += '2' }); return seen $$;
CREATE FUNCTION outer_async() RETURNS jsonb LANGUAGE plts AS $$
  const order: string[] = [];
  const side = Promise.resolve().then(() => order.push('outer microtask'));
  order.push(ctx.db.sync.one(`select plts_nesting.inner_async('a') as i`).i);
  await side;
  order.push(...(await Promise.all(['b', 'c'].map((tag) => ctx.db.one('select plts_nesting.inner_async($1) as i', [tag])))).map((row) => row.i));
  return order;
$$;
SELECT outer_async();
-- State is shared within a depth, not between depths.
CREATE FUNCTION level(n int) RETURNS int LANGUAGE plts AS $$ let calls = 0; export default (ctx) => { calls++; if (ctx.args.n > 0) ctx.db.sync.query('select plts_nesting.level($1)', [ctx.args.n - 1]); return calls } $$;
SELECT level(0), level(1), level(0);
-- An inner error, caught outside, leaves both able to go on.
CREATE TABLE trace (line text);
CREATE FUNCTION inner_fails() RETURNS int LANGUAGE plts AS $$ await ctx.db.exec("insert into plts_nesting.trace values ('lost')"); throw Object.assign(new Error('inner'), { sqlstate: 'IN001', detail: 'The inner detail.' }) $$;
CREATE FUNCTION outer_catches() RETURNS text LANGUAGE plts AS $$
  await ctx.db.exec("insert into plts_nesting.trace values ('before')");
  let said = '';
  try { await ctx.db.query('select plts_nesting.inner_fails()') } catch (error) { said = `${error.sqlstate} ${error.message} ${error.detail}\n${error.where}` }
  await ctx.db.exec("insert into plts_nesting.trace values ('after')");
  return said;
$$;
SELECT outer_catches();
SELECT * FROM trace;
CREATE FUNCTION outer_passes() RETURNS int LANGUAGE plts AS $$ return (await ctx.db.one('select plts_nesting.inner_fails() as i')).i $$;
SELECT outer_passes();
-- plpgsql catches what plts raises, and the other way round, many times.
CREATE FUNCTION plpgsql_catches(n int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE caught int := 0; BEGIN FOR i IN 1..n LOOP BEGIN PERFORM plts_nesting.inner_fails(); EXCEPTION WHEN SQLSTATE 'IN001' THEN caught := caught + 1; END; END LOOP; RETURN caught; END $$;
CREATE FUNCTION plts_in_between() RETURNS int LANGUAGE plts AS $$ let sum = 0; for (let i = 0; i < 10; i++) sum += (await ctx.db.one('select plts_nesting.plpgsql_catches(20) as c')).c; return sum $$;
SELECT plts_in_between();
SELECT count(*) FROM trace;
-- No bottom: PostgreSQL's limit ends it, whatever catches on the way, and the session lives.
CREATE FUNCTION bottomless(n int) RETURNS int LANGUAGE plts AS $$ try { return (await ctx.db.one('select plts_nesting.bottomless($1) as b', [n + 1])).b } catch (error) { return -1 } $$;
CREATE FUNCTION bottomless_sql(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN plts_nesting.bottomless_turn(n + 1); END $$;
CREATE FUNCTION bottomless_turn(n int) RETURNS int LANGUAGE plts AS $$ return ctx.db.sync.one('select plts_nesting.bottomless_sql($1) as b', [n + 1]).b $$;
SET max_stack_depth = '500kB';
\set VERBOSITY sqlstate
SELECT bottomless(1);
SELECT bottomless_sql(1);
SELECT depth(3);
RESET max_stack_depth;
SELECT bottomless(1);
SELECT bottomless_sql(1);
\set VERBOSITY default
SELECT depth(3);
-- JavaScript's own recursion, deep in SQL's.
CREATE FUNCTION dives(n int) RETURNS text LANGUAGE plts AS $$
  if (n > 0) return (await ctx.db.one('select plts_nesting.dives($1) as d', [n - 1])).d;
  const dive = (k: number): number => 1 + dive(k + 1);
  try { return String(dive(0)) } catch (error) { return error.name }
$$;
SELECT dives(10);
-- A timeout reaches through the levels at once.
CREATE FUNCTION spins(n int) RETURNS text LANGUAGE plts AS $$ try { if (n > 0) await ctx.db.query('select plts_nesting.spins($1)', [n - 1]); for (;;) {} } catch { return 'caught' } finally { ctx.log.notice('finally') } $$;
SET statement_timeout = '100ms';
\set VERBOSITY terse
SELECT spins(3);
\set VERBOSITY default
RESET statement_timeout;
SELECT depth(3);
-- A function as a default, in an index, a check, a view and a policy.
CREATE FUNCTION twice(n int) RETURNS int IMMUTABLE LANGUAGE plts AS 'return n * 2';
CREATE TABLE uses (a int CHECK (twice(a) < 100), b int DEFAULT twice(4));
CREATE INDEX ON uses (twice(a));
INSERT INTO uses (a) VALUES (1), (2);
INSERT INTO uses (a) VALUES (50);
SELECT * FROM uses WHERE twice(a) = 4;
SELECT sum(twice(g)) FROM generate_series(1, 1000) g;
-- In parallel workers.
CREATE FUNCTION parallel_twice(n int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE plts AS 'return n * 2';
CREATE FUNCTION parallel_reads(n int) RETURNS int STABLE PARALLEL SAFE LANGUAGE plts AS $$ return ctx.db.sync.one('select $1::int + 1 as n', [n]).n $$;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TABLE numbers AS SELECT g AS n FROM generate_series(1, 5000) g;
ALTER TABLE numbers SET (parallel_workers = 2);
ANALYZE numbers;
EXPLAIN (COSTS OFF) SELECT sum(parallel_twice(n)), sum(parallel_reads(n)) FROM numbers;
SELECT sum(parallel_twice(n)), sum(parallel_reads(n)) FROM numbers;
-- No subtransaction can begin there: what does not fail runs all the same, and a failure cannot be caught.
CREATE FUNCTION parallel_guarded(n int) RETURNS int STABLE PARALLEL SAFE LANGUAGE plts AS $$ try { return ctx.db.sync.one('select $1::int + 1 as n', [n]).n } catch (error) { return -1 } $$;
SELECT sum(parallel_guarded(n)) FROM numbers;
CREATE FUNCTION parallel_fails(n int) RETURNS int STABLE PARALLEL SAFE LANGUAGE plts AS $$ try { return ctx.db.sync.one('select $1::int / 0 as n', [n]).n } catch (error) { return -1 } $$;
\set VERBOSITY terse
SELECT sum(parallel_fails(n)) FROM numbers;
\set VERBOSITY default
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
