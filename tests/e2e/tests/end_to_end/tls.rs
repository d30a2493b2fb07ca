//! The command-line tool over TLS: what `sslmode` promises is what it does, on a server that takes nothing else.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use e2e::cli::{Run, stopgap};
use e2e::folder::Folder;
use e2e::{Cluster, Role, Server};

/// Keys and certificates: an authority, a server by the name `localhost`, a client called `postgres`, and a stranger.
struct Keys(Folder);

impl Keys {
    fn make() -> Self {
        let keys = Self(Folder::new("tls-keys"));
        for authority in ["authority", "stranger"] {
            let (key, certificate) = (format!("{authority}.key"), format!("{authority}.pem"));
            keys.openssl(&[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-keyout",
                &key,
                "-out",
                &certificate,
                "-subj",
                &format!("/CN={authority}"),
            ]);
        }
        keys.certify("server", "localhost", "subjectAltName=DNS:localhost");
        keys.certify("client", "postgres", "extendedKeyUsage=clientAuth");
        keys.give_to_server("server.key");
        keys
    }

    /// A key, and a certificate of it by the authority.
    fn certify(&self, name: &str, subject: &str, extension: &str) {
        let [key, request, certificate] = ["key", "csr", "pem"].map(|end| format!("{name}.{end}"));
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &request,
            "-subj",
            &format!("/CN={subject}"),
            "-addext",
            extension,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-copy_extensions",
            "copy",
            "-out",
            &certificate,
        ]);
    }

    fn openssl(&self, arguments: &[&str]) {
        let output =
            Command::new("openssl").args(arguments).current_dir(&self.0.0).output().expect("openssl runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A server reads its key only when nobody else can.
    fn give_to_server(&self, name: &str) {
        let path = self.0.0.join(name);
        let owner = fs::metadata(Server::from_environment().host()).unwrap();
        fs::set_permissions(&self.0.0, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.0.join(name).to_str().expect("a path in UTF-8").to_owned()
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

#[test]
fn the_tool_checks_the_server_as_far_as_it_is_asked() {
    let keys = Keys::make();
    keys.0.write(
        "pg_hba.conf",
        "local all all trust\nhostssl by_certificate all all cert\nhostssl all postgres all trust\nhostnossl all all all reject\n",
    );
    let port = free_port();
    let settings = format!(
        "listen_addresses = 'localhost'\nhba_file = '{}'\nssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\nssl_ca_file = '{}'",
        keys.path("pg_hba.conf"),
        keys.path("server.pem"),
        keys.path("server.key"),
        keys.path("authority.pem"),
    );
    let cluster = Cluster::create("tls", port, &settings);
    let mut session = cluster.server.connect("postgres", Role::Superuser);
    session.batch_execute("CREATE EXTENSION stopgap CASCADE").unwrap();

    let nowhere = Folder::new("tls");
    let run = |host: &str, rest: &str| -> Run {
        let url = format!("host={host} port={port} user=postgres dbname=postgres {rest}");
        stopgap(Path::new(&nowhere.0), &url, &["env", "list", "--json"])
    };
    let (authority, stranger) = (keys.path("authority.pem"), keys.path("stranger.pem"));
    let vouched = |mode: &str, by: &str| format!("sslmode={mode} sslrootcert={by}");
    for accepted in [
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        vouched("verify-ca", &authority),
        vouched("verify-full", &authority),
    ] {
        run("localhost", &accepted).succeeded();
    }
    let refused = run("localhost", "sslmode=disable");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("no encryption"), "{}", refused.stderr);
    // A server that a stranger vouches for, where anybody is asked.
    for mode in ["require", "verify-ca", "verify-full"] {
        let refused = run("localhost", &vouched(mode, &stranger));
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{mode}");
        assert!(refused.stderr.contains("certificate"), "{mode}: {}", refused.stderr);
    }
    // The certificate is for `localhost` alone.
    run("127.0.0.1", &vouched("verify-ca", &authority)).succeeded();
    let refused = run("127.0.0.1", &vouched("verify-full", &authority));
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("certificate"), "{}", refused.stderr);

    // Who we are, by a certificate.
    session.batch_execute("CREATE DATABASE by_certificate").unwrap();
    let mut other = cluster.server.connect("by_certificate", Role::Superuser);
    other.batch_execute("CREATE EXTENSION stopgap CASCADE").unwrap();
    let by_certificate = |rest: &str| {
        let url = format!("host=localhost port={port} user=postgres dbname=by_certificate {rest}");
        stopgap(Path::new(&nowhere.0), &url, &["env", "list", "--json"])
    };
    let own = format!(
        "{} sslcert={} sslkey={}",
        vouched("verify-full", &authority),
        keys.path("client.pem"),
        keys.path("client.key")
    );
    by_certificate(&own).succeeded();
    let refused = by_certificate(&vouched("verify-full", &authority));
    assert_eq!(refused.code, 2, "{}", refused.stderr);
}
