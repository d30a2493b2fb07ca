-- Throwing away: what is kept, and what goes.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('attic', bundles.of('a.ts', bundles.constant('gc ' || n), 'same.ts', bundles.constant('gc')), n::text))
FROM generate_series(1, 6) AS n;
CREATE TEMP TABLE ids AS SELECT label, id FROM stopgap.deployment WHERE env = 'attic';
CREATE FUNCTION pg_temp.id(label text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM ids WHERE ids.label = $1';
CREATE FUNCTION pg_temp.states() RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(label || ' ' || state, ', ' ORDER BY id) FROM stopgap.deployment WHERE env = 'attic' $$;
SELECT count(stopgap.tag('attic', 'keep', pg_temp.id('1')));
SELECT stopgap.pin('attic', pg_temp.id('2'));
-- What was in use a moment ago stays; a dry run changes nothing.
SELECT g -> 'pruned' AS pruned, g -> 'versions' AS versions, g -> 'artifacts' AS artifacts
FROM stopgap.gc('attic', '{"keep_last": 1}') AS g;
SELECT jsonb_array_length(g -> 'pruned') AS pruned, g -> 'versions' AS versions, g -> 'artifacts' >= '2' AS artifacts
FROM stopgap.gc('attic', '{"keep_last": 2, "min_age_s": 0, "dry_run": true}') AS g;
SELECT pg_temp.states();
SELECT jsonb_array_length(g -> 'pruned') AS pruned, g -> 'versions' AS versions, g -> 'artifacts' >= '2' AS artifacts
FROM stopgap.gc('attic', '{"keep_last": 2, "min_age_s": 0}') AS g;
SELECT pg_temp.states();
-- Again: there is nothing left.
SELECT g - 'bytes' AS gone FROM stopgap.gc('attic', '{"keep_last": 2, "min_age_s": 0}') AS g;
-- What is kept works, and what was pruned says so.
SELECT count(stopgap.rollback('attic', to_tag => 'keep'));
SELECT stopgap.verify('attic') -> 'ok' AS ok;
\set VERBOSITY sqlstate
SELECT stopgap.rollback('attic', to_id => pg_temp.id('3'));
SELECT stopgap.tag('attic', 'gone', pg_temp.id('3'));
SELECT stopgap.export('attic', pg_temp.id('3'));
\set VERBOSITY default
-- The setting of the environment.
SELECT count(stopgap.alter_environment('attic', '{"keep_last": 1}'));
SELECT stopgap.pin('attic', pg_temp.id('2'), false);
SELECT jsonb_array_length(g -> 'pruned') AS pruned FROM stopgap.gc('attic', '{"min_age_s": 0}') AS g;
SELECT pg_temp.states();
-- All environments, and those that were dropped.
SELECT count(stopgap.deploy_bundle('brief', bundles.of('a.ts', bundles.constant('brief'))));
SELECT stopgap.drop_environment('brief');
SELECT count(*) FROM jsonb_array_elements(stopgap.gc(options => '{"min_age_s": 0}') -> 'pruned') AS p WHERE p ->> 'env' = 'brief';
SELECT count(*) AS versions FROM stopgap.fn_version WHERE env = 'brief';
SELECT env, d ->> 'object' AS object, d ->> 'kind' AS kind FROM stopgap.environment,
    jsonb_array_elements(stopgap.verify(env) -> 'differences') AS d ORDER BY 1, 2;
SELECT stopgap.gc('nowhere');
SELECT stopgap.gc('attic', '{"keep": 1}');
SELECT stopgap.gc('attic', '{"keep_last": "1"}');
SELECT event, done_by, jsonb_array_length(detail -> 'pruned') AS pruned FROM stopgap.timeline
WHERE env = 'attic' AND event = 'gc' ORDER BY at;
RESET ROLE;
SET ROLE regress_app;
SELECT stopgap.gc();
SELECT live_attic.a_get(), live_attic.same_get();
