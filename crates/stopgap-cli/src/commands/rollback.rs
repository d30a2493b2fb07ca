//! `stopgap rollback`: makes an earlier deployment live again.

use serde_json::value::RawValue;

use crate::answers::{self, Diff, WhatIf};
use crate::args::RollbackArgs;
use crate::commands::diff;
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
    dry_run: bool,
    deployment_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<Box<RawValue>>,
}

/// Goes back as far as asked; the server chooses the target by its activation log.
pub(crate) async fn run(
    settings: &Settings,
    args: &RollbackArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    // A tag is never a number.
    let id = args.to.as_ref().and_then(|to| to.parse::<i64>().ok());
    let tag = args.to.as_ref().filter(|_| id.is_none());
    if args.dry_run {
        return what_if(&mut database, env.as_str(), args, id, tag, printer).await;
    }
    let switched = Switched::by(
        &mut database,
        &env,
        "SELECT stopgap.rollback($1::text, $2::int4, $3::int8, $4::text::jsonb, $5::text, \
         $6::text::timestamptz)::text",
        &[&env.as_str(), &args.steps, &id, &args.switch.options().to_string(), &tag, &args.at],
        format!("rolling back {env}"),
        printer,
    )
    .await?;
    switched.print(&env, "is back at", "", printer)?;
    printer.document(&Document {
        command: "rollback",
        env: env.as_str(),
        dry_run: false,
        deployment_id: switched.deployment_id,
        status: Some(switched.status),
        what_if: None,
    })?;
    Ok(ExitCode::Success)
}

async fn what_if(
    database: &mut Database<'_>,
    env: &str,
    args: &RollbackArgs,
    id: Option<i64>,
    tag: Option<&String>,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let text = database
        .query(
            "SELECT stopgap.what_if_rollback($1::text, $2::int4, $3::int8, $4::text, $5::text::timestamptz)::text",
            &[&env, &args.steps, &id, &tag, &args.at],
        )
        .await?;
    let answer: WhatIf = answers::read(&text)?;
    let plan: &Diff = &answer.plan;
    diff::print(plan, printer)?;
    for one in &answer.migrations {
        printer.line(&format!("not undone: migration {} of deployment {}", one.name, one.deployment_id))?;
    }
    if !answer.passed_over.is_empty() {
        let ids: Vec<String> = answer.passed_over.iter().map(ToString::to_string).collect();
        printer.line(&format!("no longer in the history: {}", ids.join(", ")))?;
    }
    printer.line(&format!("{env} would be back at deployment {}: {}", answer.to.id, plan.summary))?;
    printer.document(&Document {
        command: "rollback",
        env,
        dry_run: true,
        deployment_id: answer.to.id,
        status: None,
        what_if: Some(answers::raw(text)?),
    })?;
    Ok(ExitCode::Success)
}
