//! What a deployer's own code can reach from within a release, and what a team can of another team's environment: SQL of a
//! release that changes settings, roles or the environment itself; sources that ask for more rights than they may have.

use e2e::bundle::{bundle, constant, deploy};
use e2e::planted::PLANTED;
use e2e::{Database, Role, sqlstate};
use postgres::Client;
use serde_json::{Value, json};

/// A bundle of one module with SQL of its own.
fn with_scripts(value: &str, scripts: Value) -> Value {
    let mut made = bundle(&[("a.ts", &constant(value))]);
    made["scripts"] = scripts;
    made
}

fn release(session: &mut Client, bundle: &Value) -> Result<i64, postgres::Error> {
    session.query_one("SELECT stopgap.deploy_bundle('prod', $1)", &[bundle]).map(|row| row.get(0))
}

fn no_differences(session: &mut Client) {
    let found: Value = session.query_one("SELECT stopgap.verify('prod')", &[]).unwrap().get(0);
    assert_eq!(found["differences"], json!([]));
}

/// A database in which the deployer has planted what stopgap's statements would find first, if a `search_path` led there.
fn traps(name: &str) -> Database {
    let database = Database::create(name);
    let grant = format!("GRANT CREATE ON DATABASE {} TO e2e_deployer", database.name);
    database.sql(Role::Superuser, &grant);
    database.sql(Role::Deployer, PLANTED);
    database
}

#[test]
fn what_a_script_sets_ends_with_it() {
    let database = traps("trespass_settings");
    let mut deployer = database.connect(Role::Deployer);
    deployer.batch_execute("SET search_path = public; SET work_mem = '5MB'").unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("before"))]).unwrap();
    let hostile = "SET search_path = evil, pg_catalog; SET SESSION work_mem = '6MB'; SET standard_conforming_strings = off; \
                   SET check_function_bodies = off; SELECT set_config('search_path', 'evil, pg_temp, pg_catalog', false); \
                   INSERT INTO evil.trap VALUES (current_user, 'script')";
    for (number, scripts) in [
        json!({ "before": hostile }),
        json!({ "after": hostile }),
        json!({ "migrations": { "001.sql": hostile, "002.sql": hostile } }),
        json!({ "functions": { "f.sql": hostile } }),
        json!({ "before": hostile, "after": hostile, "migrations": { "003.sql": hostile }, "functions": { "g.sql": hostile } }),
    ]
    .into_iter()
    .enumerate()
    {
        release(&mut deployer, &with_scripts(&number.to_string(), scripts)).unwrap();
        let row = deployer
            .query_one("SELECT current_setting('search_path'), current_setting('work_mem'), current_user::text", &[])
            .unwrap();
        let found: [String; 3] = [row.get(0), row.get(1), row.get(2)];
        assert_eq!(found, ["public", "5MB", "e2e_deployer"]);
    }
    // A rollback runs the files of functions, too.
    deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    // So may a handler that verifies.
    let mut verified = bundle(&[
        ("a.ts", &constant("verified")),
        (
            "check.ts",
            "import { mutation, v } from \"@stopgap/runtime\";\n\
             export const sets = mutation(v.object({}), async (_args, ctx) => {\n\
               await ctx.db.exec(\"SET search_path = evil, pg_catalog\"); return 1; });\n",
        ),
    ]);
    verified["verify"] = json!(["check.ts"]);
    release(&mut deployer, &verified).unwrap();
    let rows = deployer.query("SELECT DISTINCT who FROM evil.trap ORDER BY 1", &[]).unwrap();
    let ran: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(ran, ["e2e_deployer"], "planted code ran with the rights of another role");
    no_differences(&mut deployer);
}

#[test]
fn a_script_stays_who_it_is() {
    let database = traps("trespass_roles");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("before"))]).unwrap();
    for sql in [
        "SET ROLE stopgap_owner",
        "SET SESSION AUTHORIZATION stopgap_owner",
        "SELECT set_config('role', 'stopgap_owner', false)",
        "UPDATE stopgap.environment SET protected = true",
        "DELETE FROM plts.artifact",
        "CREATE OR REPLACE FUNCTION live_prod.a_get(args jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION live_prod.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT stopgap_owner TO CURRENT_USER",
        "ALTER FUNCTION stopgap.refuse_by_hand() OWNER TO CURRENT_USER",
    ] {
        for place in ["before", "after"] {
            let error = release(&mut deployer, &with_scripts("after", json!({ place: sql }))).expect_err(sql);
            assert_eq!(sqlstate(&error), "42501", "{sql}: {error:?}");
        }
    }
    for sql in ["RESET ROLE", "RESET SESSION AUTHORIZATION", "RESET ALL", "SET ROLE stopgap_deployer"] {
        let sql = format!("{sql}; INSERT INTO evil.trap VALUES (current_user, session_user)");
        release(&mut deployer, &with_scripts(&sql, json!({ "before": sql, "after": sql }))).unwrap();
    }
    let rows = deployer.query("SELECT DISTINCT who || ', ' || what FROM evil.trap ORDER BY 1", &[]).unwrap();
    let ran: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(ran, ["e2e_deployer, e2e_deployer", "stopgap_deployer, e2e_deployer"]);
    let after: String = deployer.query_one("SELECT current_user::text", &[]).unwrap().get(0);
    assert_eq!(after, "e2e_deployer");
    no_differences(&mut deployer);
}

