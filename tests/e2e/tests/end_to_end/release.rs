//! The main job: deploy, call, deploy again, roll back, as roles without superuser.

use std::thread;
use std::time::Duration;

use e2e::bundle::{call, constant, deploy};
use e2e::{Database, Role};
use serde_json::{Value, json};

#[test]
fn a_release_is_called_replaced_and_rolled_back() {
    let database = Database::create("release");
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));

    let first = deploy(&mut deployer, "prod", &[("greeting.ts", &constant("one"))]).unwrap();
    assert_eq!(call(&mut app, "live_prod.greeting_get", &json!({})).unwrap(), json!("one"));

    let second = deploy(&mut deployer, "prod", &[("greeting.ts", &constant("two"))]).unwrap();
    assert!(second > first);
    assert_eq!(call(&mut app, "live_prod.greeting_get", &json!({})).unwrap(), json!("two"));

    let now: i64 = deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap().get(0);
    assert_eq!(now, first);
    assert_eq!(call(&mut app, "live_prod.greeting_get", &json!({})).unwrap(), json!("one"));

    // Not back to the bad one: there is nothing further back.
    let error = deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "55000");

    let row = deployer.query_one("SELECT stopgap.call('prod', 'api.greeting.get')", &[]).unwrap_err();
    assert_eq!(row.code().unwrap().code(), "42501", "a deployer is no application user");
    let routed: Value = app.query_one("SELECT stopgap.call('prod', 'api.greeting.get')", &[]).unwrap().get(0);
    assert_eq!(routed, json!("one"));
}

#[test]
fn a_call_in_flight_finishes_on_the_version_it_began_with() {
    let database = Database::create("in_flight");
    let mut deployer = database.connect(Role::Deployer);
    let slow = |version: &str| {
        format!(
            "import {{ query, v }} from \"@stopgap/runtime\";\n\
             import {{ VERSION }} from \"./version\";\n\
             export const get = query(v.object({{}}), async (_args, ctx) => {{\n\
               await ctx.db.query(\"select pg_advisory_lock_shared(99)\");\n\
               await ctx.db.query(\"select pg_advisory_unlock_shared(99)\");\n\
               const late = await import(\"./late\");\n\
               return [VERSION, late.VERSION, \"{version}\"];\n\
             }});\n"
        )
    };
    let constant = |version: &str| format!("export const VERSION = \"{version}\";\n");
    let modules = |version: &str| {
        [("slow.ts", slow(version)), ("version.ts", constant(version)), ("late.ts", constant(version))]
    };
    let release = |deployer: &mut postgres::Client, version: &str| {
        let modules = modules(version);
        let modules: Vec<(&str, &str)> = modules.iter().map(|(path, text)| (*path, text.as_str())).collect();
        deploy(deployer, "prod", &modules).unwrap()
    };
    release(&mut deployer, "one");

    let mut gate = database.connect(Role::Superuser);
    gate.batch_execute("SELECT pg_advisory_lock(99)").unwrap();
    let mut caller = database.connect(Role::App);
    let in_flight = thread::spawn(move || (call(&mut caller, "live_prod.slow_get", &json!({})), caller));
    // Until the call waits inside its handler.
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 99";
    while gate.query_one(waits, &[]).unwrap().get::<_, i64>(0) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    release(&mut deployer, "two");
    gate.batch_execute("SELECT pg_advisory_unlock(99)").unwrap();

    let (answer, mut caller) = in_flight.join().unwrap();
    assert_eq!(answer.unwrap(), json!(["one", "one", "one"]));
    // The next statement of the same session sees the new version.
    assert_eq!(call(&mut caller, "live_prod.slow_get", &json!({})).unwrap(), json!(["two", "two", "two"]));
}

#[test]
fn only_what_changed_is_written() {
    let database = Database::create("rewritten");
    let mut deployer = database.connect(Role::Deployer);
    let (a1, a2, b, shared1, shared2) = (
        constant("a"),
        constant("a2"),
        "import { query, v } from \"@stopgap/runtime\";\nimport { x } from \"./shared\";\n\
         export const get = query(v.object({}), () => x);\n",
        "export const x = 1;\n",
        "export const x = 2;\n",
    );
    deploy(&mut deployer, "prod", &[("a.ts", &a1), ("b.ts", b), ("shared.ts", shared1)]).unwrap();
    let mut superuser = database.connect(Role::Superuser);
    let mut versions = || -> Vec<(String, String)> {
        superuser
            .query(
                "SELECT proname::text, xmin::text FROM pg_proc WHERE pronamespace = 'live_prod'::regnamespace ORDER BY 1",
                &[],
            )
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect()
    };
    let before = versions();
    deploy(&mut deployer, "prod", &[("a.ts", &a2), ("b.ts", b), ("shared.ts", shared1)]).unwrap();
    let after = versions();
    assert_ne!(before[0], after[0], "a changed");
    assert_eq!(before[1], after[1], "b did not");
    // A changed helper changes who imports it, and nobody else.
    deploy(&mut deployer, "prod", &[("a.ts", &a2), ("b.ts", b), ("shared.ts", shared2)]).unwrap();
    let last = versions();
    assert_eq!(after[0], last[0], "a does not import the helper");
    assert_ne!(after[1], last[1], "b does");
    let rows: i64 = deployer.query_one("SELECT count(*) FROM stopgap.fn_version", &[]).unwrap().get(0);
    assert_eq!(rows, 4, "two functions, and one new version for each change");
}

