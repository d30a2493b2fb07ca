//! From a bundle to its graph.

use super::bundle::{Bundle, ModuleDiagnostic, Runtime, path_fault};
use super::compiled::{Compiled, CompiledModules, Findings, NothingCompiled};
use super::crew::{Alone, Crew};
use super::data_url;
use super::keep::{self, Hashed};
use super::link::{Exported, Exporter, Source, exported};
use super::resolve::{Resolved, is_relative, resolve};
use super::stored::{self, StoredModules};
use super::unit::{Candidate, Home, ModuleKind, Output, Target, Unit, UnitCode};
use crate::analysis::imports::{Import, ImportKind};
use crate::diagnostic::Severity;
use crate::fingerprint::fingerprint;
use crate::options::Options;
use plts_core::artifact::ArtifactHash;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A module, ready to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleArtifact {
    /// Its path in the bundle; for others a name that begins with `data:` or `plts:`.
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
    /// What compiling it found, to be kept with it; `None` when it must be compiled again for its warnings.
    pub findings: Option<Findings>,
}

/// A module of a graph that was compiled before, in a graph in which it reached the same: its artifact is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptModule {
    pub path: String,
    pub artifact_hash: ArtifactHash,
    pub source_hash: String,
    /// Where each specifier leads, the runtime's included.
    pub imports: BTreeMap<String, ArtifactHash>,
    /// As [`ModuleArtifact::exports`].
    pub exports: Vec<String>,
    pub kind: ModuleKind,
}

/// All modules of a bundle, and the `data:` and stored modules they import, each list in the order of their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Those to be stored.
    pub modules: Vec<ModuleArtifact>,
    /// Those that are stored already.
    pub kept: Vec<KeptModule>,
    pub warnings: Vec<ModuleDiagnostic>,
}

/// What becomes of a relative import that leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelativeImports {
    /// It is an error.
    MustLead,
    /// It is left out: what it leads to is only there when the function is deployed.
    MayLeadNowhere,
}

/// Where modules of packages lie.
const PACKAGES: &str = "npm/";

/// Compiles every module of the bundle, also those that nothing imports, and the `data:` and stored modules that they
/// import; resolves and hashes the whole. What `compiled` knows is neither compiled nor, if nothing that it reaches differs,
/// hashed again; the answer is the same but for the list that a module is in.
///
/// Errors: all that is wrong, by module and place; at least one of severity error.
pub fn build(
    bundle: &Bundle,
    runtime: &Runtime,
    stored: &mut dyn StoredModules,
    compiled: &mut dyn CompiledModules,
) -> Result<Graph, Vec<ModuleDiagnostic>> {
    build_by(&Alone, bundle, runtime, stored, compiled)
}

/// As [`build`], by several threads. It is this thread alone that asks `stored` and `compiled`.
///
/// Errors: as [`build`].
pub fn build_by(
    crew: &dyn Crew,
    bundle: &Bundle,
    runtime: &Runtime,
    stored: &mut dyn StoredModules,
    compiled: &mut dyn CompiledModules,
) -> Result<Graph, Vec<ModuleDiagnostic>> {
    let mut builder = Builder::new(bundle, runtime, stored, compiled, RelativeImports::MustLead);
    let mut candidates = Vec::new();
    for (path, source) in &bundle.modules {
        let fault = if path.starts_with(data_url::PREFIX) || path.starts_with(stored::PREFIX) {
            Some("invalid module path: its beginning is reserved")
        } else {
            path_fault(path)
        };
        match fault {
            Some(fault) => {
                builder.diagnostics.push(ModuleDiagnostic::error(path, fault.to_owned(), 1, 1));
                builder.index.insert(path.clone(), None);
            }
            None => {
                let (options, kind) = (Options::new(path.as_str()), ModuleKind::of_path(path));
                candidates.push(Candidate::new(options, source, kind, Home::Bundle));
            }
        }
    }
    builder.add_all(candidates, crew);
    builder.finish()
}

/// Compiles one module that is no file, such as the body of a function, with the `data:` and stored modules that it
/// imports. Its path is the filename of the options.
///
/// Errors: as [`build`].
pub fn build_alone(
    options: &Options,
    source: &str,
    runtime: &Runtime,
    stored: &mut dyn StoredModules,
    relative: RelativeImports,
) -> Result<Graph, Vec<ModuleDiagnostic>> {
    let bundle = Bundle::default();
    let mut compiled = NothingCompiled;
    let mut builder = Builder::new(&bundle, runtime, stored, &mut compiled, relative);
    builder.add(Candidate::new(options.clone(), source, ModuleKind::Js, Home::Bundle));
    builder.finish()
}

