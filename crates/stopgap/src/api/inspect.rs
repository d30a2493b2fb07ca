//! `stopgap.diff`, `stopgap.diff_bundle`, `stopgap.status` and `stopgap.deployments`: looking, changing nothing.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use serde_json::{Value as Json, json};
use stopgap_core::{EnvName, LiveFunction};

use crate::caller::{Caller, DEPLOYER};
use crate::catalog::{Environment, deployment, environment};
use crate::metrics::Work;
use crate::options::Options;
use crate::source::Source;
use crate::{deploy, environments, prepare, switch};

/// `stopgap.plan(env text, from_schema text, options jsonb) → jsonb`.
pub fn plan(call: &Call) -> Result<Datum> {
    let source = Source::Schema(call.text(1, "from_schema")?);
    plan_source(call, &source)
}

/// `stopgap.plan_bundle(env text, bundle jsonb, options jsonb) → jsonb`.
pub fn plan_bundle(call: &Call) -> Result<Datum> {
    let source = Source::Bundle(call.json(1, "bundle")?);
    plan_source(call, &source)
}

fn plan_source(call: &Call, source: &Source) -> Result<Datum> {
    let options = Options::read_release(call.optional_json(2)?)?;
    call.return_json_text(&prepare::plan(&super::env(call)?, source, &options)?)
}

/// `stopgap.diff(env text, from_schema text, options jsonb) → jsonb`.
pub fn diff(call: &Call) -> Result<Datum> {
    let source = Source::Schema(call.text(1, "from_schema")?);
    diff_source(call, &source)
}

/// `stopgap.diff_bundle(env text, bundle jsonb, options jsonb) → jsonb`.
pub fn diff_bundle(call: &Call) -> Result<Datum> {
    let source = Source::Bundle(call.json(1, "bundle")?);
    diff_source(call, &source)
}

fn diff_source(call: &Call, source: &Source) -> Result<Datum> {
    Work::Diff.counted(|| {
        let options = Options::read_release(call.optional_json(2)?)?;
        call.return_json(&deploy::diff(&super::env(call)?, source, &options)?)
    })
}

/// `stopgap.status(env text) → jsonb`.
///
/// Errors: 42704 for an environment there is not, 42501 for one that the caller may not release to.
pub fn status(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, &env))?;
    caller.must_see(&environment)?;
    let status = caller.as_owner(|| {
        let active = match environment.active_deployment {
            None => Json::Null,
            Some(id) => deployment::shown(&spi, &env, Some(id))?.into_iter().next().unwrap_or_default(),
        };
        let lineage = environment::lineage(&spi)?;
        let live = switch::estate(&spi, &lineage, &lineage.line(&env), None)?.live(&env);
        let mut functions: Vec<&LiveFunction> = live.values().collect();
        functions.sort_by_key(|one| one.active.function.path.to_string());
        let functions: Json = functions.into_iter().map(|one| function_json(one, &env)).collect();
        let mut status = environments::shown(&environment);
        status["active"] = active;
        status["functions"] = functions;
        Ok(status)
    })?;
    spi.finish()?;
    call.return_json(&status)
}

fn function_json(live: &LiveFunction, env: &EnvName) -> Json {
    let function = &live.active.function;
    json!({
        "path": function.path.to_string(),
        "live_function": function.live_function.as_str(),
        "origin": live.origin,
        "inherited": live.origin != *env,
        "kind": function.kind.as_str(),
        "signature": function.signature.to_string(),
        "annotations": function.annotations,
        "retired_until": live.active.retired_until,
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
    match caller.as_owner(|| Environment::find(&spi, &env))? {
        Some(environment) => caller.must_see(&environment)?,
        None => caller.must_be_member_of(DEPLOYER, &format!("look at environment \"{env}\""))?,
    }
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
