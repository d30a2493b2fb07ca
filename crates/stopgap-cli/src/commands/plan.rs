//! `stopgap plan`: everything that a deploy would do, with the digest that holds a deploy to it.

use std::path::Path;

use serde::Deserialize;

use crate::answers::{self, Dependent, Diff};
use crate::args::{LayoutArgs, PlanArgs, RemovalArgs};
use crate::commands::diff::{self, Question};
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;

/// The document of `--json`, also of `deploy --dry-run`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    root: String,
    modules: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
    plan: Box<serde_json::value::RawValue>,
}

/// The answer of `stopgap.plan_bundle`, as far as text output needs it.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    #[serde(flatten)]
    pub(crate) diff: Diff,
    pub(crate) digest: String,
    schemas: Vec<Schema>,
    dependents: Vec<Dependent>,
    awaited_types: Vec<String>,
    migrations: Vec<String>,
    sql_functions: Vec<String>,
    verify: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Schema {
    env: String,
    live_schema: String,
    created: Vec<String>,
    replaced: Vec<String>,
    made_anew: Vec<String>,
    dropped: Vec<String>,
}

/// Shows the plan of the project; with `--check` the exit code tells whether it changes anything.
pub(crate) async fn run(
    settings: &Settings,
    args: &PlanArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let plan =
        show(settings, settings.root(args.root.root()), (&args.layout, &args.removal), None, printer).await?;
    let fails = diff::has_errors(&plan.diff) || (args.check && !plan.changes_nothing());
    Ok(if fails { ExitCode::Failure } else { ExitCode::Success })
}

impl Plan {
    /// True when a deploy would write no function and run no migration.
    fn changes_nothing(&self) -> bool {
        self.diff.summary.is_unchanged() && self.migrations.is_empty() && self.sql_functions.is_empty()
    }
}

/// Prints the plan of the project in `root` and gives it back.
pub(crate) async fn show(
    settings: &Settings,
    root: &Path,
    (layout, removal): (&LayoutArgs, &RemovalArgs),
    dry_run: Option<bool>,
    printer: &Printer,
) -> Result<Plan, CliError> {
    let env = settings.environment()?;
    let connection = settings.database()?;
    let bundle = diff::collect(root, printer)?;
    let mut database = Database::open(connection, printer).await?;
    let text = diff::ask(&mut database, Question::Plan, env.as_str(), &bundle, removal, printer).await?;
    let plan: Plan = answers::read(&text)?;
    print(&plan, env.as_str(), printer)?;
    diff::print_sources(&plan.diff, layout, printer)?;
    printer.line(&format!("{env}: {}", plan.diff.summary))?;
    printer.line(&format!("plan {}", plan.digest))?;
    printer.document(&Document {
        command: if dry_run.is_some() { "deploy" } else { "plan" },
        env: env.as_str(),
        root: root.display().to_string(),
        modules: bundle.modules().len(),
        dry_run,
        plan: answers::raw(text)?,
    })?;
    Ok(plan)
}

fn print(plan: &Plan, env: &str, printer: &Printer) -> Result<(), CliError> {
    diff::print(&plan.diff, printer)?;
    for one in &plan.diff.functions {
        if let Some((before, after)) = one.signature_change() {
            let name = format!("{}.{}", plan.diff.live_schema, one.live_function);
            printer.line(&format!("{name} {before} becomes {after}"))?;
        }
    }
    for one in plan.diff.functions.iter().filter(|one| one.change == "changed") {
        let Some(compatibility) = &one.compatibility else { continue };
        let narrowed = compatibility.arguments_narrowed.iter().map(|one| ("arguments", one));
        for (what, one) in narrowed.chain(compatibility.result_changed.iter().map(|one| ("result", one))) {
            printer.line(&format!("{} {what}: {} {}", plan.diff.live_schema, one.at, one.what))?;
        }
    }
    for schema in plan.schemas.iter().filter(|schema| schema.env != env) {
        let (created, replaced) = (schema.created.len(), schema.replaced.len());
        let (made_anew, dropped) = (schema.made_anew.len(), schema.dropped.len());
        printer.line(&format!(
            "{} inherits: {created} created, {replaced} replaced, {made_anew} made anew, {dropped} dropped in {}",
            schema.env, schema.live_schema
        ))?;
    }
    for one in &plan.dependents {
        printer.line(&one.to_string())?;
    }
    for (what, names) in [
        ("awaits type", &plan.awaited_types),
        ("migration", &plan.migrations),
        ("function file", &plan.sql_functions),
        ("verify", &plan.verify),
    ] {
        for name in names {
            printer.line(&format!("{what} {name}"))?;
        }
    }
    Ok(())
}
