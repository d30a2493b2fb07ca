//! stopgap attacked: by names, by objects planted where its statements might look, by schemas that were there before, by
//! event triggers; and whose rights count when a live function runs.

use e2e::bundle::{bundle, call, constant, deploy};
use e2e::planted::PLANTED;
use e2e::{Database, Role, sqlstate};
use postgres::Client;
use serde_json::{Value, json};

/// Names that end quotes, statements and identifiers, of the greatest length and of many bytes a letter.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "it's",
        "a\"b",
        "$$",
        "$do$; DROP TABLE canary; --",
        "a'); DROP TABLE canary; --",
        "a\"; DROP TABLE canary; --",
        "new\nline",
        "%I %s %L",
        "\\",
        "Ünïcödé ☃ 漢字",
        "pg_catalog.version()",
        "PUBLIC",
        "select",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(63));
    names.push("é".repeat(31));
    names
}

#[test]
fn names_are_names_wherever_they_stand() {
    let database = Database::create("hostile_names");
    database.sql(Role::Superuser, "CREATE TABLE canary ()");
    let mut admin = database.connect(Role::Superuser);
    let mut deployer = database.connect(Role::Deployer);
    for (number, name) in names().into_iter().enumerate() {
        let env = format!("n{number}");
        // Labels, tags, paths, live functions, environments.
        let label = deployer.query_one(
            "SELECT stopgap.deploy_bundle($1, $2, $3)",
            &[&env, &bundle(&[("a.ts", &constant("x"))]), &name],
        );
        assert!(label.is_ok(), "{name:?} as a label: {label:?}");
        for sql in [
            "SELECT stopgap.tag($1, $2)::text",
            "SELECT stopgap.find($1, $2)::text",
            "SELECT stopgap.history($1, $2)::text",
            "SELECT stopgap.call($1, $2)::text",
            "SELECT stopgap.deploy($1, $2)::text",
            "SELECT stopgap.untag($1, $2)::text",
        ] {
            if let Err(error) = deployer.query_one(sql, &[&env, &name]) {
                let legal = ["42602", "42704", "42883", "3F000", "22023", "42501"];
                assert!(legal.contains(&sqlstate(&error).as_str()), "{sql} {name:?}: {error:?}");
            }
        }
        let error = deployer.query_one("SELECT stopgap.status($1)", &[&name]).unwrap_err();
        assert!(["42602", "42704"].contains(&sqlstate(&error).as_str()), "{name:?}: {error:?}");
        // Modules and exports that are named like that.
        let text = constant("x");
        if let Err(error) = deploy(&mut deployer, &env, &[(&format!("{name}.ts"), &text)]) {
            assert!(["42602", "42622", "22023"].contains(&sqlstate(&error).as_str()), "{name:?}: {error:?}");
        }
        // A live schema and roles that are named like that.
        if let Err(error) = deployer.query_one(
            "SELECT stopgap.create_environment($1, NULL, $2)",
            &[&format!("s{number}"), &json!({ "live_schema": name })],
        ) {
            assert!(
                ["42602", "42622", "22023", "42P06"].contains(&sqlstate(&error).as_str()),
                "{name:?}: {error:?}"
            );
        } else {
            let created = deploy(&mut deployer, &format!("s{number}"), &[("a.ts", &text)]);
            assert!(created.is_ok(), "{name:?} as a live schema: {created:?}");
        }
        if name == "PUBLIC" {
            continue;
        }
        let quoted: String =
            admin.query_one("SELECT quote_ident($1)", &[&format!("r{name:.20}")]).unwrap().get(0);
        admin.batch_execute(&format!("CREATE ROLE {quoted}")).unwrap();
        let role: String = admin.query_one("SELECT $1::text", &[&format!("r{name:.20}")]).unwrap().get(0);
        let made = admin.query_one(
            "SELECT stopgap.create_environment($1, NULL, $2)",
            &[&format!("r{number}"), &json!({ "app_role": role, "deployer_role": role })],
        );
        if let Err(error) = made {
            assert!(
                ["42602", "22023", "42704"].contains(&sqlstate(&error).as_str()),
                "role {role:?}: {error:?}"
            );
        } else {
            deploy(&mut admin, &format!("r{number}"), &[("a.ts", &text)])
                .unwrap_or_else(|error| panic!("role {role:?}: {error:?}"));
            admin.batch_execute(&format!("SET ROLE {quoted}")).unwrap();
            let found = call(&mut admin, &format!("live_r{number}.a_get"), &json!({})).unwrap();
            assert_eq!(found, json!("x"), "{role:?}");
            admin.batch_execute("RESET ROLE").unwrap();
            admin.query("SELECT stopgap.drop_environment($1)", &[&format!("r{number}")]).unwrap();
        }
    }
    assert!(admin.batch_execute("SELECT FROM canary").is_ok());
}