#[test]
fn functions_that_go_are_dropped_unless_something_depends_on_them() {
    let database = Database::create("dependents");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("a")), ("b.ts", &constant("b"))]).unwrap();
    database.sql(Role::Superuser, "CREATE VIEW public.uses_b AS SELECT live_prod.b_get('{}') AS answer");
    let error = deploy(&mut deployer, "prod", &[("a.ts", &constant("a"))]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "2BP01");
    assert!(error.detail().unwrap().contains("view public.uses_b"), "{error:?}");
    database.sql(Role::Superuser, "DROP VIEW public.uses_b");
    deploy(&mut deployer, "prod", &[("a.ts", &constant("a"))]).unwrap();
    let mut app = database.connect(Role::App);
    assert_eq!(call(&mut app, "live_prod.b_get", &json!({})).unwrap_err().code().unwrap().code(), "42883");
}

#[test]
fn a_schema_is_a_source_like_a_bundle() {
    let database = Database::create("schema_source");
    database.sql(Role::Superuser, "CREATE SCHEMA app; GRANT ALL ON SCHEMA app TO e2e_deployer");
    let mut deployer = database.connect(Role::Deployer);
    deployer
        .batch_execute(
            r#"CREATE FUNCTION app.helper(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
                   export const twice = (x: number): number => x * 2;
                   export default (ctx: { args: { n: number } }) => twice(ctx.args.n);
               $$;
               CREATE FUNCTION app.double(args jsonb) RETURNS jsonb LANGUAGE plts AS $$
                   import { query, v } from "@stopgap/runtime";
                   import { twice } from "./helper";
                   export default query(v.object({ n: v.int() }), (args) => twice(args.n));
               $$"#,
        )
        .unwrap();
    let diff: Value = deployer.query_one("SELECT stopgap.diff('dev', 'app')", &[]).unwrap().get(0);
    assert_eq!(diff["summary"]["added"], 2);
    deployer.query_one("SELECT stopgap.deploy('dev', 'app', 'from a schema')", &[]).unwrap();
    let mut app = database.connect(Role::App);
    assert_eq!(call(&mut app, "live_dev.double", &json!({"n": 21})).unwrap(), json!(42));
    assert_eq!(call(&mut app, "live_dev.helper", &json!({"n": 4})).unwrap(), json!(8));
    let diff: Value = deployer.query_one("SELECT stopgap.diff('dev', 'app')", &[]).unwrap().get(0);
    assert_eq!(diff["summary"]["unchanged"], 2);

    // Overloads, wrong signatures and missing rights are refused by name.
    let refused = |deployer: &mut postgres::Client, setup: &str, code: &str, what: &str| {
        let mut attempt = deployer.transaction().unwrap();
        attempt.batch_execute(setup).unwrap();
        let error = attempt.query_one("SELECT stopgap.deploy('dev', 'app')", &[]).unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!((error.code().code(), error.message().contains(what)), (code, true), "{error:?}");
        attempt.rollback().unwrap();
    };
    refused(
        &mut deployer,
        "CREATE FUNCTION app.wrong(n int) RETURNS jsonb LANGUAGE plts AS 'return n'",
        "42P13",
        "app.wrong(integer)",
    );
    refused(
        &mut deployer,
        "REVOKE ALL ON FUNCTION app.double(jsonb) FROM PUBLIC, e2e_deployer",
        "42501",
        "double",
    );
    let mut stranger = database.connect(Role::Stranger);
    let error = stranger.query_one("SELECT stopgap.deploy('dev', 'app')", &[]).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
}

