//! The steps that need a server: made when the first of them begins, shared by all.

use std::path::{Path, PathBuf};

use super::Step;
use super::examples::{self, Difference};
use super::outcome::Outcome;
use super::steps::END_TO_END;
use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::reference;
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
    is_preloaded: bool,
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
            self.server = Some(Server { setup: self.setup, cluster, built, is_preloaded: false });
        }
        self.server.as_ref().ok_or_else(|| refused("the private server is gone"))
    }

    /// The server with plts in `shared_preload_libraries`, so that V8 starts with it: what works in sessions that start
    /// their own must work in those as well.
    pub fn get_preloaded(&mut self) -> Result<&Server<'a>> {
        self.get()?;
        if let Some(server) = self.server.as_mut().filter(|server| !server.is_preloaded) {
            server.cluster.restart(&[("shared_preload_libraries", "plts")])?;
            server.is_preloaded = true;
        }
        self.get()
    }

    /// The server's log, for steps that use it.
    pub fn log_of(&self, step: &Step) -> Option<PathBuf> {
        match step {
            Step::Examples(_)
            | Step::References(_)
            | Step::Regress(_)
            | Step::EndToEnd(_)
            | Step::Long { .. } => self.server.as_ref().map(|server| server.cluster.log().to_owned()),
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

    /// The pages that are written from the code.
    pub fn references(&self, difference: Difference) -> Result<Outcome> {
        reference::check(&self.setup.workspace, &self.cluster, &self.built.join("stopgap"), difference)
    }

    /// pg_regress of each extension, all tests or the one called `name`, after the `setup` that it builds on.
    pub fn regress(&self, name: Option<&str>) -> Result<Outcome> {
        let mut total = Outcome::default();
        let mut found = false;
        for extension in install::EXTENSIONS {
            let inputs = self.setup.workspace.path(format!("crates/{extension}/tests/pg_regress"));
            let mut tests = tests_in(&inputs)?;
            if let Some(name) = name {
                let is_there = tests.iter().any(|test| test == name);
                tests.retain(|test| test == name || (is_there && test == "setup"));
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

    /// The end-to-end tests, pointed at the server and at the command-line tool. With variables of their own, also what
    /// they print.
    pub fn end_to_end(&self, filter: Option<&str>, variables: &[(&str, String)]) -> Result<Outcome> {
        let mut cargo = self.setup.workspace_cargo("test");
        cargo.args(["--test", END_TO_END, "--no-fail-fast", "--"]).args(filter);
        if !variables.is_empty() {
            cargo.arg("--nocapture").envs(variables.iter().map(|(name, value)| (name, value)));
        }
        cargo.env("PLTS_TEST_HOST", self.cluster.host());
        cargo.env("PLTS_TEST_PORT", self.cluster.port().to_string());
        cargo.env("PLTS_TEST_USER", SUPERUSER);
        cargo.env("PLTS_TEST_LOG", self.cluster.log());
        cargo.env("PLTS_TEST_BINDIR", &self.setup.postgres.bindir);
        cargo.env("PLTS_TEST_STOPGAP", self.built.join("stopgap"));
        let preloaded =
            Cluster::start(self.setup, "preloaded", &[("shared_preload_libraries", "plts,stopgap")])?;
        cargo.env("PLTS_TEST_PRELOADED_HOST", preloaded.host());
        cargo.env("PLTS_TEST_PRELOADED_PORT", preloaded.port().to_string());
        cargo.env("PLTS_TEST_PRELOADED_LOG", preloaded.log());
        let mut outcome = Outcome::default();
        let success = shell::run_lines(&mut cargo, |line| outcome.see_cargo(line))?;
        preloaded.stop()?;
        Ok(outcome.with_status(success))
    }
}

/// The tests of a directory: in the order of its `schedule`, else by name. A schedule lists every test, so that none
/// is left out unseen; they run one after another, also those on one line.
fn tests_in(inputs: &Path) -> Result<Vec<String>> {
    let files = shell::list_dir(&inputs.join("sql"))?;
    let files = files.into_iter().filter(|file| shell::has_extension(file, "sql"));
    let names: Vec<String> = files.map(|file| shell::file_name(&file.with_extension(""))).collect();
    let schedule = inputs.join("schedule");
    if !schedule.is_file() {
        return Ok(names);
    }
    let listed = listed_in(&shell::read_text(&schedule)?);
    let mut sorted = listed.clone();
    sorted.sort();
    if sorted == names {
        Ok(listed)
    } else {
        Err(refused(format!("\"{}\" lists {sorted:?}, but the tests are {names:?}", schedule.display())))
    }
}

fn listed_in(schedule: &str) -> Vec<String> {
    let lines = schedule.lines().filter_map(|line| line.strip_prefix("test:"));
    lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_gives_the_order() {
        assert_eq!(listed_in("# first\ntest: setup\n\ntest: b a\n"), ["setup", "b", "a"]);
    }

    #[test]
    fn a_test_outside_of_the_schedule_is_an_error() {
        let folder = std::env::temp_dir().join(format!("xtask-schedule-{}", std::process::id()));
        shell::make_dir(&folder.join("sql")).unwrap();
        for name in ["a.sql", "b.sql", "notes.txt"] {
            shell::write(&folder.join("sql").join(name), "").unwrap();
        }
        assert_eq!(tests_in(&folder).unwrap(), ["a", "b"]);
        shell::write(&folder.join("schedule"), "test: b\ntest: a\n").unwrap();
        assert_eq!(tests_in(&folder).unwrap(), ["b", "a"]);
        shell::write(&folder.join("schedule"), "test: b\n").unwrap();
        assert!(tests_in(&folder).is_err());
        shell::remove_dir(&folder).unwrap();
    }
}
