//! `stopgap.activation_log`, and the notification that goes with a row.

use std::time::Instant;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{TimestampTz, Value};
use serde_json::json;
use stopgap_core::plan::Summary;
use stopgap_core::{Activation, ActivationKind, EnvName};

use super::environment::Environment;
use super::row::{Row, json, optional_text, text};
use crate::caller::Caller;

/// The channel on which listeners hear of a switch when it commits.
const CHANNEL: &str = "stopgap_activation";
/// How much of a label a notification carries, in characters: a payload must stay below 8000 bytes.
const LONGEST_LABEL: usize = 200;

/// What the log keeps of a switch, beside what switched and who did it.
pub struct Circumstances<'a> {
    /// The label of the deployment that becomes active.
    pub label: Option<&'a str>,
    /// The commit that it was made from.
    pub git_commit: Option<&'a str>,
    /// When the caller asked for it.
    pub began: Instant,
    /// How many live functions change, and how.
    pub changes: Summary,
}

/// Adds a row, and tells those who listen once the transaction commits.
pub fn append(
    spi: &Connection,
    caller: &Caller,
    env: &EnvName,
    activation: &Activation,
    circumstances: &Circumstances<'_>,
) -> Result<()> {
    let (by, changes) = (caller.name()?, json!(circumstances.changes));
    let duration = i64::try_from(circumstances.began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let rows = spi.run(
        "INSERT INTO stopgap.activation_log (env, from_deployment_id, to_deployment_id, kind, activated_by, \
         session_user_name, label, git_commit, duration_ms, changes) \
         VALUES ($1, $2, $3, $4, $5::text::name, $6::text::name, $7, $8, $9, $10) RETURNING id",
        &[
            text(env.as_str()),
            activation.from.map_or(Value::Null, Value::BigInt),
            Value::BigInt(activation.to),
            text(activation.kind.as_str()),
            text(&by),
            text(&caller.session_name()?),
            optional_text(circumstances.label),
            optional_text(circumstances.git_commit),
            Value::BigInt(duration),
            json(&changes),
        ],
    )?;
    let id = match rows.into_iter().next() {
        Some(row) => Row::new(row).bigint()?,
        None => return Err(Box::new(ErrorReport::internal("a new row of the activation log has no id"))),
    };
    let label = circumstances.label.map(|label| label.chars().take(LONGEST_LABEL).collect::<String>());
    let payload = json!({
        "activation_id": id,
        "env": env,
        "kind": activation.kind.as_str(),
        "from_deployment_id": activation.from,
        "to_deployment_id": activation.to,
        "label": label,
        "activated_by": by,
        "changes": changes,
    });
    spi.run("SELECT pg_notify($1, $2)", &[text(CHANNEL), text(&payload.to_string())]).map(drop)
}

/// The log of an environment, newest last. What an environment of that name did that was dropped is not of it.
pub fn of_environment(spi: &Connection, environment: &Environment) -> Result<Vec<Activation>> {
    spi.run(
        "SELECT from_deployment_id, to_deployment_id, kind FROM stopgap.activation_log \
         WHERE env = $1 AND activated_at >= (SELECT created_at FROM stopgap.environment WHERE env = $1) ORDER BY id",
        &[text(environment.env.as_str())],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        let (from, to, kind) = (row.optional_bigint()?, row.bigint()?, row.text()?);
        let kind = ActivationKind::parse(&kind).ok_or_else(|| {
            Box::new(ErrorReport::internal(format!("the activation log has a row of kind \"{kind}\"")))
        })?;
        Ok(Activation { from, to, kind })
    })
    .collect()
}

/// The deployment that was active at that time.
pub fn active_at(spi: &Connection, environment: &Environment, time: TimestampTz) -> Result<Option<i64>> {
    let rows = spi.run(
        "SELECT to_deployment_id FROM stopgap.activation_log WHERE env = $1 AND activated_at <= $2 \
         AND activated_at >= (SELECT created_at FROM stopgap.environment WHERE env = $1) ORDER BY id DESC LIMIT 1",
        &[text(environment.env.as_str()), Value::TimestampTz(time)],
    )?;
    rows.into_iter().next().map(|row| Row::new(row).bigint()).transpose()
}

/// The last switch of any environment.
pub fn last(spi: &Connection) -> Result<Option<i64>> {
    let rows = spi.run("SELECT max(id) FROM stopgap.activation_log", &[])?;
    rows.into_iter().next().map_or(Ok(None), |row| Row::new(row).optional_bigint())
}
