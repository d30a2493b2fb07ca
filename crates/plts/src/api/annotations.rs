//! The annotations of a bundle's exports, as `plts.build` gives them.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use plts_compile::graph::ModuleDiagnostic;
use plts_compile::{Annotations, Options};
use serde_json::{Map, Value as Json, json};

/// By module and export.
pub type Annotated<'a> = BTreeMap<&'a str, BTreeMap<String, Annotations>>;

/// Reads those of modules, given by path and source.
///
/// Errors: annotations that make no sense.
pub fn of_entries<'a>(
    modules: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Annotated<'a>, Vec<ModuleDiagnostic>> {
    let (mut annotated, mut problems) = (Annotated::new(), Vec::new());
    for (path, source) in modules {
        match plts_compile::annotations(source, &Options::new(path)) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                annotated.insert(path, found);
            }
            Err(diagnostics) => problems.extend(diagnostics.into_iter().map(|one| ModuleDiagnostic {
                module: path.to_owned(),
                severity: one.severity,
                message: one.message,
                line: one.line,
                column: one.column,
            })),
        }
    }
    if problems.is_empty() { Ok(annotated) } else { Err(problems) }
}

/// The exports of a module, which are JSON, with their annotations.
pub fn added(exports: &str, found: &BTreeMap<String, Annotations>) -> pg_boundary::error::Result<String> {
    let mut exports: Json = serde_json::from_str(exports)
        .map_err(|error| Box::new(ErrorReport::internal(format!("a description cannot be read: {error}"))))?;
    for export in exports.as_array_mut().into_iter().flatten() {
        let name = export["name"].as_str().unwrap_or_default();
        if let Some(annotations) = found.get(name) {
            export["annotations"] = shown(annotations);
        }
    }
    Ok(exports.to_string())
}

fn shown(annotations: &Annotations) -> Json {
    let Annotations { timeout_ms, deprecated, roles, cache, readonly, log_params } = annotations;
    let mut shown = Map::new();
    if let Some(limit) = timeout_ms {
        shown.insert("timeout_ms".to_owned(), json!(limit));
    }
    if let Some(reason) = deprecated {
        shown.insert("deprecated".to_owned(), json!(reason));
    }
    if !roles.is_empty() {
        shown.insert("roles".to_owned(), json!(roles));
    }
    if let Some(cache) = cache {
        shown.insert("cache".to_owned(), json!(cache.as_str()));
    }
    if *readonly {
        shown.insert("readonly".to_owned(), json!(true));
    }
    if let Some(params) = log_params {
        shown.insert("log_params".to_owned(), json!(params));
    }
    Json::Object(shown)
}
