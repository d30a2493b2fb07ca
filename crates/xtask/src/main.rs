//! The tasks of this workspace: `cargo xtask <verb>`.
//!
//! Each verb sets up what it needs and can be run again; a failing one says what to do and exits non-zero.

mod bench;
mod chaos;
mod debian;
mod demo;
mod docs;
mod postgres;
mod reference;
mod setup;
mod shell;
mod test;
mod tidy;
mod v8;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use demo::AtEnd;
use setup::Setup;
use workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Set-up, demo, tests, bench and house rules",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Find or install what the machine needs
    Setup,
    /// Two releases and a rollback on a private server
    Demo {
        /// Leave the server running
        #[arg(long)]
        keep: bool,
    },
    /// Everything that must hold, or a part of it
    Test {
        #[command(subcommand)]
        selection: Option<test::Selection>,
    },
    /// Attacks on a private server from many sessions
    Chaos(chaos::Options),
    /// plts beside the other procedural languages
    Bench,
    /// The house rules that a compiler does not check
    Tidy,
    /// Links in the documents
    Docs,
    /// Build the V8 archive from the registries alone (about 70 minutes of processor time)
    V8 {
        /// How many compilers run at once
        #[arg(long, default_value_t = processors())]
        jobs: usize,
        /// Where to work and to leave the archive (4.2 GB); default: target/xtask/v8
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Keep sources and objects when done
        #[arg(long)]
        keep: bool,
    },
}

fn verdict(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> shell::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match verb {
        Verb::Setup => {
            let setup = Setup::prepare()?;
            println!("ready: {}, {}", setup.postgres.version, setup.postgres.program.display());
        }
        Verb::Demo { keep } => demo::run(if keep { AtEnd::Keep } else { AtEnd::Stop })?,
        Verb::Test { selection } => return test::run(selection),
        Verb::Chaos(options) => return chaos::run(&options),
        Verb::Bench => bench::run()?,
        Verb::Tidy => return tidy::check(&workspace).map(verdict),
        Verb::Docs => return docs::check(&workspace).map(verdict),
        Verb::V8 { jobs, dir, keep } => {
            let dir = dir.unwrap_or_else(|| workspace.scratch().join("v8"));
            v8::build::build(&workspace, &v8::build::Options { dir, jobs, keep })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
