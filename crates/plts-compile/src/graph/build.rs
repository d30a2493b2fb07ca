//! From a bundle to its graph.

use super::bundle::{Bundle, ModuleDiagnostic, Runtime, path_fault};
use super::json::compile_json;
use super::link::{Exported, Exporter, Source, exported};
use super::resolve::{Resolved, resolve};
use crate::analysis::exports::Exports;
use crate::analysis::imports::{Import, ImportKind};
use crate::diagnostic::Severity;
use crate::fingerprint::fingerprint;
use crate::module::compile_with_exports;
use crate::options::Options;
use plts_core::artifact::{ArtifactFields, ArtifactHash, ImportTarget, hash_graph, source_hash};
use std::collections::BTreeMap;

/// What a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// TypeScript or JavaScript.
    Js,
    /// JSON; its JavaScript exports the value as `default`.
    Json,
}

/// A module, ready to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleArtifact {
    /// Its path in the bundle.
    pub path: String,
    pub artifact_hash: ArtifactHash,
    /// `sha256:` and the digest of `source`.
    pub source_hash: String,
    pub source: String,
    pub js: String,
    /// Empty for JSON.
    pub source_map: String,
    pub options_json: String,
    pub fingerprint: &'static str,
    /// Where each specifier leads, the runtime's included.
    pub imports: BTreeMap<String, ArtifactHash>,
    /// Sorted; `export *` is followed, except into the runtime.
    pub exports: Vec<String>,
    /// Of its own code only.
    pub can_catch: bool,
    pub kind: ModuleKind,
}

/// All modules of a bundle, in the order of their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    pub modules: Vec<ModuleArtifact>,
    pub warnings: Vec<ModuleDiagnostic>,
}

struct Unit<'a> {
    path: &'a str,
    source: &'a str,
    kind: ModuleKind,
    js: String,
    source_map: String,
    options_json: String,
    imports: Vec<Import>,
    targets: BTreeMap<String, Target>,
    exports: Exports,
    can_catch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    Runtime,
}

/// Compiles every module of the bundle, also those that nothing imports, and resolves and hashes the whole.
///
/// Errors: all that is wrong, by module and place; at least one of severity error.
pub fn build(bundle: &Bundle, runtime: &Runtime) -> Result<Graph, Vec<ModuleDiagnostic>> {
    let mut diagnostics = Vec::new();
    let mut units: Vec<Unit<'_>> = Vec::with_capacity(bundle.modules.len());
    for (path, source) in &bundle.modules {
        match compile(path, source, &mut diagnostics) {
            Ok(unit) => units.push(unit),
            Err(errors) => diagnostics.extend(errors),
        }
    }
    // An import of a module that does not compile would be reported as missing; its own errors say more.
    if units.len() < bundle.modules.len() {
        for unit in &units {
            check_specifiers(bundle, runtime, unit, &mut diagnostics);
        }
        return Err(sorted(diagnostics));
    }
    let indexes: BTreeMap<&str, usize> =
        bundle.modules.keys().enumerate().map(|(index, path)| (path.as_str(), index)).collect();
    for unit in &mut units {
        unit.targets = targets(bundle, runtime, &indexes, unit, &mut diagnostics);
    }
    if has_error(&diagnostics) {
        return Err(sorted(diagnostics));
    }
    let exported = exported(&exporters(&units));
    for unit in &units {
        check_names(unit, &units, &exported, &mut diagnostics);
    }
    if has_error(&diagnostics) {
        return Err(sorted(diagnostics));
    }
    let hashes = hashes(&units, runtime).map_err(|message| {
        sorted(vec![ModuleDiagnostic::error(
            bundle.modules.keys().next().map_or("", String::as_str),
            message,
            1,
            1,
        )])
    })?;
    let modules = artifacts(units, exported, &hashes, runtime);
    Ok(Graph { modules, warnings: sorted(diagnostics) })
}

fn compile<'a>(
    path: &'a str,
    source: &'a str,
    warnings: &mut Vec<ModuleDiagnostic>,
) -> Result<Unit<'a>, Vec<ModuleDiagnostic>> {
    if let Some(fault) = path_fault(path) {
        return Err(vec![ModuleDiagnostic::error(path, fault.to_owned(), 1, 1)]);
    }
    let options = Options::new(path);
    let options_json = options.canonical_json();
    if path.ends_with(".json") {
        let js = compile_json(source).map_err(|error| vec![ModuleDiagnostic::new(path, error)])?;
        return Ok(Unit {
            path,
            source,
            kind: ModuleKind::Json,
            js,
            source_map: String::new(),
            options_json,
            imports: Vec::new(),
            targets: BTreeMap::new(),
            exports: Exports { names: vec!["default".to_owned()], ..Exports::default() },
            can_catch: false,
        });
    }
    let (compiled, exports) = compile_with_exports(source, &options).map_err(|errors| {
        errors.into_iter().map(|error| ModuleDiagnostic::new(path, error)).collect::<Vec<_>>()
    })?;
    warnings.extend(compiled.diagnostics.into_iter().map(|warning| ModuleDiagnostic::new(path, warning)));
    Ok(Unit {
        path,
        source,
        kind: ModuleKind::Js,
        js: compiled.js,
        source_map: compiled.source_map,
        options_json,
        imports: compiled.imports,
        targets: BTreeMap::new(),
        exports,
        can_catch: compiled.can_catch,
    })
}

