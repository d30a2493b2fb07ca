//! The command-line tool ships the local files, and says what it did.

use e2e::bundle::call;
use e2e::cli::{repository, stopgap};
use e2e::{Database, Role};
use serde_json::json;

#[test]
fn the_example_is_deployed_changed_and_rolled_back() {
    let database = Database::create("cli");
    let schema = std::fs::read_to_string(repository("examples/hello/schema.sql")).unwrap();
    database.sql(Role::Superuser, &schema);
    let (url, folder) = (database.url(Role::Deployer), repository("examples/hello"));
    let run = |arguments: &[&str]| stopgap(&folder, &url, arguments);

    let planned = run(&["deploy", "v1", "--env", "prod", "--dry-run"]).succeeded();
    assert!(
        planned.stdout.contains("users_create") || planned.stderr.contains("users_create"),
        "{}",
        planned.stdout
    );
    let first = run(&["deploy", "v1", "--env", "prod", "--label", "v1", "--json"]).succeeded().json();
    let mut app = database.connect(Role::App);
    call(&mut app, "live_prod.users_list", &json!({})).unwrap();
    assert_eq!(run(&["diff", "v1", "--env", "prod", "--check"]).code, 0);
    assert_eq!(run(&["diff", "v2", "--env", "prod", "--check"]).code, 1);

    let second = run(&["deploy", "v2", "--env", "prod", "--label", "v2", "--json"]).succeeded().json();
    assert_ne!(first, second);
    let error = call(&mut app, "live_prod.users_list", &json!({})).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42883", "v2 has no such function");
    let status = run(&["status", "--env", "prod", "--json"]).succeeded().stdout;
    assert!(status.contains("\"v2\"") && status.contains("orders_cancel"), "{status}");

    run(&["rollback", "--env", "prod"]).succeeded();
    call(&mut app, "live_prod.users_list", &json!({})).unwrap();
    let listed = run(&["deployments", "--env", "prod"]).succeeded().stdout;
    assert!(listed.contains("v1") && listed.contains("v2"), "{listed}");

    let called =
        stopgap(&folder, &database.url(Role::App), &["call", "api.users.list", "--env", "prod"]).succeeded();
    assert!(called.stdout.trim_start().starts_with('['), "{}", called.stdout);
}

#[test]
fn what_the_user_can_fix_exits_1_and_the_rest_2() {
    let database = Database::create("cli_errors");
    let folder = repository("examples/hello");
    let url = database.url(Role::Deployer);
    let refused = stopgap(&folder, &database.url(Role::App), &["deploy", "v1", "--env", "prod"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("permission denied"), "{}", refused.stderr);
    // What does not compile is said, and kept as a failed deployment.
    let broken = std::env::temp_dir().join(format!("e2e-broken-{}", std::process::id()));
    std::fs::create_dir_all(&broken).unwrap();
    std::fs::write(broken.join("a.ts"), "export const n: number = ;\n").unwrap();
    let failed = stopgap(&broken, &url, &["deploy", ".", "--env", "prod", "--label", "broken"]);
    std::fs::remove_dir_all(&broken).unwrap();
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("a.ts line 1, column 26"), "{}", failed.stderr);
    let listed = stopgap(&folder, &url, &["deployments", "--env", "prod"]).succeeded().stdout;
    assert!(listed.contains("failed") && listed.contains("broken"), "{listed}");
    let unknown = stopgap(&folder, &url, &["status", "--env", "nowhere"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("environment \"nowhere\" does not exist"), "{}", unknown.stderr);
    let unreachable =
        stopgap(&folder, "postgresql://nobody@/x?host=/nonexistent&port=1", &["status", "--env", "prod"]);
    assert_eq!(unreachable.code, 2, "{}", unreachable.stderr);
}
