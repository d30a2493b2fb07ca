//! The SQL functions of schema `stopgap`: each reads its arguments and asks the rest of the crate.

pub mod compare;
pub mod environment;
pub mod inspect;
pub mod keep;
pub mod mark;
pub mod release;
pub mod route;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use stopgap_core::EnvName;

use crate::options::reported;

/// `stopgap.version() → text`.
pub fn version(call: &Call) -> Result<Datum> {
    call.return_text(env!("CARGO_PKG_VERSION"))
}

/// `stopgap.metrics() → jsonb`.
pub fn metrics(call: &Call) -> Result<Datum> {
    call.return_json(&crate::metrics::report())
}

/// The first argument of nearly all of them.
///
/// Errors: 42602 for what cannot be an environment's name.
fn env(call: &Call) -> Result<EnvName> {
    EnvName::parse(&call.text(0, "env")?).map_err(reported)
}
