//! `stopgap deployments`: the deployments of an environment, newest first.

use crate::answers::{self, Deployment};
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
    deployments: Box<serde_json::value::RawValue>,
}

/// Lists them.
pub(crate) async fn run(settings: &Settings, printer: &Printer) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let text = database.query("SELECT stopgap.deployments($1::text)::text", &[&env.as_str()]).await?;
    let deployments: Vec<Deployment> = answers::read(&text)?;
    if deployments.is_empty() {
        printer.note(&format!("{env} has no deployment"))?;
    } else {
        let header = ["id", "state", "functions", "source", "created", "by", "tags", "label"];
        printer.table_with_header(&header, deployments.iter().map(row).collect())?;
    }
    printer.document(&Document {
        command: "deployments",
        env: env.as_str(),
        deployments: answers::raw(text)?,
    })?;
    Ok(ExitCode::Success)
}

fn row(one: &Deployment) -> Vec<String> {
    let mut remark = one.label.clone().unwrap_or_default();
    if let Some(error) = &one.error {
        remark = format!("{remark} ({error})").trim_start().to_owned();
    }
    let mut marks = one.tags.clone();
    if one.pinned {
        marks.push("(pinned)".to_owned());
    }
    vec![
        one.id.to_string(),
        one.state.clone(),
        one.functions.to_string(),
        one.source.clone(),
        one.created_at.clone(),
        one.created_by.clone(),
        marks.join(" "),
        remark,
    ]
}
