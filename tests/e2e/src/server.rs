//! The server under test, and databases on it.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};

/// Where the server is; `cargo xtask test e2e` says it by the environment.
#[derive(Clone, Debug)]
pub struct Server {
    host: String,
    port: u16,
    superuser: String,
    bindir: PathBuf,
    log: PathBuf,
}

/// Who a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Superuser,
    /// A login role that is a member of `stopgap_deployer`, and nothing else.
    Deployer,
    /// A login role that is a member of `app_user`, and nothing else.
    App,
    /// A login role that is a member of nothing.
    Stranger,
}

impl Role {
    /// The name it logs in with.
    pub fn name(self, server: &Server) -> String {
        match self {
            Self::Superuser => server.superuser.clone(),
            Self::Deployer => "e2e_deployer".to_owned(),
            Self::App => "e2e_app".to_owned(),
            Self::Stranger => "e2e_stranger".to_owned(),
        }
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run these tests by `cargo xtask test e2e`"))
}

impl Server {
    pub fn from_environment() -> Self {
        Self {
            host: variable("PLTS_TEST_HOST"),
            port: variable("PLTS_TEST_PORT").parse().expect("PLTS_TEST_PORT is a number"),
            superuser: variable("PLTS_TEST_USER"),
            bindir: PathBuf::from(variable("PLTS_TEST_BINDIR")),
            log: PathBuf::from(variable("PLTS_TEST_LOG")),
        }
    }

    /// The folder of its socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, which names the socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where PostgreSQL's programs are.
    pub fn bindir(&self) -> &std::path::Path {
        &self.bindir
    }

    /// Another server of the same PostgreSQL.
    pub(crate) fn moved(&self, host: &str, port: u16, log: PathBuf) -> Self {
        Self { host: host.to_owned(), port, log, ..self.clone() }
    }

    /// The server beside it that preloads both libraries.
    pub fn preloaded() -> Self {
        Self {
            host: variable("PLTS_TEST_PRELOADED_HOST"),
            port: variable("PLTS_TEST_PRELOADED_PORT").parse().expect("PLTS_TEST_PRELOADED_PORT is a number"),
            log: PathBuf::from(variable("PLTS_TEST_PRELOADED_LOG")),
            ..Self::from_environment()
        }
    }

    /// A session in a database.
    pub fn connect(&self, database: &str, role: Role) -> Client {
        self.try_connect(database, role)
            .unwrap_or_else(|error| panic!("cannot connect to {database}: {error}"))
    }

    /// A session, if the server takes it.
    pub fn try_connect(&self, database: &str, role: Role) -> Result<Client, postgres::Error> {
        Config::new()
            .host(&self.host)
            .port(self.port)
            .user(&role.name(self))
            .dbname(database)
            .ssl_mode(SslMode::Disable)
            .connect(NoTls)
    }

    /// The connection URL of a database, as the command-line tool takes it.
    pub fn url(&self, database: &str, role: Role) -> String {
        format!("postgresql://{}@/{database}?host={}&port={}", role.name(self), self.host, self.port)
    }

    /// What the server has written to its log so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", self.log.display()));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A program of PostgreSQL's own, told where the server is.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bindir.join(name));
        command.args(["-h", &self.host, "-p", &self.port.to_string(), "-U", &self.superuser]);
        command
    }
}

/// A database of one test; dropped with it.
pub struct Database {
    pub server: Server,
    pub name: String,
}

/// Serialises what touches roles and template1: `CREATE EXTENSION` makes roles, which are the whole server's.
const SETUP_LOCK: &str = "SELECT pg_advisory_lock(731077)";

impl Database {
    /// A new database with both extensions and the test roles.
    pub fn create(name: &str) -> Self {
        Self::create_on(Server::from_environment(), name)
    }

    /// As [`Self::create`], on another server.
    pub fn create_on(server: Server, name: &str) -> Self {
        let database = Self::create_empty_on(server, name);
        let mut maintenance = database.server.connect("postgres", Role::Superuser);
        maintenance.batch_execute(SETUP_LOCK).expect("the set-up lock");
        database.sql(Role::Superuser, "CREATE EXTENSION stopgap CASCADE");
        maintenance
            .batch_execute(
                "DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'e2e_deployer') THEN
                        CREATE ROLE e2e_deployer LOGIN; GRANT stopgap_deployer TO e2e_deployer;
                        CREATE ROLE e2e_app LOGIN; GRANT app_user TO e2e_app;
                        CREATE ROLE e2e_stranger LOGIN;
                    END IF;
                END $$",
            )
            .expect("the test roles");
        database
    }

    /// A new database with nothing in it.
    pub fn create_empty(name: &str) -> Self {
        Self::create_empty_on(Server::from_environment(), name)
    }

    /// As [`Self::create_empty`], on another server.
    pub fn create_empty_on(server: Server, name: &str) -> Self {
        let name = format!("e2e_{name}");
        let mut maintenance = server.connect("postgres", Role::Superuser);
        maintenance.batch_execute(SETUP_LOCK).expect("the set-up lock");
        maintenance
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .and_then(|()| maintenance.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")))
            .unwrap_or_else(|error| panic!("cannot make database {name}: {error}"));
        Self { server, name }
    }

    /// A session.
    pub fn connect(&self, role: Role) -> Client {
        self.server.connect(&self.name, role)
    }

    /// Runs commands in a session of their own.
    pub fn sql(&self, role: Role, commands: &str) {
        self.connect(role).batch_execute(commands).unwrap_or_else(|error| panic!("{commands}: {error:?}"));
    }

    /// The connection URL.
    pub fn url(&self, role: Role) -> String {
        self.server.url(&self.name, role)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Left for whoever looks into the failure; the cluster goes with the run.
            return;
        }
        let mut maintenance = self.server.connect("postgres", Role::Superuser);
        maintenance
            .batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
            .unwrap_or_else(|error| panic!("cannot drop database {}: {error}", self.name));
    }
}
