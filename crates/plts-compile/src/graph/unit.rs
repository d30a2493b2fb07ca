//! A module of a graph on its way: compiled, not linked yet.

use super::bundle::ModuleDiagnostic;
use super::compiled::{Code, Compiled, Findings, Version};
use super::json::compile_json;
use super::stored::Importer;
use crate::analysis::exports::Exports;
use crate::analysis::imports::Import;
use crate::module::compile_with_exports;
use crate::options::Options;
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

impl Unit {
    /// A module that was compiled before.
    pub(super) fn kept(
        options: &Options,
        source: String,
        source_hash: String,
        kind: ModuleKind,
        home: Home,
        compiled: Compiled,
    ) -> Self {
        let Findings { imports, exports, can_catch, .. } = compiled.findings;
        Self {
            path: options.filename.clone(),
            source,
            source_hash,
            home,
            kind,
            code: UnitCode::Kept(compiled.versions),
            options_json: options.canonical_json(),
            imports,
            targets: BTreeMap::new(),
            exports,
            can_catch,
            has_warnings: false,
        }
    }

    /// Compiles a module, whose path is the filename of the options; warnings go to `warnings`.
    ///
    /// Errors: at least one diagnostic.
    pub(super) fn compile(
        options: &Options,
        source: String,
        source_hash: String,
        kind: ModuleKind,
        home: Home,
        warnings: &mut Vec<ModuleDiagnostic>,
    ) -> Result<Self, Vec<ModuleDiagnostic>> {
        let path = options.filename.clone();
        let options_json = options.canonical_json();
        let targets = BTreeMap::new();
        if kind == ModuleKind::Json {
            let js = compile_json(&source).map_err(|error| vec![ModuleDiagnostic::new(&path, error)])?;
            return Ok(Self {
                path,
                source,
                source_hash,
                home,
                kind,
                code: UnitCode::Here(Code { js, source_map: String::new() }),
                options_json,
                imports: Vec::new(),
                targets,
                exports: Exports { names: vec!["default".to_owned()], ..Exports::default() },
                can_catch: false,
                has_warnings: false,
            });
        }
        let (compiled, exports) = compile_with_exports(&source, options).map_err(|errors| {
            errors.into_iter().map(|error| ModuleDiagnostic::new(&path, error)).collect::<Vec<_>>()
        })?;
        let has_warnings = !compiled.diagnostics.is_empty();
        warnings
            .extend(compiled.diagnostics.into_iter().map(|warning| ModuleDiagnostic::new(&path, warning)));
        Ok(Self {
            path,
            source,
            source_hash,
            home,
            kind,
            code: UnitCode::Here(Code { js: compiled.js, source_map: compiled.source_map }),
            options_json,
            imports: compiled.imports,
            targets,
            exports,
            can_catch: compiled.can_catch,
            has_warnings,
        })
    }
}
