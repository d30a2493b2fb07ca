//! `stopgap.diff`, `stopgap.diff_bundle`, `stopgap.status` and `stopgap.deployments`: looking, changing nothing.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use serde_json::{Value as Json, json};
use stopgap_core::ActiveFunction;

use crate::caller::Caller;
use crate::catalog::{Environment, deployment};
use crate::deploy;
use crate::source::Source;

/// `stopgap.diff(env text, from_schema text) → jsonb`.
pub fn diff(call: &Call) -> Result<Datum> {
    let source = Source::Schema(call.text(1, "from_schema")?);
    call.return_json(&deploy::diff(&super::env(call)?, &source)?)
}

/// `stopgap.diff_bundle(env text, bundle jsonb) → jsonb`.
pub fn diff_bundle(call: &Call) -> Result<Datum> {
    let source = Source::Bundle(call.json(1, "bundle")?);
    call.return_json(&deploy::diff(&super::env(call)?, &source)?)
}

/// `stopgap.status(env text) → jsonb`.
///
/// Errors: 42704 for an environment there is not.
pub fn status(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let status = caller.as_owner(|| {
        let environment = Environment::get(&spi, &env)?;
        let (active, functions) = match environment.active_deployment {
            None => (Json::Null, Vec::new()),
            Some(id) => {
                let shown = deployment::shown(&spi, &env, Some(id))?.into_iter().next().unwrap_or_default();
                (shown, deployment::deployed(&spi, id)?.functions)
            }
        };
        let functions: Json = functions.iter().map(function_json).collect();
        Ok(json!({
            "env": env.as_str(),
            "live_schema": environment.live_schema.as_str(),
            "deployer_role": environment.deployer_role.as_str(),
            "app_role": environment.app_role.as_str(),
            "active": active,
            "functions": functions,
        }))
    })?;
    spi.finish()?;
    call.return_json(&status)
}

fn function_json(active: &ActiveFunction) -> Json {
    let function = &active.function;
    json!({
        "path": function.path.to_string(),
        "live_function": function.live_function.as_str(),
        "kind": function.kind.as_str(),
        "artifact_hash": function.artifact_hash.as_str(),
        "module": function.module.to_string(),
        "export": function.export.to_string(),
        "args": function.args,
        "returns": function.returns,
    })
}

/// `stopgap.deployments(env text) → jsonb`.
///
/// An environment whose only deploys failed is not there yet, but its failures are.
///
/// Errors: 42704 for a name without any deployment.
pub fn deployments(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let shown = caller.as_owner(|| {
        let shown = deployment::shown(&spi, &env, None)?;
        if shown.is_empty() {
            Environment::get(&spi, &env)?;
        }
        Ok(shown)
    })?;
    spi.finish()?;
    call.return_json(&Json::Array(shown))
}
