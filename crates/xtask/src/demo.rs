//! `cargo xtask demo`: two releases and a rollback on a private server, as a transcript that can be followed.
//!
//! Everything after the set-up is done as ordinary roles: a deployer through the command-line tool, an
//! application through `psql`. Nothing here writes to the database as a superuser but for extensions and roles.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::setup::{Profile, Setup};
use crate::shell::{self, Error, Result, display};

const DATABASE: &str = "demo";
const DEPLOYER: &str = "demo_deployer";
const APPLICATION: &str = "demo_app";
const ENVIRONMENT: &str = "prod";
/// The tables of the example, and what its application may do with them.
const SCHEMA: &str = "examples/hello/schema.sql";
/// What the application does once, with the first release.
const WRITES: [&str; 2] = [
    r#"SELECT live_prod.users_create('{"name": "Ada Lovelace"}')"#,
    r#"SELECT live_prod.orders_place('{"user": "ada-lovelace", "items": [{"sku": "tea", "quantity": 2}, {"sku": "mug"}]}')"#,
];
/// What the application asks after each release; the second release answers with more.
const QUESTION: &str = r#"SELECT live_prod.orders_summary('{"user": "ada-lovelace"}')"#;

/// What happens to the server at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtEnd {
    /// It is stopped and its directory removed.
    Stop,
    /// It goes on, for a look around.
    Keep,
}

/// Runs the demo. Fails at the first step that does not do what it should.
pub fn run(at_end: AtEnd) -> Result<()> {
    let start = Instant::now();
    let setup = timed("set up", Setup::prepare)?;
    let built = timed("build the extensions and the command-line tool", || setup.build(Profile::Dev))?;
    timed("install", || install::install(&setup.workspace, &setup.postgres, &built))?;
    let cluster = timed("start a private server", || Cluster::start(&setup, "demo", &[]))?;
    timed("create extensions, roles and tables", || prepare_database(&setup, &cluster))?;
    println!();

    let demo = Demo { cluster: &cluster, setup: &setup, stopgap: Tool(built.join("stopgap")) };
    let outcome = demo.releases();
    if outcome.is_err() {
        eprintln!("the server's log is {}", cluster.log().display());
    }
    outcome?;

    println!("done in {}", shell::since(start));
    let psql = |role: &str| format!("psql {}", shell::quote(&cluster.url(role, DATABASE)));
    let look = psql(SUPERUSER);
    match at_end {
        AtEnd::Keep => {
            println!("the server goes on; look around with\n    {look}");
            println!("as the application\n    {}", psql(APPLICATION));
            println!("deploy with\n    export STOPGAP_DB={}", shell::quote(&cluster.url(DEPLOYER, DATABASE)));
            println!("    {} status --env {ENVIRONMENT}", demo.stopgap.0.display());
            println!("the next demo stops it");
            cluster.keep();
        }
        AtEnd::Stop => {
            println!(
                "to look around with psql, run \"cargo xtask demo --keep\"; it ends with a command like\n    {look}"
            );
            cluster.stop()?;
        }
    }
    Ok(())
}

fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = work()?;
    println!("{name:<50} {:>10}", shell::since(start));
    Ok(result)
}

fn prepare_database(setup: &Setup, cluster: &Cluster) -> Result<()> {
    cluster.execute("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
    for extension in install::EXTENSIONS {
        cluster.execute(DATABASE, &format!("CREATE EXTENSION {extension}"))?;
    }
    cluster.execute(DATABASE, &shell::read_text(&setup.workspace.path(SCHEMA))?)?;
    cluster.execute(
        DATABASE,
        &format!(
            "CREATE ROLE {DEPLOYER} LOGIN; GRANT stopgap_deployer TO {DEPLOYER};
             CREATE ROLE {APPLICATION} LOGIN; GRANT app_user TO {APPLICATION};"
        ),
    )
}

struct Tool(std::path::PathBuf);

struct Demo<'a> {
    cluster: &'a Cluster,
    setup: &'a Setup,
    stopgap: Tool,
}

impl Demo<'_> {
    fn releases(&self) -> Result<()> {
        self.say("the first release");
        self.stopgap(&["deploy", "--root", "examples/hello/v1", "--label", "v1"])?;
        for write in WRITES {
            self.call(write)?;
        }
        let first = self.call(QUESTION)?;

        self.say("what a second one would change, and the release itself");
        self.stopgap(&["diff", "--root", "examples/hello/v2"])?;
        self.stopgap(&["deploy", "--root", "examples/hello/v2", "--label", "v2"])?;
        let second = self.call(QUESTION)?;
        expect(first != second, "the second release answers like the first")?;
        self.stopgap(&["status"])?;

        self.say("back to the first in one call");
        self.stopgap(&["rollback"])?;
        let back = self.call(QUESTION)?;
        expect(first == back, "after the rollback the answer is not that of the first release")?;
        self.stopgap(&["deployments"])?;
        Ok(())
    }

    fn say(&self, what: &str) {
        println!("-- {what}");
    }

    /// Runs the command-line tool as the deployer and shows both.
    fn stopgap(&self, arguments: &[&str]) -> Result<String> {
        let (verb, rest) = arguments.split_at(1);
        let mut command = Command::new(&self.stopgap.0);
        command.args(verb).args(["--env", ENVIRONMENT]).args(rest).current_dir(&self.setup.workspace.root);
        command.env("STOPGAP_DB", self.cluster.url(DEPLOYER, DATABASE));
        let shown = display(&command).replace(&*self.stopgap.0.to_string_lossy(), "stopgap");
        self.show(&shown, &mut command)
    }

    /// Calls a live function as the application.
    fn call(&self, sql: &str) -> Result<String> {
        let mut psql = self.cluster.psql(APPLICATION, DATABASE);
        psql.args(["-A", "-t", "-c", sql]);
        self.show(&format!("psql -U {APPLICATION} -c {}", shell::quote(sql)), &mut psql)
    }

    fn show(&self, shown: &str, command: &mut Command) -> Result<String> {
        println!("$ {shown}");
        let start = Instant::now();
        let found = shell::output(command)?;
        let text = String::from_utf8_lossy(&found.stdout).trim_end().to_owned();
        let messages = String::from_utf8_lossy(&found.stderr).into_owned();
        for line in text.lines() {
            println!("    {line}");
        }
        if !found.status.success() {
            return Err(Error::Failed { command: shown.to_owned(), status: found.status, output: messages });
        }
        for line in messages.lines() {
            println!("    {line}");
        }
        println!("    ({})", shell::since(start));
        std::io::stdout().flush().map_err(shell::about("write to", "standard output"))?;
        Ok(text)
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(shell::refused(otherwise)) }
}
