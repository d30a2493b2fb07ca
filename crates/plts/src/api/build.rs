//! `plts.build`: a whole bundle compiled as one graph, stored and described as asked. The release manager builds on it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::{Datum, Oid};
use pg_boundary::{ErrorReport, session};
use plts_compile::graph::{self, Bundle, Graph, ModuleArtifact, ModuleDiagnostic, ModuleKind};
use plts_core::SqlState;
use serde_json::{Value as Json, json};

use super::annotations::{self, Annotated};
use super::describe::{self, Descriptions};
use crate::artifact::{self, Draft, Store};
use crate::runtime;
use crate::stored::StoredCatalog;

/// Modules from packages; their exports are nobody's functions unless the bundle says so.
const PACKAGE_PREFIX: &str = "npm/";

/// What the caller wants besides compiling.
struct Wishes {
    store: bool,
    describe: bool,
}

/// `plts.build(bundle jsonb, options jsonb) → jsonb`. A bundle that does not compile is no error: the answer says so.
///
/// Errors: 22023 for a bundle or options of another shape.
pub fn build(call: &Call) -> Result<Datum> {
    let mut bundle = call.json(0, "bundle")?;
    let wishes = wishes(call.optional_json(1)?)?;
    let modules = texts(bundle.get_mut("modules").map(Json::take), "modules")?;
    let imports = texts(bundle.get_mut("imports").map(Json::take), "imports")?;
    let scopes = scopes(bundle.get_mut("scopes").map(Json::take))?;
    let entries = entries(bundle.get("entries"), &modules)?;
    let runtime = runtime::for_graphs();
    let mut stored = StoredCatalog::of(session::current_user());
    let answer = match graph::build(&Bundle { modules, imports, scopes }, &runtime, &mut stored) {
        Err(diagnostics) => match stored.take_failure(&diagnostics) {
            Some(report) => return Err(report),
            None => failed(&diagnostics),
        },
        Ok(graph) => match annotations::of_entries(&graph, &entries) {
            Ok(annotated) => finish(call, &graph, &entries, &annotated, &wishes)?,
            Err(diagnostics) => failed(&diagnostics),
        },
    };
    call.return_json(&answer)
}

fn finish(
    call: &Call,
    graph: &Graph,
    entries: &BTreeSet<String>,
    annotated: &Annotated<'_>,
    wishes: &Wishes,
) -> Result<Json> {
    let owner = FunctionRow::lookup(call.function())?.owner;
    let exports = match wishes.describe {
        true => match describe_entries(graph, entries, owner)? {
            Ok(exports) => Some(exports),
            Err(diagnostics) => return Ok(failed(&diagnostics)),
        },
        false => None,
    };
    if wishes.store {
        let store = Store::open(owner)?;
        for module in &graph.modules {
            let description = exports.as_ref().and_then(|exports| exports.get(module.path.as_str()));
            store.insert(&Draft { description, ..Draft::of(module) })?;
        }
    }
    let modules: Json = graph
        .modules
        .iter()
        .map(|module| {
            let exports = match exports.as_ref().and_then(|exports| exports.get(module.path.as_str())) {
                Some(exports) => exports.clone(),
                None => module
                    .exports
                    .iter()
                    .map(|name| json!({ "name": name, "kind": null, "args": null, "returns": null }))
                    .collect(),
            };
            let exports = annotations::added(exports, annotated.get(module.path.as_str()));
            json!({
                "path": module.path,
                "entry": entries.contains(&module.path),
                "artifact_hash": module.artifact_hash.as_str(),
                "source_hash": module.source_hash,
                "kind": match module.kind { ModuleKind::Js => "js", ModuleKind::Json => "json" },
                "imports": artifact::imports_json(module),
                "exports": exports,
            })
        })
        .collect();
    Ok(json!({
        "ok": true,
        "stored": wishes.store,
        "fingerprint": plts_compile::fingerprint(),
        "runtime_hash": runtime::current_hash().as_str(),
        "modules": modules,
        "diagnostics": diagnostics_json(&graph.warnings),
    }))
}

/// Exports of each entry, by path; or what went wrong while one was evaluated.
type Described<'a> = std::result::Result<BTreeMap<&'a str, Json>, Vec<ModuleDiagnostic>>;

fn describe_entries<'a>(graph: &'a Graph, entries: &BTreeSet<String>, owner: Oid) -> Result<Described<'a>> {
    let sources = graph.modules.iter().map(|module| Rc::new(artifact::module_source(module)));
    let mut descriptions = Descriptions::of_modules(sources);
    let mut wanted: Vec<&ModuleArtifact> =
        graph.modules.iter().filter(|module| entries.contains(&module.path)).collect();
    let hashes = |modules: &[&'a ModuleArtifact]| -> Vec<&'a str> {
        modules.iter().map(|module| module.artifact_hash.as_str()).collect()
    };
    let mut known = Store::open(owner)?.descriptions(&hashes(&wanted))?;
    let mut described: BTreeMap<&str, Json> = BTreeMap::new();
    wanted.retain(|module| match known.remove(module.artifact_hash.as_str()) {
        Some(found) => {
            described.insert(module.path.as_str(), found);
            false
        }
        None => true,
    });
    if wanted.is_empty() {
        return Ok(Ok(described));
    }
    match descriptions.together(&hashes(&wanted)) {
        Ok(all) => {
            let shown = all.iter().map(|exports| exports.iter().map(describe::export_json).collect());
            described.extend(wanted.iter().map(|module| module.path.as_str()).zip(shown));
            return Ok(Ok(described));
        }
        Err(report) if report.sqlstate.is_uncatchable() && report.context_is_complete => return Err(report),
        // Something failed, or all of them take longer than one may: each by itself says which.
        Err(_) => {}
    }
    let mut failures = Vec::new();
    for module in wanted {
        match descriptions.one(module.artifact_hash.as_str()) {
            Ok(exports) => {
                let exports = exports.iter().map(describe::export_json).collect();
                described.insert(module.path.as_str(), exports);
            }
            // A cancel or a shutdown is no fault of the module.
            Err(report) if report.sqlstate.is_uncatchable() && report.context_is_complete => {
                return Err(report);
            }
            Err(report) => failures.push(evaluation_failure(graph, module, &report)),
        }
    }
    Ok(if failures.is_empty() { Ok(described) } else { Err(failures) })
}

