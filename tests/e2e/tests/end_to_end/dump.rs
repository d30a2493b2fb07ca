//! Dump and restore carry artifacts and deployments.

use e2e::bundle::{call, constant, deploy};
use e2e::{Cluster, Database, Role, Server};
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

/// A dump by `pg_dump` with those arguments, restored on a server by `pg_restore` with those.
fn through_a_file(
    name: &str,
    database: &Database,
    server: &Server,
    dumped: &[&str],
    restored: &[&str],
) -> Database {
    let folder = e2e::folder::Folder::new(name);
    let file = folder.0.join("dump").display().to_string();
    dump(database, &[dumped, &["--file", &file]].concat());
    let copy = Database::create_empty_on(server.clone(), &name.replace('-', "_"));
    let output = copy
        .server
        .program("pg_restore")
        .args(restored)
        .args(["--exit-on-error", "-d", &copy.name, &file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    copy
}

#[test]
fn custom_and_parallel_dumps_give_the_same_live_behaviour() {
    let database = Database::create("dump_parallel");
    let mut deployer = database.connect(Role::Deployer);
    deployer.execute("SELECT stopgap.create_environment('prod')", &[]).unwrap();
    deployer.execute("SELECT stopgap.create_environment('child', 'prod')", &[]).unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    deployer.execute("SELECT stopgap.tag('prod', 'first')", &[]).unwrap();
    // Artifacts that take long to load: what names them is loaded meanwhile, by another of the sessions.
    let mut random = e2e::random::Random::of(3, 3);
    let large: Vec<(String, String)> = (0..60)
        .map(|number| {
            let noise: String = (0..4000).map(|_| format!("{:016x}", random.number())).collect();
            (format!("m{number}.ts"), format!("{}// {noise}\n", constant("large")))
        })
        .collect();
    let (two, b) = (constant("two"), constant("b"));
    let mut modules = vec![("a.ts", two.as_str()), ("b.ts", b.as_str())];
    modules.extend(large.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    deploy(&mut deployer, "prod", &modules).unwrap();
    let of = |client: &mut postgres::Client, function: &str| -> Value {
        client.query_one(&format!("SELECT stopgap.{function}"), &[]).unwrap().get(0)
    };
    let history = of(&mut deployer, "deployments('prod')");
    // A server that has never seen the extensions gets the roles first.
    let fresh = Cluster::create("fresh-server", 5613, "");
    let roles = database.server.program("pg_dumpall").arg("--roles-only").output().unwrap();
    let mut admin = fresh.server.connect("postgres", Role::Superuser);
    // Roles of other tests come and go, and some are members of these.
    let ours = ["stopgap_owner", "stopgap_deployer", "app_user", "e2e_deployer", "e2e_app"];
    let is_ours = |role: Option<&&str>| role.is_some_and(|role| ours.contains(role));
    for line in String::from_utf8(roles.stdout).unwrap().lines().filter(|line| {
        let words: Vec<&str> = line.trim_end_matches(';').split(' ').collect();
        match words.first() {
            Some(&"GRANT") => is_ours(words.get(1)) && is_ours(words.get(3)),
            Some(&("CREATE" | "ALTER")) => is_ours(words.get(2)),
            _ => false,
        }
    }) {
        admin.batch_execute(line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
    }
    for (name, server, dumped, restored) in [
        ("restored-custom", &database.server, vec!["--format", "custom"], vec![]),
        ("restored-custom-parallel", &database.server, vec!["--format", "custom"], vec!["-j3"]),
        ("restored-parallel", &database.server, vec!["--format", "directory", "-j3"], vec!["-j3"]),
        ("restored-fresh", &fresh.server, vec!["--format", "directory", "-j3"], vec!["-j3"]),
    ] {
        let copy = through_a_file(name, &database, server, &dumped, &restored);
        let (mut app, mut deployer) = (copy.connect(Role::App), copy.connect(Role::Deployer));
        for schema in ["live_prod", "live_child"] {
            assert_eq!(
                call(&mut app, &format!("{schema}.a_get"), &json!({})).unwrap(),
                json!("two"),
                "{name}"
            );
            assert_eq!(call(&mut app, &format!("{schema}.m59_get"), &json!({})).unwrap(), json!("large"));
        }
        assert_eq!(of(&mut deployer, "deployments('prod')"), history, "{name}");
        for env in ["prod", "child"] {
            assert_eq!(of(&mut deployer, &format!("verify('{env}')"))["differences"], json!([]), "{name}");
        }
        deployer.query_one("SELECT stopgap.rollback('prod', to_tag => 'first')", &[]).unwrap();
        assert_eq!(call(&mut app, "live_child.a_get", &json!({})).unwrap(), json!("one"), "{name}");
        assert_eq!(deploy(&mut deployer, "prod", &[("a.ts", &constant("three"))]).unwrap(), 3, "{name}");
    }
}

#[test]
fn what_is_dumped_has_no_foreign_keys() {
    let database = Database::create("dump_keys");
    let mut admin = database.connect(Role::Superuser);
    // pg_restore loads the tables of extensions side by side, and does not know of keys between them.
    let keys: Vec<String> = admin
        .query(
            "SELECT c.conrelid::regclass::text || '.' || c.conname FROM pg_constraint c, pg_extension e
             WHERE c.contype = 'f' AND c.conrelid = ANY (e.extconfig)",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(keys, [""; 0]);
    // What they would keep is kept all the same.
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    for (sql, code) in [
        ("DELETE FROM plts.artifact", "23503"),
        (
            "DELETE FROM plts.artifact a USING stopgap.fn_version f WHERE f.artifact_hash = a.artifact_hash",
            "23503",
        ),
        ("TRUNCATE plts.artifact, plts.code_cache", "23503"),
        ("DELETE FROM stopgap.deployment", "55000"),
        ("TRUNCATE stopgap.deployment", "55000"),
    ] {
        let error = admin.batch_execute(sql).expect_err(sql);
        assert_eq!(error.code().unwrap().code(), code, "{sql}: {error:?}");
    }
    // An artifact that nothing runs may go; and the triggers go with the extension that put them there.
    admin.batch_execute("SELECT plts.compile_and_store('export const unused = 1')").unwrap();
    let gone =
        admin.execute("DELETE FROM plts.artifact WHERE source_ts = 'export const unused = 1'", &[]).unwrap();
    assert_eq!(gone, 1);
    admin
        .batch_execute("DROP SCHEMA live_prod CASCADE; DROP EXTENSION stopgap; DELETE FROM plts.artifact")
        .unwrap();
}
