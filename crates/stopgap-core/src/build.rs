//! What `plts.build` answers, as types.
//!
//! Keys that a newer plts adds are ignored; keys this crate needs must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plts_core::artifact::ArtifactHash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::annotation::BuiltAnnotations;
use crate::error::BuildError;
use crate::names::ModulePath;
use crate::schema::Schema;
use crate::signature::SqlDeclaration;
use crate::source_hash::SourceHash;

/// The raw answer; [`BuildAnswer::into_build`] makes it safe to use.
#[derive(Clone, Debug, Deserialize)]
pub struct BuildAnswer {
    /// False: nothing was stored, and the diagnostics say why.
    pub ok: bool,
    /// The compiler that built the modules.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// The runtime the modules were built against.
    #[serde(default)]
    pub runtime_hash: Option<ArtifactHash>,
    #[serde(default)]
    pub modules: Vec<BuiltModule>,
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

/// A whole bundle that built.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    pub fingerprint: String,
    /// None when no module imports the runtime.
    pub runtime_hash: Option<ArtifactHash>,
    pub modules: Vec<BuiltModule>,
    /// Warnings only.
    pub warnings: Vec<Diagnostic>,
}

/// One module of the bundle.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BuiltModule {
    pub path: ModulePath,
    /// True when its exports may become functions.
    pub entry: bool,
    pub artifact_hash: ArtifactHash,
    pub source_hash: SourceHash,
    /// Specifier to artifact hash. Optional: with it a plan can tell, function by function, a changed dependency from
    /// a changed compiler.
    #[serde(default)]
    pub imports: Option<BTreeMap<String, ArtifactHash>>,
    /// None for an entry whose exports the caller knows, as it said.
    #[serde(default)]
    pub exports: Option<Vec<BuiltExport>>,
}

/// One export of a module.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BuiltExport {
    /// As written; not every export name can be called.
    pub name: String,
    /// None when the module was not evaluated.
    #[serde(default)]
    pub kind: Option<ExportKind>,
    /// JSON Schema of the arguments, when the handler has one.
    #[serde(default)]
    pub args: Option<Schema>,
    /// JSON Schema of the result, when the handler has one.
    #[serde(default)]
    pub returns: Option<Schema>,
    /// The SQL signature that the handler declares, if any.
    #[serde(default)]
    pub sql: Option<SqlDeclaration>,
    /// What is written about it in its comment, for us to enforce.
    #[serde(default)]
    pub annotations: BuiltAnnotations,
}

/// What evaluating a module found at an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportKind {
    /// A branded read-only handler.
    Query,
    /// A branded handler that may write.
    Mutation,
    /// A function without a brand.
    Function,
    /// Anything else.
    Value,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A remark of the compiler, or an error thrown while a module was evaluated. Prints as
/// `users.ts line 3, column 5: message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub module: String,
    pub severity: Severity,
    /// One-based; 0 when unknown.
    #[serde(default)]
    pub line: u32,
    /// One-based, in UTF-16 units; 0 when unknown.
    #[serde(default)]
    pub column: u32,
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.module)?;
        if self.line > 0 {
            write!(f, " line {}", self.line)?;
            if self.column > 0 {
                write!(f, ", column {}", self.column)?;
            }
        }
        write!(f, ": {}", self.message)
    }
}

impl BuildAnswer {
    /// Reads the answer; XX000 when it is not of the documented shape.
    pub fn from_json(answer: Value) -> Result<Self, BuildError> {
        serde_json::from_value(answer).map_err(|error| BuildError::Answer { reason: error.to_string() })
    }

    /// As [`Self::from_json`], from the text of the answer.
    pub fn from_text(answer: &str) -> Result<Self, BuildError> {
        serde_json::from_str(answer).map_err(|error| BuildError::Answer { reason: error.to_string() })
    }

    /// The build, or 42601 with the first error's file, line and column in the message and every diagnostic in DETAIL.
    pub fn into_build(self) -> Result<Build, BuildError> {
        let first_error = self.diagnostics.iter().find(|one| one.severity == Severity::Error);
        if let Some(first) = first_error {
            return Err(BuildError::Refused { first: Box::new(first.clone()), all: self.diagnostics });
        }
        let answer_lacks = |what: &str| BuildError::Answer { reason: format!("it has no {what}") };
        if !self.ok {
            return Err(answer_lacks("diagnostic that says why it failed"));
        }
        Ok(Build {
            fingerprint: self.fingerprint.ok_or_else(|| answer_lacks("fingerprint"))?,
            runtime_hash: self.runtime_hash,
            modules: self.modules,
            warnings: self.diagnostics,
        })
    }
}

impl Build {
    /// Source hash of every module, by path.
    pub fn sources(&self) -> BTreeMap<ModulePath, SourceHash> {
        self.modules.iter().map(|module| (module.path.clone(), module.source_hash.clone())).collect()
    }

