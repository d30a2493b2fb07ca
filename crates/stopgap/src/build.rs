//! Asking plts for a build, with the rights of the caller.

use std::collections::{BTreeMap, BTreeSet};

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use serde::Serialize;
use serde_json::json;
use stopgap_core::plan::Standing;
use stopgap_core::{Build, BuildAnswer, Bundle, ImportMap, ModulePath};

use crate::options::reported;

/// Whether the artifacts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Store,
    Discard,
}

/// A bundle as plts takes it.
#[derive(Serialize)]
struct Request<'a> {
    modules: &'a BTreeMap<ModulePath, String>,
    imports: &'a ImportMap,
    scopes: &'a BTreeMap<String, ImportMap>,
    entries: BTreeSet<&'a ModulePath>,
}

/// Compiles, and stores if so wished, the modules of a bundle, and describes the exports of its entries
/// that are not what stands.
///
/// Errors: 42601 with file, line and column when a module does not compile or evaluate.
pub fn build(spi: &Connection, bundle: &Bundle, keep: Keep, standing: &Standing) -> Result<Build> {
    let request = Request {
        modules: bundle.modules(),
        imports: bundle.imports(),
        scopes: bundle.scopes(),
        entries: bundle.evaluated(),
    };
    let request = serde_json::to_string(&request)
        .map_err(|error| ErrorReport::internal(format!("the bundle cannot be written: {error}")))?;
    let options = json!({ "store": keep == Keep::Store, "describe": true, "known": standing.known(bundle) });
    let rows = spi.run(
        "SELECT plts.build_text($1, $2)",
        &[Value::Text(request.into()), Value::Text(options.to_string().into())],
    )?;
    match rows.into_iter().flatten().next() {
        Some(Value::Text(answer)) => {
            BuildAnswer::from_text(&answer).map_err(reported)?.into_build().map_err(reported)
        }
        _ => Err(Box::new(ErrorReport::internal("plts.build_text gave no answer"))),
    }
}
