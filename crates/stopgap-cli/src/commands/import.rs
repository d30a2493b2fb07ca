//! `stopgap import`: a file that `stopgap export` wrote becomes live, if it is what it says.

use serde_json::Value;
use stopgap_core::archive;

use crate::args::ImportArgs;
use crate::commands::switch::Switched;
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::signature::VerifyingKey;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    env: &'a str,
    file: String,
    sha256: String,
    signature: Signature,
    deployment_id: i64,
    status: Box<serde_json::value::RawValue>,
}

/// What is known of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Signature {
    None,
    /// There is one, and nobody asked whose.
    Unchecked,
    Valid,
}

/// Checks the file here, so that nothing is sent that is refused, and sends it. The server looks at it again.
pub(crate) async fn run(
    settings: &Settings,
    args: &ImportArgs,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let env = settings.environment()?;
    let connection = settings.database()?;
    let text = std::fs::read_to_string(&args.file)
        .map_err(|source| CliError::Read { path: args.file.clone(), source })?;
    let mut file: Value = serde_json::from_str(&text).map_err(|_| CliError::NoArchive)?;
    let sha256 = archive::check(&file)?.to_owned();
    let signature = match (&args.signed_by, file["signature"]["value"].as_str()) {
        (Some(path), value) => {
            VerifyingKey::read(path)?.check(&archive::signed_bytes(&sha256), value)?;
            Signature::Valid
        }
        (None, Some(_)) => Signature::Unchecked,
        (None, None) => Signature::None,
    };
    if let Some(members) = file.as_object_mut() {
        members.remove("signature");
    }
    let mut options = args.switch.options();
    args.removal.add_to(&mut options);
    if args.unverified {
        options["unverified"] = true.into();
    }
    let mut database = Database::open(connection, printer).await?;
    let switched = Switched::by(
        &mut database,
        &env,
        "SELECT stopgap.import($1::text, $2::text::jsonb, $3::text, $4::text::jsonb)::text",
        &[&env.as_str(), &file.to_string(), &args.label, &options.to_string()],
        format!("importing into {env}"),
        printer,
    )
    .await?;
    switched.print(&env, "is at", &format!(", imported from `{}`", args.file.display()), printer)?;
    if signature == Signature::Unchecked {
        printer.note("the file is signed; `--signed-by` would check by whom")?;
    }
    printer.document(&Document {
        command: "import",
        env: env.as_str(),
        file: args.file.display().to_string(),
        sha256,
        signature,
        deployment_id: switched.deployment_id,
        status: switched.status,
    })?;
    Ok(ExitCode::Success)
}