/// An error thrown while a module was evaluated, at the innermost place in the bundle that its stack names: the
/// author's line, and not one of the runtime he called.
fn evaluation_failure(graph: &Graph, module: &ModuleArtifact, report: &ErrorReport) -> ModuleDiagnostic {
    let of_bundle = |path: &str| graph.modules.iter().any(|module| module.path == path);
    let place = report
        .context
        .as_deref()
        .and_then(|stack| stack.lines().filter_map(place_of_frame).find(|(path, ..)| of_bundle(path)));
    let (path, line, column) = place.unwrap_or((module.path.as_str(), 1, 1));
    ModuleDiagnostic {
        module: path.to_owned(),
        severity: plts_compile::Severity::Error,
        message: format!("{} (while the module was evaluated)", report.message),
        line,
        column,
    }
}

/// Path, line and column of a line `at name (path:line:column)`.
fn place_of_frame(frame: &str) -> Option<(&str, u32, u32)> {
    let place = frame.trim().strip_prefix("at ")?;
    let place = match place.rsplit_once('(') {
        Some((_, inner)) => inner.strip_suffix(')')?,
        None => place,
    };
    let (rest, column) = place.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    Some((path, line.parse().ok()?, column.parse().ok()?))
}

fn failed(diagnostics: &[ModuleDiagnostic]) -> Json {
    json!({
        "ok": false,
        "stored": false,
        "fingerprint": plts_compile::fingerprint(),
        "modules": [],
        "diagnostics": diagnostics_json(diagnostics),
    })
}

fn diagnostics_json(diagnostics: &[ModuleDiagnostic]) -> Json {
    diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "module": diagnostic.module,
                "severity": diagnostic.severity.as_str(),
                "message": diagnostic.message,
                "line": diagnostic.line,
                "column": diagnostic.column,
            })
        })
        .collect()
}

fn wishes(options: Option<Json>) -> Result<Wishes> {
    let mut wishes = Wishes { store: false, describe: false };
    let options = match options {
        None => return Ok(wishes),
        Some(Json::Object(options)) => options,
        Some(_) => return Err(misshapen("options must be a JSON object")),
    };
    for (key, value) in options {
        let wish = match key.as_str() {
            "store" => &mut wishes.store,
            "describe" => &mut wishes.describe,
            _ => return Err(misshapen(format!("unknown option \"{key}\""))),
        };
        *wish =
            value.as_bool().ok_or_else(|| misshapen(format!("option \"{key}\" must be true or false")))?;
    }
    Ok(wishes)
}

/// An object of texts.
fn texts(object: Option<Json>, name: &str) -> Result<BTreeMap<String, String>> {
    let object = match object {
        None => return Ok(BTreeMap::new()),
        Some(Json::Object(object)) => object,
        Some(_) => return Err(misshapen(format!("\"{name}\" of the bundle must be an object"))),
    };
    object
        .into_iter()
        .map(|(key, value)| match value {
            Json::String(text) => Ok((key, text)),
            _ => Err(misshapen(format!("\"{key}\" in \"{name}\" of the bundle must be a string"))),
        })
        .collect()
}

/// Import maps by the path they hold for.
fn scopes(object: Option<Json>) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let object = match object {
        None => return Ok(BTreeMap::new()),
        Some(Json::Object(object)) => object,
        Some(_) => return Err(misshapen("\"scopes\" of the bundle must be an object")),
    };
    object.into_iter().map(|(scope, imports)| Ok((scope, texts(Some(imports), "scopes")?))).collect()
}

/// The modules whose exports count.
fn entries(listed: Option<&Json>, modules: &BTreeMap<String, String>) -> Result<BTreeSet<String>> {
    match listed {
        None | Some(Json::Null) => Ok(modules
            .keys()
            .filter(|path| !path.starts_with(PACKAGE_PREFIX) && !path.ends_with(".json"))
            .cloned()
            .collect()),
        Some(Json::Array(paths)) => paths
            .iter()
            .map(|path| match path.as_str() {
                Some(path) if modules.contains_key(path) => Ok(path.to_owned()),
                Some(path) => Err(misshapen(format!("entry \"{path}\" is no module of the bundle"))),
                None => Err(misshapen("\"entries\" of the bundle must hold strings")),
            })
            .collect(),
        Some(_) => Err(misshapen("\"entries\" of the bundle must be an array")),
    }
}

fn misshapen(message: impl Into<String>) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::INVALID_PARAMETER_VALUE, message))
}
