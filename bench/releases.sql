-- Releases of 1,000 functions in 200 modules, against 1,000 CREATE FUNCTION in one transaction. For psql, as a superuser, in a
-- database of its own; prints each figure, its bar and whether it holds. Each line is the least of five rounds, with plans and redeploys
-- twice in each, so that one slow moment of the machine is not in one line alone.
\set QUIET on
\pset footer off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stopgap CASCADE;
CREATE SCHEMA releases;
CREATE TABLE releases.figure (work text PRIMARY KEY, ms numeric NOT NULL, place int GENERATED ALWAYS AS IDENTITY);

-- Module `n` with five handlers; `version` changes one constant in each of the first `changed` modules.
CREATE FUNCTION releases.module(n int, version int) RETURNS text LANGUAGE sql AS $f$
    SELECT E'import { query, v } from "@stopgap/runtime";\n' || string_agg(format(
        E'export const f%s = query(v.object({ id: v.int() }), ({ id }) => ({ id, module: %s, version: %s }));\n', i, n, version), '')
    FROM generate_series(1, 5) AS i
$f$;
CREATE FUNCTION releases.bundle(version int, changed int) RETURNS jsonb LANGUAGE sql AS $f$
    SELECT jsonb_build_object('format', 1, 'modules', jsonb_object_agg('m' || n || '.ts',
        releases.module(n, CASE WHEN n <= changed THEN version ELSE 0 END))) FROM generate_series(1, 200) AS n
$f$;
-- One handler alone changes: a module of its own beside the 199 others and their 995.
CREATE FUNCTION releases.with_one(version int) RETURNS jsonb LANGUAGE sql AS $f$
    SELECT jsonb_set(releases.bundle(0, 0), '{modules,one.ts}', to_jsonb(format(
        E'import { query, v } from "@stopgap/runtime";\nexport const f = query(v.object({}), () => %s);\n', version)))
$f$;
CREATE PROCEDURE releases.timed(what text, command text) LANGUAGE plpgsql AS $p$
DECLARE
    began timestamptz := clock_timestamp();
    took numeric;
BEGIN
    EXECUTE command;
    took := round((extract(epoch FROM clock_timestamp() - began) * 1000)::numeric, 1);
    INSERT INTO releases.figure (work, ms) VALUES (what, took)
    ON CONFLICT (work) DO UPDATE SET ms = least(releases.figure.ms, excluded.ms);
END
$p$;
CREATE FUNCTION releases.private_mb() RETURNS numeric LANGUAGE sql AS $f$
    SELECT round((regexp_match(pg_read_file('/proc/self/smaps_rollup'), 'Private_Dirty: +([0-9]+)'))[1]::numeric / 1024, 1)
$f$;

-- What it is measured against.
CREATE SCHEMA by_hand;
CREATE SCHEMA created;
CREATE PROCEDURE releases.create_all() LANGUAGE plpgsql AS $p$
BEGIN
    FOR n IN 1..1000 LOOP
        EXECUTE format('CREATE FUNCTION created.f%s(args jsonb) RETURNS jsonb LANGUAGE plpgsql AS %L', n,
            format('BEGIN RETURN jsonb_build_object(''id'', (args ->> ''id'')::int, ''n'', %s); END', n));
    END LOOP;
END
$p$;

-- Two of the modules of `base` are others.
CREATE FUNCTION releases.with_ten(base int, version int) RETURNS jsonb LANGUAGE sql AS $f$
    SELECT jsonb_build_object('format', 1, 'modules', (releases.bundle(base, 200) -> 'modules')
        || jsonb_build_object('m1.ts', releases.module(1, version), 'm2.ts', releases.module(2, version)))
$f$;

-- Bundles come as a parameter: making them is no part of a release.
CREATE TABLE releases.bundles (name text PRIMARY KEY, bundle jsonb NOT NULL);
ALTER TABLE releases.bundles ALTER COLUMN bundle SET STORAGE EXTERNAL;
INSERT INTO releases.bundles
    SELECT 'all ' || n, releases.bundle(n, 200) FROM generate_series(1, 15) AS n
    UNION ALL SELECT 'one ' || n, releases.with_one(n) FROM generate_series(0, 10) AS n
    UNION ALL SELECT format('ten of %s, %s', base, n), releases.with_ten(base, n)
    FROM generate_series(1, 5) AS base, generate_series(11, 13) AS n;
CREATE FUNCTION releases.deploy(env text, name text) RETURNS bigint LANGUAGE sql AS
    'SELECT stopgap.deploy_bundle(env, bundle) FROM releases.bundles AS b WHERE b.name = deploy.name';
CREATE FUNCTION releases.plan(env text, name text) RETURNS jsonb LANGUAGE sql AS
    'SELECT stopgap.plan_bundle(env, bundle) FROM releases.bundles AS b WHERE b.name = plan.name';

-- A deployed function beside the same body by hand.
CREATE FUNCTION by_hand.f(args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE plts AS $ts$
import { query, v } from "@stopgap/runtime";
export default query(v.object({ id: v.int() }), ({ id }) => ({ id, module: 1, version: 2 }));
$ts$;
CREATE PROCEDURE releases.calls(function text) LANGUAGE plpgsql AS $p$
BEGIN
    EXECUTE format('SELECT count(%s(jsonb_build_object(''id'', n))) FROM generate_series(1, 100000) AS n', function);
END
$p$;

SELECT releases.deploy('one', 'one 0') \g /dev/null
\set round 1
\ir releases_round.sql
\set memory :backend_memory
\set round 2
\ir releases_round.sql
\set round 3
\ir releases_round.sql
\set round 4
\ir releases_round.sql
\set round 5
\ir releases_round.sql

SELECT b.what, f.ms, a.ms AS "against, ms", round(f.ms / a.ms, 3) AS ratio, b.bar, CASE WHEN f.ms / a.ms <= b.bar THEN 'met' ELSE 'missed' END AS verdict
FROM (VALUES (1, 'deploy of 1,000 new functions', 'deploy', 'create', 10.0), (2, 'redeploy with 1 changed', 'one', 'deploy', 0.06),
             (3, 'rollback across 10 changed', 'rollback', 'deploy', 0.03), (4, 'plan of 1,000 new functions', 'plan', 'deploy', 0.25),
             (5, 'plan of 1,000, 10 of them changed', 'replan', 'deploy', 0.25),
             (6, '100,000 calls of a deployed function', 'deployed', 'by hand', 1.1)) AS b (n, what, work, against, bar)
JOIN releases.figure AS f ON f.work = b.work JOIN releases.figure AS a ON a.work = b.against ORDER BY b.n;
SELECT 'private memory after the deploy, MB' AS what, :memory AS mb, 150 AS bar, CASE WHEN :memory <= 150 THEN 'met' ELSE 'missed' END AS verdict;
