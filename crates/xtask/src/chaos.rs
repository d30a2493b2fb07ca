//! `cargo xtask chaos`: the attacks of `tests/chaos` on a private server of their own.
//!
//! The short form runs each attack once; `--minutes` goes on, round after round in another order, until time is up.

use std::process::{Command, ExitCode};

use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::setup::{Profile, Setup};
use crate::shell::{self, Result};

/// What the attacked server has that others have not: room for a crowd, a small heap that is soon full, and a log without
/// the errors that attacks make by the thousand (LOG and what is worse is in it).
const SETTINGS: &[(&str, &str)] = &[
    ("max_connections", "300"),
    ("max_worker_processes", "32"),
    ("max_locks_per_transaction", "256"),
    ("plts.max_heap_mb", "96"),
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
];

/// How long the short form begins new attacks, in seconds.
const SHORT: u64 = 100;

/// What to attack with, and for how long.
#[derive(clap::Args, Debug, Clone)]
pub struct Options {
    /// What decides the run: the same seed gives the same attacks
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on for so long; without it each attack runs once, for at most 100 seconds
    #[arg(long)]
    minutes: Option<u64>,
    /// How many sessions attack at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=32))]
    sessions: u64,
    /// Only attacks whose names contain this
    #[arg(long)]
    only: Option<String>,
}

impl Options {
    /// The short form.
    pub fn short() -> Options {
        Options { seed: 1, minutes: None, sessions: 8, only: None }
    }

    fn arguments(&self) -> Vec<String> {
        let (rounds, seconds) = self.minutes.map_or((1, SHORT), |minutes| (u64::MAX, minutes * 60));
        let numbers =
            [("seed", self.seed), ("rounds", rounds), ("seconds", seconds), ("sessions", self.sessions)];
        let mut arguments: Vec<String> =
            numbers.iter().flat_map(|(name, value)| [format!("--{name}"), value.to_string()]).collect();
        arguments.extend(self.only.iter().flat_map(|only| ["--only".to_owned(), only.clone()]));
        arguments
    }
}

/// Runs the attacks and says whether all ended as they may.
pub fn run(options: &Options) -> Result<ExitCode> {
    let setup = Setup::prepare()?;
    let success = attack(&setup, options, |_| ())?;
    Ok(if success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same for one who reads along. Gives whether the program succeeded.
pub fn attack(setup: &Setup, options: &Options, see: impl FnMut(&str)) -> Result<bool> {
    let built = setup.build(Profile::Dev)?;
    install::install(&setup.workspace, &setup.postgres, &built)?;
    let cluster = Cluster::start(setup, "chaos", SETTINGS)?;
    let mut program = Command::new(built.join("chaos"));
    program.args(options.arguments());
    program.env("PLTS_TEST_HOST", cluster.host());
    program.env("PLTS_TEST_PORT", cluster.port().to_string());
    program.env("PLTS_TEST_USER", SUPERUSER);
    program.env("PLTS_TEST_LOG", cluster.log());
    program.env("PLTS_TEST_BINDIR", &setup.postgres.bindir);
    let success = shell::run_lines(&mut program, see)?;
    if !success {
        println!("the server's log is {}", cluster.log().display());
    }
    cluster.stop()?;
    Ok(success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_one_round_and_the_long_one_is_bounded_by_time() {
        let short = Options::short().arguments().join(" ");
        assert_eq!(short, "--seed 1 --rounds 1 --seconds 100 --sessions 8");
        let long = Options { minutes: Some(10), only: Some("loop".to_owned()), ..Options::short() };
        assert!(long.arguments().join(" ").ends_with("--seconds 600 --sessions 8 --only loop"));
    }
}
