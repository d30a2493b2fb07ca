//! `stopgap verify`: whether the live schema is what was deployed, and putting it right.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answers::{self, Difference, Verification};
use crate::args::VerifyArgs;
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
    verification: Box<RawValue>,
}

/// Shows every difference; the exit code tells whether there is one, after the repair if that was asked for.
pub(crate) async fn run(
    settings: &Settings,
    args: &VerifyArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let progress = printer.progress(format!("verifying {env}"));
    let text = if args.repair {
        let mut options = args.switch.options();
        options["drop_extra"] = json!(args.drop_extra);
        database
            .query(
                "SELECT stopgap.repair($1::text, $2::text::jsonb)::text",
                &[&env.as_str(), &options.to_string()],
            )
            .await?
    } else {
        database.query("SELECT stopgap.verify($1::text)::text", &[&env.as_str()]).await?
    };
    drop(progress);
    let found: Verification = answers::read(&text)?;
    let repaired: Vec<Vec<String>> = found.repaired.iter().map(|one| row("repaired", one)).collect();
    printer.table(&repaired)?;
    let left: Vec<Vec<String>> = found.differences.iter().map(|one| row(&one.kind, one)).collect();
    printer.table(&left)?;
    let verdict = match found.differences.len() {
        0 => "as deployed".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    printer.line(&format!(
        "{env}: {verdict}; {} functions and {} artifacts checked",
        found.checked.functions, found.checked.artifacts
    ))?;
    printer.document(&Document {
        command: "verify",
        env: env.as_str(),
        verification: answers::raw(text)?,
    })?;
    Ok(if found.ok { ExitCode::Success } else { ExitCode::Failure })
}

fn row(what: &str, one: &Difference) -> Vec<String> {
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut cells = vec![what.to_owned(), one.class.clone(), one.object.clone()];
    if let Some(property) = &one.property {
        cells.push(format!("{property}: {} in place of {}", shown(&one.found), shown(&one.expected)));
    }
    cells
}
