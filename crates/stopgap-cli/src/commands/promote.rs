//! `stopgap promote`: what is live in another environment becomes live in this one.

use stopgap_core::EnvName;

use crate::answers::{self, Status};
use crate::args::PromoteArgs;
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
    from: &'a str,
    deployment_id: i64,
    status: Box<serde_json::value::RawValue>,
}

/// Promotes.
pub(crate) async fn run(
    settings: &Settings,
    args: &PromoteArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let (env, from) = (settings.environment()?, EnvName::parse(&args.from)?);
    let mut database = Database::open(settings.database()?, printer).await?;
    let progress = printer.progress(format!("promoting {from} to {env}"));
    let id = database
        .query_until_interrupt(
            env.as_str(),
            "SELECT stopgap.promote($1::text, $2::text, $3::text, $4::text::jsonb)::text",
            &[&from.as_str(), &env.as_str(), &args.label, &args.switch.options().to_string()],
        )
        .await?;
    drop(progress);
    let deployment_id: i64 = answers::read(&id)?;
    let text = status::fetch(&mut database, env.as_str()).await?;
    let status: Status = answers::read(&text)?;
    printer.line(&format!(
        "{env} is at deployment {deployment_id}{}, promoted from {from}; live functions: {}",
        status.label(),
        status.functions.len()
    ))?;
    printer.document(&Document {
        command: "promote",
        env: env.as_str(),
        from: from.as_str(),
        deployment_id,
        status: answers::raw(text)?,
    })?;
    Ok(ExitCode::Success)
}
