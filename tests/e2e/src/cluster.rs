//! A cluster of one test's own: for tests that kill a server, copy it, or fill its disk. It is a plain server in a
//! temporary folder, run by the account that runs the shared one, and gone with the value.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::folder::Folder;
use crate::server::{Role, Server};

/// How long a server may take to start or a standby to catch up, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The cluster.
pub struct Cluster {
    /// How to reach it.
    pub server: Server,
    folder: Folder,
    account: (u32, u32),
    process: Option<Child>,
}

impl Cluster {
    /// A new cluster that runs; `name` is one that no other test uses. `settings` are lines of `postgresql.conf`.
    pub fn create(name: &str, port: u16, settings: &str) -> Self {
        let mut cluster = Self::folder(name, port);
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
        );
        cluster.configure(settings);
        cluster.start();
        cluster
    }

    /// A running physical standby of a running cluster.
    pub fn standby_of(primary: &Self, name: &str, port: u16) -> Self {
        let mut cluster = Self::folder(name, port);
        let data = cluster.data();
        let host = primary.socket_folder();
        let of = primary.server.port().to_string();
        cluster.run(
            "pg_basebackup",
            &["-D", &data, "-h", &host, "-p", &of, "-U", "postgres", "-R", "-X", "stream", "-c", "fast"],
        );
        cluster.configure("");
        cluster.start();
        cluster
    }

    fn folder(name: &str, port: u16) -> Self {
        let shared = Server::from_environment();
        let owner = fs::metadata(shared.host()).expect("the shared server's socket");
        let account = (owner.uid(), owner.gid());
        let folder = Folder::new(name);
        std::os::unix::fs::chown(&folder.0, Some(account.0), Some(account.1)).expect("the folder is given");
        let log = folder.0.join("log");
        let server = shared.moved(folder.0.to_str().expect("a path in UTF-8"), port, log);
        Self { server, folder, account, process: None }
    }

    fn data(&self) -> String {
        self.folder.0.join("data").to_str().expect("a path in UTF-8").to_owned()
    }

    fn socket_folder(&self) -> String {
        self.folder.0.to_str().expect("a path in UTF-8").to_owned()
    }

    /// A program as the server's account; taking on an identity is for root.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let own = fs::metadata("/proc/self").expect("our own process").uid();
        if own != self.account.0 {
            command.uid(self.account.0).gid(self.account.1);
        }
        command.current_dir(&self.folder.0).env("HOME", "/");
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output =
            self.command(&self.server.bindir().join(program)).args(arguments).output().expect("it runs");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn configure(&self, settings: &str) {
        let file = PathBuf::from(self.data()).join("postgresql.conf");
        let mut text = fs::read_to_string(&file).expect("postgresql.conf");
        text.push_str(&format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nport = {}\nfsync = off\nlc_messages = 'C.UTF-8'\n{settings}\n",
            self.socket_folder(),
            self.server.port()
        ));
        fs::write(&file, text).expect("postgresql.conf is written");
    }

    /// Starts it, and waits until it takes sessions. After a crash, what the former one left has to end first.
    pub fn start(&mut self) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let log = || {
                fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(self.folder.0.join("log"))
                    .expect("the log")
            };
            let mut postgres = self.command(&self.server.bindir().join("postgres"));
            let process = postgres
                .args(["-D", &self.data()])
                .stdin(Stdio::null())
                .stdout(log())
                .stderr(log())
                .spawn()
                .expect("the server starts");
            self.process = Some(process);
            while self.is_running() {
                if self.server.try_connect("postgres", Role::Superuser).is_ok() {
                    return;
                }
                assert!(began.elapsed() < PATIENCE, "not ready: {}", self.server.log());
                thread::sleep(Duration::from_millis(50));
            }
            thread::sleep(Duration::from_millis(200));
        }
        panic!("it does not start: {}", self.server.log());
    }

    fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// Kills its postmaster, as `kill -9` does; its backends end by themselves.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("the postmaster is killed");
        process.wait().expect("the postmaster is waited for");
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        let promoted = self
            .server
            .connect("postgres", Role::Superuser)
            .query_one("SELECT pg_promote(true, 60)", &[])
            .expect("the promotion");
        assert!(promoted.get::<_, bool>(0));
    }

    /// Waits until a query gives true.
    pub fn wait_until(&self, database: &str, query: &str) {
        let mut session: Client = self.server.connect(database, Role::Superuser);
        let began = Instant::now();
        while !session.query_one(query, &[]).is_ok_and(|row| row.get::<_, bool>(0)) {
            assert!(began.elapsed() < PATIENCE, "never: {query}\n{}", self.server.log());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.is_running() {
            let data = self.data();
            let stopped = self
                .command(&self.server.bindir().join("pg_ctl"))
                .args(["-D", &data, "-m", "immediate", "stop"])
                .output();
            if let Some(process) = self.process.as_mut().filter(|_| stopped.is_ok()) {
                let _ = process.wait();
            }
        }
    }
}
