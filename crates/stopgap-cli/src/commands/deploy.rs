//! `stopgap deploy`: makes a folder of modules the live version of an environment, in one transaction.

use std::time::Instant;

use serde_json::json;
use serde_json::value::RawValue;

use crate::answers::{self, Diff, Status, Summary};
use crate::args::{DeployArgs, LayoutArgs, RemovalArgs};
use crate::commands::diff::{self, Question};
use crate::commands::{plan, status};
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
    root: String,
    modules: usize,
    dry_run: bool,
    deployment_id: i64,
    elapsed_ms: u64,
    /// What changed; null for an environment that did not exist before.
    diff: Option<Box<RawValue>>,
    status: Box<RawValue>,
}

/// Ships the project.
pub(crate) async fn run(
    settings: &Settings,
    args: &DeployArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let root = settings.root(args.root.root());
    if args.dry_run {
        let plan =
            plan::show(settings, root, (&LayoutArgs::default(), &args.removal), Some(true), printer).await?;
        return Ok(if diff::has_errors(&plan.diff) { ExitCode::Failure } else { ExitCode::Success });
    }
    let env = settings.environment()?;
    let connection = settings.database()?;
    let bundle = diff::collect(root, printer)?;
    let mut database = Database::open(connection, printer).await?;
    let before = difference_before(&mut database, env.as_str(), &bundle, &args.removal, printer).await?;

    let mut options = args.switch.options();
    args.removal.add_to(&mut options);
    if let Some(digest) = &args.plan {
        options["plan"] = json!(digest);
    }
    let started = Instant::now();
    let progress = printer.progress(format!("deploying {} modules to {env}", bundle.modules().len()));
    let id = database
        .query_until_interrupt(
            env.as_str(),
            "SELECT stopgap.deploy_bundle($1::text, $2::text::jsonb, $3::text, $4::text::jsonb)::text",
            &[&env.as_str(), &bundle.to_json().to_string(), &args.label, &options.to_string()],
        )
        .await?;
    drop(progress);
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let deployment_id: i64 = answers::read(&id)?;

    let after = status::fetch(&mut database, env.as_str()).await?;
    let summary = match &before {
        Some(text) => {
            let difference: Diff = answers::read(text)?;
            diff::print(&difference, printer)?;
            difference.summary
        }
        None => print_all_as_added(&answers::read(&after)?, printer)?,
    };
    printer.line(&format!("{env} is at deployment {deployment_id}: {summary} ({elapsed_ms} ms)"))?;
    printer.document(&Document {
        command: "deploy",
        env: env.as_str(),
        root: root.display().to_string(),
        modules: bundle.modules().len(),
        dry_run: false,
        deployment_id,
        elapsed_ms,
        diff: before.map(answers::raw).transpose()?,
        status: answers::raw(after)?,
    })?;
    Ok(ExitCode::Success)
}

/// The diff against what is live; None when the server cannot make one. The deploy then says why, and leaves the record
/// of a failed deployment, which a diff does not.
async fn difference_before(
    database: &mut Database<'_>,
    env: &str,
    bundle: &stopgap_core::Bundle,
    removal: &RemovalArgs,
    printer: &Printer,
) -> Result<Option<String>, CliError> {
    match diff::ask(database, Question::Diff, env, bundle, removal, printer).await {
        Ok(text) => Ok(Some(text)),
        Err(CliError::Server(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn print_all_as_added(status: &Status, printer: &Printer) -> Result<Summary, CliError> {
    let rows: Vec<Vec<String>> = status
        .functions
        .iter()
        .map(|one| {
            let live_function = format!("{}.{}", status.live_schema, one.live_function);
            vec!["added".to_owned(), one.kind.clone(), one.path.clone(), live_function]
        })
        .collect();
    printer.table(&rows)?;
    Ok(Summary { added: rows.len() as u64, ..Summary::default() })
}
