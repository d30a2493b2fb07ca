//! Asking plts for a build, with the rights of the caller.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use serde_json::json;
use stopgap_core::{Build, BuildAnswer, Bundle};

use crate::options::reported;

/// Whether the artifacts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Store,
    Discard,
}

/// Compiles, and stores if so wished, the modules of a bundle, and describes the exports of its entries.
///
/// Errors: 42601 with file, line and column when a module does not compile or evaluate.
pub fn build(spi: &Connection, bundle: &Bundle, keep: Keep) -> Result<Build> {
    let entries: Vec<String> = bundle.evaluated().into_iter().map(ToString::to_string).collect();
    let request = json!({
        "modules": bundle.modules(),
        "imports": bundle.imports(),
        "scopes": bundle.scopes(),
        "entries": entries,
    });
    let options = json!({ "store": keep == Keep::Store, "describe": true });
    let rows = spi.run(
        "SELECT plts.build($1, $2)",
        &[Value::Json(request.to_string().into()), Value::Json(options.to_string().into())],
    )?;
    let answer = match rows.into_iter().flatten().next() {
        Some(Value::Json(answer)) => serde_json::from_str(&answer).map_err(|error| {
            Box::new(ErrorReport::internal(format!("the answer of plts.build cannot be read: {error}")))
        })?,
        _ => return Err(Box::new(ErrorReport::internal("plts.build gave no answer"))),
    };
    BuildAnswer::from_json(answer).map_err(reported)?.into_build().map_err(reported)
}
