//! `stopgap.tag`.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use stopgap_core::{EnvName, TagName};

use super::row::{Row, text};
use crate::caller::Caller;

/// The deployment with that tag.
pub fn find(spi: &Connection, env: &EnvName, tag: &TagName) -> Result<Option<i64>> {
    let rows = spi.run(
        "SELECT deployment_id FROM stopgap.tag WHERE env = $1 AND name = $2",
        &[text(env.as_str()), text(tag.as_str())],
    )?;
    rows.into_iter().next().map(|row| Row::new(row).bigint()).transpose()
}

/// Adds a tag; false when the environment has it already.
pub fn insert(
    spi: &Connection,
    caller: &Caller,
    env: &EnvName,
    tag: &TagName,
    deployment: i64,
) -> Result<bool> {
    let rows = spi.run(
        "INSERT INTO stopgap.tag (env, name, deployment_id, created_by, session_user_name) \
         VALUES ($1, $2, $3, $4::text::name, $5::text::name) ON CONFLICT (env, name) DO NOTHING RETURNING true",
        &[
            text(env.as_str()),
            text(tag.as_str()),
            Value::BigInt(deployment),
            text(&caller.name()?),
            text(&caller.session_name()?),
        ],
    )?;
    Ok(!rows.is_empty())
}

/// Takes a tag away and gives the deployment it was at.
pub fn delete(spi: &Connection, env: &EnvName, tag: &TagName) -> Result<Option<i64>> {
    let rows = spi.run(
        "DELETE FROM stopgap.tag WHERE env = $1 AND name = $2 RETURNING deployment_id",
        &[text(env.as_str()), text(tag.as_str())],
    )?;
    rows.into_iter().next().map(|row| Row::new(row).bigint()).transpose()
}

/// Takes all tags of an environment away, which is about to go.
pub fn delete_all(spi: &Connection, env: &EnvName) -> Result<()> {
    spi.run("DELETE FROM stopgap.tag WHERE env = $1", &[text(env.as_str())]).map(drop)
}
