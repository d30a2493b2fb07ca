//! `stopgap promote`: what is live in another environment becomes live in this one.

use stopgap_core::EnvName;

use crate::args::PromoteArgs;
use crate::commands::switch::Switched;
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
    let mut options = args.switch.options();
    args.removal.add_to(&mut options);
    let mut database = Database::open(settings.database()?, printer).await?;
    let switched = Switched::by(
        &mut database,
        &env,
        "SELECT stopgap.promote($1::text, $2::text, $3::text, $4::text::jsonb)::text",
        &[&from.as_str(), &env.as_str(), &args.label, &options.to_string()],
        format!("promoting {from} to {env}"),
        printer,
    )
    .await?;
    switched.print(&env, "is at", &format!(", promoted from {from}"), printer)?;
    printer.document(&Document {
        command: "promote",
        env: env.as_str(),
        from: from.as_str(),
        deployment_id: switched.deployment_id,
        status: switched.status,
    })?;
    Ok(ExitCode::Success)
}
