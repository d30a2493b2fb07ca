//! Making a deployment of functions that are built already: what a promotion, an import and a pruning have in common.

use std::collections::BTreeMap;
use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use stopgap_core::plan::Deployed;
use stopgap_core::{
    Activation, ActivationKind, DeploymentSource, DeploymentState, Lineage, Manifest, Plan, Removal,
    ScriptName,
};

use crate::caller::Caller;
use crate::catalog::activation::Circumstances;
use crate::catalog::deployment::{self, Origin};
use crate::catalog::{Environment, function};
use crate::options::reported;
use crate::switch;

/// What becomes a deployment, and how that came about.
pub struct Publication<'a> {
    /// The functions, and what they were built from and with.
    pub deployed: &'a Deployed,
    pub source: DeploymentSource,
    /// Files that create functions, which are kept already; see [`Manifest::sql_functions`].
    pub sql_functions: BTreeMap<ScriptName, String>,
    pub label: Option<&'a str>,
    pub kind: ActivationKind,
    /// What becomes of functions that are live and not among them.
    pub removal: Removal,
    pub began: Instant,
}

/// Writes the deployment, makes it active and gives its id. As `stopgap_owner`, with the locks of a switch held.
///
/// Errors: 2BP01 when something depends on a function that would go.
pub fn publish(
    caller: &Caller,
    spi: &Connection,
    lineage: &Lineage,
    environment: &Environment,
    publication: Publication<'_>,
) -> Result<i64> {
    let Publication { deployed, source, sql_functions, label, kind, removal, began } = publication;
    let active = environment.active_deployment.map(|id| deployment::deployed(spi, id)).transpose()?;
    let plan = Plan::publish(active.as_ref(), deployed, &removal).map_err(reported)?;
    let origin = Origin {
        env: &environment.env,
        label,
        source: &source.describe(),
        created_by: &caller.name()?,
        session_user: &caller.session_name()?,
    };
    let id = deployment::open(spi, &origin)?;
    let functions = function::versions(spi, &environment.env, &plan)?;
    let manifest = Manifest::new(source, label.map(str::to_owned), deployed.release.clone(), functions)
        .with_sql_functions(sql_functions)
        .with_retired(plan.retired());
    deployment::seal(spi, id, &manifest)?;
    let activated = Activation { from: environment.active_deployment, to: id, kind };
    let circumstances =
        Circumstances { label, git_commit: manifest.source.git_commit(), began, changes: plan.summary() };
    switch::activate(caller, spi, lineage, environment, activated, DeploymentState::Sealed, &circumstances)?;
    Ok(id)
}
