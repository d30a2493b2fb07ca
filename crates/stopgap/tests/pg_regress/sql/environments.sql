-- Environments with parents: tenants over a region over what all have.
SET ROLE regress_deployer;
SELECT stopgap.create_environment('shared', settings => '{"default_label": "unnamed"}') - 'deployer_role' AS made;
SELECT stopgap.create_environment('eu', 'shared') -> 'parent' AS parent;
SELECT stopgap.create_environment('acme', 'eu', '{"app_role": "regress_acme", "deployer_role": "regress_acme_deployer"}')
    -> 'app_role' AS app_role;
SELECT stopgap.create_environment('bolt', 'eu', '{"app_role": "regress_bolt"}') -> 'app_role' AS app_role;

-- What a live schema holds: live function, constant, env that it runs in.
RESET ROLE;
CREATE FUNCTION bundles.live(env text) RETURNS TABLE (live_function text, origin text, inherited text)
LANGUAGE sql AS $$
    SELECT f ->> 'live_function', f ->> 'origin', f ->> 'inherited'
    FROM jsonb_array_elements(stopgap.status(env) -> 'functions') AS f ORDER BY 1
$$;
CREATE FUNCTION bundles.in_env(value text) RETURNS text LANGUAGE sql AS $$
    SELECT format(E'import { query, v } from "@stopgap/runtime";\nexport const get = query(v.object({}), (_, ctx) => %s + " in " + ctx.env);\n',
                  to_jsonb(value))
$$;

SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('shared', bundles.of('a.ts', bundles.in_env('a'), 'b.ts', bundles.in_env('b'))) IS NOT NULL;
SELECT stopgap.deploy_bundle('eu', bundles.of('b.ts', bundles.in_env('eu b'))) IS NOT NULL;
SELECT label FROM stopgap.deployment WHERE env = 'shared';
SELECT * FROM bundles.live('acme');
RESET ROLE;
SELECT live_shared.b_get(), live_eu.b_get(), live_acme.b_get(), live_bolt.a_get();

-- A deployer of one environment releases to it, and sees no other.
SET ROLE regress_acme_deployer;
SELECT stopgap.deploy_bundle('acme', bundles.of('a.ts', bundles.in_env('acme a'), 'own.ts', bundles.in_env('own'))) IS NOT NULL;
SELECT * FROM bundles.live('acme');
SELECT e ->> 'env' AS env FROM jsonb_array_elements(stopgap.environments()) AS e;
SELECT stopgap.status('bolt');
SELECT stopgap.deployments('shared');
SELECT stopgap.deploy_bundle('bolt', bundles.of('a.ts', bundles.in_env('stolen')));
SELECT stopgap.diff_bundle('bolt', bundles.of('a.ts', bundles.in_env('stolen')));
SELECT stopgap.rollback('bolt');
SELECT stopgap.alter_environment('bolt', '{"app_role": "regress_acme"}');
SELECT stopgap.drop_environment('bolt');
SELECT stopgap.create_environment('mine', 'bolt');
SELECT count(*) FROM stopgap.fn_version;

-- No tenant calls another's functions, nor learns which there are.
RESET ROLE;
SET ROLE regress_acme;
SELECT live_acme.a_get(), live_acme.b_get(), stopgap.call('acme', 'api.own.get'), stopgap.call('acme', 'api.b.get');
SELECT live_bolt.a_get();
SELECT stopgap.call('bolt', 'api.a.get');
SELECT stopgap.call('bolt', 'api.nothing.here');
SELECT stopgap.call('shared', 'api.a.get');
RESET ROLE;
SET ROLE regress_bolt;
SELECT live_bolt.a_get();
SELECT live_acme.own_get();
SELECT stopgap.call('acme', 'api.own.get');
SELECT has_function_privilege('live_acme.own_get(jsonb)', 'EXECUTE') AS may_call;

