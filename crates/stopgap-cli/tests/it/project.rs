//! What is wrong with a project is found before the database is asked.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::harness::TestProject;

const DEPLOY: [&str; 5] = ["deploy", "--db", "postgres://127.0.0.1:1/app", "--env", "dev"];

#[test]
fn no_folder() {
    assert_snapshot!(TestProject::new().stopgap(&DEPLOY), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no folder `[project]/stopgap`
    hint: `stopgap init` writes a starter project; `--root` names another folder
    "##);
}

#[test]
fn no_module() {
    let project = TestProject::new().file("stopgap/readme.md", "").file("stopgap/a.test.ts", "");
    assert_snapshot!(project.stopgap(&DEPLOY), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no module in `[project]/stopgap`
    hint: modules are .ts, .mts, .js, .mjs and .json files
    "##);
}

#[test]
fn only_data() {
    let project = TestProject::new().file("stopgap/data.json", "{}");
    assert_snapshot!(project.stopgap(&DEPLOY), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the bundle has no module that could hold a function
    detail: Entries are .ts, .mts, .js and .mjs modules outside the folder "npm".
    "##);
}

#[test]
fn not_utf8() {
    let project = TestProject::new().file("stopgap/latin1.ts", b"// caf\xe9\n");
    assert_snapshot!(project.stopgap(&DEPLOY), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: `[project]/stopgap/latin1.ts` is not UTF-8
    hint: save the file as UTF-8
    "##);
}

#[test]
fn a_link_that_leaves() {
    let project = TestProject::new().file("stopgap/a.ts", "").file("secret.ts", "");
    symlink(project.path().join("secret.ts"), project.path().join("stopgap/secret.ts")).unwrap();
    assert_snapshot!(project.stopgap(&DEPLOY), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: symbolic link `[project]/stopgap/secret.ts` leads out of the root
    hint: copy what it leads to
    "##);
}

#[test]
fn a_root_of_the_settings_is_relative_to_their_file() {
    let project = TestProject::new()
        .file(
            "stopgap.toml",
            "[profile.default]\ndb = \"postgres://127.0.0.1:1/app\"\nenv = \"dev\"\nroot = \"sql\"\n",
        )
        .file("sql/types.d.ts", "");
    assert_snapshot!(project.stopgap(&["diff", "--verbose"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no module in `[project]/sql`
    hint: modules are .ts, .mts, .js, .mjs and .json files
    "##);
}