/// The same as temporary tables, and a `search_path` that finds all of it first.
const FOUND_FIRST: &str = "
CREATE TEMP TABLE environment (env text); CREATE TEMP TABLE pg_proc (oid oid); CREATE TEMP TABLE pg_class (oid oid);
CREATE TEMP TABLE artifact (artifact_hash text); CREATE TEMP TABLE deployment (id bigint);
SET search_path = evil, pg_temp, public, pg_catalog;
";

#[test]
fn what_a_deployer_plants_never_runs_as_the_owner() {
    let database = Database::create("planted");
    database.sql(
        Role::Superuser,
        &format!(
            "GRANT CREATE ON DATABASE {} TO e2e_deployer; GRANT CREATE ON SCHEMA public TO e2e_deployer",
            database.name
        ),
    );
    let mut deployer = database.connect(Role::Deployer);
    deployer.batch_execute(PLANTED).unwrap();
    deployer.batch_execute(FOUND_FIRST).unwrap();
    deployer
        .batch_execute(
            "CREATE SCHEMA source; CREATE FUNCTION source.one(args jsonb) RETURNS jsonb LANGUAGE plts AS
               'import { query, v } from \"@stopgap/runtime\"; export default query(v.object({}), () => 1)'",
        )
        .unwrap();
    let text = constant("x");
    let modules = bundle(&[("a.ts", &text)]).to_string();
    let more = bundle(&[("a.ts", &text), ("b.ts", &text)]).to_string();
    let calls = [
        "stopgap.create_environment('prod')".to_owned(),
        "stopgap.create_environment('child', 'prod')".to_owned(),
        format!("stopgap.deploy_bundle('prod', '{modules}')"),
        "stopgap.deploy('prod', 'source')".to_owned(),
        format!("stopgap.diff_bundle('prod', '{modules}')"),
        "stopgap.diff('prod', 'source')".to_owned(),
        "stopgap.rollback('prod')".to_owned(),
        "stopgap.status('prod')".to_owned(),
        "stopgap.deployments('prod')".to_owned(),
        "stopgap.tag('prod', 'v1')".to_owned(),
        "stopgap.find('prod', 'v1')".to_owned(),
        "stopgap.pin('prod', 1)".to_owned(),
        "stopgap.untag('prod', 'v1')".to_owned(),
        "stopgap.compare(1, 2)".to_owned(),
        "stopgap.history('prod', 'a_get')".to_owned(),
        "stopgap.what_if_rollback('prod', to_id => 2)".to_owned(),
        "stopgap.environments()".to_owned(),
        "stopgap.alter_environment('prod', '{\"default_label\": \"x\"}')".to_owned(),
        "stopgap.create_environment('stage')".to_owned(),
        "stopgap.promote('prod', 'stage')".to_owned(),
        "stopgap.plan('prod', 'source')".to_owned(),
        format!("stopgap.plan_bundle('prod', '{modules}')"),
        "stopgap.export('prod')".to_owned(),
        "stopgap.import('stage', stopgap.export('prod'))".to_owned(),
        format!("stopgap.deploy_bundle('prod', '{more}')"),
        format!("stopgap.deploy_bundle('prod', '{modules}', NULL, '{{\"retire_s\": 60}}')"),
        "stopgap.prune('prod', '{\"all\": true}')".to_owned(),
        "stopgap.verify('prod')".to_owned(),
        "stopgap.repair('prod', '{\"drop_extra\": true}')".to_owned(),
        "stopgap.guard('prod')".to_owned(),
        "stopgap.guard('prod', false)".to_owned(),
        "stopgap.call('prod', 'api.nothing.at_all')".to_owned(),
        "stopgap.metrics()".to_owned(),
        "stopgap.version()".to_owned(),
        "stopgap.drop_environment('child')".to_owned(),
        "stopgap.gc(options => '{\"min_age_s\": 0, \"keep_last\": 1}')".to_owned(),
    ];
    for call in &calls {
        let done = deployer.batch_execute(&format!("SELECT {call}")).err().map(|error| sqlstate(&error));
        // A deployer may not call; what he is told comes after the environment was looked up.
        let expected = call.starts_with("stopgap.call").then(|| "42501".to_owned());
        assert_eq!(done, expected, "{call}");
    }
    let named: Vec<&str> =
        calls.iter().filter_map(|call| call["stopgap.".len()..].split('(').next()).collect();
    let missing: Vec<String> = database
        .connect(Role::Superuser)
        .query(
            "SELECT DISTINCT proname::text FROM pg_catalog.pg_proc WHERE pronamespace = 'stopgap'::regnamespace
             AND has_function_privilege('stopgap_deployer', oid, 'EXECUTE') AND proname <> ALL ($1)",
            &[&named],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(missing, [""; 0], "functions that nobody attacked");
    let mut app = database.connect(Role::App);
    app.batch_execute(
        "SET search_path = evil, pg_temp, pg_catalog; SELECT stopgap.call('prod', 'api.a.get')",
    )
    .unwrap();
    // The same from within a function of his, with a temporary schema before everything.
    deployer.batch_execute("SET search_path = pg_temp, evil").unwrap();
    deployer.batch_execute(&format!("SELECT stopgap.deploy_bundle('prod', '{modules}')")).unwrap();
    let rows = deployer
        .query("SELECT DISTINCT who, what FROM evil.trap WHERE who NOT IN ('e2e_deployer', 'e2e_app')", &[])
        .unwrap();
    let ran: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(ran, [], "planted code ran with the rights of another role");
}

#[test]
fn a_schema_that_somebody_made_before_is_refused() {
    let database = Database::create_empty("squatted");
    database.sql(
        Role::Superuser,
        &format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'e2e_squatter') THEN CREATE ROLE e2e_squatter; END IF; END $$;
             GRANT CREATE ON DATABASE {} TO e2e_squatter",
            database.name
        ),
    );
    let mut admin = database.connect(Role::Superuser);
    for (extension, schema) in [("plts", "plts"), ("stopgap", "stopgap")] {
        admin.batch_execute(&format!("SET ROLE e2e_squatter; CREATE SCHEMA {schema}; RESET ROLE")).unwrap();
        let error = admin.batch_execute(&format!("CREATE EXTENSION {extension} CASCADE")).unwrap_err();
        assert_eq!(sqlstate(&error), "42501", "{extension}: {error:?}");
        admin.batch_execute(&format!("DROP SCHEMA {schema}")).unwrap();
        admin.batch_execute(&format!("CREATE EXTENSION {extension} CASCADE")).unwrap();
    }
}

