//! `stopgap prune`: drops functions that were retired and whose time is over.

use serde_json::json;
use serde_json::value::RawValue;

use crate::answers::{self, Pruning};
use crate::args::PruneArgs;
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
    dry_run: bool,
    pruning: Box<RawValue>,
}

/// Prunes.
pub(crate) async fn run(
    settings: &Settings,
    args: &PruneArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut options = args.switch.options();
    options["all"] = json!(args.all);
    options["dry_run"] = json!(args.dry_run);
    let mut database = Database::open(settings.database()?, printer).await?;
    let progress = printer.progress(format!("pruning {env}"));
    let text = database
        .query_until_interrupt(
            env.as_str(),
            "SELECT stopgap.prune($1::text, $2::text::jsonb)::text",
            &[&env.as_str(), &options.to_string()],
        )
        .await?;
    drop(progress);
    let pruning: Pruning = answers::read(&text)?;
    let row = |what: &str, one: &answers::RetiredFunction| {
        vec![what.to_owned(), one.path.clone(), one.live_function.clone(), one.retired_until.clone()]
    };
    let mut rows: Vec<Vec<String>> = pruning.pruned.iter().map(|one| row("removed", one)).collect();
    rows.extend(pruning.retired.iter().map(|one| row("retired", one)));
    printer.table(&rows)?;
    for one in &pruning.dependents {
        printer.line(&one.to_string())?;
    }
    let would = if args.dry_run { "would go: " } else { "gone: " };
    let (gone, left) = (pruning.pruned.len(), pruning.retired.len());
    printer.line(&format!("{env}: {would}{gone} functions; still retired: {left}"))?;
    let document =
        Document { command: "prune", env: env.as_str(), dry_run: args.dry_run, pruning: answers::raw(text)? };
    printer.document(&document)?;
    Ok(ExitCode::Success)
}
