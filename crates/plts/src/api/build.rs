//! `plts.build`: a whole bundle compiled as one graph, stored and described as asked. The release manager builds on it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::{Datum, Oid};
use pg_boundary::{ErrorReport, session};
use plts_compile::graph::{self, Bundle, Graph, KeptModule, ModuleArtifact, ModuleDiagnostic, ModuleKind};
use plts_core::SqlState;
use plts_core::artifact::ArtifactHash;
use serde_json::{Value as Json, json};

use super::annotations::{self, Annotated};
use super::describe::{self, Descriptions};
use crate::artifact::{self, CompiledCatalog, Draft, Store};
use crate::runtime;
use crate::stored::StoredCatalog;
use crate::threads::Threads;

/// Modules from packages; their exports are nobody's functions unless the bundle says so.
const PACKAGE_PREFIX: &str = "npm/";

/// What the caller wants besides compiling.
struct Wishes {
    store: bool,
    describe: bool,
    /// Artifact hashes by path: of a module that still has that hash the caller knows the exports.
    known: BTreeMap<String, String>,
}

impl Wishes {
    /// Whether the caller knows the exports of a module.
    fn knows(&self, module: &Answered<'_>) -> bool {
        self.known.get(module.path).is_some_and(|hash| hash == module.artifact_hash.as_str())
    }
}

/// `plts.build(bundle jsonb, options jsonb) → jsonb`. A bundle that does not compile is no error: the answer says so.
///
/// Errors: 22023 for a bundle or options of another shape.
pub fn build(call: &Call) -> Result<Datum> {
    call.return_json_text(&answer(call, call.json(0, "bundle")?, call.optional_json(1)?)?)
}

/// `plts.build_text(bundle text, options text) → text`: the same with the JSON as text. A large bundle and its answer
/// are as quickly compiled as made `jsonb` and text again.
///
/// Errors: as [`build`]; 22P02 for what is no JSON.
pub fn build_text(call: &Call) -> Result<Datum> {
    let options = call.optional_text(1)?.map(|options| json_of("options", &options)).transpose()?;
    call.return_text(&answer(call, json_of("bundle", &call.text(0, "bundle")?)?, options)?)
}

fn json_of(name: &str, text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("argument \"{name}\" is no JSON: {error}");
        Box::new(ErrorReport::new(SqlState::INVALID_TEXT_REPRESENTATION, message))
    })
}

/// The answer to both, as JSON.
fn answer(call: &Call, mut bundle: Json, options: Option<Json>) -> Result<String> {
    let wishes = wishes(options)?;
    let modules = texts(bundle.get_mut("modules").map(Json::take), "modules")?;
    let imports = texts(bundle.get_mut("imports").map(Json::take), "imports")?;
    let scopes = scopes(bundle.get_mut("scopes").map(Json::take))?;
    let entries = entries(bundle.get("entries"), &modules)?;
    let owner = FunctionRow::lookup(call.function())?.owner;
    if wishes.store {
        // What was compiled before is relied on without being written again.
        Store::open(owner)?.hold()?;
    }
    let runtime = runtime::for_graphs();
    let mut stored = StoredCatalog::of(session::current_user());
    let mut compiled = CompiledCatalog::of(owner, &modules, &wishes.known)?;
    let bundle = Bundle { modules, imports, scopes };
    match graph::build_by(&Threads, &bundle, &runtime, &mut stored, &mut compiled) {
        Err(diagnostics) => match compiled.take_failure().or_else(|| stored.take_failure(&diagnostics)) {
            Some(report) => Err(report),
            None => Ok(failed(&diagnostics)),
        },
        Ok(graph) => {
            let modules = Answered::of(&graph, &entries);
            let of_interest = modules.iter().filter(|one| one.is_entry && !wishes.knows(one));
            let sources =
                of_interest.filter_map(|one| Some((one.path, bundle.modules.get(one.path)?.as_str())));
            match annotations::of_entries(sources) {
                Ok(annotated) => finish(&graph, &modules, &annotated, &wishes, owner),
                Err(diagnostics) => Ok(failed(&diagnostics)),
            }
        }
    }
}

fn finish(
    graph: &Graph,
    modules: &[Answered<'_>],
    annotated: &Annotated<'_>,
    wishes: &Wishes,
    owner: Oid,
) -> Result<String> {
    let exports = match wishes.describe {
        true => match describe_entries(graph, modules, wishes, owner)? {
            Ok(exports) => exports,
            Err(diagnostics) => return Ok(failed(&diagnostics)),
        },
        false => BTreeMap::new(),
    };
    if wishes.store && !graph.modules.is_empty() {
        let draft = |module| {
            let draft = Draft::of(module);
            Draft { description: exports.get(module.path.as_str()).map(String::as_str), ..draft }
        };
        Store::open(owner)?.insert(&graph.modules.iter().map(draft).collect::<Vec<_>>())?;
    }
    let modules: Vec<String> = modules
        .iter()
        .map(|module| {
            let exports = match exports.get(module.path) {
                _ if wishes.knows(module) => "null".to_owned(),
                Some(described) => described.clone(),
                None => module.undescribed(),
            };
            let exports = match annotated.get(module.path) {
                Some(found) => annotations::added(&exports, found)?,
                None => exports,
            };
            Ok(module.to_json(&exports))
        })
        .collect::<Result<_>>()?;
    Ok(format!(
        r#"{{"ok":true,"stored":{},"fingerprint":{},"runtime_hash":{},"modules":[{}],"diagnostics":{}}}"#,
        wishes.store,
        json!(plts_compile::fingerprint()),
        json!(runtime::current_hash()),
        modules.join(","),
        diagnostics_json(&graph.warnings),
    ))
}

/// A module as the answer has it.
struct Answered<'a> {
    path: &'a str,
    is_entry: bool,
    artifact_hash: &'a ArtifactHash,
    source_hash: &'a str,
    imports: &'a BTreeMap<String, ArtifactHash>,
    exports: &'a [String],
    kind: ModuleKind,
}

