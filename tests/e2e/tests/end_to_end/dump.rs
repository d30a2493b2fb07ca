//! Dump and restore carry artifacts and deployments.

use e2e::bundle::{call, constant, deploy};
use e2e::{Database, Role};
use serde_json::{Value, json};

fn dump(database: &Database, arguments: &[&str]) -> Vec<u8> {
    let output = database.server.program("pg_dump").args(arguments).arg(&database.name).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn restore(database: &Database, script: &[u8]) {
    use std::io::Write;
    use std::process::Stdio;
    let mut psql = database
        .server
        .program("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &database.name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(script).unwrap();
    let output = psql.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_restored_database_runs_and_rolls_back_as_before() {
    let database = Database::create("dumped");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("two"))]).unwrap();

    let copy = Database::create_empty("restored");
    restore(&copy, &dump(&database, &[]));
    let (mut app, mut deployer) = (copy.connect(Role::App), copy.connect(Role::Deployer));
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("two"));
    deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("one"));
    let next = deploy(&mut deployer, "prod", &[("a.ts", &constant("three"))]).unwrap();
    assert_eq!(next, 3, "ids go on where they were");
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("three"));
    let deployments: Value = deployer.query_one("SELECT stopgap.deployments('prod')", &[]).unwrap().get(0);
    assert_eq!(deployments.as_array().unwrap().len(), 3);
}

#[test]
fn a_schema_without_its_data_fails_clearly() {
    let database = Database::create("schema_only");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    let copy = Database::create_empty("schema_only_copy");
    restore(&copy, &dump(&database, &["--schema-only"]));
    let mut app = copy.connect(Role::App);
    let error = call(&mut app, "live_prod.a_get", &json!({})).unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "55000");
    assert!(error.hint().unwrap().contains("deploy again"), "{error:?}");
}

#[test]
fn stored_modules_come_back_with_their_owners_and_rights() {
    let database = Database::create("dumped_modules");
    database.sql(
        Role::Superuser,
        // The importing function's name sorts before the module's: a restore makes it first.
        "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT CREATE ON SCHEMA app TO stopgap_deployer;
         CREATE FUNCTION app.money() RETURNS plts.module LANGUAGE plts AS 'export const vat = 2';
         GRANT EXECUTE ON FUNCTION app.money() TO stopgap_deployer;
         SET ROLE stopgap_deployer;
         CREATE FUNCTION app.gross(net int) RETURNS int LANGUAGE plts AS
           'import { vat } from \"plts:app.money\"; export default (ctx) => ctx.args.net * vat';",
    );
    let copy = Database::create_empty("restored_modules");
    restore(&copy, &dump(&database, &[]));
    let mut app = copy.connect(Role::App);
    let mut gross = || app.query_one("SELECT app.gross(21)", &[]).map(|row| row.get::<_, i32>(0));
    assert_eq!(gross().unwrap(), 42);
    copy.sql(Role::Superuser, "REVOKE EXECUTE ON FUNCTION app.money() FROM stopgap_deployer");
    assert_eq!(gross().unwrap_err().code().unwrap().code(), "42501", "another session's change is seen");
}

#[test]
fn functions_of_plv8_come_back_with_their_language() {
    let database = Database::create("dumped_plv8");
    database.sql(
        Role::Superuser,
        "CREATE EXTENSION plts_plv8;
         CREATE FUNCTION total(v plv8_int4array) RETURNS int LANGUAGE plv8 AS
           'sum = 0; for (var i = 0; i < v.length; i++) sum += v[i]; return sum';
         CREATE TABLE item (id int, name text);
         CREATE FUNCTION names() RETURNS trigger LANGUAGE plv8 AS 'NEW.name = TG_ARGV[0] + NEW.id; return NEW';
         CREATE TRIGGER names BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION names('item ');
         INSERT INTO item VALUES (1);
         CREATE FUNCTION either(v numeric) RETURNS text LANGUAGE plts SET plts.plv8_compat = on AS 'return typeof v';",
    );
    let copy = Database::create_empty("restored_plv8");
    restore(&copy, &dump(&database, &[]));
    let mut session = copy.connect(Role::Superuser);
    session.batch_execute("INSERT INTO item VALUES (2)").unwrap();
    let row = session
        .query_one("SELECT total('{1,2,3}'), string_agg(name, ', ' ORDER BY id), either(1) FROM item", &[])
        .unwrap();
    assert_eq!(row.get::<_, i32>(0), 6);
    assert_eq!(row.get::<_, String>(1), "item 1, item 2");
    assert_eq!(row.get::<_, String>(2), "number");
    // The extension's own objects belong to it, and go with it.
    session.batch_execute("DROP EXTENSION plts_plv8 CASCADE").unwrap();
    let left: i64 = session
        .query_one(
            "SELECT count(*) FROM pg_proc WHERE proname LIKE 'plv8\\_%' OR proname IN ('total', 'names')",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

#[test]
fn a_dump_in_the_custom_format_gives_the_same_live_behaviour() {
    let database = Database::create("dump_custom");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("two")), ("b.ts", &constant("b"))]).unwrap();
    let folder = e2e::folder::Folder::new("dump-custom");
    let file = folder.0.join("dump").display().to_string();
    dump(&database, &["--format", "custom", "--file", &file]);
    let copy = Database::create_empty("restored_custom");
    let output = copy
        .server
        .program("pg_restore")
        .args(["--exit-on-error", "-d", &copy.name, &file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut app, mut deployer) = (copy.connect(Role::App), copy.connect(Role::Deployer));
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("two"));
    assert_eq!(call(&mut app, "live_prod.b_get", &json!({})).unwrap(), json!("b"));
    deployer.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap(), json!("one"));
}