struct Builder<'a> {
    bundle: &'a Bundle,
    runtime: &'a Runtime,
    stored: &'a mut dyn StoredModules,
    compiled: &'a mut dyn CompiledModules,
    relative: RelativeImports,
    units: Vec<Unit>,
    /// Units by path; `None` for a module that does not compile, whose own errors say more than that it is missing.
    index: BTreeMap<String, Option<usize>>,
    diagnostics: Vec<ModuleDiagnostic>,
}

impl<'a> Builder<'a> {
    fn new(
        bundle: &'a Bundle,
        runtime: &'a Runtime,
        stored: &'a mut dyn StoredModules,
        compiled: &'a mut dyn CompiledModules,
        relative: RelativeImports,
    ) -> Self {
        let (units, index, diagnostics) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { bundle, runtime, stored, compiled, relative, units, index, diagnostics }
    }

    /// Adds a module that is not in the graph yet; `None` when it does not compile.
    fn add(&mut self, candidate: Candidate) -> Option<usize> {
        let known = candidate.found_by(self.compiled);
        self.enter(candidate, known, None)
    }

    /// Adds modules that are not in the graph yet; the crew compiles those that nothing is known of.
    fn add_all(&mut self, candidates: Vec<Candidate>, crew: &dyn Crew) {
        let known: Vec<_> = candidates.iter().map(|candidate| candidate.found_by(self.compiled)).collect();
        let outputs: Vec<_> = candidates.iter().map(|_| OnceLock::new()).collect();
        let unknown: Vec<_> = (0..candidates.len()).filter(|&index| known[index].is_none()).collect();
        let compile = |job: usize| {
            let index = unknown[job];
            outputs[index].get_or_init(|| candidates[index].compile());
        };
        if let Err(error) = crew.run(unknown.len(), &compile) {
            let module = candidates.first().map_or("", |candidate| candidate.path());
            let message = format!("cannot compile modules together: {error}");
            self.diagnostics.push(ModuleDiagnostic::error(module, message, 1, 1));
            return;
        }
        for ((candidate, known), output) in candidates.into_iter().zip(known).zip(outputs) {
            self.enter(candidate, known, output.into_inner());
        }
    }

    /// Adds a module, from what is `known` of it, or else from the `output` of compiling it, or else by compiling it.
    fn enter(
        &mut self,
        candidate: Candidate,
        known: Option<Compiled>,
        output: Option<Result<Output, Vec<ModuleDiagnostic>>>,
    ) -> Option<usize> {
        let path = candidate.path().to_owned();
        let unit = match known {
            Some(compiled) => Ok(candidate.kept(compiled)),
            None => output
                .unwrap_or_else(|| candidate.compile())
                .map(|output| candidate.compiled(output, &mut self.diagnostics)),
        };
        let found = match unit {
            Ok(unit) => {
                self.units.push(unit);
                Some(self.units.len() - 1)
            }
            Err(errors) => {
                self.diagnostics.extend(errors);
                None
            }
        };
        self.index.insert(path, found);
        found
    }

    fn finish(mut self) -> Result<Graph, Vec<ModuleDiagnostic>> {
        // The list grows while it is gone through.
        let mut next = 0;
        while next < self.units.len() {
            self.resolve_imports(next);
            next += 1;
        }
        let Self { mut units, runtime, compiled, mut diagnostics, .. } = self;
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
        let hashes = keep::hashes(&mut units, runtime, compiled).map_err(|message| {
            let module = units.first().map_or("", |unit| unit.path.as_str());
            sorted(vec![ModuleDiagnostic::error(module, message, 1, 1)])
        })?;
        let (modules, kept) = artifacts(units, exported, &hashes, runtime);
        Ok(Graph { modules, kept, warnings: sorted(diagnostics) })
    }

