//! `stopgap gc`: throws away deployments that nobody would go back to, and artifacts that nothing runs.

use serde_json::json;
use serde_json::value::RawValue;

use crate::answers::{self, Collected};
use crate::args::GcArgs;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    /// Null for all environments.
    env: Option<&'a str>,
    collected: Box<RawValue>,
}

/// Collects.
pub(crate) async fn run(settings: &Settings, args: &GcArgs, printer: &Printer) -> Result<ExitCode, CliError> {
    let env = if args.all { None } else { Some(settings.environment()?) };
    let env = env.as_ref().map(|env| env.as_str());
    let mut options = json!({ "dry_run": args.dry_run });
    if let Some(count) = args.keep_last {
        options["keep_last"] = json!(count);
    }
    if let Some(seconds) = args.min_age {
        options["min_age_s"] = json!(seconds);
    }
    if let Some(seconds) = args.wait {
        options["wait_ms"] = json!(u64::from(seconds) * 1000);
    }
    let mut database = Database::open(settings.database()?, printer).await?;
    let progress = printer.progress("collecting".to_owned());
    let text = database
        .query("SELECT stopgap.gc($1::text, $2::text::jsonb)::text", &[&env, &options.to_string()])
        .await?;
    drop(progress);
    let collected: Collected = answers::read(&text)?;
    let rows: Vec<Vec<String>> = collected
        .pruned
        .iter()
        .map(|one| vec!["pruned".to_owned(), one.env.clone(), one.id.to_string()])
        .collect();
    printer.table(&rows)?;
    let would = if args.dry_run { "would go: " } else { "gone: " };
    printer.line(&format!(
        "{would}{} deployments, {} versions, {} artifacts with {} bytes",
        collected.pruned.len(),
        collected.versions,
        collected.artifacts,
        collected.bytes
    ))?;
    printer.document(&Document { command: "gc", env, collected: answers::raw(text)? })?;
    Ok(ExitCode::Success)
}
