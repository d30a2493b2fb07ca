//! Pruning: functions that a release left out, and whose time is over, leave the live schema.

use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use serde_json::{Value as Json, json};
use stopgap_core::plan::Deployed;
use stopgap_core::prospect::Dependent;
use stopgap_core::{ActivationKind, ActiveFunction, EnvName, Plan, Removal};

use crate::caller::Caller;
use crate::catalog::{clock, deployment};
use crate::options::{Options, reported, take_flag};
use crate::publish::{Publication, publish};
use crate::{lock, prepare, switch};

/// What a pruning was asked for.
pub struct Wishes {
    options: Options,
    /// `all`: also what still has time.
    all: bool,
    /// `dry_run`: only say what would go.
    dry_run: bool,
}

impl Wishes {
    /// Reads the argument; NULL is `{}`.
    ///
    /// Errors: 22023 for an option there is not, or a value of another kind.
    pub fn read(mut json: Option<Json>) -> Result<Self> {
        let (all, dry_run) = (take_flag(&mut json, "all")?, take_flag(&mut json, "dry_run")?);
        Ok(Self { options: Options::read(json)?, all, dry_run })
    }
}

/// Drops retired functions whose time is over, and says which went, which stay, and what depends on those that go. It makes
/// a deployment of its own, from which a rollback brings them back; none when nothing goes.
///
/// Errors: 42704 for an environment there is not; 42501; 55P03; 55000 for a protected one that was not confirmed; 2BP01 when
/// something depends on a function that would go, naming what.
pub fn prune(env: &EnvName, wishes: &Wishes) -> Result<Json> {
    let began = Instant::now();
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || caller.must_release_to(&spi, env, &format!("prune environment \"{env}\""));
    let (lineage, environment) =
        lock::allowed(must_be_allowed, || lock::take(&caller, &spi, env, wishes.options.wait))?;
    let answer = caller.as_owner(|| {
        let Some(active) = environment.active_deployment else {
            return Ok(answer(env, None, &[], &[], &[]));
        };
        let manifest = deployment::manifest(&spi, active)?;
        let deployed = deployment::with_functions(&spi, active, &manifest)?;
        let (now, _) = clock::from_now(&spi, None)?;
        let goes =
            |one: &ActiveFunction| one.retired_until.as_ref().is_some_and(|end| wishes.all || *end <= now);
        let (going, staying): (Vec<_>, Vec<_>) = deployed.functions.iter().cloned().partition(goes);
        let target = Deployed { functions: staying, ..deployed.clone() };
        let mut dependents = Vec::new();
        let id = if wishes.dry_run {
            let plan = Plan::rollback(Some(&deployed), &target).map_err(reported)?;
            let changes = switch::consequences_of_plan(&spi, &lineage, env, &plan)?;
            let family = prepare::family(&spi, &lineage, &environment)?;
            dependents = prepare::dependents(&spi, &family, &changes)?;
            active
        } else if going.is_empty() {
            active
        } else {
            // What depends on one of them refuses it.
            wishes.options.check_confirmed(&environment)?;
            let publication = Publication {
                deployed: &target,
                source: manifest.source.pruned(active),
                sql_functions: manifest.sql_functions.clone(),
                label: manifest.label.as_deref(),
                kind: ActivationKind::Prune,
                removal: Removal::AtOnce,
                began,
            };
            publish(&caller, &spi, &lineage, &environment, publication)?
        };
        Ok(answer(env, Some(id), &going, &target.functions, &dependents))
    })?;
    spi.finish()?;
    Ok(answer)
}

fn answer(
    env: &EnvName,
    id: Option<i64>,
    going: &[ActiveFunction],
    staying: &[ActiveFunction],
    dependents: &[Dependent],
) -> Json {
    let retired = |functions: &[ActiveFunction]| -> Json {
        let retired = functions.iter().filter(|one| one.retired_until.is_some());
        retired
            .map(|one| {
                json!({
                    "path": one.function.path,
                    "live_function": one.function.live_function,
                    "retired_until": one.retired_until,
                })
            })
            .collect()
    };
    json!({
        "env": env,
        "deployment_id": id,
        "pruned": retired(going),
        "retired": retired(staying),
        "dependents": dependents,
    })
}
