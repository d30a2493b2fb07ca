-- Promotion: the same artifacts, and nothing is built.
SET ROLE regress_deployer;
SELECT count(stopgap.deploy_bundle('staging', bundles.of('a.ts', bundles.constant('1'), 'b.ts', bundles.constant('1')), 'v1'));
SELECT count(stopgap.promote('staging', 'production'));
SELECT count(stopgap.create_environment('production'));
SELECT count(stopgap.promote('staging', 'production'));
SELECT s ->> 'label' AS label, s ->> 'source' ~ '^deployment [0-9]+ of staging$' AS source, s ->> 'state' AS state
FROM jsonb_array_elements(stopgap.deployments('production')) AS s;
SELECT bool_and(s.artifact_hash = p.artifact_hash) AS same, count(*)
FROM stopgap.fn_version AS s JOIN stopgap.fn_version AS p USING (path) WHERE s.env = 'staging' AND p.env = 'production';

-- Only what changed is written.
SELECT count(stopgap.deploy_bundle('staging', bundles.of('a.ts', bundles.constant('2'), 'b.ts', bundles.constant('1')), 'v2'));
SELECT count(stopgap.promote('staging', 'production', 'to production'));
SELECT path, count(*) FROM stopgap.fn_version WHERE env = 'production' GROUP BY 1 ORDER BY 1;
SELECT kind, label, changes FROM stopgap.activation_log WHERE env = 'production' ORDER BY id;
SELECT count(stopgap.rollback('production'));
SELECT label FROM stopgap.overview WHERE env = 'production';

-- Checks.
SELECT stopgap.promote('staging', 'staging');
SELECT stopgap.promote('nowhere', 'production');
SELECT count(stopgap.create_environment('empty'));
SELECT stopgap.promote('empty', 'production');
SELECT count(stopgap.alter_environment('production', '{"protected": true}'));
SELECT stopgap.promote('staging', 'production');
SELECT count(stopgap.promote('staging', 'production', options => '{"confirm": "production"}'));
SELECT count(stopgap.create_environment('tenant', 'staging'));
SELECT stopgap.promote('staging', 'tenant');
SELECT count(stopgap.deploy_bundle('tenant', bundles.of('a.ts', bundles.constant('tenant'))));
-- What a tenant has of its own can go up; what it inherits is not its own.
SELECT count(stopgap.promote('tenant', 'empty'));
SELECT f ->> 'live_function' AS live_function FROM jsonb_array_elements(stopgap.status('empty') -> 'functions') AS f;
RESET ROLE;
SET ROLE regress_app;
SELECT live_production.a_get(), live_empty.a_get();
SELECT stopgap.promote('staging', 'production');
