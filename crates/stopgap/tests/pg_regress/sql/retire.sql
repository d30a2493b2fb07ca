-- Functions that a release leaves out stay for a while, say so, and are pruned.
CREATE FUNCTION pg_temp.live(env text) RETURNS TABLE (function text, notice text) LANGUAGE sql AS $$
    SELECT p.proname, regexp_replace(p.prosrc::jsonb ->> 'deprecated', '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', 'TIME')
    FROM pg_proc AS p WHERE pronamespace = to_regnamespace('live_' || env) ORDER BY 1
$$;
CREATE FUNCTION pg_temp.waits(t text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN t IS NULL THEN 'live' WHEN t::timestamptz > now() THEN 'has time' ELSE 'is over' END
$$;
CREATE FUNCTION pg_temp.pruned(answer jsonb) RETURNS TABLE (pruned jsonb, retired jsonb, dependents jsonb) LANGUAGE sql AS $$
    SELECT jsonb_path_query_array(answer, '$.pruned[*].live_function'),
           jsonb_path_query_array(answer, '$.retired[*].live_function'), answer -> 'dependents'
$$;
-- The warning says until when; see the command-line tool's tests.
SET client_min_messages = error;
SET ROLE regress_deployer;
SELECT count(stopgap.create_environment('ret', settings => '{"retire_s": 3600}'));
SELECT stopgap.create_environment('retchild', 'ret') -> 'retire_s' AS of_its_own;
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a1'), 'b.ts', bundles.constant('b1'), 'c.ts', bundles.constant('c1'))));

-- What is left out is retired: it is in the plan, in the log, and in what is live.
SELECT p -> 'summary' AS summary, p -> 'compatible' AS compatible, p -> 'schemas' AS schemas
FROM stopgap.plan_bundle('ret', bundles.of('a.ts', bundles.constant('a2'))) AS p;
SELECT f ->> 'live_function' AS function, f ->> 'change' AS change, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.diff_bundle('ret', bundles.of('a.ts', bundles.constant('a2'))) -> 'functions') AS f ORDER BY 1;
SELECT stopgap.diff_bundle('ret', bundles.of('a.ts', bundles.constant('a2')), '{"retire_s": 0}') -> 'summary' AS at_once;
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a2')), NULL,
    jsonb_build_object('plan', stopgap.plan_bundle('ret', bundles.of('a.ts', bundles.constant('a2'))) -> 'digest')));
SELECT changes FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id DESC LIMIT 1;
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;
RESET ROLE;
SELECT * FROM pg_temp.live('ret');
SELECT * FROM pg_temp.live('retchild');
SELECT stopgap.verify('ret') -> 'differences' AS differences, stopgap.verify('retchild') -> 'differences' AS of_the_heir;
SET ROLE regress_app;
SELECT live_ret.a_get(), live_ret.b_get(), live_retchild.c_get();
SELECT stopgap.call('ret', 'api.b.get');
RESET ROLE;

-- It has its time, whatever later releases say; what is there again is live again.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a3'), 'c.ts', bundles.constant('c1')), NULL, '{"retire_s": 0}'));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;
-- A redeploy of the same, whose modules are not looked at, leaves it as it is.
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a3'), 'c.ts', bundles.constant('c1'))));
SELECT changes FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id DESC LIMIT 2;
-- A rollback restores what a deployment was, also what it had retired.
SELECT count(stopgap.rollback('ret', 2));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;
SELECT count(stopgap.rollback('ret'));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a2'))));

-- Where an ancestor has the name, its function takes over at once.
SELECT count(stopgap.deploy_bundle('retchild', bundles.of('a.ts', bundles.constant('child'), 'd.ts', bundles.constant('d1')), NULL, '{"retire_s": 60}'));
SELECT count(stopgap.deploy_bundle('retchild', bundles.of('e.ts', bundles.constant('e1')), NULL, '{"retire_s": 60}'));
SELECT f ->> 'live_function' AS function, f ->> 'origin' AS origin, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('retchild') -> 'functions') AS f ORDER BY 1;
RESET ROLE;
SET ROLE regress_app;
SELECT live_retchild.a_get(), stopgap.call('retchild', 'api.a.get'), stopgap.call('retchild', 'api.d.get');
RESET ROLE;

