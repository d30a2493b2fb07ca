-- Migrations, hooks, functions in SQL files and verification: with the caller's rights, in the switch's transaction.
CREATE SCHEMA store AUTHORIZATION regress_deployer;
CREATE FUNCTION bundles.with_scripts(bundle jsonb, scripts jsonb, verify jsonb DEFAULT '[]') RETURNS jsonb LANGUAGE sql AS
    'SELECT bundle || jsonb_build_object(''scripts'', scripts, ''verify'', verify)';
SET ROLE regress_deployer;
SET search_path = store, public;
SELECT stopgap.deploy_bundle('store', bundles.with_scripts(
    bundles.of('a.ts', bundles.constant('one')),
    '{"before": "CREATE TABLE IF NOT EXISTS trace (n serial, what text); INSERT INTO trace (what) VALUES (''before'')",
      "after": "INSERT INTO trace (what) VALUES (''after, as '' || current_user)",
      "migrations": {"001_item.sql": "CREATE TABLE item (name text); INSERT INTO trace (what) VALUES (''001'')",
                     "002_price.sql": "ALTER TABLE item ADD price int; INSERT INTO trace (what) VALUES (''002'')"},
      "functions": {"total.sql": "CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql AS ''SELECT 1''"}}')) IS NOT NULL;
SELECT what FROM store.trace ORDER BY n;
SELECT name, applied_by FROM stopgap.migration WHERE env = 'store' ORDER BY name;
SELECT store.total();
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'item' AND relnamespace = 'store'::regnamespace;

-- Again: migrations do not, hooks do; a function file whose text is the same does not.
RESET ROLE;
CREATE FUNCTION bundles.store(total text, migrations jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT bundles.with_scripts(bundles.of('a.ts', bundles.constant(total)), jsonb_build_object('migrations', migrations,
        'functions', jsonb_build_object('total.sql',
            format('CREATE OR REPLACE FUNCTION store.total() RETURNS int LANGUAGE sql AS ''SELECT %s''', total))))
$$;
SET ROLE regress_deployer;
SELECT p -> 'migrations' AS migrations, p -> 'sql_functions' AS sql_functions
FROM stopgap.plan_bundle('store', bundles.store('2', '{"003.sql": "CREATE TABLE more ()", "001_item.sql": "CREATE TABLE item (name text); INSERT INTO trace (what) VALUES (''001'')"}')) AS p;
SELECT stopgap.deploy_bundle('store', bundles.store('2', '{"003.sql": "CREATE TABLE more ()"}')) IS NOT NULL;
SELECT store.total(), to_regclass('store.more');
SELECT p -> 'migrations' AS migrations, p -> 'sql_functions' AS sql_functions
FROM stopgap.plan_bundle('store', bundles.store('2', '{"003.sql": "CREATE TABLE more ()"}')) AS p;
-- A rollback moves the functions of files too, with the caller's rights.
SELECT stopgap.rollback('store') IS NOT NULL;
RESET search_path;
SELECT store.total(), live_store.a_get();
RESET ROLE;
SELECT live_store.a_get();
SET ROLE regress_deployer;

-- Refused.
SELECT stopgap.deploy_bundle('store', bundles.store('2', '{"003.sql": "CREATE TABLE others ()"}'));
SELECT stopgap.deploy_bundle('store', bundles.store('2', '{"000.sql": "CREATE TABLE others ()"}'));
SELECT stopgap.deploy_bundle('store', bundles.store('2', '{"a/b.sql": ""}'));
-- What fails changes nothing: neither code nor data.
SELECT stopgap.deploy_bundle('store', bundles.store('3', '{"004.sql": "CREATE TABLE store.gone (); SELECT 1 / 0"}'));
SELECT to_regclass('store.gone') IS NULL AS gone, store.total();
SELECT stopgap.deploy_bundle('store', bundles.store('3', '{"004.sql": "COMMIT"}'));
-- A migration may do what its caller may, and no more.
SELECT stopgap.deploy_bundle('store', bundles.store('3', '{"004.sql": "UPDATE stopgap.environment SET protected = true"}'));
SELECT stopgap.deploy_bundle('store', bundles.store('3', '{"004.sql": "CREATE FUNCTION live_store.mine() RETURNS int LANGUAGE sql AS ''SELECT 1''"}'));

-- Handlers that verify see the new version, and refuse it by throwing.
RESET ROLE;
GRANT app_user TO regress_deployer;
SET ROLE regress_deployer;
CREATE FUNCTION pg_temp.verified(expected text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT bundles.with_scripts(bundles.of('a.ts', bundles.constant('new'), 'verify/checks.ts', format($js$
        import { query, v } from "@stopgap/runtime";
        export const answers = query(v.object({}), async (_, ctx) => {
            const { a } = await ctx.db.one("SELECT live_store.a_get() AS a");
            if (a !== %s) throw new Error(`a gives ${a} in ${ctx.env}, asked by ${ctx.user.current}`);
        });
    $js$, to_jsonb(expected))), '{}', '["verify/checks.ts"]')
$$;
\set VERBOSITY terse
SELECT stopgap.deploy_bundle('store', pg_temp.verified('old'));
\set VERBOSITY default
SELECT stopgap.call('store', 'api.a.get');
SELECT stopgap.deploy_bundle('store', pg_temp.verified('new')) IS NOT NULL;
SELECT stopgap.call('store', 'api.a.get');
SELECT f ->> 'live_function' AS live_function FROM jsonb_array_elements(stopgap.status('store') -> 'functions') AS f;
SELECT stopgap.deploy_bundle('store', bundles.with_scripts(bundles.of('a.ts', bundles.constant('x')), '{}', '["verify/none.ts"]'));
RESET ROLE;
REVOKE app_user FROM regress_deployer;