-- A release above reaches all that do not have the function, in the same transaction; a rollback as well.
RESET ROLE;
SET ROLE regress_deployer;
BEGIN;
SELECT stopgap.deploy_bundle('shared', bundles.of('a.ts', bundles.in_env('a2'), 'c.ts', bundles.in_env('c'))) IS NOT NULL;
RESET ROLE;
SELECT live_eu.a_get(), live_acme.a_get(), live_bolt.a_get(), live_acme.b_get(), live_bolt.c_get();
SELECT to_regproc('live_shared.b_get') IS NULL AS gone, to_regproc('live_eu.b_get') IS NULL AS stays;
ROLLBACK;
RESET ROLE;
SELECT live_bolt.a_get(), to_regproc('live_bolt.c_get') IS NULL AS gone;
SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('shared', bundles.of('a.ts', bundles.in_env('a2'), 'c.ts', bundles.in_env('c'))) IS NOT NULL;
SELECT stopgap.rollback('shared') IS NOT NULL;
RESET ROLE;
SELECT live_bolt.a_get(), live_acme.a_get(), to_regproc('live_bolt.c_get') IS NULL AS gone;
-- No version is written for what is inherited.
SELECT env, count(*) FROM stopgap.fn_version WHERE env IN ('shared', 'eu', 'acme', 'bolt') GROUP BY 1 ORDER BY 1;
-- What the child gives up is the parent's again.
SET ROLE regress_deployer;
SELECT stopgap.deploy_bundle('eu', bundles.of('z.ts', bundles.in_env('z'))) IS NOT NULL;
SELECT * FROM bundles.live('bolt');
RESET ROLE;
SELECT live_acme.b_get();

-- Something that depends on a function which a child would lose refuses the parent's release.
CREATE VIEW bundles.uses AS SELECT live_bolt.b_get() AS b;
SET ROLE regress_deployer;
\set VERBOSITY terse
SELECT stopgap.deploy_bundle('shared', bundles.of('a.ts', bundles.in_env('a')));
SELECT stopgap.drop_environment('bolt');
SELECT stopgap.drop_environment('eu');
\set VERBOSITY default
RESET ROLE;
DROP VIEW bundles.uses;

-- Another parent; another application role.
SET ROLE regress_deployer;
SELECT stopgap.create_environment('us') -> 'parent' AS parent;
SELECT stopgap.deploy_bundle('us', bundles.of('u.ts', bundles.in_env('u'))) IS NOT NULL;
SELECT stopgap.alter_environment('bolt', '{"parent": "us"}') -> 'parent' AS parent;
SELECT * FROM bundles.live('bolt');
SELECT stopgap.alter_environment('us', '{"parent": "bolt"}');
SELECT stopgap.alter_environment('us', '{"parent": "nowhere"}');
SELECT stopgap.alter_environment('bolt', '{"app_role": "regress_acme"}') -> 'app_role' AS app_role;
RESET ROLE;
SELECT has_function_privilege('regress_bolt', 'live_bolt.u_get(jsonb)', 'EXECUTE') AS before,
       has_function_privilege('regress_acme', 'live_bolt.u_get(jsonb)', 'EXECUTE') AS after,
       has_schema_privilege('regress_bolt', 'live_bolt', 'USAGE') AS schema_before;
SET ROLE regress_deployer;
SELECT stopgap.alter_environment('bolt', '{"parent": null}') -> 'parent' AS parent;
SELECT * FROM bundles.live('bolt');

-- Refused.
SELECT stopgap.create_environment('bolt');
SELECT stopgap.create_environment('new', 'nowhere');
SELECT stopgap.create_environment('new', settings => '{"app_role": "nobody_at_all"}');
SELECT stopgap.create_environment('new', settings => '{"colour": "red"}');
SELECT stopgap.create_environment('new', 'us', '{"parent": "eu"}');
SELECT stopgap.alter_environment('us', '{"live_schema": "other"}');
SELECT stopgap.alter_environment('nowhere', '{}');
SELECT stopgap.drop_environment('nowhere');

-- A protected environment is released to by its name, and not dropped.
SELECT stopgap.alter_environment('us', '{"protected": true, "keep_last": 5}') - 'active_deployment_id' AS altered;
SELECT stopgap.deploy_bundle('us', bundles.of('u.ts', bundles.in_env('u2')));
SELECT stopgap.deploy_bundle('us', bundles.of('u.ts', bundles.in_env('u2')), options => '{"confirm": "eu"}');
SELECT stopgap.deploy_bundle('us', bundles.of('u.ts', bundles.in_env('u2')), options => '{"confirm": "us"}') IS NOT NULL;
SELECT stopgap.rollback('us');
SELECT stopgap.rollback('us', options => '{"confirm": "us"}') IS NOT NULL;
SELECT stopgap.drop_environment('us');
SELECT stopgap.alter_environment('us', '{"protected": false}') -> 'protected' AS protected;

