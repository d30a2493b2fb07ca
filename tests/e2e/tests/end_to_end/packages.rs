//! npm packages: what `npm ci` installs from a lock file is shipped with a project and runs in the database.

use std::path::Path;
use std::process::Command;

use e2e::bundle::call;
use e2e::cli::{repository, stopgap};
use e2e::folder::Folder;
use e2e::{Database, Role};
use serde_json::{Value, json};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn handlers_use_packages_from_the_registry() {
    let folder = Folder::new("packages");
    copy(&repository("tests/e2e/fixtures/npm"), &folder.0);
    let installed = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--legacy-peer-deps"])
        .current_dir(&folder.0)
        .output()
        .expect("npm runs");
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));

    let database = Database::create("packages");
    database.sql(
        Role::Superuser,
        "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price int NOT NULL);
         GRANT SELECT, INSERT ON item TO PUBLIC;",
    );
    let url = database.url(Role::Deployer);
    let run = |arguments: &[&str]| stopgap(&folder.0, &url, arguments).succeeded();
    run(&["deploy", "functions", "--env", "prod"]);

    let mut app = database.connect(Role::App);
    let mut ask = |function: &str, arguments: Value| call(&mut app, function, &arguments);
    let tea = json!([{"id": 1, "name": "tea", "price": 4}]);
    assert_eq!(ask("live_prod.items_add", json!({"id": 1, "name": " tea ", "price": 4})).unwrap(), tea);
    ask("live_prod.items_add", json!({"id": 2, "name": "mug", "price": 9})).unwrap();
    assert_eq!(
        ask("live_prod.items_list", json!({"least": 5})).unwrap(),
        json!([{"id": 2, "name": "mug", "price": 9}])
    );
    assert_eq!(
        ask("live_prod.items_later", json!({"from": "2024-02-28T23:00:00Z", "hours": 2})).unwrap(),
        json!({"at": "2024-02-29T01:00:00.000Z", "words": "2 hours"})
    );
    for (function, arguments) in [
        ("live_prod.items_add", json!({"id": 3, "name": "x", "price": 1})),
        ("live_prod.items_list", json!({"least": 1.5})),
    ] {
        let error = ask(function, arguments).unwrap_err();
        assert_eq!(error.code().unwrap().code(), "22023", "{error:?}");
    }
    // What is shipped again is what is there.
    assert_eq!(run(&["diff", "functions", "--env", "prod", "--check"]).code, 0);
    let files: i64 = database
        .connect(Role::Superuser)
        .query_one(
            "SELECT count(*) FROM plts.artifact WHERE filename LIKE 'npm/%' AND filename NOT LIKE '%.d.ts'",
            &[],
        )
        .unwrap()
        .get(0);
    assert!((100..2000).contains(&files), "{files} files of packages were shipped");
}

#[test]
fn two_versions_and_a_private_name_lead_where_node_says() {
    let folder = Folder::new("versions");
    for (path, text) in [
        (
            "functions/a.ts",
            "import { query, v } from '@stopgap/runtime';\nimport z from 'z';\nimport q from 'q';\n\
             export const get = query(v.any(), () => ({ z, q }));\n",
        ),
        (
            "node_modules/z/package.json",
            r#"{"name": "z", "version": "2.0.0", "type": "module", "exports": "./z.js"}"#,
        ),
        ("node_modules/z/z.js", "export default 'two';\n"),
        (
            "node_modules/q/package.json",
            r##"{"name": "q", "version": "1.0.0", "type": "module", "exports": {"require": "./q.cjs", "import": "./q.js"},
               "imports": {"#own": "./own.js"}}"##,
        ),
        ("node_modules/q/q.js", "import z from 'z';\nimport own from '#own';\nexport default [z, own];\n"),
        ("node_modules/q/own.js", "export default 'own';\n"),
        (
            "node_modules/q/node_modules/z/package.json",
            r#"{"name": "z", "version": "1.0.0", "exports": "./z.mjs"}"#,
        ),
        ("node_modules/q/node_modules/z/z.mjs", "export default 'one';\n"),
    ] {
        folder.write(path, text);
    }
    let database = Database::create("versions");
    let url = database.url(Role::Deployer);
    stopgap(&folder.0, &url, &["deploy", "functions", "--env", "prod"]).succeeded();
    let mut app = database.connect(Role::App);
    assert_eq!(
        call(&mut app, "live_prod.a_get", &json!({})).unwrap(),
        json!({"z": "two", "q": ["one", "own"]})
    );

    // CommonJS has a place, and nothing is deployed.
    folder.write("node_modules/z/z.js", "'use strict';\nmodule.exports = 'two';\n");
    let refused = stopgap(&folder.0, &url, &["deploy", "functions", "--env", "prod"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let place =
        "node_modules/z/z.js line 2, column 1: CommonJS is not supported: an ES module has no \"module\"";
    assert!(refused.stderr.contains(place) && refused.stderr.contains("hint:"), "{}", refused.stderr);
    // So has a package that is not there.
    folder.write("functions/b.ts", "export const one = 1;\nexport * from 'gone';\n");
    let refused = stopgap(&folder.0, &url, &["deploy", "functions", "--env", "prod"]);
    let place = "b.ts line 2, column 15: cannot find module \"gone\"";
    assert!(refused.stderr.contains(place), "{}", refused.stderr);
    assert_eq!(call(&mut app, "live_prod.a_get", &json!({})).unwrap()["z"], "two");
}
