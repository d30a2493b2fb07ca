-- Rollback follows the activation log, and never goes back to a bad deployment.
SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('roll', bundles.of('a.ts', bundles.constant(n), 'b' || n || '.ts', bundles.constant(n)), n)
       - (SELECT count(*) FROM stopgap.deployment WHERE env <> 'roll' OR id IS NULL) > 0 AS deployed
FROM unnest(ARRAY['1', '2', '3']) AS n;
CREATE TEMP TABLE ids AS SELECT label, id FROM stopgap.deployment WHERE env = 'roll';
CREATE FUNCTION pg_temp.label(deployment bigint) RETURNS text LANGUAGE sql AS 'SELECT label FROM ids WHERE id = $1';
SELECT pg_temp.label(stopgap.rollback('roll')) AS back_to;
SELECT live_function FROM bundles.shown(stopgap.status('roll'));
-- A rollback after a rollback goes further back.
SELECT pg_temp.label(stopgap.rollback('roll')) AS back_to;
SELECT stopgap.rollback('roll');
-- By id: one may vouch for a deployment.
SELECT pg_temp.label(stopgap.rollback('roll', to_id => (SELECT id FROM ids WHERE label = '2'))) AS back_to;
SELECT stopgap.rollback('roll', to_id => (SELECT id FROM ids WHERE label = '2'));
SELECT stopgap.rollback('roll', to_id => -1);
SELECT stopgap.rollback('roll', 0);
SELECT stopgap.rollback('nowhere');
SELECT label, state FROM stopgap.deployment WHERE env = 'roll' ORDER BY id;
SELECT kind, pg_temp.label(from_deployment_id) AS "from", pg_temp.label(to_deployment_id) AS "to", activated_by
FROM stopgap.activation_log WHERE env = 'roll' ORDER BY id;
SELECT env, live_schema, label, functions, activated_as FROM stopgap.overview WHERE env = 'roll';
RESET ROLE;
SET ROLE regress_app;
SELECT live_roll.a_get(), live_roll.b2_get();
SELECT live_roll.b3_get();
SELECT stopgap.rollback('roll');
