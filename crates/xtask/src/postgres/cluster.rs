//! A private database cluster: made for one task, reached through a Unix socket only, gone afterwards.
//!
//! It never touches another cluster: its server is stopped by the process id in its own data directory, after
//! checking that this process works there. It is stopped when the value is dropped (also by a panic)
//! and on ctrl-c or termination; only [`Cluster::keep`] leaves it running.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::account::Account;
use super::config::PgConfig;
use super::place::{self, Place};
use crate::setup::Setup;
use crate::shell::{self, Result, about, refused};

/// The superuser of every private cluster; no password on its socket.
pub const SUPERUSER: &str = "postgres";
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running private cluster.
pub struct Cluster {
    place: Place,
    account: Account,
    postgres: PgConfig,
    port: u16,
    log: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes and starts a cluster. `purpose` names its directory and log; `settings` go into `postgresql.conf`.
    /// One that an earlier task of the same purpose left behind or kept is stopped and removed first.
    pub fn start(setup: &Setup, purpose: &str, settings: &[(&str, &str)]) -> Result<Cluster> {
        let account = Account::for_servers()?;
        let logs = setup.workspace.scratch().join("logs");
        shell::make_dir(&logs)?;
        let log = logs.join(format!("{purpose}-server.log"));
        let place = Place::make(&setup.workspace, account, purpose)?;
        let mut cluster = Cluster {
            place,
            account,
            postgres: setup.postgres.clone(),
            port: free_port()?,
            log,
            server: None,
        };
        File::create(&cluster.log).map_err(about("create", &cluster.log))?;
        cluster.initialise(settings)?;
        cluster.launch()?;
        Ok(cluster)
    }

    fn initialise(&self, settings: &[(&str, &str)]) -> Result<()> {
        let mut initdb = self.account.command(self.postgres.tool("initdb"));
        initdb.current_dir(&self.place.dir).arg("-D").arg(self.place.data());
        initdb.args(["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        shell::capture(&mut initdb)?;
        let port = self.port.to_string();
        let socket_dir = self.place.socket_dir.to_string_lossy();
        let own = [
            ("listen_addresses", ""),
            ("unix_socket_directories", socket_dir.as_ref()),
            ("port", port.as_str()),
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("max_connections", "60"),
            ("max_worker_processes", "16"),
            ("log_destination", "stderr"),
            ("logging_collector", "off"),
            ("log_line_prefix", "%m [%p] %q%u@%d %a: "),
            ("timezone", "UTC"),
            ("lc_messages", "C.UTF-8"),
        ];
        self.configure(&own)?;
        self.configure(settings)
    }

    /// Adds settings to `postgresql.conf`; the last one of a name counts.
    fn configure(&self, settings: &[(&str, &str)]) -> Result<()> {
        let file = self.place.data().join("postgresql.conf");
        let mut text = shell::read_text(&file)?;
        for (name, value) in settings {
            text.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
        }
        shell::write(&file, text)
    }

    fn launch(&mut self) -> Result<()> {
        let log = || OpenOptions::new().append(true).open(&self.log).map_err(about("open", &self.log));
        let mut server = self.account.command(self.postgres.tool("postgres"));
        server.arg("-D").arg(self.place.data()).current_dir(&self.place.dir);
        // Its own process group: ctrl-c in a terminal is ours to handle, and a kept cluster outlives us.
        server.process_group(0).stdin(Stdio::null()).stdout(log()?).stderr(log()?);
        let mut child = server
            .spawn()
            .map_err(|source| shell::Error::NotStarted { command: shell::display(&server), source })?;
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(about("wait for", &self.log))? {
                return Err(self.broken(&format!("the server ended while starting ({status})")));
            }
            if self.place.is_ready() {
                self.server = Some(child);
                return Ok(());
            }
            if start.elapsed() > START_LIMIT {
                self.server = Some(child);
                return Err(
                    self.broken(&format!("the server was not ready within {}", shell::duration(START_LIMIT)))
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn broken(&self, what: &str) -> shell::Error {
        let log = shell::read_text(&self.log).unwrap_or_else(|error| error.to_string());
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        refused(format!("{what}; its log is {}\n{tail}", self.log.display()))
    }

    /// Stops the server, adds `settings` and starts it again.
    pub fn restart(&mut self, settings: &[(&str, &str)]) -> Result<()> {
        self.halt()?;
        self.configure(settings)?;
        self.launch()
    }

    /// The file with the server's messages. It stays when the cluster goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The directory of the socket, for `host=`.
    pub fn host(&self) -> &Path {
        &self.place.socket_dir
    }

    /// The port, which only names the socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The account that the server runs as.
    pub fn account(&self) -> Account {
        self.account
    }

    /// A directory of the cluster that belongs to the server's account.
    pub fn private_dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.place.dir.join(name);
        self.account.make_private_dir(&dir)?;
        Ok(dir)
    }

    /// A database address in the form that libpq and the command-line tool read.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}@/{database}?host={}&port={}", self.host().display(), self.port)
    }

    /// `psql` as `user`, stopping at the first error and reading no settings of the person who runs us.
    pub fn psql(&self, user: &str, database: &str) -> Command {
        let mut psql = Command::new(self.postgres.tool("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.url(user, database)]);
        psql
    }

    /// Runs SQL as the superuser in `database`.
    pub fn execute(&self, database: &str, sql: &str) -> Result<()> {
        self.connect(SUPERUSER, database)?.batch_execute(sql)?;
        Ok(())
    }

    /// A new session.
    pub fn connect(&self, user: &str, database: &str) -> Result<postgres::Client> {
        let mut config = postgres::Config::new();
        config.host_path(self.host()).port(self.port).user(user).dbname(database).application_name("xtask");
        Ok(config.connect(postgres::NoTls)?)
    }

    /// Leaves the server running after we end.
    pub fn keep(mut self) {
        self.server = None;
        self.place.forget();
        // The value's end is the server's end otherwise.
        std::mem::forget(self);
    }

    /// Stops the server and removes its directory; reports what dropping could only print.
    pub fn stop(mut self) -> Result<()> {
        self.tear_down()
    }

    fn halt(&mut self) -> Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) else { return Ok(()) };
        place::stop_process(pid, Signal::INT, || !matches!(server.try_wait(), Ok(None)))
    }

    fn tear_down(&mut self) -> Result<()> {
        if !self.place.is_running() {
            return Ok(());
        }
        self.halt()?;
        self.place.forget();
        self.place.remove()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.tear_down() {
            eprintln!("warning: the private server was not stopped cleanly: {error}");
        }
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(about("find a free port on", "127.0.0.1"))?;
    Ok(listener.local_addr().map_err(about("read the port of", "127.0.0.1"))?.port())
}
