//! `stopgap completion`: what a shell needs to complete commands and options.

use clap::CommandFactory;

use crate::args::{Cli, CompletionArgs};
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document {
    command: &'static str,
    shell: String,
    script: String,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionArgs, printer: &Printer) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stopgap", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    printer.line(script.trim_end())?;
    printer.document(&Document { command: "completion", shell: args.shell.to_string(), script })?;
    Ok(ExitCode::Success)
}
