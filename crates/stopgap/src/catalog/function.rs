//! `stopgap.fn_version`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::{Value as Json, json};
use stopgap_core::names::Origin;
use stopgap_core::plan::{Action, HandlerKind};
use stopgap_core::{
    ActiveFunction, Annotations, ArtifactHash, EnvName, ExportName, Function, FunctionPath, LiveFunctionName,
    ModulePath, Moment, Signature, SourceHash,
};

use super::row::{Row, bigints, optional_json, optional_schema, text, texts};
use crate::gc::count;
use crate::options::reported;

/// What [`read`] reads after the id, of a row `f`.
const COLUMNS: &str = "f.path, f.live_function::text, f.module, f.export, f.kind, f.artifact_hash, f.source_hash, \
                       f.args_schema, f.returns_schema, f.signature, f.annotations";

/// Adds a version and gives its id.
fn insert(spi: &Connection, env: &EnvName, function: &Function) -> Result<i64> {
    let (path, module, export) =
        (function.path.to_string(), function.module.to_string(), function.export.to_string());
    let rows = spi.run(
        "INSERT INTO stopgap.fn_version (env, path, live_function, module, export, kind, artifact_hash, source_hash, \
         args_schema, returns_schema, signature, annotations) \
         VALUES ($1, $2, $3::text::name, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        &[
            text(env.as_str()),
            text(&path),
            text(function.live_function.as_str()),
            text(&module),
            text(&export),
            text(function.kind.as_str()),
            text(function.artifact_hash.as_str()),
            text(function.source_hash.as_str()),
            optional_schema(function.args.as_ref()),
            optional_schema(function.returns.as_ref()),
            optional_json(function.signature.sql().map(|sql| json!(sql)).as_ref()),
            optional_json(function.annotations.to_json().as_ref()),
        ],
    )?;
    match rows.into_iter().next() {
        Some(row) => Row::new(row).bigint(),
        None => Err(Box::new(ErrorReport::internal("a new function version has no id"))),
    }
}

/// The versions that a manifest lists, each with the time until which it stays if it is retired.
///
/// Errors: XX000 when one is missing.
pub fn listed(spi: &Connection, listed: &BTreeMap<i64, Option<&Moment>>) -> Result<Vec<ActiveFunction>> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = bigints(listed.keys());
    let functions = spi
        .run(
            &format!(
                "SELECT f.id, {COLUMNS} FROM stopgap.fn_version AS f WHERE f.id = ANY ($1::bigint[]) ORDER BY f.path"
            ),
            &[wanted],
        )?
        .into_iter()
        .map(|row| {
            let (id, function) = read(&mut Row::new(row))?;
            let retired_until = listed.get(&id).copied().flatten().cloned();
            Ok(ActiveFunction { id, function, retired_until })
        })
        .collect::<Result<Vec<_>>>()?;
    if functions.len() != listed.len() {
        return Err(Box::new(ErrorReport::internal(
            "a deployment names a function version that is not there",
        )));
    }
    Ok(functions)
}

