//! A rollback: an earlier deployment becomes the active one again, by its pointers, without building anything.

use std::collections::BTreeSet;
use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use serde_json::{Value as Json, json};
use stopgap_core::plan::{Deployed, Summary};
use stopgap_core::rollback::{choose_target, passed_over};
use stopgap_core::{
    Activation, ActivationKind, DeploymentState, EnvName, Manifest, Plan, RollbackAim, RollbackError,
    RollbackRequest,
};

use crate::caller::Caller;
use crate::catalog::activation::Circumstances;
use crate::catalog::{Environment, activation, deployment, script, tag};
use crate::options::{Options, reported};
use crate::{lock, switch};

/// Where a rollback goes, and what it does on its way.
struct Route {
    target: Deployed,
    manifest: Manifest,
    plan: Plan,
    changes: Summary,
    /// What leaves the history, newest first.
    passed_over: Vec<i64>,
}

/// Rolls back, and gives the id of the deployment that is active now.
///
/// Errors: 42704 for an environment, deployment or tag there is not, 42501, 55P03, 55000 when there is nothing to go back
/// to, 2BP01 when something depends on a function that would go.
pub fn roll_back(env: &EnvName, aim: &RollbackAim, options: &Options) -> Result<i64> {
    let began = Instant::now();
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || caller.must_release_to(&spi, env, &format!("roll back environment \"{env}\""));
    let (lineage, environment) =
        lock::allowed(must_be_allowed, || lock::take(&caller, &spi, env, options.wait))?;
    caller.as_owner(|| {
        options.check_confirmed(&environment)?;
        let route = find_route(&spi, &environment, aim, Detail::Changes)?;
        let activated = Activation {
            from: environment.active_deployment,
            to: route.target.id,
            kind: ActivationKind::Rollback,
        };
        let circumstances = Circumstances {
            label: route.manifest.label.as_deref(),
            git_commit: route.manifest.source.git_commit(),
            began,
            changes: route.changes,
        };
        let state = DeploymentState::Retired;
        switch::activate(&caller, &spi, &lineage, &environment, activated, state, &circumstances)?;
        Ok(route.target.id)
    })
}

/// What [`roll_back`] would do; it takes no lock and changes nothing.
///
/// Errors: those of [`roll_back`] but for the lock and the dependents.
pub fn what_if(env: &EnvName, aim: &RollbackAim) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let to_do = format!("look into rollbacks of environment \"{env}\"");
    let environment = caller.must_release_to(&spi, env, &to_do)?;
    let answer = caller.as_owner(|| {
        let route = find_route(&spi, &environment, aim, Detail::Everything)?;
        let shown = |id| deployment::shown(&spi, env, Some(id)).map(|mut all| all.pop());
        Ok(json!({
            "env": env,
            "from": environment.active_deployment.map(shown).transpose()?,
            "to": shown(route.target.id)?,
            "passed_over": route.passed_over,
            "migrations": script::after(&spi, env, route.target.id)?,
            "plan": route.plan.to_json(env, &environment.live_schema),
        }))
    })?;
    spi.finish()?;
    Ok(answer)
}

/// How much of the two deployments is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Every function.
    Everything,
    /// Functions of which they have different versions; of the others only how many there are.
    Changes,
}

fn find_route(
    spi: &Connection,
    environment: &Environment,
    aim: &RollbackAim,
    detail: Detail,
) -> Result<Route> {
    let env = &environment.env;
    let request = match aim {
        RollbackAim::Request(request) => *request,
        RollbackAim::Tag(name) => RollbackRequest::To(
            tag::find(spi, env, name)?
                .ok_or_else(|| reported(RollbackError::UnknownTag { name: name.to_string() }))?,
        ),
        RollbackAim::Time(time) => RollbackRequest::To(
            activation::active_at(spi, environment, *time)?
                .ok_or_else(|| reported(RollbackError::NothingThen))?,
        ),
    };
    let log = activation::of_environment(spi, environment)?;
    let states = deployment::states(spi, environment)?;
    let target = choose_target(&log, &states, request).map_err(reported)?;
    let manifest = deployment::manifest(spi, target)?;
    let former = match environment.active_deployment {
        Some(id) => Some((id, deployment::manifest(spi, id)?)),
        None => None,
    };
    let shared: BTreeSet<i64> = match (&former, detail) {
        (Some((_, former)), Detail::Changes) => {
            let both = former.functions.intersection(&manifest.functions).copied();
            both.filter(|id| former.retired.get(id) == manifest.retired.get(id)).collect()
        }
        _ => BTreeSet::new(),
    };
    let read = |id, manifest: &Manifest| deployment::without(spi, id, manifest, &shared);
    let active = former.as_ref().map(|(id, manifest)| read(*id, manifest)).transpose()?;
    let target = read(target, &manifest)?;
    let plan = Plan::rollback(active.as_ref(), &target).map_err(reported)?;
    let mut changes = plan.summary();
    changes.unchanged += shared.len();
    Ok(Route { passed_over: passed_over(&log, target.id), target, manifest, plan, changes })
}
