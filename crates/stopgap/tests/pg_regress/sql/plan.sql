-- Plans: everything that a deploy would do, and a deploy that does exactly that.
CREATE FUNCTION bundles.typed(args text, returns text, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
    SELECT format(E'import { query, v } from "@stopgap/runtime";\nexport const get = query({ args: %s, returns: %s, handler: () => null as any });\n%s',
                  args, returns, more)
$$;
CREATE FUNCTION bundles.planned(plan jsonb) RETURNS TABLE (live_function text, change text, compatible text, why text)
LANGUAGE sql AS $$
    SELECT f ->> 'live_function', f ->> 'change', f ->> 'compatible',
           (SELECT string_agg((b ->> 'at') || ' ' || (b ->> 'what'), '; ')
            FROM jsonb_array_elements((f -> 'compatibility' -> 'arguments_narrowed') || (f -> 'compatibility' -> 'result_changed')) AS b)
    FROM jsonb_array_elements(plan -> 'functions') AS f ORDER BY 1
$$;
SET ROLE regress_deployer;
SELECT * FROM bundles.planned(stopgap.plan_bundle('planned', bundles.of('a.ts', bundles.constant('x'))));
SELECT count(*) FROM stopgap.environment WHERE env = 'planned';
SELECT stopgap.deploy_bundle('planned', bundles.of(
    'a.ts', bundles.typed('v.object({ id: v.string() })', 'v.object({ n: v.number() })'),
    'b.ts', bundles.constant('b'), 'c.ts', bundles.constant('c'),
    'd.ts', bundles.typed('v.object({ id: v.string().optional() })', 'v.int()'))) IS NOT NULL;
CREATE TEMP TABLE plans AS SELECT 'next' AS name, stopgap.plan_bundle('planned', bundles.of(
    'a.ts', bundles.typed('v.object({ id: v.string(), more: v.string() })', 'v.object({ n: v.number().optional() })'),
    'b.ts', bundles.constant('b'),
    'd.ts', bundles.typed('v.object({ id: v.string().optional() })', 'v.int()', 'export const help = query(v.any(), () => 1);'))) AS plan;
SELECT p.* FROM plans, bundles.planned(plan) AS p;
SELECT plan -> 'summary' AS summary, plan -> 'compatible' AS compatible, plan -> 'dependents' AS dependents,
       plan -> 'migrations' AS migrations, plan -> 'hooks' AS hooks FROM plans;
SELECT jsonb_array_elements(plan -> 'schemas') AS schema FROM plans;
SELECT l ->> 'on' AS locked, l ->> 'mode' AS mode FROM plans, jsonb_array_elements(plan -> 'locks') AS l;
SELECT m ->> 'module' AS module, m ->> 'change' AS change, m ->> 'diff' AS diff FROM plans, jsonb_array_elements(plan -> 'modules') AS m;

-- The same plan is the same digest, and a deploy is held to it.
CREATE FUNCTION pg_temp.next() RETURNS jsonb LANGUAGE sql AS $$
    SELECT bundles.of('a.ts', bundles.typed('v.object({ id: v.string(), more: v.string() })', 'v.object({ n: v.number().optional() })'),
        'b.ts', bundles.constant('b'),
        'd.ts', bundles.typed('v.object({ id: v.string().optional() })', 'v.int()', 'export const help = query(v.any(), () => 1);'))
$$;
SELECT stopgap.plan_bundle('planned', pg_temp.next()) ->> 'digest' = plan ->> 'digest' AS same FROM plans;
\set VERBOSITY sqlstate
SELECT stopgap.deploy_bundle('planned', bundles.of('b.ts', bundles.constant('b')), options => jsonb_build_object('plan', plan -> 'digest')) FROM plans;
\set VERBOSITY default
SELECT stopgap.deploy_bundle('planned', pg_temp.next(), options => '{"plan": "latest"}');
-- Somebody else was faster: the world is another one.
SELECT stopgap.deploy_bundle('planned', bundles.of('b.ts', bundles.constant('b2'))) IS NOT NULL;
\set VERBOSITY sqlstate
SELECT stopgap.deploy_bundle('planned', pg_temp.next(), options => jsonb_build_object('plan', plan -> 'digest')) FROM plans;
\set VERBOSITY default
UPDATE plans SET plan = stopgap.plan_bundle('planned', pg_temp.next());
SELECT stopgap.deploy_bundle('planned', pg_temp.next(), options => jsonb_build_object('plan', plan -> 'digest')) IS NOT NULL AS deployed FROM plans;

-- What depends on a function that would go is in the plan, and changes it.
RESET ROLE;
CREATE VIEW bundles.needs AS SELECT live_planned.b_get() AS b;
SET ROLE regress_deployer;
SELECT jsonb_array_elements(stopgap.plan_bundle('planned', bundles.of('z.ts', bundles.constant('z'))) -> 'dependents') AS dependent;
RESET ROLE;
DROP VIEW bundles.needs;
-- From a schema; and who may not deploy does not plan.
CREATE SCHEMA planned_source;
GRANT USAGE ON SCHEMA planned_source TO regress_deployer;
CREATE FUNCTION planned_source.one(args jsonb) RETURNS jsonb LANGUAGE plts AS 'export default () => 1';
SET ROLE regress_deployer;
SELECT * FROM bundles.planned(stopgap.plan('planned', 'planned_source'));
RESET ROLE;
SET ROLE regress_app;
SELECT stopgap.plan_bundle('planned', '{}');
