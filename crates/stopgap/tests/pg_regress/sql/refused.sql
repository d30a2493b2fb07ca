-- What is refused, and how it is said.
SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('Prod', bundles.of('a.ts', bundles.constant('x')));
SELECT stopgap.deploy_bundle('x', '{"format": 2}');
SELECT stopgap.deploy_bundle('x', '{"format": 1, "modules": {}, "more": 1}');
SELECT stopgap.deploy_bundle('x', bundles.of('../a.ts', ''));
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', bundles.constant('x')), options => '{"wait": 1}');
SELECT stopgap.deploy_bundle(NULL, '{}');
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', E'import { y } from "./b";\nexport const x = y;'));
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', E'export const a = 1;\nexport const b = 2 +;'));
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', E'export const a = 1;\n\nthrow new TypeError("no");'));
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', 'for (;;) {} export const a = 1;'));
SELECT stopgap.deploy_bundle('x', bundles.of('a-b.ts', bundles.constant('x'), 'a/b.ts', bundles.constant('y')));
SELECT stopgap.status('x');
-- The reasons are kept.
SELECT item ->> 'state' AS state, item ->> 'error_sqlstate' AS sqlstate, item ->> 'error' AS error
FROM jsonb_array_elements(stopgap.deployments('x')) AS item ORDER BY (item ->> 'id')::bigint;
SELECT stopgap.deploy('x', 'no_such_schema');
SELECT stopgap.deploy('x', 'bundles');
-- Somebody else's schema is never taken.
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', bundles.constant('x')), options => '{"live_schema": "bundles"}');
SELECT stopgap.deploy_bundle('x', bundles.of('a.ts', bundles.constant('x')), options => '{"live_schema": "pg_catalog"}');
SELECT stopgap.deploy_bundle('y', bundles.of('a.ts', bundles.constant('x')), options => '{"live_schema": "live_prod"}');
-- The tables are written by nobody but the library.
UPDATE stopgap.environment SET live_schema = 'public';
DELETE FROM stopgap.activation_log;
INSERT INTO stopgap.fn_version (env) VALUES ('prod');
SELECT count(*) FROM plts.artifact;
RESET ROLE;
SET ROLE regress_app;
SELECT stopgap.deploy_bundle('prod', '{}');
SELECT stopgap.status('prod');
SELECT count(*) FROM stopgap.deployment;
SELECT plts.build('{}');
SELECT plts.build_text('{}');
