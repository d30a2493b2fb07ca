//! `stopgap tag`: names a deployment, takes a name away, or lists the names there are.

use crate::answers::{self, Deployment};
use crate::args::TagArgs;
use crate::commands::compare::find;
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
    /// What was done: `tag`, `untag` or `list`.
    action: &'static str,
    tags: Vec<Tag>,
}

/// A tag and its deployment.
#[derive(serde::Serialize)]
struct Tag {
    name: String,
    deployment_id: i64,
}

/// Does what the arguments say.
pub(crate) async fn run(
    settings: &Settings,
    args: &TagArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let env = env.as_str();
    let mut database = Database::open(settings.database()?, printer).await?;
    let (action, tags) = match &args.name {
        None => ("list", list(&mut database, env).await?),
        Some(name) if args.delete => {
            let text =
                database.query("SELECT stopgap.untag($1::text, $2::text)::text", &[&env, name]).await?;
            ("untag", vec![Tag { name: name.clone(), deployment_id: answers::read(&text)? }])
        }
        Some(name) => {
            let id = find(&mut database, env, &args.deployment).await?;
            let text = database
                .query("SELECT stopgap.tag($1::text, $2::text, $3::int8)::text", &[&env, name, &id])
                .await?;
            ("tag", vec![Tag { name: name.clone(), deployment_id: answers::read(&text)? }])
        }
    };
    for tag in &tags {
        printer.line(&match action {
            "list" => format!("{}  {}", tag.name, tag.deployment_id),
            "untag" => format!("deployment {} of {env} is no longer {}", tag.deployment_id, tag.name),
            _ => format!("deployment {} of {env} is {}", tag.deployment_id, tag.name),
        })?;
    }
    printer.document(&Document { command: "tag", env, action, tags })?;
    Ok(ExitCode::Success)
}

async fn list(database: &mut Database<'_>, env: &str) -> Result<Vec<Tag>, CliError> {
    let text = database.query("SELECT stopgap.deployments($1::text)::text", &[&env]).await?;
    let deployments: Vec<Deployment> = answers::read(&text)?;
    let tags = deployments
        .into_iter()
        .flat_map(|one| one.tags.into_iter().map(move |name| Tag { name, deployment_id: one.id }));
    Ok(tags.collect())
}
