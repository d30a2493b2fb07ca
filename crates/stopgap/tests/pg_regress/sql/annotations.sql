-- Annotations of exports, enforced.
CREATE ROLE regress_reporting;
CREATE ROLE regress_support;
CREATE FUNCTION pg_temp.rights(env text) RETURNS TABLE (function text, volatility "char", rights text) LANGUAGE sql AS $$
    SELECT p.proname, p.provolatile,
           (SELECT string_agg(a.grantee::regrole::text, ' ' ORDER BY a.grantee::regrole::text)
            FROM aclexplode(p.proacl) AS a WHERE a.grantee <> p.proowner)
    FROM pg_proc AS p WHERE pronamespace = to_regnamespace('live_' || env) ORDER BY 1
$$;
CREATE FUNCTION pg_temp.guests(env text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(a.grantee::regrole::text, ' ' ORDER BY a.grantee::regrole::text)
    FROM pg_namespace AS n, aclexplode(n.nspacl) AS a WHERE n.nspname = 'live_' || env AND a.grantee <> n.nspowner
$$;
SET ROLE regress_deployer;
SELECT bundles.deploy('ann', $ts$
/**
 * Never ends.
 * @timeout 200ms
 */
export const endless = query(v.any(), () => { for (;;); });
/** @timeout 200ms */
export const sleeps = query({ sql: { args: { seconds: "float8" }, returns: "text" }, handler: ({ seconds }, ctx) => {
  try { ctx.db.sync.query("SELECT pg_sleep($1)", [seconds]); } catch (error) { return "caught"; }
  return "slept";
} });
/** @deprecated call other instead */
export const old = query(v.any(), () => "old");
/** @role regress_reporting, regress_support */
export const report = query(v.any(), () => "report");
/**
 * @readonly
 * @cache stable
 * @param x of no interest
 */
export const pure = query({ sql: { args: { x: "int" }, returns: "int" }, handler: ({ x }) => x * 2 });
/** @cache immutable */
export const fixed = query({ sql: { returns: "int" }, handler: () => 1 });
$ts$);
RESET ROLE;
SELECT * FROM pg_temp.rights('ann');
SELECT pg_temp.guests('ann');
SELECT stopgap.verify('ann') -> 'differences' AS differences;
SELECT f ->> 'live_function' AS function, f -> 'annotations' AS annotations
FROM jsonb_array_elements(stopgap.status('ann') -> 'functions') AS f ORDER BY 1;

-- A time limit ends a call, whatever it does, and nothing after it.
GRANT app_user TO regress_app;
SET ROLE regress_app;
\set VERBOSITY terse
SELECT live_ann.m_endless('{}');
SELECT live_ann.m_sleeps(10);
SELECT live_ann.m_sleeps(0);
SELECT stopgap.call('ann', 'api.m.endless');
SELECT count(*) FROM pg_sleep(0.3);
-- A deprecated function says so once in a session.
SELECT live_ann.m_old('{}');
SELECT live_ann.m_old('{}');
\set VERBOSITY default
-- Who may call it is who is named.
SELECT live_ann.m_report('{}');
SET ROLE regress_support;
SELECT live_ann.m_report('{}');
SELECT live_ann.m_old('{}');

-- What PostgreSQL took for granted is not taken for granted any more when it changes.
SET ROLE regress_app;
PREPARE fixed AS SELECT live_ann.m_fixed();
EXECUTE fixed; EXECUTE fixed; EXECUTE fixed; EXECUTE fixed; EXECUTE fixed; EXECUTE fixed;
RESET ROLE;
SET ROLE regress_deployer;
SELECT bundles.shown_plan(p) FROM stopgap.plan_bundle('ann', bundles.handlers($ts$
/** @role regress_reporting */
export const report = query(v.any(), () => "report");
$ts$)) AS p LIMIT 1;
SELECT bundles.deploy('ann', $ts$
/** @role regress_reporting */
export const report = query(v.any(), () => "report");
export const fixed = query({ sql: { returns: "int" }, handler: () => 2 });
/** @role regress_support */
export const pure = query({ sql: { args: { x: "int", y: "int" }, returns: "int" }, handler: ({ x }) => x * 2 });
$ts$);
RESET ROLE;
SET ROLE regress_app;
EXECUTE fixed;
RESET ROLE;
SELECT * FROM pg_temp.rights('ann');
SELECT stopgap.verify('ann') -> 'differences' AS differences;
SET ROLE regress_deployer;
SELECT bundles.deploy('ann', $ts$
export const report = query(v.any(), () => "report");
$ts$);
RESET ROLE;
SELECT * FROM pg_temp.rights('ann');
SELECT pg_temp.guests('ann');
SELECT stopgap.verify('ann') -> 'ok' AS ok;
-- A rollback brings them back, a repair restores them, a promotion and an archive carry them.
SET ROLE regress_deployer;
SELECT stopgap.rollback('ann', 2) IS NOT NULL AS back;
RESET ROLE;
SELECT * FROM pg_temp.rights('ann');
SELECT pg_temp.guests('ann');
REVOKE USAGE ON SCHEMA live_ann FROM regress_support;
REVOKE ALL ON FUNCTION live_ann.m_report(jsonb) FROM regress_support;
GRANT EXECUTE ON FUNCTION live_ann.m_report(jsonb) TO app_user;
ALTER FUNCTION live_ann.m_pure(integer) VOLATILE;
SELECT d ->> 'object' AS object, d ->> 'property' AS property, d ->> 'expected' AS expected, d ->> 'found' AS found
FROM jsonb_array_elements(stopgap.verify('ann') -> 'differences') AS d;
SET ROLE regress_deployer;
SELECT r -> 'ok' AS ok FROM stopgap.repair('ann') AS r;
SELECT stopgap.create_environment('ann_to') IS NOT NULL AS made;
SELECT stopgap.promote('ann', 'ann_to') IS NOT NULL AS promoted;
SELECT stopgap.import('ann_moved', stopgap.export('ann')) IS NOT NULL AS imported;
SELECT stopgap.verify('ann_to') -> 'ok' AS ok, stopgap.verify('ann_moved') -> 'ok' AS ok;
RESET ROLE;
SELECT * FROM pg_temp.rights('ann_moved');

-- Whether an export can have it is said with file and export, or with line and column.
SET ROLE regress_deployer;
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @readonly */ export const a = mutation(v.any(), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @cache stable */ export const a = mutation(v.any(), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @log-params id, name */ export const a = query(v.object({ id: v.any() }), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @log_params */ export const a = query(v.any(), () => 1);'));
SELECT f -> 'annotations' AS annotations
FROM jsonb_array_elements(stopgap.plan_bundle('refused', bundles.handlers('/** @log-params */ export const a = query(v.any(), () => 1);
/** @log-params id */ export const b = mutation({ sql: { args: { id: "int" }, returns: "int" }, handler: () => null });')) -> 'functions') AS f;
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @role public */ export const a = query(v.any(), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @role regress_nobody */ export const a = query(v.any(), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers(E'/**\n * @timout 5s\n * @cache forever\n */\nexport const a = query(v.any(), () => 1);'));
SELECT stopgap.plan_bundle('refused', bundles.handlers('/** @example a @timeout of no time */ export const a = query(v.any(), () => 1);')) -> 'summary' AS summary;
