//! The steps that need a server: made when the first of them begins, shared by all.

use std::path::{Path, PathBuf};

use super::Step;
use super::examples::{self, Difference};
use super::outcome::Outcome;
use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::setup::{Profile, Setup};
use crate::shell::{self, Result, refused};

/// A server that is started when it is first asked for.
pub struct Lazy<'a> {
    setup: &'a Setup,
    server: Option<Server<'a>>,
}

/// The private server with both extensions installed.
pub struct Server<'a> {
    setup: &'a Setup,
    cluster: Cluster,
    built: PathBuf,
}

impl<'a> Lazy<'a> {
    /// Nothing is started yet.
    pub fn new(setup: &'a Setup) -> Lazy<'a> {
        Lazy { setup, server: None }
    }

    /// The server; builds, installs and starts it the first time.
    pub fn get(&mut self) -> Result<&Server<'a>> {
        if self.server.is_none() {
            let built = self.setup.build(Profile::Dev)?;
            install::install(&self.setup.workspace, &self.setup.postgres, &built)?;
            let cluster = Cluster::start(self.setup, "test", &[])?;
            self.server = Some(Server { setup: self.setup, cluster, built });
        }
        self.server.as_ref().ok_or_else(|| refused("the private server is gone"))
    }

    /// The server's log, for steps that use it.
    pub fn log_of(&self, step: &Step) -> Option<PathBuf> {
        match step {
            Step::Examples(_) | Step::Regress(_) | Step::EndToEnd(_) => {
                self.server.as_ref().map(|server| server.cluster.log().to_owned())
            }
            _ => None,
        }
    }

    /// Stops the server, if there is one.
    pub fn stop(self) -> Result<()> {
        self.server.map_or(Ok(()), |server| server.cluster.stop())
    }
}

impl Server<'_> {
    /// The examples of the documents.
    pub fn examples(&self, difference: Difference) -> Result<Outcome> {
        examples::check(&self.setup.workspace, &self.cluster, difference)
    }

    /// pg_regress of each extension, all tests or those called `name`.
    pub fn regress(&self, name: Option<&str>) -> Result<Outcome> {
        let mut total = Outcome::default();
        let mut found = false;
        for extension in install::EXTENSIONS {
            let inputs = self.setup.workspace.path(format!("crates/{extension}/tests/pg_regress"));
            let mut tests = tests_in(&inputs.join("sql"))?;
            if let Some(name) = name {
                tests.retain(|test| test == name);
            }
            if !tests.is_empty() {
                found = true;
                println!("{extension}: {}", tests.join(" "));
                total += self.regress_one(extension, &inputs, &tests)?;
            }
        }
        if found {
            Ok(total)
        } else {
            Err(refused(format!("no regression test is called \"{}\"", name.unwrap_or("*"))))
        }
    }

    fn regress_one(&self, extension: &str, inputs: &Path, tests: &[String]) -> Result<Outcome> {
        // A copy that the server's account can read and write, wherever the checkout is.
        let work = self.cluster.private_dir(&format!("regress-{extension}"))?;
        let kept = self.setup.workspace.scratch().join("regress").join(extension);
        shell::copy_dir(inputs, &work)?;
        self.cluster.account().give(&work)?;
        let mut pg_regress = self.cluster.account().command(self.setup.postgres.pg_regress());
        pg_regress.current_dir(&work).args(["--inputdir=.", "--outputdir=."]);
        pg_regress.arg(format!("--bindir={}", self.setup.postgres.bindir.display()));
        pg_regress.arg(format!("--host={}", self.cluster.host().display()));
        pg_regress.args([format!("--port={}", self.cluster.port()), format!("--user={SUPERUSER}")]);
        pg_regress.arg(format!("--dbname=regress_{extension}"));
        pg_regress.args(tests);
        let mut outcome = Outcome::default();
        let success = shell::run_lines(&mut pg_regress, |line| outcome.see_pg_regress(line))?;
        let outcome = outcome.with_status(success);
        shell::remove_dir(&kept)?;
        if !outcome.is_pass() {
            shell::copy_dir(&work, &kept)?;
            let differences = kept.join("regression.diffs");
            if differences.is_file() {
                println!("{}", shell::read_text(&differences)?);
            }
            println!("results and differences are in {}", kept.display());
        }
        Ok(outcome)
    }

    /// The end-to-end tests, pointed at the server and at the command-line tool.
    pub fn end_to_end(&self, filter: Option<&str>) -> Result<Outcome> {
        let mut cargo = self.setup.cargo();
        cargo.args(["test", "-p", "e2e", "--no-fail-fast", "--"]).args(filter);
        cargo.env("PLTS_TEST_HOST", self.cluster.host());
        cargo.env("PLTS_TEST_PORT", self.cluster.port().to_string());
        cargo.env("PLTS_TEST_USER", SUPERUSER);
        cargo.env("PLTS_TEST_LOG", self.cluster.log());
        cargo.env("PLTS_TEST_BINDIR", &self.setup.postgres.bindir);
        cargo.env("PLTS_TEST_STOPGAP", self.built.join("stopgap"));
        let mut outcome = Outcome::default();
        let success = shell::run_lines(&mut cargo, |line| outcome.see_cargo(line))?;
        Ok(outcome.with_status(success))
    }
}

/// The names of the `.sql` files of a directory, in order.
fn tests_in(folder: &Path) -> Result<Vec<String>> {
    let files = shell::list_dir(folder)?.into_iter().filter(|file| shell::has_extension(file, "sql"));
    Ok(files.map(|file| shell::file_name(&file.with_extension(""))).collect())
}
