//! `cargo xtask test`: everything that must hold, step by step, on one private server.
//!
//! A step that fails does not hide the ones after it. Each step is named and timed; the last line counts tests.

mod database;
mod examples;
mod outcome;
mod steps;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use crate::setup::Setup;
use crate::shell::{self, Result};
pub use examples::Difference;
pub use outcome::Outcome;

/// What to run; without one, everything.
#[derive(clap::Subcommand, Debug, Clone)]
pub enum Selection {
    /// Tests that need no PostgreSQL
    Pure,
    /// Formatting, clippy and the house rules
    Tidy,
    /// The npm package
    Package,
    /// Links and examples in the documents
    Docs {
        /// Write what the examples print into the documents
        #[arg(long)]
        write: bool,
    },
    /// pg_regress, all tests or those of one name
    Regress {
        /// A test's name, without `.sql`
        name: Option<String>,
    },
    /// End-to-end tests through an ordinary client and the command-line tool
    E2e {
        /// Only tests whose names contain this
        filter: Option<String>,
    },
    /// The short form of the attacks
    Chaos,
    /// Random sequences of releases against a model, the long form
    Model {
        /// How many steps
        #[arg(long, default_value_t = 3000)]
        steps: u32,
        /// The same seed gives the same sequence
        #[arg(long, default_value_t = 20_260_701)]
        seed: u64,
    },
    /// Calls beside releases, the long form: no call may fail, and none be much slower
    Load {
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Deploys and rollbacks in that time
        #[arg(long, default_value_t = 100)]
        switches: u32,
    },
}

/// One thing to check.
enum Step {
    Format,
    Clippy,
    Rules,
    Pure,
    Package,
    Docs,
    Examples(Difference),
    References(Difference),
    Regress(Option<String>),
    EndToEnd(Option<String>),
    Chaos,
    /// One end-to-end test, made longer by variables, with what it prints.
    Long {
        name: &'static str,
        test: &'static str,
        variables: Vec<(&'static str, String)>,
    },
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Step::Format => "format",
            Step::Clippy => "clippy",
            Step::Rules => "house rules",
            Step::Pure => "pure tests",
            Step::Package => "npm package",
            Step::Docs => "links in documents",
            Step::Examples(_) => "examples in documents",
            Step::References(_) => "pages written from the code",
            Step::Regress(_) => "pg_regress",
            Step::EndToEnd(_) => "end to end",
            Step::Chaos => "chaos",
            Step::Long { name, .. } => name,
        }
    }
}

fn steps(selection: Option<Selection>) -> Vec<Step> {
    match selection {
        Some(Selection::Pure) => vec![Step::Pure],
        Some(Selection::Tidy) => vec![Step::Format, Step::Clippy, Step::Rules],
        Some(Selection::Package) => vec![Step::Package],
        Some(Selection::Docs { write }) => {
            let difference = if write { Difference::IsWritten } else { Difference::Fails };
            vec![Step::References(difference), Step::Docs, Step::Examples(difference)]
        }
        Some(Selection::Regress { name }) => vec![Step::Regress(name)],
        Some(Selection::E2e { filter }) => vec![Step::EndToEnd(filter)],
        Some(Selection::Chaos) => vec![Step::Chaos],
        Some(Selection::Model { steps, seed }) => vec![Step::Long {
            name: "model",
            test: "random_sequences_do_what_the_model_does",
            variables: vec![("E2E_MODEL_STEPS", steps.to_string()), ("E2E_MODEL_SEED", seed.to_string())],
        }],
        Some(Selection::Load { seconds, switches }) => vec![Step::Long {
            name: "switch under load",
            test: "no_call_fails_while_releases_run",
            variables: vec![
                ("E2E_LOAD_SECONDS", seconds.to_string()),
                ("E2E_LOAD_SWITCHES", switches.to_string()),
            ],
        }],
        None => vec![
            Step::Format,
            Step::Clippy,
            Step::Rules,
            Step::Pure,
            Step::Package,
            Step::References(Difference::Fails),
            Step::Docs,
            Step::Examples(Difference::Fails),
            Step::Regress(None),
            Step::EndToEnd(None),
            Step::Chaos,
        ],
    }
}

/// Runs the selected steps. The exit code says whether all passed.
pub fn run(selection: Option<Selection>) -> Result<ExitCode> {
    let start = Instant::now();
    let setup = Setup::prepare()?;
    let mut database = database::Lazy::new(&setup);
    let mut total = Outcome::default();
    let mut failures: Vec<(&'static str, Option<PathBuf>)> = Vec::new();
    for step in steps(selection) {
        let name = step.name();
        println!("== {name}");
        let begun = Instant::now();
        let outcome = match &step {
            Step::Format => steps::format(&setup),
            Step::Clippy => steps::clippy(&setup),
            Step::Rules => steps::rules(&setup),
            Step::Pure => steps::pure(&setup),
            Step::Package => steps::package(&setup),
            Step::Docs => steps::docs(&setup),
            Step::Examples(difference) => database.get().and_then(|server| server.examples(*difference)),
            Step::References(difference) => database.get().and_then(|server| server.references(*difference)),
            Step::Regress(test) => database.get().and_then(|server| server.regress(test.as_deref())),
            Step::EndToEnd(filter) => {
                database.get_preloaded().and_then(|server| server.end_to_end(filter.as_deref(), &[]))
            }
            Step::Long { test, variables, .. } => {
                database.get_preloaded().and_then(|server| server.end_to_end(Some(test), variables))
            }
            Step::Chaos => steps::chaos(&setup),
        };
        let outcome = outcome.unwrap_or_else(|error| {
            eprintln!("error: {error}");
            Outcome::failed()
        });
        let verdict = if outcome.is_pass() { "ok" } else { "FAILED" };
        println!("-- {name}: {verdict}, {outcome}, {}", shell::since(begun));
        if !outcome.is_pass() {
            failures.push((name, database.log_of(&step)));
        }
        total += outcome;
    }
    database.stop()?;
    println!("\n{} in all", shell::since(start));
    for (name, log) in &failures {
        match log {
            Some(log) => println!("failed: {name}; the server's log is {}", log.display()),
            None => println!("failed: {name}"),
        }
    }
    println!("{total}");
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
