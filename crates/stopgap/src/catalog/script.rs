//! `stopgap.migration` and `stopgap.sql_file`.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::Value as Json;
use stopgap_core::{EnvName, ScriptName};

use super::row::{Row, text};
use crate::options::reported;

/// The migrations that ran in an environment, with their checksums.
pub fn applied(spi: &Connection, env: &EnvName) -> Result<BTreeMap<ScriptName, String>> {
    spi.run("SELECT name, checksum FROM stopgap.migration WHERE env = $1", &[text(env.as_str())])?
        .into_iter()
        .map(|row| {
            let mut row = Row::new(row);
            Ok((ScriptName::parse(&row.text()?).map_err(reported)?, row.text()?))
        })
        .collect()
}

/// Remembers that a migration ran.
pub fn record(
    spi: &Connection,
    env: &EnvName,
    name: &ScriptName,
    checksum: &str,
    deployment: i64,
    by: &str,
) -> Result<()> {
    spi.run(
        "INSERT INTO stopgap.migration (env, name, checksum, deployment_id, applied_by) \
         VALUES ($1, $2, $3, $4, $5::text::name)",
        &[text(env.as_str()), text(name.as_str()), text(checksum), Value::BigInt(deployment), text(by)],
    )
    .map(drop)
}

/// Forgets the migrations of an environment, which is about to go.
pub fn forget(spi: &Connection, env: &EnvName) -> Result<()> {
    spi.run("DELETE FROM stopgap.migration WHERE env = $1", &[text(env.as_str())]).map(drop)
}

/// Keeps the text of a file.
pub fn keep(spi: &Connection, checksum: &str, source: &str) -> Result<()> {
    spi.run(
        "INSERT INTO stopgap.sql_file (checksum, source) VALUES ($1, $2) ON CONFLICT (checksum) DO NOTHING",
        &[text(checksum), text(source)],
    )
    .map(drop)
}

/// The text of a file that was kept.
///
/// Errors: 55000 when it is not there.
pub fn source(spi: &Connection, checksum: &str) -> Result<String> {
    let rows = spi.run("SELECT source FROM stopgap.sql_file WHERE checksum = $1", &[text(checksum)])?;
    match rows.into_iter().next() {
        Some(row) => Row::new(row).text(),
        None => Err(Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("the SQL file {checksum} is not there"),
        ))),
    }
}

/// The migrations that ran after a deployment first became active, oldest first: no rollback to it undoes them.
pub fn after(spi: &Connection, env: &EnvName, deployment: i64) -> Result<Vec<Json>> {
    spi.run(
        "SELECT jsonb_build_object('name', m.name, 'deployment_id', m.deployment_id, 'applied_at', m.applied_at, \
            'applied_by', m.applied_by) FROM stopgap.migration AS m \
         WHERE m.env = $1 AND m.applied_at > (SELECT min(l.activated_at) FROM stopgap.activation_log AS l \
             WHERE l.to_deployment_id = $2) ORDER BY m.applied_at, m.name",
        &[text(env.as_str()), Value::BigInt(deployment)],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}

/// Deletes the texts that no deployment can run any more.
pub fn delete_unused(spi: &Connection) -> Result<()> {
    spi.run(
        "DELETE FROM stopgap.sql_file WHERE checksum NOT IN (SELECT file.checksum FROM stopgap.deployment AS d \
             CROSS JOIN LATERAL jsonb_each_text(d.manifest -> 'sql_functions') AS file (name, checksum) \
             WHERE d.state IN ('sealed', 'active', 'retired'))",
        &[],
    )
    .map(drop)
}