-- Pruning: nothing is over yet.
SET ROLE regress_deployer;
SELECT * FROM pg_temp.pruned(stopgap.prune('ret'));
SELECT * FROM pg_temp.pruned(stopgap.prune('ret', '{"all": true, "dry_run": true}'));
SELECT (stopgap.prune('ret') ->> 'deployment_id')::bigint = stopgap.find('ret', 'active') AS same_deployment;
-- Something depends on one that would go.
RESET ROLE;
CREATE VIEW regress_needs_b AS SELECT live_ret.b_get() AS b;
SET ROLE regress_deployer;
SELECT * FROM pg_temp.pruned(stopgap.prune('ret', '{"all": true, "dry_run": true}'));
SELECT stopgap.prune('ret', '{"all": true}');
RESET ROLE;
DROP VIEW regress_needs_b;
SET ROLE regress_deployer;
SELECT * FROM pg_temp.pruned(stopgap.prune('ret', '{"all": true}'));
SELECT kind, changes FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id DESC LIMIT 1;
SELECT d ->> 'source' ~ '^pruned deployment \d+$' AS source FROM jsonb_array_elements(stopgap.deployments('ret')) AS d LIMIT 1;
SELECT f ->> 'live_function' AS function FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;
SELECT f ->> 'live_function' AS function FROM jsonb_array_elements(stopgap.status('retchild') -> 'functions') AS f ORDER BY 1;
-- A rollback brings them back.
SELECT count(stopgap.rollback('ret'));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;

-- Whose time is over goes with the next release, or stays when it says so.
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a4'), 'b.ts', bundles.constant('b4'), 'c.ts', bundles.constant('c4'))));
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a4')), NULL, '{"retire_s": 1}'));
SELECT pg_sleep(1.2);
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a5')), NULL, '{"prune": false}'));
SELECT * FROM pg_temp.pruned(stopgap.prune('ret', '{"dry_run": true}'));
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('a6'))));
SELECT changes FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id DESC LIMIT 1;
SELECT f ->> 'live_function' AS function FROM jsonb_array_elements(stopgap.status('ret') -> 'functions') AS f ORDER BY 1;

-- What is retired is neither promoted nor exported.
SELECT count(stopgap.deploy_bundle('ret', bundles.of('z.ts', bundles.constant('z'))));
SELECT count(stopgap.create_environment('retgoal'));
SELECT count(stopgap.promote('ret', 'retgoal')), count(stopgap.import('retgoal', stopgap.export('ret')));
SELECT f ->> 'live_function' AS function FROM jsonb_array_elements(stopgap.status('retgoal') -> 'functions') AS f ORDER BY 1;
-- But what the goal leaves out is retired there, as it says.
SELECT count(stopgap.deploy_bundle('retgoal', bundles.of('own.ts', bundles.constant('own'))));
SELECT count(stopgap.promote('ret', 'retgoal', options => '{"retire_s": 60}'));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('retgoal') -> 'functions') AS f ORDER BY 1;

-- Whatever looks at deployments knows what is retired: sources are those of the release, a way back says what comes back.
SELECT m ->> 'module' AS module, m ->> 'change' AS change, m ->> 'from_source' IS NOT NULL AS was, m ->> 'to_source' IS NOT NULL AS is
FROM jsonb_array_elements(stopgap.compare(
    (SELECT to_deployment_id FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id LIMIT 1),
    (SELECT to_deployment_id FROM stopgap.activation_log WHERE env = 'ret' ORDER BY id LIMIT 1 OFFSET 1)) -> 'modules') AS m;
