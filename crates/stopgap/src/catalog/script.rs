//! `stopgap.migration` and `stopgap.sql_file`.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
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
