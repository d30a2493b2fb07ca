//! Throwing away what nobody would go back to: deployments, their versions, and the artifacts that nothing runs any more.
//!
//! It has the environments to itself: while it holds the lock of the tree no release runs anywhere, and the lock of the
//! artifact table keeps away who stores artifacts in other ways. So nothing can come to need what is about to go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::{Connection, Subtransaction};
use plts_core::{SqlState, Value};
use serde_json::{Value as Json, json};
use stopgap_core::collect::{Keeping, to_prune};
use stopgap_core::rollback::history;
use stopgap_core::{DeploymentState, EnvName};

use crate::caller::{Caller, DEPLOYER};
use crate::catalog::audit::{self, Action};
use crate::catalog::{Environment, activation, artifact, deployment, function, script};
use crate::lock;

/// How long something stays after it was last in use, unless said otherwise: longer than calls and transactions last.
const MIN_AGE_SECONDS: i64 = 3600;

/// What a collection was asked for.
pub struct Wishes {
    wait: Duration,
    /// In place of the setting of each environment.
    keep_last: Option<u32>,
    min_age: i64,
    dry_run: bool,
}

impl Wishes {
    /// Reads the argument; NULL is `{}`.
    ///
    /// Errors: 22023 for an option there is not, or a value of another kind.
    pub fn read(json: Option<Json>) -> Result<Self> {
        let mut wishes =
            Self { wait: Duration::ZERO, keep_last: None, min_age: MIN_AGE_SECONDS, dry_run: false };
        let object = match json {
            None => return Ok(wishes),
            Some(Json::Object(object)) => object,
            Some(_) => return Err(invalid("options must be a JSON object")),
        };
        for (key, value) in object {
            let number =
                || value.as_u64().ok_or_else(|| invalid(format!("option \"{key}\" must be a whole number")));
            match key.as_str() {
                "wait_ms" => wishes.wait = Duration::from_millis(number()?),
                "keep_last" => wishes.keep_last = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
                "min_age_s" => wishes.min_age = i64::try_from(number()?).unwrap_or(i64::MAX),
                "dry_run" => {
                    wishes.dry_run =
                        value.as_bool().ok_or_else(|| invalid("option \"dry_run\" must be true or false"))?;
                }
                _ => return Err(invalid(format!("unknown option \"{key}\""))),
            }
        }
        Ok(wishes)
    }
}

fn invalid(message: impl Into<String>) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::INVALID_PARAMETER_VALUE, message))
}

/// Collects in one environment, or in all that the caller may release to and those that were dropped, and says what went.
///
/// Errors: 42501; 42704; 55P03 while a release is running, or somebody is storing artifacts.
pub fn collect(env: Option<&EnvName>, wishes: &Wishes) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let find = || match env {
        Some(env) => {
            let to_do = format!("collect in environment \"{env}\"");
            Ok(vec![caller.must_release_to(&spi, env, &to_do)?])
        }
        None => {
            caller.must_be_member_of(DEPLOYER, "collect in all environments")?;
            let mut mine = Vec::new();
            for environment in caller.as_owner(|| Environment::all(&spi))? {
                if caller.is_member_of(environment.deployer_role.as_str())? {
                    mine.push(environment);
                }
            }
            Ok(mine)
        }
    };
    let (_, environments) = lock::allowed(find, || lock::take_tree(&caller, &spi, wishes.wait))?;
    let attempt = Subtransaction::begin()?;
    let done = caller.as_owner(|| {
        let mut pruned = Vec::new();
        for environment in &environments {
            for id in prune(&spi, environment, wishes)? {
                pruned.push(json!({ "env": environment.env, "id": id }));
            }
        }
        if env.is_none() {
            pruned.extend(deployment::prune_of_dropped(&spi, wishes.min_age)?);
        }
        let versions = function::delete_unused(&spi)?;
        script::delete_unused(&spi)?;
        let (artifacts, bytes) = artifact::delete_unused(&spi, wishes.min_age)?;
        let answer = json!({
            "dry_run": wishes.dry_run,
            "pruned": pruned,
            "versions": versions,
            "artifacts": artifacts,
            "bytes": bytes,
        });
        if !wishes.dry_run {
            audit::record(&spi, &caller, env, Action::Gc, None, &answer)?;
        }
        Ok(answer)
    });
    match done {
        Ok(answer) if wishes.dry_run => {
            attempt.roll_back()?;
            spi.finish()?;
            Ok(answer)
        }
        Ok(answer) => {
            attempt.commit()?;
            spi.finish()?;
            Ok(answer)
        }
        Err(report) => {
            attempt.roll_back()?;
            Err(report)
        }
    }
}

/// Prunes the deployments of one environment.
fn prune(spi: &Connection, environment: &Environment, wishes: &Wishes) -> Result<Vec<i64>> {
    let keep_last = wishes.keep_last.or(setting(environment));
    let (deployments, history) = kept_so_far(spi, environment)?;
    let pruned = to_prune(&deployments, &history, keep_last, wishes.min_age);
    give_up(spi, &pruned)?;
    Ok(pruned.into_iter().collect())
}

/// After a release: prunes what the setting `keep_last` leaves no place for in the history. What was rolled back, and the
/// artifacts of what is pruned, are for [`collect`].
pub fn keep_last(spi: &Connection, environment: &Environment) -> Result<()> {
    let Some(count) = setting(environment) else { return Ok(()) };
    let (deployments, history) = kept_so_far(spi, environment)?;
    let mut pruned = to_prune(&deployments, &history, Some(count), 0);
    pruned.retain(|id| history.contains(id));
    give_up(spi, &pruned)
}

fn setting(environment: &Environment) -> Option<u32> {
    environment.keep_last.and_then(|count| u32::try_from(count).ok())
}

/// The deployments of an environment, and those of its history that could be active.
fn kept_so_far(spi: &Connection, environment: &Environment) -> Result<(BTreeMap<i64, Keeping>, Vec<i64>)> {
    let deployments = deployment::keeping(spi, environment)?;
    let mut history = history(&activation::of_environment(spi, environment)?);
    let may_be_active = [DeploymentState::Active, DeploymentState::Retired];
    history.retain(|id| deployments.get(id).is_some_and(|one| may_be_active.contains(&one.state)));
    Ok((deployments, history))
}

fn give_up(spi: &Connection, deployments: &BTreeSet<i64>) -> Result<()> {
    for id in deployments {
        deployment::change_state(spi, *id, DeploymentState::Retired, DeploymentState::Pruned)?;
    }
    Ok(())
}

/// A count that a statement gives.
pub fn count(rows: Vec<Vec<Value<'static>>>) -> Result<i64> {
    match rows.into_iter().flatten().next() {
        Some(Value::BigInt(count)) => Ok(count),
        _ => Err(Box::new(ErrorReport::internal("a statement did not give a count"))),
    }
}
