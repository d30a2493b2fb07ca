//! `stopgap init`.

use std::fs;

use insta::assert_snapshot;

use crate::harness::TestProject;

#[test]
fn writes_a_starter_project() {
    let project = TestProject::new();
    assert_snapshot!(project.stopgap(&["init"]), @r##"
    exit code: 0
    ----- stdout -----
    created  stopgap.toml
    created  stopgap/hello.ts
    created  tsconfig.json
    ----- stderr -----
    next: write `db` in `stopgap.toml`, then run `stopgap deploy`
    "##);
    assert!(fs::read_to_string(project.path().join("stopgap/hello.ts")).unwrap().contains("query("));
    // What it wrote is a project: all that is missing is a database.
    assert_snapshot!(project.stopgap(&["diff"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: no database is set
    hint: give `--db`, set `STOPGAP_DB` or PGHOST and the like, or write `db` in a profile of `stopgap.toml`; for example `postgres://localhost/app`
    "##);
}

#[test]
fn never_overwrites() {
    let project = TestProject::new().file("stopgap/hello.ts", "// mine\n");
    assert_snapshot!(project.stopgap(&["init", "--json"]), @r##"
    exit code: 0
    ----- stdout -----
    {"command":"init","directory":".","created":["stopgap.toml","tsconfig.json"],"kept":["stopgap/hello.ts"]}
    ----- stderr -----
    next: write `db` in `stopgap.toml`, then run `stopgap deploy`
    "##);
    assert_eq!(fs::read_to_string(project.path().join("stopgap/hello.ts")).unwrap(), "// mine\n");
    assert_snapshot!(project.stopgap(&["init", "--quiet"]), @r##"
    exit code: 0
    ----- stdout -----
    kept     stopgap.toml
    kept     stopgap/hello.ts
    kept     tsconfig.json
    ----- stderr -----
    "##);
}

#[test]
fn says_what_it_cannot_write() {
    let project = TestProject::new().file("stopgap", "a file in the way\n");
    assert_snapshot!(project.stopgap(&["init"]), @r##"
    exit code: 1
    ----- stdout -----
    created  stopgap.toml
    ----- stderr -----
    error: cannot write `./stopgap/hello.ts`: File exists (os error 17)
    "##);
}