    fn resolve_imports(&mut self, of: usize) {
        let imports = std::mem::take(&mut self.units[of].imports);
        for import in &imports {
            match self.resolve_import(of, import) {
                Ok(Some(target)) => {
                    self.units[of].targets.insert(import.specifier.clone(), target);
                }
                Ok(None) => {}
                Err(message) => {
                    let (path, line, column) = (&self.units[of].path, import.line, import.column);
                    // Packages ask for what may be there, and go on without it.
                    let optional = import.kind == ImportKind::Dynamic && path.starts_with(PACKAGES);
                    let mut diagnostic = ModuleDiagnostic::error(path, message, line, column);
                    if optional {
                        diagnostic.severity = Severity::Warning;
                    }
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        self.units[of].imports = imports;
    }

    /// Where an import leads; `None` when there is an error about that already, or none is wanted.
    fn resolve_import(&mut self, of: usize, import: &Import) -> Result<Option<Target>, String> {
        let unit = &self.units[of];
        let specifier = import.specifier.as_str();
        let resolved = match resolve(self.bundle, self.runtime, &unit.path, &unit.home, specifier) {
            Err(_)
                if self.relative == RelativeImports::MayLeadNowhere
                    && unit.home == Home::Bundle
                    && is_relative(specifier) =>
            {
                return Ok(None);
            }
            resolved => resolved?,
        };
        let found = match resolved {
            Resolved::Runtime => return Ok(Some(Target::Runtime)),
            Resolved::Module(path) => self.index.get(&path).copied().flatten(),
            Resolved::Data(module) => match self.index.get(&module.path) {
                Some(found) => *found,
                None => {
                    let options = Options::new(module.path);
                    self.add(Candidate::new(options, &module.source, module.kind, Home::Data))
                }
            },
            Resolved::Stored(name) => {
                let importer = unit.home.importer();
                // Each importer needs the right, so each asks.
                let source = self.stored.source(&name, importer)?;
                let path = stored::path(&name);
                match self.index.get(&path) {
                    Some(found) => *found,
                    None => {
                        let home = Home::Stored(name);
                        self.add(Candidate::new(Options::new(path), &source, ModuleKind::Js, home))
                    }
                }
            }
        };
        if let Some(found) = found
            && import.is_json
            && self.units[found].kind != ModuleKind::Json
        {
            return Err(format!("module \"{specifier}\" is not JSON, as its import says"));
        }
        Ok(found.map(Target::Module))
    }
}

fn exporters<'a>(units: &'a [Unit]) -> Vec<Exporter<'a>> {
    let source = |unit: &Unit, specifier: &str| match unit.targets.get(specifier) {
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
fn check_names(unit: &Unit, units: &[Unit], exported: &[Exported], diagnostics: &mut Vec<ModuleDiagnostic>) {
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
            diagnostics.push(ModuleDiagnostic::error(&unit.path, message, name.line, name.column));
        }
    }
}

fn artifacts(
    units: Vec<Unit>,
    exported: Vec<Exported>,
    hashes: &[Hashed],
    runtime: &Runtime,
) -> (Vec<ModuleArtifact>, Vec<KeptModule>) {
    let (mut modules, mut kept) = (Vec::new(), Vec::new());
    for ((unit, exported), hashed) in units.into_iter().zip(exported).zip(hashes) {
        let target = |target: &Target| match target {
            Target::Module(index) => hashes[*index].hash().clone(),
            Target::Runtime => runtime.hash.clone(),
        };
        let imports = unit.targets.iter().map(|(specifier, to)| (specifier.clone(), target(to))).collect();
        match (hashed, unit.code) {
            (Hashed::Anew(artifact_hash), UnitCode::Here(code)) => modules.push(ModuleArtifact {
                path: unit.path,
                artifact_hash: artifact_hash.clone(),
                source_hash: unit.source_hash,
                source: unit.source,
                js: code.js,
                source_map: code.source_map,
                options_json: unit.options_json,
                fingerprint: fingerprint(),
                imports,
                exports: exported.names,
                can_catch: unit.can_catch,
                kind: unit.kind,
                findings: (!unit.has_warnings)
                    .then(|| Findings::new(unit.imports, unit.exports, unit.can_catch)),
            }),
            (hashed, _) => kept.push(KeptModule {
                path: unit.path,
                artifact_hash: hashed.hash().clone(),
                source_hash: unit.source_hash,
                imports,
                exports: exported.names,
                kind: unit.kind,
            }),
        }
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    kept.sort_by(|a, b| a.path.cmp(&b.path));
    (modules, kept)
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
