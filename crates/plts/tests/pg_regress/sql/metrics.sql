-- What a session counts of itself.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE ROLE plts_metrics_user;
CREATE SCHEMA plts_metrics;
GRANT USAGE ON SCHEMA plts_metrics TO plts_metrics_user;
RESET client_min_messages;
\c
SET search_path = plts_metrics;
\set VERBOSITY terse
SELECT plts.metrics() ->> 'scope' AS scope;
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE plts AS 'return a + b';
CREATE FUNCTION fails(code text) RETURNS int LANGUAGE plts AS $$ throw new PgError('no', { sqlstate: code }) $$;
SELECT count(add(n, n)) FROM generate_series(1, 1000) n;
DO $$ BEGIN FOR i IN 1..3 LOOP BEGIN PERFORM plts_metrics.fails('AB00' || i); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;
SELECT fails('22012');
DO LANGUAGE plts 'return';
SELECT m -> 'execute' -> 'calls' AS calls, m -> 'execute' -> 'errors' AS errors, (m -> 'execute' -> 'latency' -> 'count')::int BETWEEN 70 AND 100 AS timed,
       (SELECT sum((b -> 'count')::int) FROM jsonb_array_elements(m -> 'execute' -> 'latency' -> 'buckets') b)::text = m -> 'execute' -> 'latency' ->> 'count' AS in_buckets,
       m -> 'compile' -> 'calls' AS compiled, m -> 'compile' -> 'latency' -> 'count' AS compile_timed, m -> 'isolates' AS isolates,
       (m -> 'heap' -> 'used_bytes')::bigint > 100000 AS heap
  FROM plts.metrics() m;
-- An isolate that had to go, and what does not compile.
SET plts.max_heap_mb = 32;
DO LANGUAGE plts 'const a = []; for (;;) a.push([a])';
SELECT add(1, 2);
DO LANGUAGE plts 'return (';
SELECT m -> 'isolates' AS isolates, m -> 'execute' -> 'errors' AS errors, m -> 'compile' -> 'errors' AS compile_errors FROM plts.metrics() m;
-- Nothing is undone with a transaction.
BEGIN;
SELECT add(1, 2);
SELECT m -> 'execute' -> 'calls' AS calls FROM plts.metrics() m;
ROLLBACK;
SELECT m -> 'execute' -> 'calls' AS calls FROM plts.metrics() m;
-- It is for those who watch the server.
SET ROLE plts_metrics_user;
SELECT plts.metrics();
RESET ROLE;
GRANT pg_monitor TO plts_metrics_user;
SET ROLE plts_metrics_user;
SELECT plts.metrics() IS NOT NULL AS allowed;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA plts_metrics CASCADE;
DROP ROLE plts_metrics_user;
