//! `stopgap rollback`: makes an earlier deployment live again.

use crate::answers::{self, Status};
use crate::args::RollbackArgs;
use crate::commands::status;
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
    status: Box<serde_json::value::RawValue>,
}

/// Goes back as far as asked; the server chooses the target by its activation log.
pub(crate) async fn run(
    settings: &Settings,
    args: &RollbackArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let progress = printer.progress(format!("rolling back {env}"));
    let id = database
        .query_until_interrupt(
            env.as_str(),
            "SELECT stopgap.rollback($1::text, $2::int4, $3::int8)::text",
            &[&env.as_str(), &args.steps, &args.to],
        )
        .await?;
    drop(progress);
    let deployment_id: i64 = answers::read(&id)?;
    let text = status::fetch(&mut database, env.as_str()).await?;
    let status: Status = answers::read(&text)?;
    let label = status
        .active
        .and_then(|active| active.label)
        .map(|label| format!(" \"{label}\""))
        .unwrap_or_default();
    printer.line(&format!(
        "{env} is back at deployment {deployment_id}{label}; live functions: {}",
        status.functions.len()
    ))?;
    printer.document(&Document {
        command: "rollback",
        env: env.as_str(),
        deployment_id,
        status: answers::raw(text)?,
    })?;
    Ok(ExitCode::Success)
}