fn check_specifiers(
    bundle: &Bundle,
    runtime: &Runtime,
    unit: &Unit<'_>,
    diagnostics: &mut Vec<ModuleDiagnostic>,
) {
    for import in &unit.imports {
        if let Err(message) = resolve(bundle, runtime, unit.path, &import.specifier) {
            diagnostics.push(ModuleDiagnostic::error(unit.path, message, import.line, import.column));
        }
    }
}

fn targets(
    bundle: &Bundle,
    runtime: &Runtime,
    indexes: &BTreeMap<&str, usize>,
    unit: &Unit<'_>,
    diagnostics: &mut Vec<ModuleDiagnostic>,
) -> BTreeMap<String, Target> {
    let mut targets = BTreeMap::new();
    for import in &unit.imports {
        match resolve(bundle, runtime, unit.path, &import.specifier) {
            Ok(Resolved::Runtime) => {
                targets.insert(import.specifier.clone(), Target::Runtime);
            }
            Ok(Resolved::Module(path)) => {
                if let Some(index) = indexes.get(path.as_str()) {
                    targets.insert(import.specifier.clone(), Target::Module(*index));
                }
            }
            Err(message) => {
                diagnostics.push(ModuleDiagnostic::error(unit.path, message, import.line, import.column));
            }
        }
    }
    targets
}

fn exporters<'a>(units: &'a [Unit<'_>]) -> Vec<Exporter<'a>> {
    let source = |unit: &Unit<'_>, specifier: &str| match unit.targets.get(specifier) {
        Some(Target::Module(index)) => Source::Module(*index),
        Some(Target::Runtime) | None => Source::Unknown,
    };
    units
        .iter()
        .map(|unit| Exporter {
            names: &unit.exports.names,
            indirect: unit
                .exports
                .indirect
                .iter()
                .map(|(name, indirect)| {
                    (name.as_str(), (source(unit, &indirect.specifier), indirect.name.as_deref()))
                })
                .collect(),
            stars: unit.exports.stars.iter().map(|specifier| source(unit, specifier)).collect(),
        })
        .collect()
}

/// An import of a name that its module does not export is an error when the module is linked; here it has a place.
fn check_names(
    unit: &Unit<'_>,
    units: &[Unit<'_>],
    exported: &[Exported],
    diagnostics: &mut Vec<ModuleDiagnostic>,
) {
    for import in &unit.imports {
        let Some(Target::Module(target)) = unit.targets.get(&import.specifier) else { continue };
        let exports = &exported[*target];
        for name in &import.names {
            if exports.is_open || exports.names.binary_search(&name.name).is_ok() {
                continue;
            }
            let hint = match import.kind {
                ImportKind::Reexport => "; if it is a type, write \"export type\"",
                ImportKind::Static if name.name != "default" => "; if it is a type, write \"import type\"",
                _ => "",
            };
            let message = format!("module \"{}\" has no export \"{}\"{hint}", units[*target].path, name.name);
            diagnostics.push(ModuleDiagnostic::error(unit.path, message, name.line, name.column));
        }
    }
}

fn hashes(units: &[Unit<'_>], runtime: &Runtime) -> Result<Vec<ArtifactHash>, String> {
    let fields: Vec<ArtifactFields<'_>> = units
        .iter()
        .map(|unit| ArtifactFields {
            filename: unit.path,
            fingerprint: fingerprint(),
            options_json: &unit.options_json,
            source: unit.source,
            js: &unit.js,
            source_map: &unit.source_map,
            runtime_hash: unit
                .targets
                .values()
                .any(|target| *target == Target::Runtime)
                .then_some(&runtime.hash),
            imports: unit
                .targets
                .iter()
                .map(|(specifier, target)| {
                    let target = match target {
                        Target::Module(index) => ImportTarget::Module(*index),
                        Target::Runtime => ImportTarget::Artifact(&runtime.hash),
                    };
                    (specifier.as_str(), target)
                })
                .collect(),
        })
        .collect();
    hash_graph(&fields).map_err(|error| error.to_string())
}

fn artifacts(
    units: Vec<Unit<'_>>,
    exported: Vec<Exported>,
    hashes: &[ArtifactHash],
    runtime: &Runtime,
) -> Vec<ModuleArtifact> {
    units
        .into_iter()
        .zip(exported)
        .zip(hashes)
        .map(|((unit, exported), hash)| ModuleArtifact {
            path: unit.path.to_owned(),
            artifact_hash: hash.clone(),
            source_hash: source_hash(unit.source),
            source: unit.source.to_owned(),
            js: unit.js,
            source_map: unit.source_map,
            options_json: unit.options_json,
            fingerprint: fingerprint(),
            imports: unit
                .targets
                .into_iter()
                .map(|(specifier, target)| {
                    let hash = match target {
                        Target::Module(index) => hashes[index].clone(),
                        Target::Runtime => runtime.hash.clone(),
                    };
                    (specifier, hash)
                })
                .collect(),
            exports: exported.names,
            can_catch: unit.can_catch,
            kind: unit.kind,
        })
        .collect()
}

fn has_error(diagnostics: &[ModuleDiagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn sorted(mut diagnostics: Vec<ModuleDiagnostic>) -> Vec<ModuleDiagnostic> {
    diagnostics.sort_by(|a, b| {
        (a.severity, &a.module, a.line, a.column).cmp(&(b.severity, &b.module, b.line, b.column))
    });
    diagnostics
}
