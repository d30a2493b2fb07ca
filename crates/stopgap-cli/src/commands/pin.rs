//! `stopgap pin`: keeps a deployment from `stopgap gc`, or no longer.

use crate::args::PinArgs;
use crate::commands::compare::find;
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
    deployment_id: i64,
    pinned: bool,
}

/// Pins, or takes the pin away.
pub(crate) async fn run(
    settings: &Settings,
    args: &PinArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let id = find(&mut database, env.as_str(), &args.deployment).await?;
    let pinned = !args.remove;
    database
        .query("SELECT stopgap.pin($1::text, $2::int8, $3::bool)::text", &[&env.as_str(), &id, &pinned])
        .await?;
    let state = if pinned { "pinned" } else { "no longer pinned" };
    printer.line(&format!("deployment {id} of {env} is {state}"))?;
    printer.document(&Document { command: "pin", env: env.as_str(), deployment_id: id, pinned })?;
    Ok(ExitCode::Success)
}
