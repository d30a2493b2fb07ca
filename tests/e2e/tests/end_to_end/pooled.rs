//! Behind pgbouncer with transaction pooling: calls and the command-line tool.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use e2e::bundle::constant;
use e2e::cli::stopgap;
use e2e::folder::Folder;
use e2e::{Database, Role};
use postgres::{Client, NoTls};

const PORT: u16 = 6543;

/// A pgbouncer of this test's own.
struct Pooler {
    process: Child,
    folder: Folder,
}

impl Pooler {
    fn start(database: &Database) -> Self {
        let folder = Folder::new("pooled");
        let path = folder.0.display().to_string();
        let (host, port) = (database.server.host(), database.server.port());
        folder.write("users.txt", "\"e2e_deployer\" \"\"\n\"e2e_app\" \"\"\n");
        folder.write(
            "pgbouncer.ini",
            &format!(
                "[databases]\n{name} = host={host} port={port}\n[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\n\
                 unix_socket_dir = {path}\nauth_type = trust\nauth_file = {path}/users.txt\npool_mode = transaction\n\
                 default_pool_size = 2\nlogfile = {path}/log\nignore_startup_parameters = extra_float_digits\n",
                name = database.name
            ),
        );
        let owner = std::fs::metadata(host).unwrap();
        let own = std::path::Path::new("/usr/sbin/pgbouncer");
        let mut pgbouncer = Command::new(if own.is_file() { own } else { "pgbouncer".as_ref() });
        if std::fs::metadata("/proc/self").unwrap().uid() != owner.uid() {
            std::os::unix::fs::chown(&folder.0, Some(owner.uid()), Some(owner.gid())).unwrap();
            pgbouncer.uid(owner.uid()).gid(owner.gid());
        }
        let process = pgbouncer
            .arg(format!("{path}/pgbouncer.ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer is there: `cargo xtask setup` installs it");
        Self { process, folder }
    }

    fn url(&self, database: &Database, role: Role) -> String {
        format!(
            "postgresql://{}@/{}?host={}&port={PORT}",
            role.name(&database.server),
            database.name,
            self.folder.0.display()
        )
    }

    fn connect(&self, database: &Database, role: Role) -> Client {
        let began = Instant::now();
        loop {
            match self.url(database, role).parse::<postgres::Config>().unwrap().connect(NoTls) {
                Ok(client) => return client,
                Err(error) => assert!(began.elapsed() < Duration::from_secs(20), "{error:?}"),
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn calls_and_the_tool_work_through_a_pool_of_transactions() {
    let database = Database::create("pooled");
    let pooler = Pooler::start(&database);
    // More clients than the pool has sessions, each call in whatever session is free.
    let mut clients: Vec<Client> = (0..6).map(|_| pooler.connect(&database, Role::App)).collect();
    let folder = Folder::new("pooled-modules");
    let url = pooler.url(&database, Role::Deployer);
    for round in 0..3 {
        folder.write("a.ts", &constant(&format!("round {round}")));
        stopgap(&folder.0, &url, &["deploy", ".", "--env", "prod"]).succeeded();
        for client in &mut clients {
            // The simple protocol: a pool of transactions does not keep prepared statements.
            let found = client.simple_query("SELECT live_prod.a_get()").unwrap();
            let text = found.iter().find_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            assert_eq!(text.unwrap(), format!("\"round {round}\""));
        }
    }
    let run = |arguments: &[&str]| stopgap(&folder.0, &url, arguments).succeeded();
    run(&["rollback", "--env", "prod"]);
    assert_eq!(run(&["status", "--env", "prod", "--json"]).json()["status"]["active_deployment_id"], 2);
    // Every verb, again and again, in whatever session of the two is free: a statement that one left there would be found.
    for round in 0..3 {
        run(&["tag", &format!("v{round}"), "--env", "prod"]);
        run(&["pin", "2", "--env", "prod"]);
        run(&["compare", "1", "2", "--env", "prod"]);
        run(&["plan", ".", "--env", "prod"]);
        run(&["diff", ".", "--env", "prod"]);
        run(&["deployments", "--env", "prod"]);
        run(&["history", "--env", "prod"]);
        run(&["verify", "--env", "prod"]);
        run(&["env", "list"]);
    }
    let called =
        stopgap(&folder.0, &pooler.url(&database, Role::App), &["call", "api.a.get", "--env", "prod"])
            .succeeded();
    assert!(called.stdout.contains("round 1"), "{}", called.stdout);
    // Nobody prepared anything that stays.
    let left = clients[0].simple_query("SELECT name FROM pg_prepared_statements").unwrap();
    assert!(!left.iter().any(|message| matches!(message, postgres::SimpleQueryMessage::Row(_))));
}
