//! `stopgap.create_environment`, `stopgap.alter_environment`, `stopgap.drop_environment` and `stopgap.environments`.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use plts_core::SqlState;
use serde_json::{Value as Json, json};
use stopgap_core::{EnvName, EnvironmentChanges};

use crate::environments;
use crate::options::{Options, reported};

/// `stopgap.create_environment(env text, parent text, settings jsonb, options jsonb) → jsonb`.
pub fn create(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let parent = call.optional_text(1)?.map(|name| EnvName::parse(&name)).transpose().map_err(reported)?;
    let mut settings = settings(call.optional_json(2)?)?;
    match (&settings.parent, &parent) {
        (Some(_), Some(_)) => {
            return Err(Box::new(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "the parent is given twice",
            )));
        }
        (None, _) => settings.parent = Some(parent),
        (Some(_), None) => {}
    }
    let options = Options::read(call.optional_json(3)?)?;
    call.return_json(&environments::create(&env, &settings, &options)?)
}

/// `stopgap.alter_environment(env text, settings jsonb, options jsonb) → jsonb`.
pub fn alter(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let settings = settings(Some(call.json(1, "settings")?))?;
    let options = Options::read(call.optional_json(2)?)?;
    call.return_json(&environments::alter(&env, &settings, &options)?)
}

/// `stopgap.drop_environment(env text, options jsonb) → void`.
pub fn drop(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    environments::drop(&env, &Options::read(call.optional_json(1)?)?)?;
    Ok(call.void())
}

/// `stopgap.environments() → jsonb`.
pub fn list(call: &Call) -> Result<Datum> {
    call.return_json(&environments::list()?)
}

fn settings(json: Option<Json>) -> Result<EnvironmentChanges> {
    EnvironmentChanges::from_json(json.unwrap_or_else(|| json!({}))).map_err(reported)
}
