//! The `stopgap` command-line tool: reads arguments, runs one command, ends with its exit code.
//!
//! Every line goes through [`printer::Printer`]; the tool calls stopgap's SQL functions and never writes its tables.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod answers;
mod args;
mod bundle;
mod commands;
mod connection;
mod error;
mod exit;
mod packages;
mod printer;
mod project;
mod server_error;
mod settings;
mod signature;
mod source_diff;

use std::process;

use clap::Parser;

use args::{Cli, Command};
use error::CliError;
use exit::ExitCode;
use printer::Printer;
use settings::Settings;

fn main() -> process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::Failure } else { ExitCode::Success };
            return if Printer::usage(&error).is_ok() { code.into() } else { ExitCode::Environment.into() };
        }
    };
    let printer = Printer::new(&cli.global);
    match run(&cli, &printer) {
        Ok(code) => code.into(),
        Err(error) => {
            printer.error(&error);
            error.exit_code().into()
        }
    }
}

fn run(cli: &Cli, printer: &Printer) -> Result<ExitCode, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::Start { source })?;
    runtime.block_on(async {
        let settings = || -> Result<Settings, CliError> {
            let directory = std::env::current_dir().map_err(|source| CliError::Start { source })?;
            Ok(Settings::resolve(&cli.global, &directory)?)
        };
        match &cli.command {
            Command::Init(args) => commands::init::run(args, printer),
            Command::Deploy(args) => commands::deploy::run(&settings()?, args, printer).await,
            Command::Rollback(args) => commands::rollback::run(&settings()?, args, printer).await,
            Command::Status => commands::status::run(&settings()?, printer).await,
            Command::Deployments => commands::deployments::run(&settings()?, printer).await,
            Command::Diff(args) => commands::diff::run(&settings()?, args, printer).await,
            Command::Plan(args) => commands::plan::run(&settings()?, args, printer).await,
            Command::Env { command } => commands::env::run(&settings()?, command, printer).await,
            Command::Call(args) => commands::call::run(&settings()?, args, printer).await,
            Command::Promote(args) => commands::promote::run(&settings()?, args, printer).await,
            Command::History(args) => commands::history::run(&settings()?, args, printer).await,
            Command::Compare(args) => commands::compare::run(&settings()?, args, printer).await,
            Command::Verify(args) => commands::verify::run(&settings()?, args, printer).await,
            Command::Export(args) => commands::export::run(&settings()?, args, printer).await,
            Command::Import(args) => commands::import::run(&settings()?, args, printer).await,
            Command::Prune(args) => commands::prune::run(&settings()?, args, printer).await,
            Command::Gc(args) => commands::gc::run(&settings()?, args, printer).await,
            Command::Tag(args) => commands::tag::run(&settings()?, args, printer).await,
            Command::Pin(args) => commands::pin::run(&settings()?, args, printer).await,
            Command::Completion(args) => commands::completion::run(args, printer),
        }
    })
}
