//! A promotion: what is active in one environment becomes active in another, from the same artifacts. Nothing is built.

use std::time::Instant;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use stopgap_core::{ActivationKind, DeploymentSource, EnvName, RollbackError};

use crate::caller::Caller;
use crate::catalog::deployment;
use crate::lock;
use crate::options::{Options, reported};
use crate::publish::{Publication, publish};

/// Promotes, and gives the id of the new deployment of `to`. What `from` inherits is not promoted: it is
/// not its own; nor what it has retired.
///
/// Errors: 42704 for an environment there is not; 42501 for who may not release to both; 55P03; 55000 when nothing is
/// active in `from`, when `to` inherits from it, or is protected and not confirmed; 22023 for an environment and itself;
/// 2BP01 when something depends on a function that would go.
pub fn promote(from: &EnvName, to: &EnvName, label: Option<&str>, options: &Options) -> Result<i64> {
    let began = Instant::now();
    if from == to {
        return Err(Box::new(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("environment \"{to}\" cannot be promoted to itself"),
        )));
    }
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || {
        let to_do = format!("promote environment \"{from}\" to \"{to}\"");
        Ok((caller.must_release_to(&spi, from, &to_do)?, caller.must_release_to(&spi, to, &to_do)?))
    };
    let (lineage, (source, environment)) =
        lock::allowed(must_be_allowed, || lock::take(&caller, &spi, to, options.wait))?;
    if lineage.ancestors(to).contains(&from) {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("environment \"{to}\" inherits from \"{from}\""),
            )
            .with_detail(
                "What is active there is live here already, but for what this environment has of its own.",
            ),
        ));
    }
    let id = caller.as_owner(|| {
        options.check_confirmed(&environment)?;
        let Some(active) = source.active_deployment else {
            return Err(reported(RollbackError::NothingActive));
        };
        let manifest = deployment::manifest(&spi, active)?.without_retired();
        let deployed = deployment::with_functions(&spi, active, &manifest)?;
        let source = DeploymentSource::Promotion {
            env: from.clone(),
            deployment_id: active,
            of: Box::new(manifest.source.clone()),
        };
        let publication = Publication {
            deployed: &deployed,
            source,
            sql_functions: manifest.sql_functions.clone(),
            label: label.or(manifest.label.as_deref()),
            kind: ActivationKind::Promote,
            removal: options.removal(&spi, &environment)?,
            began,
        };
        publish(&caller, &spi, &lineage, &environment, publication)
    })?;
    spi.finish()?;
    Ok(id)
}
