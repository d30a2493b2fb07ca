//! `stopgap export`: a deployment as a file, signed if so wished.

use serde_json::{Value, json};
use stopgap_core::{archive, canonical};

use crate::answers;
use crate::args::ExportArgs;
use crate::commands::compare::find;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::signature::SigningKey;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    deployment_id: i64,
    file: String,
    sha256: String,
    signed: bool,
    artifacts: usize,
}

/// Writes the file, in one form: canonical JSON and an end of line.
pub(crate) async fn run(
    settings: &Settings,
    args: &ExportArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let key = args.sign.as_ref().map(|path| SigningKey::read(path)).transpose()?;
    let mut database = Database::open(settings.database()?, printer).await?;
    let id = find(&mut database, env.as_str(), &args.deployment).await?;
    let progress = printer.progress(format!("exporting deployment {id} of {env}"));
    let text =
        database.query("SELECT stopgap.export($1::text, $2::int8)::text", &[&env.as_str(), &id]).await?;
    let mut file: Value = answers::read(&text)?;
    let sha256 = archive::check(&file)?.to_owned();
    if let Some(key) = &key {
        file["signature"] = json!({
            "algorithm": "ed25519",
            "public_key": key.public(),
            "value": key.sign(&archive::signed_bytes(&sha256)),
        });
    }
    let mut text = canonical::text(&file);
    text.push('\n');
    std::fs::write(&args.output, &text)
        .map_err(|source| CliError::Write { path: args.output.clone(), source })?;
    drop(progress);
    let signed = if key.is_some() { ", signed" } else { "" };
    printer.line(&format!(
        "deployment {id} of {env} is in `{}`: {} bytes, sha256 {sha256}{signed}",
        args.output.display(),
        text.len()
    ))?;
    printer.document(&Document {
        command: "export",
        env: env.as_str(),
        deployment_id: id,
        file: args.output.display().to_string(),
        sha256,
        signed: key.is_some(),
        artifacts: file["archive"]["artifacts"].as_array().map_or(0, Vec::len),
    })?;
    Ok(ExitCode::Success)
}
