//! One test for each way in which a language like this one is known to take a server down, or to lose what it was given:
//! hazards of V8 in a backend, and reported crashes of other languages. `docs/internals/robustness.md` lists them.
//!
//! They share a database, each with a schema of its own, and each ends by asking whether the server has had a crash.

mod hazards;
mod heap;
mod pljs;
mod plv8;

use std::sync::OnceLock;

use e2e::{Database, Role};
use postgres::Client;
use postgres::types::FromSqlOwned;

/// The tests' database. It goes with the server.
fn database() -> &'static Database {
    static DATABASE: OnceLock<Database> = OnceLock::new();
    DATABASE.get_or_init(|| Database::create("robustness"))
}

/// A session with a schema of that name, empty, first in its path.
pub struct Session {
    pub client: Client,
    schema: &'static str,
}

impl Session {
    pub fn new(schema: &'static str) -> Self {
        let mut client = database().connect(Role::Superuser);
        client
            .batch_execute(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}, public"))
            .unwrap_or_else(|error| panic!("{schema}: {error:?}"));
        Self { client, schema }
    }

    /// Another session in the same schema.
    pub fn another(&self) -> Self {
        let mut client = database().connect(Role::Superuser);
        client.batch_execute(&format!("SET search_path = {}, public", self.schema)).expect("a search path");
        Self { client, schema: self.schema }
    }

    /// Runs commands that must succeed.
    pub fn run(&mut self, commands: &str) {
        self.client.batch_execute(commands).unwrap_or_else(|error| panic!("{commands}: {error:?}"));
    }

    /// The one value that a query gives.
    pub fn value<T: FromSqlOwned>(&mut self, query: &str) -> T {
        self.client.query_one(query, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}")).get(0)
    }

    /// The SQLSTATE that commands fail with; the session goes on after it.
    pub fn code(&mut self, commands: &str) -> String {
        let error = self.client.batch_execute(commands).expect_err(commands);
        let code = error.code().unwrap_or_else(|| panic!("{commands}: {error:?}")).code().to_owned();
        assert_eq!(self.value::<i32>("SELECT 1"), 1, "after {commands}");
        code
    }

    /// The process that serves this session.
    pub fn pid(&mut self) -> i32 {
        self.value("SELECT pg_backend_pid()")
    }

    /// A line of `/proc/<pid>/status` of the session's process.
    pub fn status(&mut self, key: &str) -> String {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("a process");
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("no {key}"));
        line.trim_start_matches(':').trim().to_owned()
    }
}

/// The server's log tells of no process that a signal has ended.
pub fn assert_no_crash() {
    let log = database().server.log();
    let crash = log.lines().find(|line| line.contains("terminated by signal") || line.contains("PANIC: "));
    assert_eq!(crash, None);
}
