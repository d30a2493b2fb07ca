//! A rollback: an earlier deployment becomes the active one again, by its pointers, without building anything.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use stopgap_core::rollback::choose_target;
use stopgap_core::{Activation, ActivationKind, DeploymentState, EnvName, Plan, RollbackRequest};

use crate::caller::Caller;
use crate::catalog::{Environment, activation, deployment};
use crate::options::{Options, reported};
use crate::{deploy, live, lock};

/// Rolls back, and gives the id of the deployment that is active now.
///
/// Errors: 42704 for an environment or deployment there is not, 42501, 55P03, 55000 when there is nothing to go back to,
/// 2BP01 when something depends on a function that would go.
pub fn roll_back(env: &EnvName, request: RollbackRequest, options: &Options) -> Result<i64> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, env))?;
    caller
        .must_be_member_of(environment.deployer_role.as_str(), &format!("roll back environment \"{env}\""))?;
    lock::take(env, options.wait)?;
    let (by, session_user) = (caller.name()?, caller.session_name()?);
    caller.as_owner(|| {
        // Read again: the lock may have been waited for.
        let environment = Environment::get(&spi, env)?;
        let log = activation::of_environment(&spi, env)?;
        let states = deployment::states(&spi, env)?;
        let target = choose_target(&log, &states, request).map_err(reported)?;
        let active = environment.active_deployment.map(|id| deployment::deployed(&spi, id)).transpose()?;
        let target = deployment::deployed(&spi, target)?;
        let plan = Plan::rollback(active.as_ref(), &target).map_err(reported)?;
        live::apply(&spi, &environment, &plan, Some(&target))?;
        let activated =
            Activation { from: environment.active_deployment, to: target.id, kind: ActivationKind::Rollback };
        deploy::activate(&spi, &environment, activated, DeploymentState::Retired, &by, &session_user)?;
        Ok(target.id)
    })
}
