//! Marks on deployments: tags, which name one, and pins, which keep one.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use serde_json::json;
use stopgap_core::{DeploymentState, EnvName, RollbackError, TagName};

use crate::caller::Caller;
use crate::catalog::audit::{self, Action};
use crate::catalog::{Environment, deployment, tag};
use crate::options::reported;

/// Tags a deployment, the active one unless said otherwise, and gives its id.
///
/// Errors: 42501; 42704 for an environment or deployment there is not; 42710 when the environment has the tag already;
/// 55000 when nothing is active, or the deployment is none that could be active again.
pub fn tag(env: &EnvName, name: &TagName, id: Option<i64>) -> Result<i64> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = may_mark(&caller, &spi, env)?;
    let id = caller.as_owner(|| {
        let id = match id.or(environment.active_deployment) {
            Some(id) => id,
            None => return Err(reported(RollbackError::NothingActive)),
        };
        must_be_kept(&spi, env, id)?;
        if !tag::insert(&spi, &caller, env, name, id)? {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::DUPLICATE_OBJECT,
                    format!("environment \"{env}\" has a tag \"{name}\" already"),
                )
                .with_hint("Take it away with stopgap.untag first, or choose another name."),
            ));
        }
        audit::record(&spi, &caller, Some(env), Action::Tag, Some(id), &json!({ "tag": name }))?;
        Ok(id)
    })?;
    spi.finish()?;
    Ok(id)
}

/// Takes a tag away and gives the id of the deployment it was at.
///
/// Errors: 42501; 42704 when there is no such tag.
pub fn untag(env: &EnvName, name: &TagName) -> Result<i64> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    may_mark(&caller, &spi, env)?;
    let id = caller.as_owner(|| {
        let id = tag::delete(&spi, env, name)?
            .ok_or_else(|| reported(RollbackError::UnknownTag { name: name.to_string() }))?;
        audit::record(&spi, &caller, Some(env), Action::Untag, Some(id), &json!({ "tag": name }))?;
        Ok(id)
    })?;
    spi.finish()?;
    Ok(id)
}

/// Pins a deployment, so that `stopgap.gc` keeps it, or takes the pin away.
///
/// Errors: 42501; 42704 for an environment or deployment there is not; 55000 for one that could not be active again.
pub fn pin(env: &EnvName, id: i64, pinned: bool) -> Result<()> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    may_mark(&caller, &spi, env)?;
    caller.as_owner(|| {
        must_be_kept(&spi, env, id)?;
        if deployment::pin(&spi, id, pinned)? {
            let action = if pinned { Action::Pin } else { Action::Unpin };
            audit::record(&spi, &caller, Some(env), action, Some(id), &json!({}))?;
        }
        Ok(())
    })?;
    spi.finish()
}

fn may_mark(caller: &Caller, spi: &Connection, env: &EnvName) -> Result<Environment> {
    caller.must_release_to(spi, env, &format!("mark deployments of environment \"{env}\""))
}

/// Only what could be active again is marked; it stays so until the transaction ends, whatever `stopgap.gc` wants.
fn must_be_kept(spi: &Connection, env: &EnvName, id: i64) -> Result<()> {
    match deployment::hold(spi, env, id)? {
        Some(DeploymentState::Active | DeploymentState::Retired) => Ok(()),
        Some(state) => Err(Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("deployment {id} is {state} and cannot be marked"),
        ))),
        None => Err(reported(RollbackError::Unknown { id })),
    }
}
