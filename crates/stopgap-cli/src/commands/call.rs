//! `stopgap call`: calls a live function and prints its result as the server wrote it.

use std::io::Read;

use serde_json::value::RawValue;
use stopgap_core::FunctionPath;

use crate::answers;
use crate::args::CallArgs;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    path: String,
    result: Box<RawValue>,
}

/// Calls it in a transaction of its own, as the user of the connection.
pub(crate) async fn run(
    settings: &Settings,
    args: &CallArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let path = FunctionPath::parse(&args.path)?;
    let arguments = read_arguments(&args.args)?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let result = database
        .query(
            "SELECT coalesce(stopgap.call($1::text, $2::text, $3::text::jsonb), 'null'::jsonb)::text",
            &[&env.as_str(), &path.to_string(), &arguments],
        )
        .await?;
    printer.line(&result)?;
    printer.document(&Document {
        command: "call",
        env: env.as_str(),
        path: path.to_string(),
        result: answers::raw(result)?,
    })?;
    Ok(ExitCode::Success)
}

/// The arguments as JSON text, checked here so that a slip of the shell's quotes is told from a fault of the function.
fn read_arguments(given: &str) -> Result<String, CliError> {
    let mut text = given.to_owned();
    if given == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text).map_err(|source| CliError::Input { source })?;
    }
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(CliError::Arguments { reason: error.to_string() }),
    }
}
