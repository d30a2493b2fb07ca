//! `stopgap.tag`, `stopgap.untag` and `stopgap.pin`.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use stopgap_core::TagName;

use crate::mark;
use crate::options::{null_argument, reported};

/// `stopgap.tag(env text, name text, deployment_id bigint) → bigint`.
pub fn tag(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let name = TagName::parse(&call.text(1, "name")?).map_err(reported)?;
    Ok(call.return_bigint(mark::tag(&env, &name, call.optional_bigint(2))?))
}

/// `stopgap.untag(env text, name text) → bigint`.
pub fn untag(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let name = TagName::parse(&call.text(1, "name")?).map_err(reported)?;
    Ok(call.return_bigint(mark::untag(&env, &name)?))
}

/// `stopgap.pin(env text, deployment_id bigint, pinned boolean) → void`.
pub fn pin(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let id = call.optional_bigint(1).ok_or_else(|| null_argument("deployment_id"))?;
    mark::pin(&env, id, call.optional_bool(2).unwrap_or(true))?;
    Ok(call.void())
}