    /// The modules that `module` is made of: itself and everything it imports, directly or not. Without import edges
    /// in the answer, every module of the bundle.
    pub fn reachable_from(&self, module: &ModulePath) -> BTreeSet<ModulePath> {
        let all = || self.modules.iter().map(|one| one.path.clone()).collect();
        // Two modules of one content share a hash, so a hash stands for a list of paths.
        let mut by_hash: BTreeMap<&ArtifactHash, Vec<&BuiltModule>> = BTreeMap::new();
        for one in &self.modules {
            by_hash.entry(&one.artifact_hash).or_default().push(one);
        }
        let mut reached = BTreeSet::new();
        let mut to_visit: Vec<&BuiltModule> = self.modules.iter().filter(|one| one.path == *module).collect();
        while let Some(one) = to_visit.pop() {
            if !reached.insert(one.path.clone()) {
                continue;
            }
            let Some(imports) = &one.imports else { return all() };
            to_visit.extend(imports.values().filter_map(|hash| by_hash.get(hash)).flatten());
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;
    use serde_json::json;

    use super::*;

    fn hash(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    #[test]
    fn reads_the_documented_shape() {
        let answer = json!({
            "ok": true, "fingerprint": "plts-compile@0.1.0", "runtime_hash": hash('a'),
            "modules": [{"path": "users.ts", "entry": true, "artifact_hash": hash('b'), "source_hash": hash('c'),
                "kind": "js", "stored": true,
                "exports": [{"name": "getUser", "kind": "query", "args": {"type": "object"}, "returns": null}]}],
            "diagnostics": [{"module": "users.ts", "severity": "warning", "line": 3, "column": 5, "message": "odd"}]
        });
        let build = BuildAnswer::from_json(answer).unwrap().into_build().unwrap();
        assert_eq!(build.fingerprint, "plts-compile@0.1.0");
        assert_eq!(build.modules[0].exports.as_ref().unwrap()[0].kind, Some(ExportKind::Query));
        assert_eq!(build.modules[0].exports.as_ref().unwrap()[0].returns, None);
        assert_eq!(build.warnings.len(), 1);
    }

    #[test]
    fn a_refused_build_names_file_line_and_column() {
        let answer = json!({"ok": false, "diagnostics": [
            {"module": "a.ts", "severity": "warning", "line": 1, "column": 1, "message": "odd"},
            {"module": "b.ts", "severity": "error", "line": 3, "column": 5, "message": "unexpected token"},
            {"module": "c.json", "severity": "error", "message": "not JSON"}]});
        let error = BuildAnswer::from_json(answer).unwrap().into_build().unwrap_err();
        assert_eq!(error.to_string(), "b.ts line 3, column 5: unexpected token");
        assert_eq!(error.sqlstate().as_str(), "42601");
        assert_eq!(
            error.detail().unwrap(),
            "warning: a.ts line 1, column 1: odd\nerror: b.ts line 3, column 5: unexpected token\nerror: c.json: not JSON"
        );
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        for answer in [
            json!(null),
            json!({"modules": []}),
            json!({"ok": false}),
            json!({"ok": true}),
            json!({"ok": true, "fingerprint": "x", "modules": [{"path": "../x.ts", "entry": true}]}),
        ] {
            let result = BuildAnswer::from_json(answer.clone()).and_then(BuildAnswer::into_build);
            assert_eq!(result.unwrap_err().sqlstate().as_str(), "XX000", "{answer}");
        }
    }

    #[test]
    fn reach_follows_imports() {
        let module = |path: &str, artifact: char, imports: Value| json!({"path": path, "entry": false, "artifact_hash": hash(artifact), "source_hash": hash('0'), "imports": imports});
        let build = |modules: Value| {
            BuildAnswer::from_json(json!({"ok": true, "fingerprint": "f", "modules": modules}))
                .unwrap()
                .into_build()
                .unwrap()
        };
        let reach = |build: &Build, path: &str| {
            let reached = build.reachable_from(&ModulePath::parse(path).unwrap());
            reached.into_iter().map(|path| path.to_string()).collect::<Vec<_>>()
        };
        let with_edges = build(json!([
            module("a.ts", '1', json!({"./b": hash('2'), "@stopgap/runtime": hash('9')})),
            module("b.ts", '2', json!({"./a": hash('1')})),
            module("c.ts", '3', json!({})),
        ]));
        assert_eq!(reach(&with_edges, "a.ts"), ["a.ts", "b.ts"]);
        assert_eq!(reach(&with_edges, "c.ts"), ["c.ts"]);
        let without_edges =
            build(json!([module("a.ts", '1', json!(null)), module("c.ts", '3', json!(null))]));
        assert_eq!(reach(&without_edges, "a.ts"), ["a.ts", "c.ts"]);
    }
}
