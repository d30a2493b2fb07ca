//! What a release does when something runs out: the disk, the lock table, the right to write, the connection. Each ends in
//! a clear error with its own SQLSTATE, changes nothing, and the next release works.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use e2e::bundle::{bundle, call, constant, deploy};
use e2e::folder::Folder;
use e2e::random::Random;
use e2e::{Cluster, Database, Role, Server, sqlstate};
use postgres::Client;
use serde_json::{Value, json};

/// How many rows there are, in every table that a release writes; the record of a failure is none of them.
fn rows(session: &mut Client) -> Vec<i64> {
    [
        "plts.artifact",
        "stopgap.deployment WHERE state <> 'failed'",
        "stopgap.fn_version",
        "stopgap.activation_log",
        "pg_proc",
    ]
    .map(|table| session.query_one(&format!("SELECT count(*) FROM {table}"), &[]).unwrap().get(0))
    .to_vec()
}

fn no_differences(session: &mut Client) {
    let found: Value = session.query_one("SELECT stopgap.verify('prod')", &[]).unwrap().get(0);
    assert_eq!(found["differences"], json!([]));
}

/// A small file system, mounted.
struct SmallDisk(Folder);

impl SmallDisk {
    /// None when this machine does not let its tests mount.
    fn mount() -> Option<Self> {
        let folder = Folder::new("small-disk");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(&folder.0)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server may have files there still. What is left mounted is reported by the folder's removal.
        let _unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_changes_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: a small file system cannot be mounted here; it takes root and the right to mount");
        return;
    };
    let owner = std::fs::metadata(Server::from_environment().host()).unwrap();
    chown(disk.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
    let cluster = Cluster::create("full-disk", 5611, "autovacuum = off");
    let mut session = cluster.server.connect("postgres", Role::Superuser);
    session.batch_execute("CREATE EXTENSION stopgap CASCADE").unwrap();
    session.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display())).unwrap();
    let mut random = Random::of(7, 0);
    deploy(&mut session, "prod", &[("a.ts", &constant("before"))]).unwrap();
    for table in ["plts.artifact", "stopgap.deployment", "stopgap.fn_version", "stopgap.activation_log"] {
        // Where a release writes, each in its turn; what fills the disk lies there as well.
        session.batch_execute(&format!("ALTER TABLE {table} SET TABLESPACE small")).unwrap();
        session.batch_execute("CREATE TABLE filler (t text) TABLESPACE small").unwrap();
        let mut room = [10_000, 1_000, 100, 10, 1].into_iter().peekable();
        while let Some(rows) = room.peek() {
            let fill = format!(
                "INSERT INTO filler SELECT repeat(md5(i::text), 30) FROM generate_series(1, {rows}) i"
            );
            if let Err(error) = session.batch_execute(&fill) {
                assert_eq!(sqlstate(&error), "53100", "{error:?}");
                room.next();
            }
        }
        let before = rows(&mut session);
        // The table's own pages have room for some more rows: release until there is none.
        session.batch_execute("BEGIN").unwrap();
        let failed = (0..1000).find_map(|number| {
            let text = format!("{}// {number} {}\n", constant("after"), noise(&mut random));
            deploy(&mut session, "prod", &[("a.ts", &text)]).err()
        });
        session.batch_execute("ROLLBACK").unwrap();
        let error = failed.unwrap_or_else(|| panic!("{table} was never full"));
        assert_eq!(sqlstate(&error), "53100", "{table}: {error:?}");
        assert_eq!(rows(&mut session), before, "{table}");
        assert_eq!(call(&mut session, "live_prod.a_get", &json!({})).unwrap(), json!("before"));
        no_differences(&mut session);
        session.batch_execute("DROP TABLE filler").unwrap();
        session.batch_execute(&format!("ALTER TABLE {table} SET TABLESPACE pg_default")).unwrap();
    }
    deploy(&mut session, "prod", &[("a.ts", &constant("after"))]).unwrap();
    assert_eq!(call(&mut session, "live_prod.a_get", &json!({})).unwrap(), json!("after"));
    assert!(!cluster.server.log().contains("PANIC"));
}

/// Text that does not compress.
fn noise(random: &mut Random) -> String {
    (0..40).map(|_| format!("{:016x}", random.number())).collect()
}

