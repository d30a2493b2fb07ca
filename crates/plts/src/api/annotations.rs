//! The annotations of a bundle's exports, as `plts.build` gives them.

use std::collections::{BTreeMap, BTreeSet};

use plts_compile::graph::{Graph, ModuleDiagnostic};
use plts_compile::{Annotations, Options};
use serde_json::{Map, Value as Json, json};

/// By module and export.
pub type Annotated<'a> = BTreeMap<&'a str, BTreeMap<String, Annotations>>;

/// Reads those of the entries.
///
/// Errors: annotations that make no sense.
pub fn of_entries<'a>(
    graph: &'a Graph,
    entries: &BTreeSet<String>,
) -> Result<Annotated<'a>, Vec<ModuleDiagnostic>> {
    let (mut annotated, mut problems) = (Annotated::new(), Vec::new());
    for module in graph.modules.iter().filter(|module| entries.contains(&module.path)) {
        match plts_compile::annotations(&module.source, &Options::new(module.path.as_str())) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                annotated.insert(module.path.as_str(), found);
            }
            Err(diagnostics) => problems.extend(diagnostics.into_iter().map(|one| ModuleDiagnostic {
                module: module.path.clone(),
                severity: one.severity,
                message: one.message,
                line: one.line,
                column: one.column,
            })),
        }
    }
    if problems.is_empty() { Ok(annotated) } else { Err(problems) }
}

/// The exports of a module with their annotations.
pub fn added(mut exports: Json, found: Option<&BTreeMap<String, Annotations>>) -> Json {
    for export in exports.as_array_mut().into_iter().flatten() {
        let name = export["name"].as_str().unwrap_or_default();
        if let Some(annotations) = found.and_then(|found| found.get(name)) {
            export["annotations"] = shown(annotations);
        }
    }
    exports
}

fn shown(annotations: &Annotations) -> Json {
    let Annotations { timeout_ms, deprecated, roles, cache, readonly } = annotations;
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
    Json::Object(shown)
}
