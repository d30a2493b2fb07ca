//! Deploys that fail: a message that names the file and place, nothing changed, and a record of why.

use e2e::bundle::{bundle, call, constant, deploy};
use e2e::{Database, Role};
use serde_json::{Value, json};

#[test]
fn a_syntax_error_in_one_of_two_hundred_modules_is_named() {
    let database = Database::create("two_hundred");
    let (mut deployer, mut app) = (database.connect(Role::Deployer), database.connect(Role::App));
    let mut modules: Vec<(String, String)> =
        (0..200).map(|number| (format!("m{number}.ts"), constant(&number.to_string()))).collect();
    let borrowed = |modules: &[(String, String)]| -> Value {
        bundle(&modules.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
    };
    deployer.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&borrowed(&modules)]).unwrap();
    assert_eq!(call(&mut app, "live_prod.m137_get", &json!({})).unwrap(), json!("137"));

    let before: i64 = artifacts(&database);
    for (_, text) in &mut modules {
        text.push_str("// changed\n");
    }
    modules[137].1.push_str("export const broken = (;\n");
    let error =
        deployer.execute("SELECT stopgap.deploy_bundle('prod', $1)", &[&borrowed(&modules)]).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "42601");
    assert!(error.message().contains("m137.ts") && error.message().contains("line 4"), "{error:?}");

    // Nothing has changed, and a failed row says why.
    assert_eq!(artifacts(&database), before);
    assert_eq!(call(&mut app, "live_prod.m0_get", &json!({})).unwrap(), json!("0"));
    let deployments: Value = deployer.query_one("SELECT stopgap.deployments('prod')", &[]).unwrap().get(0);
    assert_eq!(deployments[0]["state"], "failed");
    assert_eq!(deployments[0]["error_sqlstate"], "42601");
    assert!(deployments[0]["error"].as_str().unwrap().contains("m137.ts"), "{deployments}");
    assert_eq!(deployments[1]["state"], "active");
}

fn artifacts(database: &Database) -> i64 {
    database.connect(Role::Superuser).query_one("SELECT count(*) FROM plts.artifact", &[]).unwrap().get(0)
}

#[test]
fn each_way_to_fail_has_its_code_and_its_place() {
    let database = Database::create("ways_to_fail");
    let mut deployer = database.connect(Role::Deployer);
    let fine = constant("x");
    /// What fails, its modules, the SQLSTATE, and a part of the message.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: [Case<'_>; 6] = [
        (
            "missing import",
            &[("a.ts", "import { x } from \"./nowhere\";\nexport const y = x;")],
            "42601",
            "a.ts line 1",
        ),
        (
            "bare import",
            &[("a.ts", "\nimport x from \"left-pad\";\nexport const y = x;")],
            "42601",
            "left-pad",
        ),
        (
            "throws while evaluated",
            &[("a.ts", "export const x = 1;\nthrow new Error(\"at load\");")],
            "42601",
            "at load",
        ),
        ("two files, one live name", &[("a-b.ts", &fine), ("a/b.ts", &fine)], "42723", "a-b.ts"),
        ("nothing to deploy", &[("a.ts", "export const x = 1;")], "22023", "no"),
        (
            "a name too long",
            &[("a_very_long_module_name_that_goes_on_and_on_and_on_beyond_all_reason.ts", &fine)],
            "42622",
            "beyond_all_reason.ts",
        ),
    ];
    for (what, modules, code, part) in cases {
        let error = deploy(&mut deployer, "dev", modules).unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(error.code().code(), code, "{what}: {error:?}");
        assert!(error.message().contains(part), "{what}: {error:?}");
    }
    let failed: i64 = deployer
        .query_one("SELECT count(*) FROM stopgap.deployment WHERE state = 'failed'", &[])
        .unwrap()
        .get(0);
    assert_eq!(failed, 6);
    // The environment itself came of nothing.
    let environments: i64 =
        deployer.query_one("SELECT count(*) FROM stopgap.environment", &[]).unwrap().get(0);
    assert_eq!(environments, 0);
}

#[test]
fn refused_callers_and_names_leave_no_record() {
    let database = Database::create("refused");
    let (mut app, mut deployer) = (database.connect(Role::App), database.connect(Role::Deployer));
    let code = |result: Result<i64, postgres::Error>| result.unwrap_err().code().unwrap().code().to_owned();
    let module = constant("x");
    assert_eq!(code(deploy(&mut app, "prod", &[("a.ts", &module)])), "42501");
    assert_eq!(code(deploy(&mut deployer, "Prod", &[("a.ts", &module)])), "42602");
    assert_eq!(code(deploy(&mut deployer, "prod'; --", &[("a.ts", &module)])), "42602");

    // A live schema that stopgap did not make is refused, whoever made it.
    database.sql(Role::Superuser, "CREATE SCHEMA live_prod");
    assert_eq!(code(deploy(&mut deployer, "prod", &[("a.ts", &module)])), "42P06");
    let chosen = deployer.query_one(
        "SELECT stopgap.deploy_bundle('prod', $1, options => '{\"live_schema\": \"app_live\"}')",
        &[&bundle(&[("a.ts", &module)])],
    );
    assert!(chosen.is_ok(), "{chosen:?}");
    assert_eq!(call(&mut app, "app_live.a_get", &json!({})).unwrap(), json!("x"));
}
