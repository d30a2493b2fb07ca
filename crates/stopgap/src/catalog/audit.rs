//! `stopgap.audit_log`: what was done besides switching.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use serde_json::Value as Json;
use stopgap_core::EnvName;

use super::row::{json, text};
use crate::caller::Caller;

/// Something worth remembering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Tag,
    Untag,
    Pin,
    Unpin,
    CreateEnvironment,
    AlterEnvironment,
    DropEnvironment,
    Guard,
    Unguard,
    Repair,
    Gc,
    Export,
    Import,
}

impl Action {
    /// The action as it is stored and shown.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Untag => "untag",
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::CreateEnvironment => "create_environment",
            Self::AlterEnvironment => "alter_environment",
            Self::DropEnvironment => "drop_environment",
            Self::Guard => "guard",
            Self::Unguard => "unguard",
            Self::Repair => "repair",
            Self::Gc => "gc",
            Self::Export => "export",
            Self::Import => "import_artifacts",
        }
    }
}

/// Adds a row. `env` is None for what concerns them all.
pub fn record(
    spi: &Connection,
    caller: &Caller,
    env: Option<&EnvName>,
    action: Action,
    deployment: Option<i64>,
    detail: &Json,
) -> Result<()> {
    spi.run(
        "INSERT INTO stopgap.audit_log (env, action, deployment_id, detail, done_by, session_user_name) \
         VALUES ($1, $2, $3, $4, $5::text::name, $6::text::name)",
        &[
            env.map_or(Value::Null, |env| text(env.as_str())),
            text(action.as_str()),
            deployment.map_or(Value::Null, Value::BigInt),
            json(detail),
            text(&caller.name()?),
            text(&caller.session_name()?),
        ],
    )
    .map(drop)
}