#[test]
fn imports_lead_to_modules_packages_data_and_nowhere_else() {
    let database = Database::create("imports");
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));
    let bundle = json!({
        "format": 1,
        "modules": {
            "shop/cart.ts": "import { query, v } from \"@stopgap/runtime\";\n\
                import { even } from \"./parity\";\n\
                import limits from \"../limits.json\" with { type: \"json\" };\n\
                import { twice } from \"arithmetic\";\n\
                import { thrice } from \"arithmetic/more.js\";\n\
                export const get = query(v.object({ n: v.int() }), ({ n }) =>\n\
                  [even(n), limits.most, twice(n), thrice(n)]);\n",
            // A cycle, which JavaScript allows.
            "shop/parity.ts": "import { odd } from \"./odd\";\n\
                export const even = (n: number): boolean => n === 0 || odd(n - 1);\n",
            "shop/odd.ts": "import { even } from \"./parity.ts\";\n\
                export const odd = (n: number): boolean => n !== 0 && even(n - 1);\n",
            "limits.json": "{\"most\": 3}",
            "npm/arithmetic@1.0.0/index.js": "export const twice = (n) => 2 * n;\n",
            "npm/arithmetic@1.0.0/more.js": "export const thrice = (n) => 3 * n;\n"
        },
        "imports": { "arithmetic": "npm/arithmetic@1.0.0/index.js", "arithmetic/": "npm/arithmetic@1.0.0/" }
    });
    deployer.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&bundle]).unwrap();
    assert_eq!(
        call(&mut app, "live_prod.shop_cart_get", &json!({"n": 7})).unwrap(),
        json!([false, 3, 14, 21])
    );
}

#[test]
fn a_deployment_keeps_the_stored_modules_it_was_made_with() {
    let database = Database::create("stored_modules");
    database.sql(
        Role::Superuser,
        "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
         CREATE FUNCTION app.money() RETURNS plts.module LANGUAGE plts AS 'export const vat = 1';",
    );
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));
    let source = "import { query, v } from \"@stopgap/runtime\";\n\
        import { vat } from \"plts:app.money\";\n\
        export const get = query(v.any(), () => vat);\n";
    let refused = deploy(&mut deployer, "prod", &[("a.ts", source)]).unwrap_err();
    let refused = refused.as_db_error().unwrap();
    assert_eq!(
        (refused.code().code(), refused.message()),
        ("42501", "permission denied for module app.money")
    );
    assert!(
        refused.detail().unwrap().contains("It is imported by a.ts at line 2, column 21."),
        "{refused:?}"
    );

    database.sql(Role::Superuser, "GRANT EXECUTE ON FUNCTION app.money() TO stopgap_deployer");
    deploy(&mut deployer, "prod", &[("a.ts", source)]).unwrap();
    let mut get = || call(&mut app, "live_prod.a_get", &json!({})).unwrap();
    assert_eq!(get(), json!(1));
    database.sql(
        Role::Superuser,
        "CREATE OR REPLACE FUNCTION app.money() RETURNS plts.module LANGUAGE plts AS 'export const vat = 2'",
    );
    assert_eq!(get(), json!(1), "a deployment is what it was");
    // The same bundle is a change now, and going back brings back the module.
    deploy(&mut deployer, "prod", &[("a.ts", source)]).unwrap();
    assert_eq!(get(), json!(2));
    deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    assert_eq!(get(), json!(1));
    // What runs needs no right, and no module.
    database.sql(Role::Superuser, "DROP FUNCTION app.money()");
    assert_eq!(get(), json!(1));
    let missing = deploy(&mut deployer, "prod", &[("a.ts", source)]).unwrap_err();
    let missing = missing.as_db_error().unwrap();
    assert_eq!(missing.code().code(), "42601");
    assert!(
        missing.message().contains("a.ts line 2, column 21: cannot find module \"plts:app.money\""),
        "{missing:?}"
    );
}

#[test]
fn stored_modules_of_a_schema_go_along_with_what_imports_them() {
    let database = Database::create("stored_in_schema");
    database.sql(
        Role::Superuser,
        "CREATE SCHEMA source; GRANT USAGE, CREATE ON SCHEMA source TO stopgap_deployer;
         SET ROLE stopgap_deployer;
         CREATE FUNCTION source.money() RETURNS plts.module LANGUAGE plts AS 'export const vat = 1';
         CREATE FUNCTION source.total(args jsonb) RETURNS jsonb LANGUAGE plts AS
           'import { vat } from \"plts:source.money\"; export default () => vat';",
    );
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));
    deployer.query_one("SELECT stopgap.deploy('prod', 'source')", &[]).unwrap();
    assert_eq!(call(&mut app, "live_prod.total", &json!({})).unwrap(), json!(1));
    let functions: i64 = deployer
        .query_one("SELECT count(*) FROM pg_proc WHERE pronamespace = 'live_prod'::regnamespace", &[])
        .unwrap()
        .get(0);
    assert_eq!(functions, 1);
}
