//! `stopgap history`: what happened in an environment, or one function through its deployments.

use serde_json::value::RawValue;

use crate::answers::{self, Event, Version};
use crate::args::HistoryArgs;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::{Colour, Printer};
use crate::settings::Settings;
use crate::source_diff::SourceDiff;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    function: Option<&'a str>,
    /// Versions of the function, or events, newest first.
    history: Box<RawValue>,
}

/// Shows it.
pub(crate) async fn run(
    settings: &Settings,
    args: &HistoryArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let text = match &args.function {
        Some(function) => {
            database
                .query("SELECT stopgap.history($1::text, $2::text)::text", &[&env.as_str(), function])
                .await?
        }
        None => {
            database
                .query(
                    "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.at DESC), '[]')::text FROM ( \
                     SELECT * FROM stopgap.timeline WHERE env = $1::text ORDER BY at DESC LIMIT $2::int8) AS t",
                    &[&env.as_str(), &i64::from(args.last)],
                )
                .await?
        }
    };
    match &args.function {
        Some(_) => print_versions(&answers::read::<Vec<Version>>(&text)?, args, printer)?,
        None => print_events(&answers::read::<Vec<Event>>(&text)?, printer)?,
    }
    printer.document(&Document {
        command: "history",
        env: env.as_str(),
        function: args.function.as_deref(),
        history: answers::raw(text)?,
    })?;
    Ok(ExitCode::Success)
}

fn print_events(events: &[Event], printer: &Printer) -> Result<(), CliError> {
    let shown = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let rows = events
        .iter()
        .map(|event| {
            vec![
                event.at.chars().take(19).collect::<String>().replace('T', " "),
                event.event.clone(),
                shown(event.former),
                shown(event.deployment),
                event.label.clone().unwrap_or_default(),
                event.done_by.clone(),
                event.client_addr.clone().unwrap_or_default(),
                event.git_commit.as_deref().unwrap_or_default().chars().take(12).collect(),
            ]
        })
        .collect();
    let header = ["at", "what", "from", "to", "label", "by", "client", "commit"];
    Ok(printer.table_with_header(&header, rows)?)
}

/// Newest first, each with what it changed of the one before.
fn print_versions(versions: &[Version], args: &HistoryArgs, printer: &Printer) -> Result<(), CliError> {
    let last = usize::try_from(args.last).unwrap_or(usize::MAX);
    for (index, version) in versions.iter().take(last).enumerate() {
        let deployments: Vec<String> = version
            .deployments
            .iter()
            .map(|one| match &one.label {
                Some(label) => format!("{} \"{label}\"", one.id),
                None => one.id.to_string(),
            })
            .collect();
        let active = if version.active { ", active" } else { "" };
        printer.coloured(
            Some(Colour::Strong),
            &format!(
                "version {}{active}: {} export {}, in deployment {}",
                version.version,
                version.module,
                version.export,
                deployments.join(", ")
            ),
        )?;
        printer.line(&format!("  {}", version.artifact_hash))?;
        let before = versions.get(index + 1);
        match before {
            Some(before) if before.source_hash == version.source_hash => {
                printer.line("  the same source; what it imports, or the compiler, differs")?;
            }
            _ => {
                let from = before.map(|before| before.source.as_str());
                SourceDiff::between(&version.module, from, Some(&version.source))
                    .print(&args.layout, printer)?;
            }
        }
    }
    Ok(())
}
