//! `stopgap compare`: what differs between two deployments, with the sources.

use serde_json::value::RawValue;

use crate::answers::{self, Comparison};
use crate::args::CompareArgs;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::source_diff::SourceDiff;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    compare: Box<RawValue>,
}

/// Shows it.
pub(crate) async fn run(
    settings: &Settings,
    args: &CompareArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let from = find(&mut database, env.as_str(), &args.from).await?;
    let to = find(&mut database, env.as_str(), &args.to).await?;
    let text = database.query("SELECT stopgap.compare($1::int8, $2::int8)::text", &[&from, &to]).await?;
    let comparison: Comparison = answers::read(&text)?;
    let rows: Vec<Vec<String>> = comparison
        .functions
        .iter()
        .filter(|one| one.change != "unchanged")
        .map(|one| vec![one.change.clone(), one.kind.clone(), one.path.clone(), one.live_function.clone()])
        .collect();
    printer.table(&rows)?;
    for module in &comparison.modules {
        let (from, to) = (module.from_source.as_deref(), module.to_source.as_deref());
        SourceDiff::between(&module.module, from, to).print(&args.layout, printer)?;
    }
    printer.line(&format!("deployment {from} to {to}: {}", comparison.summary))?;
    printer.document(&Document { command: "compare", env: env.as_str(), compare: answers::raw(text)? })?;
    Ok(ExitCode::Success)
}

/// The id of a deployment that was named by its id, a tag, or as `active`.
pub(crate) async fn find(database: &mut Database<'_>, env: &str, name: &str) -> Result<i64, CliError> {
    let text = database.query("SELECT stopgap.find($1::text, $2::text)::text", &[&env, &name]).await?;
    answers::read(&text)
}
