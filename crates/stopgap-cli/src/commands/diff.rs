//! `stopgap diff`: what a deploy would change.

use std::path::Path;

use stopgap_core::{Bundle, Severity};

use crate::answers::{self, Diff};
use crate::args::{DiffArgs, LayoutArgs, RemovalArgs};
use crate::bundle;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::packages;
use crate::printer::Printer;
use crate::project::Project;
use crate::settings::Settings;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    root: String,
    modules: usize,
    diff: Box<serde_json::value::RawValue>,
}

/// Shows the diff of the project; with `--check` the exit code tells whether there is one.
pub(crate) async fn run(
    settings: &Settings,
    args: &DiffArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let diff = show(settings, args, printer).await?;
    let fails = has_errors(&diff) || (args.check && !diff.summary.is_unchanged());
    Ok(if fails { ExitCode::Failure } else { ExitCode::Success })
}

/// Prints the diff of the project and gives it back.
async fn show(settings: &Settings, args: &DiffArgs, printer: &Printer) -> Result<Diff, CliError> {
    let root = settings.root(args.root.root());
    let env = settings.environment()?;
    let connection = settings.database()?;
    let bundle = collect(root, printer)?;
    let mut database = Database::open(connection, printer).await?;
    let text = ask(&mut database, Question::Diff, env.as_str(), &bundle, &args.removal, printer).await?;
    let diff: Diff = answers::read(&text)?;
    print(&diff, printer)?;
    print_sources(&diff, &args.layout, printer)?;
    printer.line(&format!("{env}: {}", diff.summary))?;
    printer.document(&Document {
        command: "diff",
        env: env.as_str(),
        root: root.display().to_string(),
        modules: bundle.modules().len(),
        diff: answers::raw(text)?,
    })?;
    Ok(diff)
}

/// True when the sources do not build.
pub(crate) fn has_errors(diff: &Diff) -> bool {
    diff.diagnostics.iter().any(|one| one.severity == Severity::Error)
}

/// The bundle of the project in `root`.
pub(crate) fn collect(root: &Path, printer: &Printer) -> Result<Bundle, CliError> {
    let project = Project::collect(root)?;
    for path in &project.left_out {
        printer.detail(&format!("left out: {path}"))?;
    }
    let packages = packages::collect(root, &project)?;
    for path in packages.modules.keys() {
        printer.detail(&format!("package file: {path}"))?;
    }
    Ok(bundle::build(project, packages, root)?)
}

/// What the server is asked about a bundle.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// What changes.
    Diff,
    /// Everything that a deploy would do.
    Plan,
}

/// The answer of `stopgap.diff_bundle` or `stopgap.plan_bundle`, as text.
pub(crate) async fn ask(
    database: &mut Database<'_>,
    question: Question,
    env: &str,
    bundle: &Bundle,
    removal: &RemovalArgs,
    printer: &Printer,
) -> Result<String, CliError> {
    let count = bundle.modules().len();
    let (doing, sql) = match question {
        Question::Diff => (
            format!("comparing {count} modules with {env}"),
            "SELECT stopgap.diff_bundle($1::text, $2::text::jsonb, $3::text::jsonb)::text",
        ),
        Question::Plan => (
            format!("planning {count} modules for {env}"),
            "SELECT stopgap.plan_bundle($1::text, $2::text::jsonb, $3::text::jsonb)::text",
        ),
    };
    let _progress = printer.progress(doing);
    let mut options = serde_json::json!({});
    removal.add_to(&mut options);
    database.query(sql, &[&env, &bundle.to_json().to_string(), &options.to_string()]).await
}

/// Prints how the sources differ.
pub(crate) fn print_sources(diff: &Diff, layout: &LayoutArgs, printer: &Printer) -> Result<(), CliError> {
    diff.modules.iter().try_for_each(|module| module.print(layout, printer))
}

/// Prints what changes, and what the server has to say about the rest.
pub(crate) fn print(diff: &Diff, printer: &Printer) -> Result<(), CliError> {
    for one in &diff.diagnostics {
        printer.remark(&one.severity.to_string(), &one.to_string());
    }
    for one in &diff.skipped {
        printer.detail(&format!("skipped: {} of {}: {}", one.export, one.module, one.reason))?;
    }
    let rows: Vec<Vec<String>> = diff
        .functions
        .iter()
        .filter(|one| one.change != "unchanged")
        .map(|one| {
            let live_function = format!("{}.{}", diff.live_schema, one.live_function);
            let until = one.retired_until.as_ref().map(|until| format!("until {until}"));
            vec![
                one.change.clone(),
                one.kind.clone(),
                one.path.clone(),
                live_function,
                until.unwrap_or_default(),
            ]
        })
        .collect();
    Ok(printer.table(&rows)?)
}
