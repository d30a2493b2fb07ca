//! A database that cannot be reached: exit code 2, and no secret in the message.

use std::net::TcpListener;

use insta::assert_snapshot;

use crate::harness::TestProject;

/// A port that nothing listens on.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn refused() {
    let port = free_port();
    let url = format!("postgres://ann:hunter2@127.0.0.1:{port}/app");
    let project = TestProject::new().file("stopgap/a.ts", "export {}");
    let mut shown = [
        ["deploy", "--env=dev", "--db", &url],
        ["--db", &url, "--env=dev", "diff"],
        ["--db", &url, "status", "--env=dev"],
        ["deployments", "--db", &url, "--env=dev"],
        ["rollback", "--env=dev", "--db", &url],
    ]
    .map(|arguments| project.stopgap(&arguments).replace(&port.to_string(), "[port]"))
    .to_vec();
    shown.dedup();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_snapshot!(shown[0], @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to database `app` at `127.0.0.1:[port]`: Connection refused (os error 111)
    "##);
}

#[test]
fn refused_as_json() {
    let port = free_port();
    let pairs = format!("host=127.0.0.1 port={port} user=ann password=hunter2 dbname=app");
    let project = TestProject::new();
    let shown = project.stopgap(&["call", "api.a.b", "--json", "--env=dev", "--db", &pairs]);
    assert_snapshot!(shown.replace(&port.to_string(), "[port]"), @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"message":"cannot connect to database `app` at `127.0.0.1:[port]`: Connection refused (os error 111)","sqlstate":null,"detail":null,"hint":null,"context":null}}
    "##);
}

#[test]
fn a_socket_that_is_not_there() {
    let project = TestProject::new();
    let pairs = format!("host={} user=ann dbname=app", project.path().display());
    assert_snapshot!(project.stopgap(&["status", "--env=dev", "--db", &pairs]), @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to database `app` at `[project]:5432`: No such file or directory (os error 2)
    "##);
}

#[test]
fn tls_is_refused() {
    let url = "postgres://ann:hunter2@127.0.0.1:1/app?sslmode=require";
    assert_snapshot!(TestProject::new().stopgap(&["status", "--env=dev", "--db", url]), @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: TLS is not supported yet, and the connection string demands it
    hint: use a local socket, or a tunnel that encrypts, and `sslmode=disable`
    "##);
}

#[test]
fn a_connection_string_that_cannot_be_read() {
    let shown = TestProject::new().stopgap(&["status", "--env=dev", "--db", "host=x password=hunter 2"]);
    assert!(!shown.contains("hunter"), "{shown}");
    assert_snapshot!(shown, @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the connection string cannot be read
    hint: write it as `postgres://user@host:5432/database` or `host=… user=… dbname=…`
    "##);
}
