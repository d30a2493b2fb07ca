-- Deploy, call, deploy again.
SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('prod', bundles.of(
    'users/admin.ts', $js$
        import { query, mutation, v } from "@stopgap/runtime";
        import { shout } from "../lib/text";
        export const getAll = query(v.object({ name: v.string().default("nobody") }), (args, ctx) =>
            ({ name: shout(args.name), mode: ctx.db.mode, env: ctx.env, fn: ctx.fn.name }));
        export default mutation(v.object({}), (_args, ctx) => ctx.db.mode);
        export const notAFunction = 7;
    $js$,
    'index.ts', $js$
        import { query, v } from "@stopgap/runtime";
        export const ping = query(v.object({}), () => "pong");
    $js$,
    'lib/text.ts', 'export const shout = (s: string): string => s.toUpperCase();',
    'data/limits.json', '{"most": 3}'
), 'first');
SELECT * FROM bundles.shown(stopgap.status('prod'));

-- The live functions and their rights.
SELECT p.oid::regprocedure AS live, pg_get_userbyid(p.proowner) AS owner, p.provolatile, p.proparallel, p.proisstrict,
       p.prosecdef, p.proacl
FROM pg_proc AS p WHERE p.pronamespace = 'live_prod'::regnamespace ORDER BY 1::text;
SELECT live_prod.ping();

RESET ROLE;
SET ROLE regress_app;
SELECT live_prod.users_admin_get_all('{"name": "ann"}');
SELECT live_prod.users_admin_get_all();
SELECT live_prod.users_admin();
SELECT live_prod.ping();
SELECT stopgap.call('prod', 'api.users.admin.getAll', '{"name": "bo"}');
SELECT stopgap.call('prod', 'api.users.admin.nope');
SELECT stopgap.call('nowhere', 'api.users.admin.getAll');
SELECT stopgap.call('prod', 'users');
-- Rejected arguments name the value.
\set VERBOSITY terse
SELECT live_prod.users_admin_get_all('{"name": 7, "more": 1}');
\set VERBOSITY default

RESET ROLE;
SET ROLE regress_deployer;
-- What a deploy would change.
SELECT d -> 'summary' AS summary, d -> 'skipped' AS skipped FROM stopgap.diff_bundle('prod', bundles.of(
    'index.ts', $js$
        import { query, v } from "@stopgap/runtime";
        export const ping = query(v.object({}), () => "PONG");
        export const help = query(v.object({}), () => "help");
        export const helper = () => 1;
    $js$)) AS d;
SELECT count(*) FROM stopgap.deployment;

-- The same bundle again changes nothing but the deployment.
SELECT stopgap.deploy_bundle('dev', bundles.of('a.ts', bundles.constant('x')), 'one');
SELECT stopgap.deploy_bundle('dev', bundles.of('a.ts', bundles.constant('x')), 'two');
SELECT id, label, state, jsonb_array_length(manifest -> 'functions') AS functions FROM stopgap.deployment ORDER BY id;
SELECT count(*) FROM stopgap.fn_version WHERE env = 'dev';