SELECT count(stopgap.create_environment('retback', settings => '{"keep_last": 1}'));
SELECT count(stopgap.deploy_bundle('retback', bundles.of('a.ts', bundles.constant('1'), 'g.ts', bundles.constant('g'))));
SELECT count(stopgap.deploy_bundle('retback', bundles.of('a.ts', bundles.constant('1')), NULL, '{"retire_s": 600}'));
SELECT count(stopgap.prune('retback', '{"all": true}'));
SELECT f ->> 'live_function' AS function, f ->> 'change' AS change, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.what_if_rollback('retback') -> 'plan' -> 'functions') AS f ORDER BY 1;
-- A pruning leaves the way back, whatever is kept.
SELECT count(stopgap.rollback('retback'));
SELECT f ->> 'live_function' AS function, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('retback') -> 'functions') AS f ORDER BY 1;
SELECT stopgap.rollback('retback', options => '{"retire_s": 60}');
-- It comes back with another signature, from another module of the same live name.
SELECT count(stopgap.deploy_bundle('retback', bundles.of('a.ts', bundles.constant('1'), 'g/get.ts', $ts$
import { query } from "@stopgap/runtime";
export default query({ sql: { args: { n: "int" }, returns: "int" }, handler: ({ n }) => n });
$ts$)));
SELECT f ->> 'live_function' AS function, f ->> 'signature' AS signature, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('retback') -> 'functions') AS f ORDER BY 1;
SELECT stopgap.verify('retback') -> 'differences' AS differences;

-- Three generations: who has nothing of that name has the retired one of the nearest, and a live one goes before it.
SELECT count(stopgap.create_environment('retgrand', 'retchild'));
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', bundles.constant('top'))));
SELECT count(stopgap.deploy_bundle('retgrand', bundles.of('a.ts', bundles.constant('own'), 'n.ts', bundles.constant('n'))));
SELECT f ->> 'live_function' AS function, f ->> 'change' AS change, f ->> 'compatible' AS compatible, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.plan_bundle('retgrand', bundles.of('n.ts', bundles.constant('n')), '{"retire_s": 60}') -> 'functions') AS f;
-- What takes over is not what callers know.
SELECT count(stopgap.deploy_bundle('ret', bundles.of('a.ts', $ts$
import { query, v } from "@stopgap/runtime";
export const get = query(v.object({ more: v.string() }), () => 1);
$ts$)));
SELECT f ->> 'live_function' AS function, f ->> 'change' AS change, f ->> 'compatible' AS compatible, f -> 'compatibility' AS compatibility
FROM jsonb_array_elements(stopgap.plan_bundle('retgrand', bundles.of('n.ts', bundles.constant('n')), '{"retire_s": 60}') -> 'functions') AS f
WHERE f ->> 'change' = 'retired';
SELECT count(stopgap.deploy_bundle('retgrand', bundles.of('n.ts', bundles.constant('n')), NULL, '{"retire_s": 60}'));
SELECT f ->> 'live_function' AS function, f ->> 'origin' AS origin, pg_temp.waits(f ->> 'retired_until')
FROM jsonb_array_elements(stopgap.status('retgrand') -> 'functions') AS f ORDER BY 1;
SELECT stopgap.verify('retgrand') -> 'differences' AS differences;

-- Checks.
SELECT stopgap.prune('nowhere');
SELECT stopgap.prune('ret', '{"everything": true}');
SELECT stopgap.prune('ret', '{"all": 1}');
SELECT stopgap.prune('ret', '[]');
SELECT stopgap.deploy_bundle('ret', '{}', NULL, '{"retire_s": "soon"}');
SELECT stopgap.deploy_bundle('ret', '{}', NULL, '{"retire_s": 999999999999}');
SELECT stopgap.alter_environment('ret', '{"retire_s": -5}');
SELECT count(stopgap.alter_environment('ret', '{"protected": true}'));
SELECT stopgap.prune('ret', '{"all": true}');
SELECT count(stopgap.prune('ret', '{"all": true, "dry_run": true}'));
SELECT count(stopgap.prune('ret', '{"all": true, "confirm": "ret"}'));
SELECT stopgap.prune('retempty') FROM stopgap.create_environment('retempty');
RESET ROLE;
SET ROLE regress_app;
SELECT stopgap.prune('ret');
RESET ROLE;
-- Nothing is left for the tests of gc to find.
SELECT count(stopgap.gc());
RESET client_min_messages;
