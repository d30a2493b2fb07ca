//! `stopgap status`: what is live.

use crate::answers::{self, Status};
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
    status: Box<serde_json::value::RawValue>,
}

/// Shows the active deployment and its functions.
pub(crate) async fn run(settings: &Settings, printer: &Printer) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let text = fetch(&mut database, env.as_str()).await?;
    let status: Status = answers::read(&text)?;
    match &status.active {
        None => printer.line(&format!("{env}: nothing is active"))?,
        Some(active) => {
            printer.line(&format!(
                "{env}: deployment {}{} from {}, created {} by {}",
                active.id,
                status.label(),
                active.source,
                active.created_at,
                active.created_by
            ))?;
        }
    }
    let rows: Vec<Vec<String>> = status
        .functions
        .iter()
        .map(|one| {
            let live_function = format!("{}.{}", status.live_schema, one.live_function);
            vec![one.kind.clone(), one.path.clone(), live_function, one.remarks()]
        })
        .collect();
    printer.table(&rows)?;
    printer.document(&Document { command: "status", env: env.as_str(), status: answers::raw(text)? })?;
    Ok(ExitCode::Success)
}

/// The answer of `stopgap.status`, as text.
pub(crate) async fn fetch(database: &mut Database<'_>, env: &str) -> Result<String, CliError> {
    database.query("SELECT stopgap.status($1::text)::text", &[&env]).await
}