/// The versions of a function that deployments of an environment have, newest first, as `stopgap.history` gives them.
pub fn history(spi: &Connection, env: &EnvName, name: &str) -> Result<Vec<Json>> {
    spi.run(
        "SELECT jsonb_build_object('version', f.id, 'path', f.path, 'live_function', f.live_function, \
            'module', f.module, 'export', f.export, 'kind', f.kind, 'artifact_hash', f.artifact_hash, \
            'source_hash', f.source_hash, 'created_at', f.created_at, 'source', a.source_ts, \
            'active', bool_or(d.state = 'active'), 'deployments', jsonb_agg(jsonb_build_object('id', d.id, \
                'label', d.label, 'state', d.state, 'created_at', d.created_at, 'created_by', d.created_by) \
                ORDER BY d.id)) \
         FROM stopgap.fn_version AS f JOIN plts.artifact AS a USING (artifact_hash) \
         JOIN stopgap.deployment AS d ON d.env = f.env AND d.manifest -> 'functions' @> to_jsonb(f.id) \
         WHERE f.env = $1 AND (f.path = $2 OR f.live_function::text = $2) \
         GROUP BY f.id, a.artifact_hash ORDER BY f.id DESC",
        &[text(env.as_str()), text(name)],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}

/// The rows of those ids as an archive has them: without what belongs to this database.
pub fn rows(spi: &Connection, ids: &BTreeSet<i64>) -> Result<Vec<Json>> {
    let wanted = bigints(ids);
    spi.run(
        "SELECT to_jsonb(f) - 'id' - 'env' - 'created_at' FROM stopgap.fn_version AS f \
         WHERE f.id = ANY ($1::bigint[]) ORDER BY f.path, f.id",
        &[wanted],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}

/// The functions of an archive, checked like those of the catalog; their ids are their places.
///
/// Errors: 22023 when one lacks a column; the errors of names that are not allowed.
pub fn of_rows(spi: &Connection, rows: &[Json]) -> Result<Vec<ActiveFunction>> {
    let functions = Json::Array(rows.to_vec());
    spi.run(
        &format!(
            "SELECT row_number() OVER (), {COLUMNS} FROM jsonb_populate_recordset(NULL::stopgap.fn_version, $1) AS f"
        ),
        &[super::row::json(&functions)],
    )?
    .into_iter()
    .map(|row| {
        let (id, function) = read(&mut Row::new(row)).map_err(|report| {
            Box::new(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("invalid archive: a function cannot be read: {}", report.message),
            ))
        })?;
        Ok(ActiveFunction { id, function, retired_until: None })
    })
    .collect()
}

/// Deletes versions that no deployment can make live any more, and gives their number.
pub fn delete_unused(spi: &Connection) -> Result<i64> {
    count(spi.run(
        "WITH deleted AS (DELETE FROM stopgap.fn_version WHERE id NOT IN (\
             SELECT listed.version::bigint FROM stopgap.deployment AS d \
             CROSS JOIN LATERAL jsonb_array_elements_text(d.manifest -> 'functions') AS listed (version) \
             WHERE d.state IN ('sealed', 'active', 'retired')) RETURNING id) SELECT count(*) FROM deleted",
        &[],
    )?)
}

/// The artifacts that versions run.
pub fn artifacts_of(spi: &Connection, ids: &BTreeSet<i64>) -> Result<Vec<String>> {
    let wanted = bigints(ids);
    spi.run(
        "SELECT DISTINCT artifact_hash FROM stopgap.fn_version WHERE id = ANY ($1::bigint[]) ORDER BY 1",
        &[wanted],
    )?
    .into_iter()
    .map(|row| Row::new(row).text())
    .collect()
}

/// The functions of a deployment; with `names`, those of these live names.
pub fn of_deployment(
    spi: &Connection,
    deployment: i64,
    names: Option<&BTreeSet<LiveFunctionName>>,
) -> Result<Vec<ActiveFunction>> {
    let wanted = names.map_or(Value::Null, |names| texts(names.iter().map(LiveFunctionName::as_str)));
    spi.run(
        &format!(
            // Materialised: the manifest is taken apart once, not for every function.
            "WITH d AS MATERIALIZED (SELECT manifest -> 'functions' AS functions, manifest -> 'retired' AS retired \
                 FROM stopgap.deployment WHERE id = $1) \
             SELECT f.id, {COLUMNS}, d.retired ->> listed.version FROM d \
             CROSS JOIN LATERAL jsonb_array_elements_text(d.functions) AS listed (version) \
             JOIN stopgap.fn_version AS f ON f.id = listed.version::bigint \
             WHERE ($2::text[] IS NULL OR f.live_function = ANY ($2::text[]::name[])) ORDER BY f.path"
        ),
        &[Value::BigInt(deployment), wanted],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        let (id, function) = read(&mut row)?;
        let retired_until = row.optional_text()?.map(Moment::try_from).transpose().map_err(reported)?;
        Ok(ActiveFunction { id, function, retired_until })
    })
    .collect()
}

