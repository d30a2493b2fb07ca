//! `stopgap.activation_log`.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use stopgap_core::{Activation, ActivationKind, EnvName};

use super::row::{Row, text};

/// Adds a row.
pub fn append(
    spi: &Connection,
    env: &EnvName,
    activation: &Activation,
    activated_by: &str,
    session_user: &str,
) -> Result<()> {
    spi.run(
        "INSERT INTO stopgap.activation_log (env, from_deployment_id, to_deployment_id, kind, activated_by, \
         session_user_name) VALUES ($1, $2, $3, $4, $5::text::name, $6::text::name)",
        &[
            text(env.as_str()),
            activation.from.map_or(Value::Null, Value::BigInt),
            Value::BigInt(activation.to),
            text(activation.kind.as_str()),
            text(activated_by),
            text(session_user),
        ],
    )
    .map(drop)
}

/// The log of an environment, newest last.
pub fn of_environment(spi: &Connection, env: &EnvName) -> Result<Vec<Activation>> {
    spi.run(
        "SELECT from_deployment_id, to_deployment_id, kind = 'rollback' FROM stopgap.activation_log \
         WHERE env = $1 ORDER BY id",
        &[text(env.as_str())],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        let (from, to) = (row.optional_bigint()?, row.bigint()?);
        let kind = if row.boolean()? { ActivationKind::Rollback } else { ActivationKind::Deploy };
        Ok(Activation { from, to, kind })
    })
    .collect()
}