#[test]
fn a_full_lock_table_changes_nothing() {
    let cluster = Cluster::create("full-locks", 5612, "max_connections = 10\nmax_locks_per_transaction = 20");
    let mut session = cluster.server.connect("postgres", Role::Superuser);
    session.batch_execute("CREATE EXTENSION stopgap CASCADE").unwrap();
    deploy(&mut session, "prod", &[("a.ts", &constant("before"))]).unwrap();
    let before = rows(&mut session);
    let mut greedy = cluster.server.connect("postgres", Role::Superuser);
    greedy.batch_execute("BEGIN").unwrap();
    let mut taken = 0;
    loop {
        greedy.batch_execute("SAVEPOINT one").unwrap();
        let more = "SELECT pg_advisory_xact_lock(9, i) FROM generate_series($, $ + 9) i"
            .replace('$', &taken.to_string());
        if let Err(error) = greedy.batch_execute(&more) {
            assert_eq!(sqlstate(&error), "53200", "{error:?}");
            greedy.batch_execute("ROLLBACK TO one").unwrap();
            break;
        }
        taken += 10;
    }
    let modules: Vec<(String, String)> =
        (0..60).map(|number| (format!("m{number}.ts"), constant("after"))).collect();
    let borrowed: Vec<(&str, &str)> =
        modules.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let error = deploy(&mut session, "prod", &borrowed).unwrap_err();
    assert_eq!(sqlstate(&error), "53200", "{error:?}");
    greedy.batch_execute("ROLLBACK").unwrap();
    assert_eq!(rows(&mut session), before);
    assert_eq!(call(&mut session, "live_prod.a_get", &json!({})).unwrap(), json!("before"));
    no_differences(&mut session);
    deploy(&mut session, "prod", &borrowed).unwrap();
    assert_eq!(call(&mut session, "live_prod.m59_get", &json!({})).unwrap(), json!("after"));
}

#[test]
fn a_read_only_transaction_changes_nothing() {
    let database = Database::create("shortage_read_only");
    let mut deployer = database.connect(Role::Deployer);
    for text in ["one", "two"] {
        deploy(&mut deployer, "prod", &[("a.ts", &constant(text))]).unwrap();
    }
    let archive: Value = deployer.query_one("SELECT stopgap.export('prod')", &[]).unwrap().get(0);
    let mut admin = database.connect(Role::Superuser);
    let before = rows(&mut admin);
    let modules = bundle(&[("a.ts", &constant("three"))]);
    deployer.batch_execute("SET default_transaction_read_only = on").unwrap();
    for (what, sql) in [
        ("deploy", "SELECT stopgap.deploy_bundle('prod', $1)::text FROM (SELECT $2::jsonb) AS unused"),
        ("import", "SELECT stopgap.import('prod', $2)::text FROM (SELECT $1::jsonb) AS unused"),
        ("rollback", "SELECT stopgap.rollback('prod')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused"),
        (
            "promote",
            "SELECT stopgap.promote('prod', 'prod2')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused",
        ),
        ("tag", "SELECT stopgap.tag('prod', 'v1')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused"),
        ("pin", "SELECT stopgap.pin('prod', 1)::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused"),
        ("gc", "SELECT stopgap.gc()::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused"),
        (
            "create",
            "SELECT stopgap.create_environment('x')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused",
        ),
        (
            "alter",
            "SELECT stopgap.alter_environment('prod', '{\"protected\": true}')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused",
        ),
        (
            "drop",
            "SELECT stopgap.drop_environment('prod')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused",
        ),
        ("guard", "SELECT stopgap.guard('prod')::text FROM (SELECT $1::jsonb, $2::jsonb) AS unused"),
    ] {
        let error = deployer.query_one(sql, &[&modules, &archive]).expect_err(what);
        let expected = if what == "promote" { "42704" } else { "25006" };
        assert_eq!(sqlstate(&error), expected, "{what}: {error:?}");
    }
    // Looking is reading.
    for sql in [
        "SELECT stopgap.status('prod')",
        "SELECT stopgap.verify('prod')",
        "SELECT stopgap.what_if_rollback('prod')",
    ] {
        deployer.query_one(sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    assert_eq!(rows(&mut admin), before);
    no_differences(&mut admin);
    deployer.batch_execute("RESET default_transaction_read_only").unwrap();
    deploy(&mut deployer, "prod", &[("a.ts", &constant("three"))]).unwrap();
}

#[test]
fn a_lost_connection_changes_nothing() {
    let database = Database::create("shortage_lost");
    let mut deployer = database.connect(Role::Deployer);
    deploy(&mut deployer, "prod", &[("a.ts", &constant("one"))]).unwrap();
    let mut admin = database.connect(Role::Superuser);
    let before = rows(&mut admin);
    let mut lost = database.connect(Role::Deployer);
    let process: i32 = lost.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    lost.batch_execute("BEGIN").unwrap();
    deploy(&mut lost, "prod", &[("a.ts", &constant("two"))]).unwrap();
    deploy(&mut lost, "dev", &[("a.ts", &constant("two"))]).unwrap();
    // Others are refused while it is open, and go on when it is gone.
    let busy = deploy(&mut deployer, "prod", &[("a.ts", &constant("three"))]).unwrap_err();
    assert_eq!(sqlstate(&busy), "55P03");
    drop(lost);
    let began = Instant::now();
    let is_there = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)";
    while admin.query_one(is_there, &[&process]).unwrap().get(0) {
        assert!(began.elapsed() < Duration::from_secs(30), "the session stays");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(rows(&mut admin), before);
    no_differences(&mut admin);
    let missing = deployer.query_one("SELECT stopgap.status('dev')", &[]).unwrap_err();
    assert_eq!(sqlstate(&missing), "42704");
    deploy(&mut deployer, "prod", &[("a.ts", &constant("three"))]).unwrap();
}
