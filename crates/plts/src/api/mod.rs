//! The SQL functions of schema `plts`: each reads its arguments, asks a pure crate or the engine, and answers.

mod annotations;
pub mod build;
pub mod compile;
pub mod describe;
pub mod store;
pub mod transfer;
pub mod warm;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use plts_compile::{Diagnostic, Options};

/// `plts.version() → text`.
pub fn version(call: &Call) -> Result<Datum> {
    call.return_text(env!("CARGO_PKG_VERSION"))
}

/// `plts.metrics() → jsonb`.
pub fn metrics(call: &Call) -> Result<Datum> {
    call.return_json(&crate::metrics::report())
}

/// The compiler options of an argument.
///
/// Errors: 22023 for an option there is not.
fn options(call: &Call, index: usize) -> Result<Options> {
    let json = call.optional_json(index)?.unwrap_or_else(|| serde_json::json!({}));
    Options::from_json(&json).map_err(crate::function::reported)
}

/// Diagnostics as the SQL functions give them.
fn diagnostics_json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    diagnostics
        .iter()
        .map(|diagnostic| {
            serde_json::json!({
                "severity": diagnostic.severity.as_str(),
                "message": diagnostic.message,
                "line": diagnostic.line,
                "column": diagnostic.column,
            })
        })
        .collect()
}