impl<'a> Answered<'a> {
    /// The modules of a graph, those that were compiled and those that were kept, in the order of their paths.
    fn of(graph: &'a Graph, entries: &BTreeSet<String>) -> Vec<Self> {
        let is_entry = |path: &str| entries.contains(path);
        let anew = graph.modules.iter().map(|module| {
            let ModuleArtifact { path, artifact_hash, source_hash, imports, exports, kind, .. } = module;
            let is_entry = is_entry(path);
            Self { path, is_entry, artifact_hash, source_hash, imports, exports, kind: *kind }
        });
        let kept = graph.kept.iter().map(|module| {
            let KeptModule { path, artifact_hash, source_hash, imports, exports, kind } = module;
            let is_entry = is_entry(path);
            Self { path, is_entry, artifact_hash, source_hash, imports, exports, kind: *kind }
        });
        let mut modules: Vec<Self> = anew.chain(kept).collect();
        modules.sort_by(|a, b| a.path.cmp(b.path));
        modules
    }

    /// Its exports as JSON, of which only the names are known.
    fn undescribed(&self) -> String {
        let export = |name| json!({ "name": name, "kind": null, "args": null, "returns": null });
        self.exports.iter().map(export).collect::<Json>().to_string()
    }

    /// Its JSON; `exports` is JSON already.
    fn to_json(&self, exports: &str) -> String {
        let kind = match self.kind {
            ModuleKind::Js => "js",
            ModuleKind::Json => "json",
        };
        format!(
            r#"{{"path":{},"entry":{},"artifact_hash":{},"source_hash":{},"kind":"{kind}","imports":{},"exports":{exports}}}"#,
            json!(self.path),
            self.is_entry,
            json!(self.artifact_hash),
            json!(self.source_hash),
            artifact::imports_json(self.imports),
        )
    }
}

/// Exports of each entry, by path, as JSON; or what went wrong while one was evaluated.
type Described<'a> = std::result::Result<BTreeMap<&'a str, String>, Vec<ModuleDiagnostic>>;

fn describe_entries<'a>(
    graph: &Graph,
    modules: &[Answered<'a>],
    wishes: &Wishes,
    owner: Oid,
) -> Result<Described<'a>> {
    let sources = graph.modules.iter().map(|module| Rc::new(artifact::module_source(module)));
    let mut descriptions = Descriptions::of_modules(sources);
    let mut wanted: Vec<(&str, &str)> = modules
        .iter()
        .filter(|module| module.is_entry && !wishes.knows(module))
        .map(|module| (module.path, module.artifact_hash.as_str()))
        .collect();
    let hashes =
        |modules: &[(&'a str, &'a str)]| -> Vec<&'a str> { modules.iter().map(|(_, hash)| *hash).collect() };
    let mut described: BTreeMap<&str, String> = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(Ok(described));
    }
    let mut stored = Store::open(owner)?.descriptions(&hashes(&wanted))?;
    wanted.retain(|(path, hash)| match stored.remove(*hash) {
        Some(found) => {
            described.insert(path, found);
            false
        }
        None => true,
    });
    if wanted.is_empty() {
        return Ok(Ok(described));
    }
    match descriptions.together(&hashes(&wanted)) {
        Ok(all) => {
            for ((path, _), exports) in wanted.iter().zip(&all) {
                described.insert(path, describe::exports_json(exports)?);
            }
            return Ok(Ok(described));
        }
        Err(report) if report.sqlstate.is_uncatchable() && report.context_is_complete => return Err(report),
        // Something failed, or all of them take longer than one may: each by itself says which.
        Err(_) => {}
    }
    let mut failures = Vec::new();
    for (path, hash) in wanted {
        match descriptions.one(hash) {
            Ok(exports) => {
                described.insert(path, describe::exports_json(&exports)?);
            }
            // A cancel or a shutdown is no fault of the module.
            Err(report) if report.sqlstate.is_uncatchable() && report.context_is_complete => {
                return Err(report);
            }
            Err(report) => failures.push(evaluation_failure(modules, path, &report)),
        }
    }
    Ok(if failures.is_empty() { Ok(described) } else { Err(failures) })
}

/// An error thrown while a module was evaluated, at the innermost place in the bundle that its stack names: the
/// author's line, and not one of the runtime he called.
fn evaluation_failure(modules: &[Answered<'_>], evaluated: &str, report: &ErrorReport) -> ModuleDiagnostic {
    let of_bundle = |path: &str| modules.iter().any(|module| module.path == path);
    let place = report
        .context
        .as_deref()
        .and_then(|stack| stack.lines().filter_map(place_of_frame).find(|(path, ..)| of_bundle(path)));
    let (path, line, column) = place.unwrap_or((evaluated, 1, 1));
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

fn failed(diagnostics: &[ModuleDiagnostic]) -> String {
    let answer = json!({
        "ok": false,
        "stored": false,
        "fingerprint": plts_compile::fingerprint(),
        "modules": [],
        "diagnostics": diagnostics_json(diagnostics),
    });
    answer.to_string()
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
    let mut wishes = Wishes { store: false, describe: false, known: BTreeMap::new() };
    let options = match options {
        None => return Ok(wishes),
        Some(Json::Object(options)) => options,
        Some(_) => return Err(misshapen("options must be a JSON object")),
    };
    for (key, value) in options {
        let wish = match key.as_str() {
            "store" => &mut wishes.store,
            "describe" => &mut wishes.describe,
            "known" => {
                wishes.known = texts(Some(value), "known")?;
                continue;
            }
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
