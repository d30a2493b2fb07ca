//! `stopgap.compare`, `stopgap.history` and `stopgap.find`.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;

use crate::compare;
use crate::options::null_argument;

/// `stopgap.compare(from_id bigint, to_id bigint) → jsonb`.
pub fn compare(call: &Call) -> Result<Datum> {
    let from = call.optional_bigint(0).ok_or_else(|| null_argument("from_id"))?;
    let to = call.optional_bigint(1).ok_or_else(|| null_argument("to_id"))?;
    call.return_json(&compare::compare(from, to)?)
}

/// `stopgap.history(env text, function text) → jsonb`.
pub fn history(call: &Call) -> Result<Datum> {
    call.return_json(&compare::history(&super::env(call)?, &call.text(1, "function")?)?)
}

/// `stopgap.find(env text, name text) → bigint`.
pub fn find(call: &Call) -> Result<Datum> {
    Ok(call.return_bigint(compare::find(&super::env(call)?, &call.text(1, "name")?)?))
}
