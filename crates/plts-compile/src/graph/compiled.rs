//! Modules that were compiled before: what compiling found, and the code, so that an unchanged source is not compiled again.
//!
//! What is known of a module follows from its source, its options and this compiler alone. Whoever keeps it must have it
//! from [`super::ModuleArtifact::findings`], or from [`recompile`]: it is believed.

use super::bundle::ModuleDiagnostic;
use super::unit::{Candidate, Home, ModuleKind};
use crate::analysis::exports::Exports;
use crate::analysis::imports::Import;
use crate::options::Options;
use plts_core::artifact::ArtifactHash;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the JSON of [`Findings`].
const FORMAT: u64 = 1;

/// What compiling a module found, besides its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    format: u64,
    pub(super) imports: Vec<Import>,
    pub(super) exports: Exports,
    pub(super) can_catch: bool,
}

impl Findings {
    pub(super) fn new(imports: Vec<Import>, exports: Exports, can_catch: bool) -> Self {
        Self { format: FORMAT, imports, exports, can_catch }
    }

    /// Reads what [`Self::to_json`] wrote; `None` for another format, which is as good as nothing.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().filter(|found: &Self| found.format == FORMAT)
    }

    /// The findings as they are kept.
    pub fn to_json(&self) -> Value {
        serde_json::json!(self)
    }
}

/// The code of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    pub js: String,
    /// Empty if there is none.
    pub source_map: String,
}

/// A module that was compiled before, maybe in several graphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub findings: Findings,
    /// At least one.
    pub versions: Vec<Version>,
}

/// A compiled module in one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub artifact_hash: ArtifactHash,
    /// Where each specifier led, the runtime's included.
    pub imports: BTreeMap<String, ArtifactHash>,
}

/// Where compiled modules are kept.
pub trait CompiledModules {
    /// What is known of the module of that source and those options, compiled by this compiler without a warning.
    fn find(&mut self, source_hash: &str, options_json: &str) -> Option<Compiled>;

    /// The code of each of these versions, which [`Self::find`] gave.
    ///
    /// Errors: why it cannot be had.
    fn code(&mut self, wanted: &[&ArtifactHash]) -> Result<Vec<Code>, String>;
}

/// Nothing was compiled before.
pub struct NothingCompiled;

impl CompiledModules for NothingCompiled {
    fn find(&mut self, _: &str, _: &str) -> Option<Compiled> {
        None
    }

    fn code(&mut self, _: &[&ArtifactHash]) -> Result<Vec<Code>, String> {
        Ok(Vec::new())
    }
}

/// A module compiled once more by itself, as a build compiles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recompiled {
    pub code: Code,
    /// The specifiers that it imports.
    pub specifiers: BTreeSet<String>,
    /// As [`super::ModuleArtifact::findings`].
    pub findings: Option<Findings>,
}

/// Compiles a module of a build once more; what it imports is not looked for.
///
/// Errors: at least one diagnostic.
pub fn recompile(options: &Options, source: &str) -> Result<Recompiled, Vec<ModuleDiagnostic>> {
    let kind = ModuleKind::of_path(&options.filename);
    let mut output = Candidate::new(options.clone(), source, kind, Home::Bundle).compile()?;
    let specifiers = output.imports.iter().map(|import| import.specifier.clone()).collect();
    let code = std::mem::take(&mut output.code);
    Ok(Recompiled { code, specifiers, findings: output.into_findings() })
}
