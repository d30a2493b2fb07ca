-- What a deploy makes is what is expected of it.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('drift', bundles.of('a.ts', bundles.constant('1'), 'b.ts', bundles.constant('1'),
    'c.ts', bundles.constant('1'), 'd.ts', bundles.constant('1'), 'e.ts', bundles.constant('1'))));
SELECT v -> 'ok' AS ok, v -> 'checked' AS checked, v -> 'differences' AS differences FROM stopgap.verify('drift') AS v;
SELECT env, d ->> 'object' AS object, d ->> 'kind' AS kind FROM stopgap.environment,
    jsonb_array_elements(stopgap.verify(env) -> 'differences') AS d ORDER BY 1, 2;
SELECT stopgap.verify('nowhere');

-- Changes by hand.
RESET ROLE;
CREATE FUNCTION pg_temp.drift() RETURNS TABLE (class text, object text, kind text, property text, expected text, found text)
LANGUAGE sql AS $$
    SELECT d ->> 'class', d ->> 'object', d ->> 'kind', d ->> 'property',
           regexp_replace(d ->> 'expected', 'sha256:[0-9a-f]+', '...'), regexp_replace(d ->> 'found', 'sha256:[0-9a-f]+', '...')
    FROM jsonb_array_elements(stopgap.verify('drift') -> 'differences') AS d
$$;
CREATE ROLE regress_visitor;
ALTER FUNCTION live_drift.a_get(jsonb) SECURITY DEFINER SET work_mem = '1GB' COST 7;
ALTER FUNCTION live_drift.b_get(jsonb) OWNER TO regress_visitor;
GRANT EXECUTE ON FUNCTION live_drift.c_get(jsonb) TO PUBLIC;
GRANT EXECUTE ON FUNCTION live_drift.c_get(jsonb) TO regress_visitor WITH GRANT OPTION;
DROP FUNCTION live_drift.d_get(jsonb);
CREATE OR REPLACE FUNCTION live_drift.e_get(args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$ SELECT '"by hand"'::jsonb $$;
CREATE FUNCTION live_drift.extra(a integer, b text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE live_drift.notes (note text);
GRANT USAGE ON SCHEMA live_drift TO regress_visitor;
SELECT * FROM pg_temp.drift();

-- Put right; what stopgap did not put there stays, unless told otherwise.
SET ROLE regress_deployer;
SELECT r -> 'ok' AS ok, jsonb_array_length(r -> 'repaired') AS repaired FROM stopgap.repair('drift') AS r;
RESET ROLE;
SELECT * FROM pg_temp.drift();
SET ROLE regress_deployer;
SELECT r -> 'ok' AS ok, jsonb_array_length(r -> 'repaired') AS repaired
FROM stopgap.repair('drift', '{"drop_extra": true}') AS r;
RESET ROLE;
SELECT * FROM pg_temp.drift();
DROP TABLE live_drift.notes;
SELECT stopgap.verify('drift') -> 'ok' AS ok;
-- A role of nearly that name is not everybody.
CREATE ROLE "PUBLIC";
GRANT EXECUTE ON FUNCTION live_drift.c_get(jsonb) TO "PUBLIC";
SELECT found FROM pg_temp.drift();
SELECT stopgap.repair('drift') -> 'ok' AS ok;
DROP ROLE "PUBLIC";
SELECT event, done_by, jsonb_array_length(detail -> 'repaired') AS repaired FROM stopgap.timeline
WHERE env = 'drift' AND event = 'repair' ORDER BY at;

-- A schema that was given away is for who may take it back.
ALTER SCHEMA live_drift OWNER TO regress_visitor;
SELECT * FROM pg_temp.drift();
SET ROLE regress_deployer;
SELECT stopgap.repair('drift');
RESET ROLE;
SELECT stopgap.repair('drift') -> 'ok' AS ok;

-- Artifacts are rehashed: whoever changes one is found out.
BEGIN;
UPDATE plts.artifact SET compiled_js = compiled_js || ' ' WHERE filename = 'a.ts'
    AND artifact_hash IN (SELECT artifact_hash FROM stopgap.fn_version WHERE env = 'drift');
SELECT class, kind, property, expected FROM pg_temp.drift();
ROLLBACK;

-- A guard refuses changes by hand, whoever makes them, and lets releases through.
SET ROLE regress_deployer;
SELECT stopgap.guard('drift');
RESET ROLE;
CREATE FUNCTION live_drift.extra() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION live_drift.a_get(jsonb) COST 7;
DROP FUNCTION live_drift.a_get(jsonb);
CREATE TABLE live_drift.notes (note text);
ALTER SCHEMA live_drift RENAME TO other;
ALTER FUNCTION live_drift.a_get(jsonb) SET SCHEMA public;
GRANT EXECUTE ON FUNCTION live_drift.a_get(jsonb) TO PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA live_drift FROM app_user;
GRANT USAGE ON SCHEMA live_drift TO PUBLIC;
DO $$ BEGIN GRANT EXECUTE ON FUNCTION live_drift.a_get(jsonb) TO PUBLIC; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
GRANT USAGE ON SCHEMA public TO regress_visitor;
REVOKE USAGE ON SCHEMA public FROM regress_visitor;
SET client_min_messages = warning;
DROP SCHEMA live_drift CASCADE;
RESET client_min_messages;
CREATE TABLE public.elsewhere (note text);
DROP TABLE public.elsewhere;
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('drift', bundles.of('a.ts', bundles.constant('2'))));
SELECT count(stopgap.rollback('drift'));
SELECT stopgap.guard('drift', false);
RESET ROLE;
ALTER FUNCTION live_drift.a_get(jsonb) COST 7;
SELECT class, property FROM pg_temp.drift();
SELECT stopgap.repair('drift') -> 'ok' AS ok;
SELECT stopgap.repair('drift', '{"drop_extra": 1}');
SELECT stopgap.repair('drift', '{"more": 1}');
DROP ROLE regress_visitor;
SET ROLE regress_app;
SELECT stopgap.verify('drift');
SELECT stopgap.guard('drift');
SELECT live_drift.e_get();