#[test]
fn an_event_trigger_that_fails_fails_the_release() {
    let database = Database::create("event_triggered");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    database.sql(
        Role::Superuser,
        "CREATE FUNCTION public.refuses() RETURNS event_trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = 'ET001'; END $$;
         CREATE EVENT TRIGGER refuses ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION public.refuses()",
    );
    let error =
        deploy(&mut deployer, "prod", &[("a.ts", &constant("two")), ("b.ts", &constant("b"))]).unwrap_err();
    assert_eq!(sqlstate(&error), "ET001");
    let mut app = database.connect(Role::App);
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("one"));
    database.sql(Role::Superuser, "DROP EVENT TRIGGER refuses");
    deploy(&mut deployer, "prod", &[("a.ts", &constant("two"))]).unwrap();
}

const NOTES: &str = r#"
import { query, v } from "@stopgap/runtime";
export const mine = query(v.object({}), async (_args, ctx) => ({
  user: ctx.user.current, notes: (await ctx.db.query("select note from public.notes order by note")).map((row) => row.note) }));
"#;

fn notes(session: &mut Client) -> Result<Value, postgres::Error> {
    call(session, "live_prod.notes_mine", &json!({}))
}

#[test]
fn live_functions_run_with_the_rights_of_the_caller() {
    let database = Database::create("row_security");
    database.sql(
        Role::Superuser,
        "CREATE TABLE public.notes (owner name, note text);
         INSERT INTO public.notes VALUES ('e2e_app', 'mine'), ('e2e_deployer', 'theirs');
         ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON public.notes USING (owner = current_user);
         GRANT SELECT ON public.notes TO e2e_app;
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC",
    );
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("notes.ts", NOTES)]).unwrap();
    let found = notes(&mut database.connect(Role::App)).unwrap();
    assert_eq!(found, json!({ "user": "e2e_app", "notes": ["mine"] }));
    // A deployer may release what reads the table, and not read it.
    assert_eq!(sqlstate(&notes(&mut deployer).unwrap_err()), "42501");
    // Who is no member of the app role may not call, whatever defaults say of functions of others.
    assert_eq!(sqlstate(&notes(&mut database.connect(Role::Stranger)).unwrap_err()), "42501");
    // Row security holds for the owner of live functions, too: nothing was read with its rights.
    database.sql(Role::Superuser, "REVOKE SELECT ON public.notes FROM e2e_app");
    assert_eq!(sqlstate(&notes(&mut database.connect(Role::App)).unwrap_err()), "42501");
}
