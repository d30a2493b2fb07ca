//! A module of a graph on its way: read, then compiled, not linked yet.

use super::bundle::ModuleDiagnostic;
use super::compiled::{Code, Compiled, CompiledModules, Findings, Version};
use super::json::compile_json;
use super::stored::Importer;
use crate::analysis::exports::Exports;
use crate::analysis::imports::Import;
use crate::module::compile_with_exports;
use crate::options::Options;
use plts_core::artifact::source_hash;
use std::collections::BTreeMap;

/// What a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// TypeScript or JavaScript.
    Js,
    /// JSON; its JavaScript exports the value as `default`.
    Json,
}

impl ModuleKind {
    /// What the name of a module says.
    pub fn of_path(path: &str) -> Self {
        if path.ends_with(".json") { Self::Json } else { Self::Js }
    }
}

/// Where a module comes from, which says what it may import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Bundle,
    /// A `data:` URL.
    Data,
    /// The stored module of that name.
    Stored(String),
}

impl Home {
    /// As stored modules see it. The text of a `data:` URL is part of the text that it stands in, which is the
    /// bundle's as soon as the bundle has it too; so it has the bundle's rights only.
    pub(super) fn importer(&self) -> Importer<'_> {
        match self {
            Self::Bundle | Self::Data => Importer::Bundle,
            Self::Stored(name) => Importer::Stored(name),
        }
    }
}

/// Where an import leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To a unit, by its index.
    Module(usize),
    Runtime,
}

/// The code of a unit, or where it is.
pub(super) enum UnitCode {
    Here(Code),
    /// It was compiled before, with the same result: in these graphs.
    Kept(Vec<Version>),
}

/// A compiled module.
pub(super) struct Unit {
    pub(super) path: String,
    pub(super) source: String,
    pub(super) source_hash: String,
    pub(super) home: Home,
    pub(super) kind: ModuleKind,
    pub(super) code: UnitCode,
    pub(super) options_json: String,
    pub(super) imports: Vec<Import>,
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) exports: Exports,
    pub(super) can_catch: bool,
    /// Whether the compiler had something to say, which it should say again.
    pub(super) has_warnings: bool,
}

/// A module that is no unit yet.
pub(super) struct Candidate {
    options: Options,
    options_json: String,
    source: String,
    source_hash: String,
    kind: ModuleKind,
    home: Home,
}

/// What compiling a module gave.
pub(super) struct Output {
    pub(super) code: Code,
    pub(super) imports: Vec<Import>,
    exports: Exports,
    can_catch: bool,
    warnings: Vec<ModuleDiagnostic>,
}

impl Output {
    /// What is to be kept with the code; `None` when the module must be compiled again for its warnings.
    pub(super) fn into_findings(self) -> Option<Findings> {
        self.warnings.is_empty().then(|| Findings::new(self.imports, self.exports, self.can_catch))
    }
}

impl Candidate {
    /// A module whose path is the filename of the options.
    pub(super) fn new(options: Options, source: &str, kind: ModuleKind, home: Home) -> Self {
        Self {
            options_json: options.canonical_json(),
            options,
            source: source.to_owned(),
            source_hash: source_hash(source),
            kind,
            home,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.options.filename
    }

    /// What was found when it was compiled before.
    pub(super) fn found_by(&self, compiled: &mut dyn CompiledModules) -> Option<Compiled> {
        compiled.find(&self.source_hash, &self.options_json)
    }

    /// Compiles it.
    ///
    /// Errors: at least one diagnostic.
    pub(super) fn compile(&self) -> Result<Output, Vec<ModuleDiagnostic>> {
        let here = |diagnostic| ModuleDiagnostic::new(self.path(), diagnostic);
        if self.kind == ModuleKind::Json {
            let js = compile_json(&self.source).map_err(|error| vec![here(error)])?;
            return Ok(Output {
                code: Code { js, source_map: String::new() },
                imports: Vec::new(),
                exports: Exports { names: vec!["default".to_owned()], ..Exports::default() },
                can_catch: false,
                warnings: Vec::new(),
            });
        }
        let (compiled, exports) = compile_with_exports(&self.source, &self.options)
            .map_err(|errors| errors.into_iter().map(here).collect::<Vec<_>>())?;
        Ok(Output {
            code: Code { js: compiled.js, source_map: compiled.source_map },
            imports: compiled.imports,
            exports,
            can_catch: compiled.can_catch,
            warnings: compiled.diagnostics.into_iter().map(here).collect(),
        })
    }

    /// The unit that was compiled before.
    pub(super) fn kept(self, compiled: Compiled) -> Unit {
        let Findings { imports, exports, can_catch, .. } = compiled.findings;
        let code = UnitCode::Kept(compiled.versions);
        self.into_unit(code, imports, exports, can_catch, false)
    }

    /// The unit that compiling it gave; warnings go to `warnings`.
    pub(super) fn compiled(self, output: Output, warnings: &mut Vec<ModuleDiagnostic>) -> Unit {
        let has_warnings = !output.warnings.is_empty();
        warnings.extend(output.warnings);
        let code = UnitCode::Here(output.code);
        self.into_unit(code, output.imports, output.exports, output.can_catch, has_warnings)
    }

    fn into_unit(
        self,
        code: UnitCode,
        imports: Vec<Import>,
        exports: Exports,
        can_catch: bool,
        has_warnings: bool,
    ) -> Unit {
        Unit {
            path: self.options.filename,
            source: self.source,
            source_hash: self.source_hash,
            home: self.home,
            kind: self.kind,
            code,
            options_json: self.options_json,
            imports,
            targets: BTreeMap::new(),
            exports,
            can_catch,
            has_warnings,
        }
    }
}
