-- Limits: time, memory, and a session that goes on.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_limits;
RESET client_min_messages;
SET search_path = plts_limits;
-- Read when the session's first function runs; a small heap is full sooner.
SET plts.max_heap_mb = 64;

\set VERBOSITY terse
-- A loop without end is cancelled by the statement's own timeout, with none set in advance by anybody.
SET statement_timeout = '100ms';
DO LANGUAGE plts $$ for (;;) {} $$;
DO LANGUAGE plts $$ for (;;) { try { for (;;) {} } catch {} finally { continue } } $$;
DO LANGUAGE plts $$ const f = async () => { for (;;) await null }; await f() $$;
DO LANGUAGE plts $$ 'a'.repeat(30).match(/(a+)+b/) $$;
DO LANGUAGE plts $$ for (;;) ctx.db.sync.query('select 1') $$;
DO LANGUAGE plts $$ for (;;) { try { ctx.db.sync.query('select 1/0') } catch {} } $$;
DO LANGUAGE plts $$ throw { get message() { for (;;) {} }, toString() { for (;;) {} } } $$;
DO LANGUAGE plts $$ const e = new Error('x'); Object.defineProperty(e, 'sqlstate', { get() { for (;;) {} } }); throw e $$;
CREATE FUNCTION slow_json() RETURNS jsonb LANGUAGE plts AS 'return { toJSON() { for (;;) {} } }';
SELECT slow_json();
DO LANGUAGE plts $$ export default () => 1; for (;;) {} $$;
RESET statement_timeout;
DO LANGUAGE plts $$ ctx.log.notice('alive') $$;
-- Memory: the call ends, the session goes on.
DO LANGUAGE plts $$ const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length)) $$;
SELECT 'alive' AS session;
DO LANGUAGE plts $$ try { const kept = []; for (;;) kept.push('x'.repeat(1000) + kept.length) } catch { ctx.log.notice('caught') } finally { ctx.log.notice('finally') } $$;
DO LANGUAGE plts $$ ctx.log.notice('alive') $$;
-- Buffers count as well; a single one that is too large is a RangeError like any.
CREATE FUNCTION too_large() RETURNS text LANGUAGE plts AS $$ try { new Uint8Array(2 ** 32); return 'made' } catch (error) { return error.name } $$;
SELECT too_large();
CREATE FUNCTION buffers() RETURNS text LANGUAGE plts AS $$ const kept = []; try { for (;;) kept.push(new Uint8Array(2 ** 20)) } catch (error) { const n = kept.length; kept.length = 0; return `${error.name} ${n < 64}` } $$;
SELECT buffers();
CREATE FUNCTION long_text() RETURNS text LANGUAGE plts AS $$ try { return 'x'.repeat(2 ** 30).length + '' } catch (error) { return error.name } $$;
SELECT long_text();
-- What was known before still works after the isolate was replaced.
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
SELECT add(1, 2);
\set VERBOSITY sqlstate
DO LANGUAGE plts $$ const kept = []; for (;;) kept.push({ kept }) $$;
\set VERBOSITY terse
SELECT add(3, 4);
-- In the middle of nested calls.
CREATE FUNCTION eats(n int) RETURNS int LANGUAGE plts AS $$ if (n > 0) { try { return (await ctx.db.one('select plts_limits.eats($1) as e', [n - 1])).e } catch { return -1 } } const kept = []; for (;;) kept.push(new Array(1000).fill(1)) $$;
SELECT eats(3);
SELECT add(5, 6);
-- Caught by plpgsql, which may.
DO $$ BEGIN PERFORM plts_limits.eats(0); EXCEPTION WHEN out_of_memory THEN RAISE NOTICE 'out of memory: %', plts_limits.add(7, 8); END $$;
SELECT add(9, 10);
-- Deep structures and recursion.
CREATE FUNCTION deep_json(n int) RETURNS jsonb LANGUAGE plts AS $$ let a: any = 1; for (let i = 0; i < n; i++) a = [a]; return a $$;
SELECT length(deep_json(1000)::text);
\set VERBOSITY sqlstate
SELECT length(deep_json(500000)::text);
\set VERBOSITY terse
SELECT add(1, 1);
-- A source that nests deeply must not take the backend along.
\set VERBOSITY sqlstate
DO $$ BEGIN EXECUTE format('CREATE FUNCTION plts_limits.nested() RETURNS int LANGUAGE plts AS %L', 'return ' || repeat('(', 100000) || '1' || repeat(')', 100000)); END $$;
DO $$ BEGIN EXECUTE format('CREATE FUNCTION plts_limits.nested() RETURNS int LANGUAGE plts AS %L', 'return ' || repeat('[', 100000)); END $$;
DO $$ BEGIN EXECUTE format('CREATE FUNCTION plts_limits.nested() RETURNS int LANGUAGE plts AS %L', 'return ' || repeat('!', 100000) || '1'); END $$;
\set VERBOSITY terse
-- 200 errors of several kinds in one session, then work.
CREATE FUNCTION fails(kind int) RETURNS int LANGUAGE plts AS $$
  switch (kind % 4) { case 0: throw new Error('js'); case 1: await ctx.db.query('select 1/0'); case 2: return 'x' as any; default: return (function f(): number { return 1 + f() })() }
$$;
DO $$ DECLARE n int := 0; BEGIN FOR i IN 1..200 LOOP BEGIN PERFORM plts_limits.fails(i); EXCEPTION WHEN OTHERS THEN n := n + 1; END; END LOOP; RAISE NOTICE '% caught, %', n, plts_limits.add(1, 2); END $$;
-- The setting is the administrator's, and has bounds.
SHOW plts.max_heap_mb;
SET plts.max_heap_mb = 1;
\set VERBOSITY default
