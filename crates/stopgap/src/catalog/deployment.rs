//! `stopgap.deployment`.

use std::collections::{BTreeMap, BTreeSet};

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::Value as Json;
use stopgap_core::collect::Keeping;
use stopgap_core::plan::{Deployed, Standing, StandingModule};
use stopgap_core::{ArtifactHash, DeploymentSource, DeploymentState, EnvName, Manifest, ModulePath};

use super::row::{Row, bigints, json, optional_text, text};
use super::{Environment, function};
use crate::options::reported;

/// Who made a deployment, and what of.
pub struct Origin<'a> {
    pub env: &'a EnvName,
    pub label: Option<&'a str>,
    /// As [`stopgap_core::DeploymentSource::describe`] has it.
    pub source: &'a str,
    pub created_by: &'a str,
    pub session_user: &'a str,
}

/// Adds a deployment that is being put together, and gives its id.
pub fn open(spi: &Connection, origin: &Origin<'_>) -> Result<i64> {
    let rows = spi.run(
        "INSERT INTO stopgap.deployment (env, label, state, source, created_by, session_user_name) \
         VALUES ($1, $2, 'open', $3, $4::text::name, $5::text::name) RETURNING id",
        &[
            text(origin.env.as_str()),
            optional_text(origin.label),
            text(origin.source),
            text(origin.created_by),
            text(origin.session_user),
        ],
    )?;
    match rows.into_iter().next() {
        Some(row) => Row::new(row).bigint(),
        None => Err(Box::new(ErrorReport::internal("a new deployment has no id"))),
    }
}

/// Adds a deployment that failed, with its reason.
pub fn record_failure(spi: &Connection, origin: &Origin<'_>, error: &Json) -> Result<()> {
    spi.run(
        "INSERT INTO stopgap.deployment (env, label, state, source, created_by, session_user_name, error) \
         VALUES ($1, $2, 'failed', $3, $4::text::name, $5::text::name, $6)",
        &[
            text(origin.env.as_str()),
            optional_text(origin.label),
            text(origin.source),
            text(origin.created_by),
            text(origin.session_user),
            json(error),
        ],
    )
    .map(drop)
}

/// Completes an open deployment: from now on its manifest does not change.
pub fn seal(spi: &Connection, id: i64, manifest: &Manifest) -> Result<()> {
    let state = DeploymentState::Open.become_state(DeploymentState::Sealed, id).map_err(reported)?;
    spi.run(
        "UPDATE stopgap.deployment SET state = $2, manifest = $3 WHERE id = $1",
        &[Value::BigInt(id), text(state.as_str()), json(&manifest.to_json())],
    )
    .map(drop)
}

/// Moves a deployment to another state.
///
/// Errors: 55000 when it may not go there.
pub fn change_state(spi: &Connection, id: i64, from: DeploymentState, to: DeploymentState) -> Result<()> {
    let state = from.become_state(to, id).map_err(reported)?;
    let rows = spi.run(
        "UPDATE stopgap.deployment SET state = $2, \
         activated_at = CASE WHEN $2 = 'active' THEN clock_timestamp() ELSE activated_at END \
         WHERE id = $1 AND state = $3 RETURNING id",
        &[Value::BigInt(id), text(state.as_str()), text(from.as_str())],
    )?;
    if rows.is_empty() {
        return Err(Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("deployment {id} is not {from}"),
        )));
    }
    Ok(())
}

/// The state of a deployment of that environment, which stays so until the transaction ends.
pub fn hold(spi: &Connection, env: &EnvName, id: i64) -> Result<Option<DeploymentState>> {
    let rows = spi.run(
        "SELECT state FROM stopgap.deployment WHERE env = $1 AND id = $2 FOR UPDATE",
        &[text(env.as_str()), Value::BigInt(id)],
    )?;
    rows.into_iter()
        .next()
        .map(|row| DeploymentState::parse(&Row::new(row).text()?).map_err(reported))
        .transpose()
}

/// Pins a deployment, or no longer; false when it was so already.
pub fn pin(spi: &Connection, id: i64, pinned: bool) -> Result<bool> {
    let rows = spi.run(
        "UPDATE stopgap.deployment SET pinned = $2 WHERE id = $1 AND pinned <> $2 RETURNING id",
        &[Value::BigInt(id), Value::Bool(pinned)],
    )?;
    Ok(!rows.is_empty())
}

