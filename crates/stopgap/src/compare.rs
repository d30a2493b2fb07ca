//! Looking back: two deployments side by side, and one function through all of them, with the sources.
//!
//! Sources are for who may release: the caller must be a member of the deployer role of each environment that is read.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use serde_json::{Value as Json, json};
use stopgap_core::compare::{ModuleText, modules};
use stopgap_core::plan::Deployed;
use stopgap_core::{EnvName, Plan, RollbackError, TagName};

use crate::caller::Caller;
use crate::catalog::{Environment, artifact, deployment, function, tag};
use crate::options::reported;

/// What differs between two deployments, of one environment or of two.
///
/// Errors: 42501; 42704 for a deployment there is not; 55000 for one that failed.
pub fn compare(from: i64, to: i64) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let (from_side, to_side) = (side(&caller, &spi, from)?, side(&caller, &spi, to)?);
    let plan = Plan::rollback(Some(&from_side.deployed), &to_side.deployed).map_err(reported)?;
    let shown = plan.to_json(&to_side.environment.env, &to_side.environment.live_schema);
    spi.finish()?;
    Ok(json!({
        "from": from_side.shown,
        "to": to_side.shown,
        "summary": shown["summary"],
        "functions": shown["functions"],
        "modules": modules(&from_side.modules, &to_side.modules),
    }))
}

struct Side {
    environment: Environment,
    deployed: Deployed,
    shown: Json,
    modules: BTreeMap<String, ModuleText>,
}

fn side(caller: &Caller, spi: &Connection, id: i64) -> Result<Side> {
    let environment = caller.as_owner(|| deployment::environment_of(spi, id))?;
    may_read(caller, &environment)?;
    caller.as_owner(|| {
        let deployed = deployment::deployed(spi, id)?;
        // What is retired is of a release before: its modules are not this deployment's.
        let released = deployed.functions.iter().filter(|active| active.retired_until.is_none());
        let roots = released.map(|active| &active.function.artifact_hash);
        let modules = artifact::sources(spi, roots)?
            .into_iter()
            .map(|module| {
                (module.filename, ModuleText { source_hash: module.source_hash, source: module.source })
            })
            .collect();
        let shown = deployment::shown(spi, &environment.env, Some(id))?.pop().unwrap_or_default();
        Ok(Side { environment, deployed, shown, modules })
    })
}

/// The versions of one function, newest first, each with its source and the deployments that have it. `name` is its
/// path or its live function.
///
/// Errors: 42501; 42704 for an environment there is not; 42883 when it never had such a function.
pub fn history(env: &EnvName, name: &str) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, env))?;
    may_read(&caller, &environment)?;
    let versions = caller.as_owner(|| function::history(&spi, env, name))?;
    spi.finish()?;
    if versions.is_empty() {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::UNDEFINED_FUNCTION,
                format!("no deployment of environment \"{env}\" has a function \"{name}\""),
            )
            .with_hint("Name it by its path, api.<module>.<export>, or by its live function."),
        ));
    }
    Ok(Json::Array(versions))
}

/// The id of a deployment that a person names: by its id, by a tag, or as `active`.
///
/// Errors: 42704 when there is none; 42501 for an environment that the caller may not release to; 55000 for `active` when
/// nothing is.
pub fn find(env: &EnvName, name: &str) -> Result<i64> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, env))?;
    caller.must_see(&environment)?;
    let found = caller.as_owner(|| {
        if name == "active" {
            return environment.active_deployment.ok_or_else(|| reported(RollbackError::NothingActive));
        }
        if let Ok(id) = name.parse::<i64>() {
            return match deployment::states(&spi, &environment)?.contains_key(&id) {
                true => Ok(id),
                false => Err(reported(RollbackError::Unknown { id })),
            };
        }
        let tag = TagName::parse(name).map_err(reported)?;
        tag::find(&spi, env, &tag)?
            .ok_or_else(|| reported(RollbackError::UnknownTag { name: name.to_owned() }))
    })?;
    spi.finish()?;
    Ok(found)
}

fn may_read(caller: &Caller, environment: &Environment) -> Result<()> {
    let to_do = format!("read the sources of environment \"{}\"", environment.env);
    caller.must_be_member_of(environment.deployer_role.as_str(), &to_do)
}