#[test]
fn a_release_within_a_release_leaves_a_whole() {
    let database = traps("trespass_nested");
    let (mut deployer, mut admin) = (database.connect(Role::Deployer), database.connect(Role::Superuser));
    for value in ["one", "two"] {
        deploy(&mut deployer, "prod", &[("a.ts", &constant(value))]).unwrap();
    }
    let inner = bundle(&[("a.ts", &constant("inner"))]).to_string().replace('\'', "''");
    for sql in [
        format!("SELECT stopgap.deploy_bundle('prod', '{inner}')"),
        "SELECT stopgap.rollback('prod')".to_owned(),
        "SELECT stopgap.drop_environment('prod')".to_owned(),
        "SELECT stopgap.create_environment('other'); SELECT stopgap.alter_environment('prod', '{\"parent\": \"other\"}')"
            .to_owned(),
        "SELECT stopgap.gc(options => '{\"min_age_s\": 0, \"keep_last\": 1}')".to_owned(),
        "SELECT stopgap.alter_environment('prod', '{\"protected\": true}')".to_owned(),
    ] {
        for place in ["before", "after"] {
            // It fails as a whole, or is done as a whole.
            let outcome = release(&mut deployer, &with_scripts("outer", json!({ place: sql })));
            let row = admin
                .query_one(
                    "SELECT e.active_deployment_id = (SELECT to_deployment_id FROM stopgap.activation_log
                                                      WHERE env = 'prod' ORDER BY id DESC LIMIT 1),
                            (SELECT count(*) FROM stopgap.deployment WHERE env = 'prod' AND state = 'active'),
                            (SELECT count(*) FROM stopgap.deployment WHERE state IN ('open', 'sealed')),
                            stopgap.call('prod', 'api.a.get')::text
                     FROM stopgap.environment e WHERE env = 'prod'",
                    &[],
                )
                .unwrap_or_else(|error| panic!("{place}: {sql}: {error:?}"));
            let found: (bool, i64, i64, String) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let expected = if outcome.is_ok() { "\"outer\"" } else { "\"two\"" };
            assert_eq!(found, (true, 1, 0, expected.to_owned()), "{place}: {sql}: {outcome:?}");
            no_differences(&mut deployer);
            deployer
                .batch_execute("SELECT stopgap.alter_environment('prod', '{\"parent\": null, \"protected\": false}')")
                .unwrap();
            deploy(&mut deployer, "prod", &[("a.ts", &constant("two"))]).unwrap();
        }
    }
}

#[test]
fn a_source_gives_its_functions_no_rights() {
    let database = traps("trespass_source");
    let mut deployer = database.connect(Role::Deployer);
    // A schema of the deployer's own, whose functions ask for the rights of their owner, bring settings, and have defaults.
    deployer
        .batch_execute(
            "CREATE SCHEMA source;
             CREATE FUNCTION evil.default_of() RETURNS jsonb LANGUAGE plpgsql AS
               $$ BEGIN PERFORM evil.note('default'); RETURN '{}'::jsonb; END $$;
             CREATE FUNCTION source.who(args jsonb DEFAULT evil.default_of()) RETURNS jsonb
               LANGUAGE plts SECURITY DEFINER SET search_path = evil, pg_catalog LEAKPROOF AS
               'import { query, v } from \"@stopgap/runtime\"; export default query(v.object({}), (_args, ctx) => ctx.user.current)'",
        )
        .map_err(|error| sqlstate(&error))
        .expect_err("LEAKPROOF is for superusers");
    deployer
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS source;
             CREATE FUNCTION evil.default_of() RETURNS jsonb LANGUAGE plpgsql AS
               $$ BEGIN PERFORM evil.note('default'); RETURN '{}'::jsonb; END $$;
             CREATE FUNCTION source.who(args jsonb DEFAULT evil.default_of()) RETURNS jsonb
               LANGUAGE plts SECURITY DEFINER SET search_path = evil, pg_catalog AS
               'import { query, v } from \"@stopgap/runtime\"; export default query(v.object({}), (_args, ctx) => ctx.user.current)'",
        )
        .unwrap();
    deployer.query_one("SELECT stopgap.deploy('prod', 'source')", &[]).unwrap();
    let row = deployer
        .query_one(
            "SELECT bool_or(prosecdef), bool_or(proconfig IS NOT NULL), bool_or(proleakproof), string_agg(DISTINCT proowner::regrole::text, ',')
             FROM pg_proc WHERE pronamespace = 'live_prod'::regnamespace",
            &[],
        )
        .unwrap();
    let found: (bool, bool, bool, String) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!(found, (false, false, false, "stopgap_owner".to_owned()));
    let mut app = database.connect(Role::App);
    let who: Value = app.query_one("SELECT live_prod.who()", &[]).unwrap().get(0);
    assert_eq!(who, json!("e2e_app"));
    let noted: i64 = deployer.query_one("SELECT count(*) FROM evil.trap", &[]).unwrap().get(0);
    assert_eq!(noted, 0, "a default of a source ran");
}

