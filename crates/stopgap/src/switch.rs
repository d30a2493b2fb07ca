//! The one way in which an environment changes its deployment, whatever the reason: the live schemas of the environment
//! and of all that inherit from it are made to hold what they should, and the catalog says so, in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use stopgap_core::plan::Action;
use stopgap_core::{
    Activation, ActivationKind, ActiveFunction, DeploymentState, EnvName, Estate, Function, Lineage,
    LiveFunctionName, Manifest, Moment, Plan, SchemaChange,
};

use crate::caller::Caller;
use crate::catalog::activation::Circumstances;
use crate::catalog::{Environment, activation, deployment, function};
use crate::{gc, live, scripts};

/// Makes a deployment the active one of its environment; the former one retires. The caller holds the locks of
/// [`crate::lock::take`], which gave the lineage. `state` is that of the deployment so far.
///
/// Errors: 2BP01 when something depends on a function that would go, naming what; 55000 when the deployment may not
/// become active.
pub fn activate(
    caller: &Caller,
    spi: &Connection,
    lineage: &Lineage,
    environment: &Environment,
    activated: Activation,
    state: DeploymentState,
    circumstances: &Circumstances<'_>,
) -> Result<()> {
    let changes = consequences(spi, lineage, environment, activated)?;
    let target = deployment::manifest(spi, activated.to)?;
    put_in_place(caller, spi, activated, &target, &changes)?;
    conclude(caller, spi, environment, activated, state, circumstances)
}

/// The first half of [`activate`]: the target's SQL files and live functions are put in place, as `changes` says.
pub fn put_in_place(
    caller: &Caller,
    spi: &Connection,
    activated: Activation,
    target: &Manifest,
    changes: &[SchemaChange],
) -> Result<()> {
    if !target.sql_functions.is_empty() {
        let before = activated.from.map(|id| deployment::manifest(spi, id)).transpose()?;
        scripts::put_functions(caller, spi, before.as_ref(), target)?;
    }
    carry_out(spi, changes)
}

/// The second half of [`activate`]: the catalog says what is active now.
pub fn conclude(
    caller: &Caller,
    spi: &Connection,
    environment: &Environment,
    activated: Activation,
    state: DeploymentState,
    circumstances: &Circumstances<'_>,
) -> Result<()> {
    if let Some(former) = activated.from {
        deployment::change_state(spi, former, DeploymentState::Active, DeploymentState::Retired)?;
    }
    deployment::change_state(spi, activated.to, state, DeploymentState::Active)?;
    environment.point_at(spi, activated.to)?;
    activation::append(spi, caller, &environment.env, &activated, circumstances)?;
    match activated.kind {
        // Neither is a release: what they left must stay in reach.
        ActivationKind::Rollback | ActivationKind::Prune => Ok(()),
        ActivationKind::Deploy | ActivationKind::Promote | ActivationKind::Import => {
            gc::keep_last(spi, environment)
        }
    }
}

/// What a switch does in each live schema. Only functions that leave or come are read, and what has their names in the
/// other environments: the work is proportional to what changes.
pub fn consequences(
    spi: &Connection,
    lineage: &Lineage,
    environment: &Environment,
    activated: Activation,
) -> Result<Vec<SchemaChange>> {
    let before = activated.from.map(|id| deployment::manifest(spi, id)).transpose()?;
    let after = deployment::manifest(spi, activated.to)?;
    let (before, after) = (before.as_ref().map(Manifest::listed).unwrap_or_default(), after.listed());
    let without = |some: &Listed<'_>, others: &Listed<'_>| -> Result<Vec<Arc<ActiveFunction>>> {
        let some = some.iter().filter(|(id, until)| others.get(id) != Some(until));
        let some = some.map(|(id, until)| (*id, *until)).collect();
        Ok(function::listed(spi, &some)?.into_iter().map(Arc::new).collect())
    };
    follow(spi, lineage, &environment.env, without(&before, &after)?, without(&after, &before)?)
}

type Listed<'a> = BTreeMap<i64, Option<&'a Moment>>;

/// As [`consequences`], of a plan whose versions are not written yet.
pub fn consequences_of_plan(
    spi: &Connection,
    lineage: &Lineage,
    env: &EnvName,
    plan: &Plan,
) -> Result<Vec<SchemaChange>> {
    let (mut leaving, mut coming) = (Vec::new(), Vec::new());
    // Its version has no id before it is written, and no step needs it.
    let unwritten = |function: &Arc<Function>| {
        Arc::new(ActiveFunction { id: 0, function: function.clone(), retired_until: None })
    };
    for action in &plan.actions {
        match action {
            Action::Keep { .. } => {}
            Action::CreatePointer { function, .. } => coming.push(unwritten(function)),
            Action::ReplacePointer { active, function, .. } => {
                leaving.push(Arc::new(ActiveFunction::clone(active)));
                coming.push(unwritten(function));
            }
            Action::DropPointer { active } => leaving.push(Arc::new(active.clone())),
            Action::Retire { active, until } => {
                let retired =
                    ActiveFunction { retired_until: Some(until.clone()), ..ActiveFunction::clone(active) };
                leaving.push(Arc::new(ActiveFunction::clone(active)));
                coming.push(Arc::new(retired));
            }
        }
    }
    follow(spi, lineage, env, leaving, coming)
}

fn follow(
    spi: &Connection,
    lineage: &Lineage,
    env: &EnvName,
    leaving: Vec<Arc<ActiveFunction>>,
    coming: Vec<Arc<ActiveFunction>>,
) -> Result<Vec<SchemaChange>> {
    let names: BTreeSet<LiveFunctionName> =
        coming.iter().chain(&leaving).map(|active| active.function.live_function.clone()).collect();

    let mut relatives: Vec<EnvName> = lineage.ancestors(env).into_iter().cloned().collect();
    relatives.extend(lineage.descendants(env));
    let others = estate(spi, lineage, &relatives, Some(&names))?;
    let (from, to) = (others.clone().with_own(env, leaving), others.with_own(env, coming));
    Ok(from.changes(&to, env))
}

/// What those environments have of their own; with `names`, only functions of these live names.
pub fn estate(
    spi: &Connection,
    lineage: &Lineage,
    envs: &[EnvName],
    names: Option<&BTreeSet<LiveFunctionName>>,
) -> Result<Estate> {
    let mut estate = Estate::new(lineage.clone());
    for environment in Environment::of(spi, envs)? {
        if let Some(active) = environment.active_deployment {
            let own: Vec<Arc<ActiveFunction>> =
                function::of_deployment(spi, active, names)?.into_iter().map(Arc::new).collect();
            estate = estate.with_own(&environment.env, own);
        }
    }
    Ok(estate)
}

/// Does in the live schemas what was decided.
pub fn carry_out(spi: &Connection, changes: &[SchemaChange]) -> Result<()> {
    let envs: Vec<EnvName> = changes.iter().map(|change| change.env.clone()).collect();
    let environments: BTreeMap<EnvName, Environment> =
        Environment::of(spi, &envs)?.into_iter().map(|one| (one.env.clone(), one)).collect();
    for change in changes {
        if let Some(environment) = environments.get(&change.env) {
            live::carry_out(spi, environment, &change.steps)?;
        }
    }
    Ok(())
}