-- A dropped environment leaves its history; a new one of its name does not begin with it.
SELECT stopgap.drop_environment('us');
SELECT to_regnamespace('live_us') IS NULL AS gone, (SELECT count(*) FROM stopgap.environment WHERE env = 'us') AS rows,
       (SELECT count(*) FROM stopgap.activation_log WHERE env = 'us') AS log,
       (SELECT string_agg(DISTINCT state, ', ') FROM stopgap.deployment WHERE env = 'us') AS states;
SELECT stopgap.deploy_bundle('us', bundles.of('u.ts', bundles.in_env('u'))) IS NOT NULL;
\set VERBOSITY sqlstate
SELECT stopgap.rollback('us');
SELECT stopgap.rollback('us', to_id => (SELECT min(id) FROM stopgap.deployment WHERE env = 'us')) IS NULL;
\set VERBOSITY default
-- Somebody's own object in a live schema keeps the environment.
RESET ROLE;
CREATE TABLE live_us.mine (a int);
SET ROLE regress_deployer;
\set VERBOSITY terse
SELECT stopgap.drop_environment('us');
\set VERBOSITY default
RESET ROLE;
SELECT live_us.u_get();

-- What was handed to an environment's roles is taken back when no environment needs it, so that they can be dropped.
CREATE ROLE regress_brief_app;
CREATE ROLE regress_brief_deployer;
SET ROLE regress_deployer;
SELECT stopgap.create_environment('brief', settings => '{"app_role": "regress_brief_app", "deployer_role": "regress_brief_deployer"}')
    ->> 'env' AS first, stopgap.create_environment('brief2', settings => '{"app_role": "regress_brief_app"}') ->> 'env' AS second;
RESET ROLE;
SELECT has_function_privilege('regress_brief_deployer', 'stopgap.deploy_bundle(text, jsonb, text, jsonb)', 'EXECUTE') AS deploys,
       has_function_privilege('regress_brief_app', 'stopgap.call(text, text, jsonb)', 'EXECUTE') AS calls;
SET ROLE regress_deployer;
SELECT stopgap.drop_environment('brief');
RESET ROLE;
SELECT has_function_privilege('regress_brief_app', 'stopgap.call(text, text, jsonb)', 'EXECUTE') AS still_calls;
DROP ROLE regress_brief_deployer;
SET ROLE regress_deployer;
SELECT stopgap.alter_environment('brief2', '{"app_role": "app_user"}') ->> 'app_role' AS app_role;
RESET ROLE;
DROP ROLE regress_brief_app;
SELECT has_function_privilege('regress_app', 'stopgap.call(text, text, jsonb)', 'EXECUTE') AS others_call,
       has_function_privilege('regress_deployer', 'plts.build(jsonb, jsonb)', 'EXECUTE') AS others_build;

-- The setting keep_last: a release leaves no more than so many deployments to go back to. What was rolled back, what is
-- pinned and what is tagged stays.
SET ROLE regress_deployer;
SELECT stopgap.alter_environment('brief2', '{"keep_last": 2}') ->> 'keep_last' AS keep_last;
CREATE FUNCTION pg_temp.states() RETURNS text LANGUAGE sql AS
    $$ SELECT string_agg(label || ' ' || state, ', ' ORDER BY id) FROM stopgap.deployment WHERE env = 'brief2' $$;
CREATE FUNCTION pg_temp.release(n int) RETURNS bigint LANGUAGE sql AS
    $$ SELECT stopgap.deploy_bundle('brief2', bundles.of('k.ts', bundles.constant(n::text)), n::text) $$;
SELECT count(pg_temp.release(1)), count(stopgap.tag('brief2', 'first'));
SELECT count(pg_temp.release(2));
SELECT count(pg_temp.release(3));
SELECT count(pg_temp.release(4));
SELECT pg_temp.states();
SELECT count(stopgap.rollback('brief2'));
SELECT pg_temp.states();
SELECT count(pg_temp.release(5));
SELECT pg_temp.states();
\set VERBOSITY sqlstate
SELECT stopgap.rollback('brief2', to_id => (SELECT id FROM stopgap.deployment WHERE env = 'brief2' AND label = '2'));
\set VERBOSITY default
SELECT count(stopgap.rollback('brief2', to_tag => 'first'));
SELECT stopgap.find('brief2', 'first') = stopgap.find('brief2', 'active') AS found;
SELECT stopgap.gc('brief2') -> 'versions' AS versions;
RESET ROLE;
SET ROLE regress_acme_deployer;
SELECT stopgap.find('brief2', 'active');
RESET ROLE;