/// Calls of every function about an environment, by somebody who may release to another one only.
const ABOUT_AN_ENVIRONMENT: &[&str] = &[
    "deploy_bundle('prod', '{\"format\": 1, \"modules\": {}}')",
    "deploy('prod', 'public')",
    "plan_bundle('prod', '{\"format\": 1, \"modules\": {}}')",
    "plan('prod', 'public')",
    "diff_bundle('prod', '{\"format\": 1, \"modules\": {}}')",
    "diff('prod', 'public')",
    "rollback('prod')",
    "what_if_rollback('prod')",
    "promote('prod', 'theirs')",
    "promote('theirs', 'prod')",
    "export('prod')",
    "import('prod', (SELECT file FROM archive))",
    "tag('prod', 'mine')",
    "untag('prod', 'v1')",
    "pin('prod', 1)",
    "find('prod', 'v1')",
    "compare(1, 1)",
    "history('prod', 'api.a.get')",
    "prune('prod', '{\"all\": true}')",
    "verify('prod')",
    "repair('prod')",
    "guard('prod')",
    "gc('prod')",
    "gc()",
    "status('prod')",
    "deployments('prod')",
    "alter_environment('prod', '{}')",
    "drop_environment('prod')",
    "create_environment('more')",
    "create_environment('heir', 'prod')",
    "alter_environment('theirs', '{\"parent\": \"prod\"}')",
    "call('prod', 'api.a.get')",
];

#[test]
fn a_team_has_its_own_environment_and_no_other() {
    let database = Database::create("trespass_team");
    let mut admin = database.connect(Role::Superuser);
    admin
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE e2e_team; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT e2e_team TO e2e_stranger",
        )
        .unwrap();
    deploy(&mut admin, "prod", &[("a.ts", &constant("secret source"))]).unwrap();
    admin.batch_execute("SELECT stopgap.tag('prod', 'v1')").unwrap();
    admin
        .batch_execute(
            "SELECT stopgap.create_environment('theirs', NULL, '{\"deployer_role\": \"e2e_team\", \"app_role\": \"e2e_team\"}');
             CREATE TABLE archive AS SELECT stopgap.export('prod') AS file; GRANT SELECT ON archive TO PUBLIC",
        )
        .unwrap();
    let mut team = database.connect(Role::Stranger);
    deploy(&mut team, "theirs", &[("a.ts", &constant("ours"))]).unwrap();
    let before: Vec<String> = admin
        .query("SELECT to_jsonb(e)::text FROM stopgap.environment e ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    for call in ABOUT_AN_ENVIRONMENT {
        let error = team.query_one(&format!("SELECT stopgap.{call}::text"), &[]).expect_err(call);
        assert_eq!(sqlstate(&error), "42501", "{call}: {error:?}");
        let shown = format!("{error:?}");
        assert!(!shown.contains("secret source"), "{call}: {shown}");
    }
    let listed: Value = team.query_one("SELECT stopgap.environments()", &[]).unwrap().get(0);
    let names: Vec<&Value> = listed.as_array().unwrap().iter().map(|one| &one["env"]).collect();
    assert_eq!(names, [&json!("theirs")]);
    let after: Vec<String> = admin
        .query("SELECT to_jsonb(e)::text FROM stopgap.environment e ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(after, before);
    // Every function is among them, but for those that are about no environment.
    let named: Vec<&str> = ABOUT_AN_ENVIRONMENT.iter().filter_map(|call| call.split('(').next()).collect();
    let missing: Vec<String> = admin
        .query(
            "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'stopgap'::regnamespace
             AND has_function_privilege('stopgap_deployer', oid, 'EXECUTE') AND proname <> ALL ($1)",
            &[&[named.as_slice(), &["version", "metrics", "environments"]].concat()],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(missing, [""; 0], "functions that nobody attacked");
    // And whoever is no member of anything may call none of them.
    for call in ABOUT_AN_ENVIRONMENT {
        let error = database
            .connect(Role::App)
            .query_one(&format!("SELECT stopgap.{call}::text"), &[])
            .map(|_| ())
            .err()
            .map(|error| sqlstate(&error));
        let expected = if call.starts_with("call(") { None } else { Some("42501".to_owned()) };
        assert_eq!(error, expected, "{call}");
    }
}
