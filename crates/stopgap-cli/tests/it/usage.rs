//! Arguments and settings that are missing or wrong: exit code 1.

use insta::assert_snapshot;

use crate::harness::TestProject;

#[test]
fn no_command() {
    let shown = TestProject::new().stopgap(&[]);
    assert!(shown.starts_with("exit code: 1\n----- stdout -----\n----- stderr -----\n"), "{shown}");
    assert!(shown.contains("Usage: stopgap [OPTIONS] <COMMAND>"), "{shown}");
}

#[test]
fn an_unknown_option() {
    assert_snapshot!(TestProject::new().stopgap(&["deploy", "--prune"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument '--prune' found

      tip: a similar argument exists: '--no-prune'

    Usage: stopgap deploy --no-prune [ROOT]

    For more information, try '--help'.
    "##);
}

#[test]
fn steps_or_an_id() {
    assert_snapshot!(TestProject::new().stopgap(&["rollback", "--steps", "2", "--to", "7"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the argument '--steps <N>' cannot be used with '--to <ID|TAG>'

    Usage: stopgap rollback --steps <N>

    For more information, try '--help'.
    "##);
    assert_snapshot!(TestProject::new().stopgap(&["rollback", "--steps", "0"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: invalid value '0' for '--steps <N>': 0 is not in 1..=2147483647

    For more information, try '--help'.
    "##);
}

#[test]
fn no_environment() {
    assert_snapshot!(TestProject::new().stopgap(&["status", "--db", "dbname=app"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: no environment is set
    hint: give `--env`, set `STOPGAP_ENV`, or write `env` in a profile of `stopgap.toml`
    "##);
}

#[test]
fn no_database() {
    assert_snapshot!(TestProject::new().stopgap(&["status", "--env", "dev"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: no database is set
    hint: give `--db`, set `STOPGAP_DB` or PGHOST and the like, or write `db` in a profile of `stopgap.toml`; for example `postgres://localhost/app`
    "##);
}

#[test]
fn an_invalid_environment() {
    assert_snapshot!(TestProject::new().stopgap(&["--env", "Prod", "status"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: invalid environment name "Prod"
    detail: A name starts with a lower-case letter and goes on with at most 40 lower-case letters, digits and "_".
    "##);
}

#[test]
fn errors_are_json_too() {
    assert_snapshot!(TestProject::new().stopgap(&["status", "--json"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    {"error":{"message":"no environment is set","sqlstate":null,"detail":null,"hint":"give `--env`, set `STOPGAP_ENV`, or write `env` in a profile of `stopgap.toml`","context":null}}
    "##);
}

#[test]
fn an_unknown_profile() {
    let project = TestProject::new().file("stopgap.toml", "[profile.default]\nenv = \"dev\"\n");
    assert_snapshot!(project.stopgap(&["status", "--profile", "ci"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `ci` in `[project]/stopgap.toml`
    "##);
}

#[test]
fn settings_with_a_slip() {
    let project =
        TestProject::new().file("stopgap.toml", "[profile.default]\ndatabase = \"postgres://u:hunter2@h\"\n");
    let shown = project.stopgap(&["status"]);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_snapshot!(shown, @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: `[project]/stopgap.toml` is not valid: line 2: unknown field `database`, expected one of `db`, `env`, `root`
    "##);
}

#[test]
fn a_call_checks_its_words_first() {
    let project = TestProject::new();
    assert_snapshot!(project.stopgap(&["call", "users.get", "--env", "dev", "--db", "dbname=app"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: invalid function path "users.get"
    detail: A path is api.<module>.<export>.
    "##);
    assert_snapshot!(project.stopgap(&["call", "api.users.get", "{id: 1}", "--env", "dev", "--db", "dbname=app"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the arguments are not valid JSON: key must be a string at line 1 column 2
    "##);
}