/// Those of these versions of an environment that have the live name of one of the functions, with where they come from.
pub fn namesakes(
    spi: &Connection,
    env: &EnvName,
    ids: &BTreeSet<i64>,
    functions: &[Arc<Function>],
) -> Result<Vec<(LiveFunctionName, Origin)>> {
    let names = texts(functions.iter().map(|one| one.live_function.as_str()));
    spi.run(
        "SELECT f.id, f.live_function::text, f.module, f.export FROM stopgap.fn_version AS f \
         WHERE f.env = $1 AND f.live_function = ANY ($2::text[]::name[]) ORDER BY f.path",
        &[text(env.as_str()), names],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        Ok((row.bigint()?, row))
    })
    .filter(|found: &Result<(i64, Row)>| found.as_ref().map_or(true, |(id, _)| ids.contains(id)))
    .map(|found| {
        let (_, mut row) = found?;
        let name = LiveFunctionName::parse(&row.text()?).map_err(reported)?;
        let module = ModulePath::parse(&row.text()?).map_err(reported)?;
        let export = ExportName::parse(&row.text()?).map_err(reported)?;
        Ok((name, Origin { module, export }))
    })
    .collect()
}

/// The ids of the versions that a plan ends with; those that are not there yet are added.
///
/// Errors: 55000 when an artifact that they run is not stored.
pub fn versions(spi: &Connection, env: &EnvName, plan: &stopgap_core::Plan) -> Result<BTreeSet<i64>> {
    let mut ids = BTreeSet::new();
    let mut run = BTreeSet::new();
    for action in &plan.actions {
        match action {
            Action::Keep { active } => {
                ids.insert(active.id);
            }
            Action::Retire { active, .. } => {
                ids.insert(active.id);
            }
            Action::CreatePointer { function, .. } | Action::ReplacePointer { function, .. } => {
                ids.insert(insert(spi, env, function)?);
                run.insert(function.artifact_hash.as_str());
            }
            Action::DropPointer { .. } => {}
        }
    }
    must_be_stored(spi, &run)?;
    Ok(ids)
}

/// No foreign key says so: see the install script.
fn must_be_stored(spi: &Connection, hashes: &BTreeSet<&str>) -> Result<()> {
    if hashes.is_empty() {
        return Ok(());
    }
    let wanted = texts(hashes.iter().copied());
    let rows = spi.run(
        "SELECT wanted FROM unnest($1::text[]) AS wanted WHERE NOT EXISTS ( \
             SELECT FROM plts.artifact AS a WHERE a.artifact_hash = wanted COLLATE \"C\") LIMIT 1",
        &[wanted],
    )?;
    match rows.into_iter().next() {
        None => Ok(()),
        Some(row) => Err(Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("artifact {} is not stored", Row::new(row).text()?),
        ))),
    }
}

/// The id and the columns [`COLUMNS`].
fn read(row: &mut Row) -> Result<(i64, Arc<Function>)> {
    let id = row.bigint()?;
    let path = FunctionPath::parse(&row.text()?).map_err(reported)?;
    let live_function = LiveFunctionName::parse(&row.text()?).map_err(reported)?;
    let module = ModulePath::parse(&row.text()?).map_err(reported)?;
    let export = ExportName::parse(&row.text()?).map_err(reported)?;
    let kind = row.text()?;
    let Some(kind) = HandlerKind::parse(&kind) else {
        return Err(Box::new(ErrorReport::internal(format!("function version {id} is of kind \"{kind}\""))));
    };
    let artifact_hash = row.text()?;
    let artifact_hash = ArtifactHash::parse(&artifact_hash).map_err(reported)?;
    let source_hash = SourceHash::parse(&row.text()?).map_err(reported)?;
    let args = row.optional_schema()?;
    let returns = row.optional_schema()?;
    let signature = Signature::from_json(row.optional_json()?).map_err(reported)?;
    let annotations = Annotations::from_json(row.optional_json()?).map_err(reported)?;
    let function = Function {
        path,
        live_function,
        module,
        export,
        kind,
        artifact_hash,
        source_hash,
        args,
        returns,
        signature,
        annotations,
    };
    Ok((id, Arc::new(function)))
}
