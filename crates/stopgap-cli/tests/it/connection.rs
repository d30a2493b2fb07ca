//! A database that cannot be reached: exit code 2, and no secret in the message.

use std::io::{Read, Write};
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
fn tls_that_cannot_be_had() {
    // A port that answers the request for TLS with "no".
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(b"N").unwrap();
        request
    });
    let url = format!("postgres://ann:hunter2@127.0.0.1:{port}/app?sslmode=require");
    let shown = TestProject::new().stopgap(&["status", "--env=dev", "--db", &url]);
    // All that was sent is the request: 8 bytes long, code 80877103.
    assert_eq!(server.join().unwrap(), [0, 0, 0, 8, 4, 210, 22, 47]);
    assert_snapshot!(shown.replace(&port.to_string(), "[port]"), @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to database `app` at `127.0.0.1:[port]`: server does not support TLS
    "##);
}

#[test]
fn a_service() {
    let project =
        TestProject::new().file(".pg_service.conf", "[shop]\nhost=/nowhere\ndbname=shop\npassword=hunter2\n");
    assert_snapshot!(project.stopgap(&["status", "--env=dev", "--db", "service=shop"]), @r##"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to database `shop` at `/nowhere:5432`: No such file or directory (os error 2)
    "##);
    assert_snapshot!(project.stopgap(&["status", "--env=dev", "--db", "service=other"]), @r##"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is no service `other` in a connection service file
    hint: services are sections of `~/.pg_service.conf` or of the file PGSERVICEFILE names
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
    hint: write it as `postgres://user@host:5432/database`, `host=… user=… dbname=…` or `service=…`
    "##);
}