/// Retires what is active in an environment, which is about to go.
pub fn retire_active(spi: &Connection, environment: &Environment) -> Result<()> {
    match environment.active_deployment {
        Some(id) => change_state(spi, id, DeploymentState::Active, DeploymentState::Retired),
        None => Ok(()),
    }
}

/// The states of the deployments of an environment. Those of an environment of that name that was dropped are not of it.
pub fn states(spi: &Connection, environment: &Environment) -> Result<BTreeMap<i64, DeploymentState>> {
    spi.run(
        "SELECT id, state FROM stopgap.deployment \
         WHERE env = $1 AND created_at >= (SELECT created_at FROM stopgap.environment WHERE env = $1)",
        &[text(environment.env.as_str())],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        Ok((row.bigint()?, DeploymentState::parse(&row.text()?).map_err(reported)?))
    })
    .collect()
}

/// What counts about keeping each deployment of an environment. The rows stay as they are until the transaction ends.
pub fn keeping(spi: &Connection, environment: &Environment) -> Result<BTreeMap<i64, Keeping>> {
    spi.run(
        "SELECT d.id, d.state, d.pinned, EXISTS (SELECT FROM stopgap.tag AS t WHERE t.deployment_id = d.id), \
            (SELECT extract(epoch FROM clock_timestamp() - max(l.activated_at))::bigint \
             FROM stopgap.activation_log AS l WHERE l.from_deployment_id = d.id) \
         FROM stopgap.deployment AS d \
         WHERE d.env = $1 AND d.created_at >= (SELECT created_at FROM stopgap.environment WHERE env = $1) FOR UPDATE OF d",
        &[text(environment.env.as_str())],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        let id = row.bigint()?;
        let state = DeploymentState::parse(&row.text()?).map_err(reported)?;
        let (pinned, tagged, retired_for) = (row.boolean()?, row.boolean()?, row.optional_bigint()?);
        Ok((id, Keeping { state, pinned, tagged, retired_for }))
    })
    .collect()
}

/// Prunes what environments had that are dropped since, and says what.
pub fn prune_of_dropped(spi: &Connection, min_age: i64) -> Result<Vec<Json>> {
    spi.run(
        "UPDATE stopgap.deployment AS d SET state = 'pruned' WHERE d.state = 'retired' AND NOT d.pinned \
           AND NOT EXISTS (SELECT FROM stopgap.environment AS e WHERE e.env = d.env AND e.created_at <= d.created_at) \
           AND coalesce(d.activated_at, d.created_at) < clock_timestamp() - $1::bigint::float8 * interval '1 second' \
         RETURNING jsonb_build_object('env', d.env, 'id', d.id)",
        &[Value::BigInt(min_age)],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}

/// What a deployment is made of.
///
/// Errors: 42704 when there is no such deployment; 55000 when it has none, because it failed.
pub fn manifest(spi: &Connection, id: i64) -> Result<Manifest> {
    let rows = spi.run("SELECT manifest FROM stopgap.deployment WHERE id = $1", &[Value::BigInt(id)])?;
    let manifest = match rows.into_iter().next() {
        Some(row) => Row::new(row).optional_json_text()?,
        None => {
            return Err(Box::new(ErrorReport::new(
                SqlState::UNDEFINED_OBJECT,
                format!("deployment {id} does not exist"),
            )));
        }
    };
    match manifest {
        Some(manifest) => Manifest::parse(&manifest).map_err(reported),
        None => Err(Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("deployment {id} was never complete"),
        ))),
    }
}

/// The environment of a deployment.
///
/// Errors: 42704 when there is no such deployment.
pub fn environment_of(spi: &Connection, id: i64) -> Result<Environment> {
    let rows = spi.run("SELECT env FROM stopgap.deployment WHERE id = $1", &[Value::BigInt(id)])?;
    let Some(row) = rows.into_iter().next() else {
        return Err(Box::new(ErrorReport::new(
            SqlState::UNDEFINED_OBJECT,
            format!("deployment {id} does not exist"),
        )));
    };
    Environment::get(spi, &EnvName::parse(&Row::new(row).text()?).map_err(reported)?)
}

