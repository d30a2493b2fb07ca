//! `stopgap env`: environments, their parents and their settings.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answers;
use crate::args::{EnvCommand, EnvSettingsArgs};
use crate::connection::Database;
use crate::error::CliError;
use crate::exit::ExitCode;
use crate::printer::Printer;
use crate::settings::Settings;

/// The document of `--json`.
#[derive(serde::Serialize)]
struct Document {
    command: &'static str,
    environments: Box<serde_json::value::RawValue>,
}

/// An environment, as far as text output needs it.
#[derive(Debug, Deserialize)]
struct Environment {
    env: String,
    live_schema: String,
    parent: Option<String>,
    protected: bool,
    active_deployment_id: Option<i64>,
}

/// Lists, makes, changes or drops environments. All but dropping print what is there afterwards.
pub(crate) async fn run(
    settings: &Settings,
    command: &EnvCommand,
    printer: &Printer,
) -> Result<ExitCode, CliError> {
    let mut database = Database::open(settings.database()?, printer).await?;
    let text = match command {
        EnvCommand::List => database.query("SELECT stopgap.environments()::text", &[]).await?,
        EnvCommand::Create { name, settings } => {
            let settings = changes(settings).to_string();
            let sql = "SELECT jsonb_build_array(stopgap.create_environment($1::text, settings => $2::text::jsonb))::text";
            database.query(sql, &[name, &settings]).await?
        }
        EnvCommand::Alter { name, settings } => {
            let settings = changes(settings).to_string();
            let sql = "SELECT jsonb_build_array(stopgap.alter_environment($1::text, $2::text::jsonb))::text";
            database.query(sql, &[name, &settings]).await?
        }
        EnvCommand::Drop { name } => {
            database.query("SELECT stopgap.drop_environment($1::text)::text", &[name]).await?;
            printer.line(&format!("{name} is gone; its history stays"))?;
            "[]".to_owned()
        }
    };
    let shown: Vec<Environment> = answers::read(&text)?;
    let rows: Vec<Vec<String>> = shown
        .into_iter()
        .map(|one| {
            let parent = one.parent.map_or(String::new(), |parent| format!("inherits from {parent}"));
            let active = one
                .active_deployment_id
                .map_or("nothing is active".to_owned(), |id| format!("deployment {id}"));
            let protected = if one.protected { "protected" } else { "" };
            vec![one.env, one.live_schema, active, parent, protected.to_owned()]
        })
        .collect();
    printer.table(&rows)?;
    printer.document(&Document { command: "env", environments: answers::raw(text)? })?;
    Ok(ExitCode::Success)
}

/// The settings that were given; the word `none` takes one back.
fn changes(args: &EnvSettingsArgs) -> Value {
    let mut changes = Map::new();
    let or_none = |text: &String| if text == "none" { Value::Null } else { json!(text) };
    let texts = [
        ("parent", args.parent.as_ref().map(or_none)),
        ("default_label", args.default_label.as_ref().map(or_none)),
        ("live_schema", args.live_schema.as_ref().map(|text| json!(text))),
        ("deployer_role", args.deployer_role.as_ref().map(|text| json!(text))),
        ("app_role", args.app_role.as_ref().map(|text| json!(text))),
        ("protected", args.protected.map(|value| json!(value))),
        ("retire_s", args.retire.map(|seconds| if seconds == 0 { Value::Null } else { json!(seconds) })),
        ("keep_last", args.keep_last.map(|count| if count == 0 { Value::Null } else { json!(count) })),
    ];
    changes.extend(texts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    Value::Object(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_changes() {
        let args = EnvSettingsArgs {
            parent: Some("none".to_owned()),
            keep_last: Some(0),
            protected: Some(true),
            app_role: Some("none".to_owned()),
            ..EnvSettingsArgs::default()
        };
        let expected = json!({"parent": null, "keep_last": null, "protected": true, "app_role": "none"});
        assert_eq!(changes(&args), expected);
        assert_eq!(changes(&EnvSettingsArgs::default()), json!({}));
    }
}
