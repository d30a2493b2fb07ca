-- Signatures that change: what is made anew, what stays, what is in the way.
CREATE ROLE regress_reader;
CREATE FUNCTION pg_temp.live(env text) RETURNS TABLE (function regprocedure, result text, rights text) LANGUAGE sql AS $$
    SELECT p.oid::regprocedure, pg_get_function_result(p.oid),
           (SELECT string_agg(a.grantee::regrole::text || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY a.grantee::regrole::text)
            FROM aclexplode(p.proacl) AS a WHERE a.grantee <> p.proowner)
    FROM pg_proc AS p WHERE pronamespace = to_regnamespace('live_' || env) ORDER BY p.oid::regprocedure::text
$$;
CREATE FUNCTION bundles.one(sql text, gives text DEFAULT '1', annotation text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT format('%s export const f = query({ sql: %s, handler: () => %s });', annotation, sql, gives)
$$;
CREATE FUNCTION bundles.shown_plan(plan jsonb) RETURNS TABLE (change text, before text, after text, compatible text, why text)
LANGUAGE sql AS $$
    SELECT f ->> 'change', f ->> 'active_signature', f ->> 'signature', f ->> 'compatible',
           (SELECT string_agg((b ->> 'at') || ' ' || (b ->> 'what'), '; ')
            FROM jsonb_array_elements((f -> 'compatibility' -> 'arguments_narrowed') || (f -> 'compatibility' -> 'result_changed')) AS b)
    FROM jsonb_array_elements(plan -> 'functions') AS f
$$;
SET ROLE regress_deployer;
SELECT bundles.deploy('change', bundles.one('{ args: { a: "int" }, returns: "int" }'));
RESET ROLE;
GRANT EXECUTE ON FUNCTION live_change.m_f(integer) TO regress_reader WITH GRANT OPTION;
COMMENT ON FUNCTION live_change.m_f(integer) IS 'by hand';
SELECT * FROM pg_temp.live('change');

-- A new default is no reason to make it anew; a view that depends on it does not mind.
CREATE VIEW app.uses AS SELECT live_change.m_f(1) AS one;
SET ROLE regress_deployer;
SELECT s.* FROM bundles.shown_plan(stopgap.plan_bundle('change', bundles.handlers(bundles.one('{ args: { a: { type: "int", default: 5 } }, returns: "int" }')))) AS s;
SELECT bundles.deploy('change', bundles.one('{ args: { a: { type: "int", default: 5 } }, returns: "int" }'));

-- Another parameter is; the view is in the way, and named in the plan and in the error.
SELECT s.* FROM bundles.shown_plan(stopgap.plan_bundle('change', bundles.handlers(bundles.one('{ args: { a: "int", b: "text" }, returns: "setof int" }')))) AS s;
SELECT p -> 'dependents' AS dependents, p -> 'schemas' -> 0 -> 'made_anew' AS made_anew, p -> 'locks' -> -1 ->> 'on' AS lock
FROM stopgap.plan_bundle('change', bundles.handlers(bundles.one('{ args: { a: "int", b: "text" }, returns: "setof int" }'))) AS p;
SELECT bundles.deploy('change', bundles.one('{ args: { a: "int", b: "text" }, returns: "setof int" }'));
RESET ROLE;
DROP VIEW app.uses;
SET ROLE regress_deployer;
SELECT bundles.deploy('change', bundles.one('{ args: { a: "int", b: "text" }, returns: "setof int" }', '[1, 2]'));
RESET ROLE;
SELECT *, obj_description(function) AS comment FROM pg_temp.live('change');
SELECT stopgap.verify('change') -> 'differences' -> 0 -> 'found' AS found;
SET ROLE regress_app;
SELECT * FROM live_change.m_f(1, 'x');

-- Back to (args jsonb), and on from there; a rollback brings each signature back.
SET ROLE regress_deployer;
SELECT bundles.deploy('change', 'export const f = query(v.any(), () => 1);');
SELECT function FROM pg_temp.live('change');
SELECT stopgap.rollback('change') IS NOT NULL AS back;
SELECT function FROM pg_temp.live('change');
SELECT w -> 'plan' -> 'functions' -> 0 ->> 'signature' AS signature FROM stopgap.what_if_rollback('change', 2) AS w;
SELECT stopgap.rollback('change', 2) IS NOT NULL AS back;
RESET ROLE;
SELECT function, result, rights FROM pg_temp.live('change');

-- Drift and repair.
REVOKE ALL ON FUNCTION live_change.m_f(integer) FROM regress_reader CASCADE;
SELECT stopgap.verify('change') -> 'ok' AS ok;
DROP FUNCTION live_change.m_f(integer);
CREATE FUNCTION live_change.m_f(a integer, OUT b integer, OUT c text) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION live_change.other(VARIADIC a integer[]) RETURNS TABLE ("Odd" integer) LANGUAGE sql AS 'SELECT 1';
SELECT d ->> 'object' AS object, d ->> 'kind' AS kind, d ->> 'property' AS property, d ->> 'expected' AS expected, d ->> 'found' AS found
FROM jsonb_array_elements(stopgap.verify('change') -> 'differences') AS d WHERE d ->> 'property' IS DISTINCT FROM 'body';
SET ROLE regress_deployer;
SELECT r -> 'ok' AS ok FROM stopgap.repair('change', '{"drop_extra": true}') AS r;
SELECT function, result FROM pg_temp.live('change');

-- Default privileges of the owner let nobody in.
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE stopgap_owner GRANT EXECUTE ON FUNCTIONS TO regress_reader;
SET ROLE regress_deployer;
SELECT bundles.deploy('change', bundles.one('{ args: { z: "int" }, returns: "int" }') || 'export const g = query(v.any(), () => 1);');
RESET ROLE;
SELECT function, rights FROM pg_temp.live('change');
SELECT stopgap.verify('change') -> 'ok' AS ok;
ALTER DEFAULT PRIVILEGES FOR ROLE stopgap_owner REVOKE EXECUTE ON FUNCTIONS FROM regress_reader;

-- A child has what its parent has, with the same signature, and may have another one of its own.
SET ROLE regress_deployer;
SELECT stopgap.create_environment('heir', 'change') IS NOT NULL AS made;
SELECT function FROM pg_temp.live('heir');
SELECT bundles.deploy('heir', bundles.one('{ args: { z: "text" }, returns: "text" }', '"own"'));
SELECT function, result FROM pg_temp.live('heir');
SELECT bundles.deploy('change', bundles.one('{ args: { z: "int", y: { type: "int", default: 0 } }, returns: "int" }') || 'export const g = query({ sql: { returns: "int" }, handler: () => 7 });');
SELECT function, result FROM pg_temp.live('heir');
RESET ROLE;
SET ROLE regress_app;
SELECT stopgap.call('heir', 'api.m.f', '{"z": "x"}'), stopgap.call('heir', 'api.m.g');
SET ROLE regress_deployer;
SELECT stopgap.verify('heir') -> 'ok' AS ok;

-- Promotion and archives carry signatures.
SELECT stopgap.create_environment('target') IS NOT NULL AS made;
SELECT stopgap.promote('change', 'target') IS NOT NULL AS promoted;
SELECT function, result FROM pg_temp.live('target');
SELECT stopgap.import('moved', stopgap.export('change')) IS NOT NULL AS imported;
SELECT function, result FROM pg_temp.live('moved');
SELECT stopgap.verify('moved') -> 'ok' AS ok;
SELECT stopgap.status('moved') -> 'functions' -> 0 ->> 'signature' AS signature;

-- A type that was renamed, and one that is made by the release itself.
RESET ROLE;
CREATE TYPE app.pair AS (a integer, b integer);
SET ROLE regress_deployer;
SELECT bundles.deploy('renamed', bundles.one('{ args: { p: "app.pair" }, returns: "int" }'));
RESET ROLE;
ALTER TYPE app.pair RENAME TO couple;
SELECT d ->> 'object' AS object, d ->> 'kind' AS kind FROM jsonb_array_elements(stopgap.verify('renamed') -> 'differences') AS d;
SET ROLE regress_deployer;
SELECT bundles.deploy('renamed', bundles.one('{ args: { p: "app.couple" }, returns: "int" }'));
SELECT function FROM pg_temp.live('renamed');
SELECT stopgap.rollback('renamed');
RESET ROLE;
GRANT CREATE ON SCHEMA app TO regress_deployer;
SET ROLE regress_deployer;
CREATE TEMP TABLE release AS SELECT bundles.handlers(bundles.one('{ args: { t: "app.ticket" }, returns: "setof app.ticket" }', '[]'))
    || '{"scripts": {"migrations": {"1.sql": "CREATE TABLE app.ticket (id integer);"}}}' AS bundle;
SELECT p -> 'awaited_types' AS awaited, p -> 'functions' -> 0 ->> 'signature' AS signature FROM release, stopgap.plan_bundle('fresh', bundle) AS p;
SELECT stopgap.deploy_bundle('fresh', bundle, options => jsonb_build_object('plan', stopgap.plan_bundle('fresh', bundle) -> 'digest')) IS NOT NULL AS ok FROM release;
SELECT function, result FROM pg_temp.live('fresh');
SELECT stopgap.plan_bundle('fresh', bundle) -> 'summary' ->> 'unchanged' AS unchanged FROM release;
UPDATE release SET bundle = jsonb_set(bundle, '{modules,m.ts}', to_jsonb('import { query } from "@stopgap/runtime";' || bundles.one('{ returns: "app.nowhere" }')));
SELECT stopgap.plan_bundle('fresh', bundle) FROM release;
UPDATE release SET bundle = jsonb_set(bundle, '{scripts,migrations,2.sql}', '"SELECT 1"');
SELECT stopgap.deploy_bundle('fresh', bundle) FROM release;