/// A deployment with its functions, as a plan compares it.
///
/// Errors: those of [`manifest`].
pub fn deployed(spi: &Connection, id: i64) -> Result<Deployed> {
    with_functions(spi, id, &manifest(spi, id)?)
}

/// As [`deployed`], with its manifest read before.
pub fn with_functions(spi: &Connection, id: i64, manifest: &Manifest) -> Result<Deployed> {
    without(spi, id, manifest, &BTreeSet::new())
}

/// As [`with_functions`], without these of its functions.
pub fn without(spi: &Connection, id: i64, manifest: &Manifest, standing: &BTreeSet<i64>) -> Result<Deployed> {
    let mut wanted = manifest.listed();
    wanted.retain(|id, _| !standing.contains(id));
    Ok(Deployed { id, release: manifest.release(), functions: function::listed(spi, &wanted)? })
}

/// The modules of a deployment that offer functions, as far as they may stand in one that is made from `after`. A declared
/// signature is resolved at each deploy, so modules with one do not; functions that are retired are no module's any more.
///
/// Errors: those of [`manifest`].
pub fn standing(spi: &Connection, id: i64, after: &DeploymentSource) -> Result<Standing> {
    let manifest = manifest(spi, id)?;
    // What was deployed together has ids side by side: a few ranges are read, by the index, and not a row for each id.
    let (first, last): (Vec<i64>, Vec<i64>) = manifest.released_runs().into_iter().unzip();
    let rows = spi.run(
        "SELECT f.module, f.artifact_hash, f.id, f.signature IS NULL \
         FROM unnest($1::bigint[], $2::bigint[]) AS run (first, last) CROSS JOIN LATERAL ( \
             SELECT v.* FROM stopgap.fn_version AS v WHERE v.id BETWEEN run.first AND run.last OFFSET 0) AS f",
        &[bigints(&first), bigints(&last)],
    )?;
    // Grouped here: sorting two texts would take longer than reading the rows.
    let mut found: BTreeMap<(String, String), (BTreeSet<i64>, bool)> = BTreeMap::new();
    for row in rows {
        let mut row = Row::new(row);
        let (functions, may_stand) =
            found.entry((row.text()?, row.text()?)).or_insert_with(|| (BTreeSet::new(), true));
        functions.insert(row.bigint()?);
        *may_stand &= row.boolean()?;
    }
    let mut modules = BTreeMap::new();
    for ((module, artifact_hash), (functions, may_stand)) in found {
        if may_stand {
            let artifact_hash = ArtifactHash::parse(&artifact_hash).map_err(reported)?;
            let module = ModulePath::parse(&module).map_err(reported)?;
            modules.insert(module, StandingModule { artifact_hash, functions });
        }
    }
    Ok(Standing::of(modules, &manifest.source, after))
}

/// Deployments of an environment as the SQL functions show them, newest first; one, when an id is given.
pub fn shown(spi: &Connection, env: &EnvName, only: Option<i64>) -> Result<Vec<Json>> {
    spi.run(
        "SELECT jsonb_build_object(\
            'id', id, 'env', env, 'label', label, 'state', state, 'active', state = 'active', 'source', source, \
            'created_at', created_at, 'created_by', created_by, 'session_user', session_user_name, \
            'activated_at', activated_at, 'functions', coalesce(jsonb_array_length(manifest -> 'functions'), 0), \
            'pinned', pinned, 'tags', coalesce((SELECT jsonb_agg(t.name ORDER BY t.created_at, t.name) \
                FROM stopgap.tag AS t WHERE t.env = d.env AND t.deployment_id = d.id), '[]'), \
            'error', error ->> 'message', 'error_detail', error ->> 'detail', 'error_sqlstate', error ->> 'sqlstate') \
         FROM stopgap.deployment AS d WHERE env = $1 AND ($2::bigint IS NULL OR id = $2::bigint) ORDER BY id DESC",
        &[text(env.as_str()), only.map_or(Value::Null, Value::BigInt)],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}
