//! What stopgap's SQL functions answer, as far as text output needs it. JSON output hands on the server's own text.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use stopgap_core::Diagnostic;

use crate::error::CliError;
use crate::source_diff::SourceDiff;

/// The answer of `stopgap.diff_bundle`.
#[derive(Debug, Deserialize)]
pub(crate) struct Diff {
    pub(crate) live_schema: String,
    pub(crate) summary: Summary,
    pub(crate) functions: Vec<DiffFunction>,
    #[serde(default)]
    pub(crate) skipped: Vec<Skipped>,
    #[serde(default)]
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The sources that differ; not of a rollback.
    #[serde(default)]
    pub(crate) modules: Vec<SourceDiff>,
}

/// How many functions change, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Summary {
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) recompiled: u64,
    pub(crate) removed: u64,
    #[serde(default)]
    pub(crate) retired: u64,
    pub(crate) unchanged: u64,
}

impl Summary {
    /// True when a deploy would write nothing.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.added + self.changed + self.recompiled + self.removed + self.retired == 0
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { added, changed, recompiled, removed, retired, unchanged } = self;
        write!(f, "{added} added, {changed} changed, {recompiled} recompiled, {removed} removed, ")?;
        if *retired > 0 {
            write!(f, "{retired} retired, ")?;
        }
        write!(f, "{unchanged} unchanged")
    }
}

/// One function of a diff.
#[derive(Debug, Deserialize)]
pub(crate) struct DiffFunction {
    pub(crate) path: String,
    pub(crate) live_function: String,
    pub(crate) change: String,
    pub(crate) kind: String,
    /// What it takes and gives, or took and gave when it goes.
    #[serde(default)]
    signature: String,
    #[serde(default)]
    active_signature: Option<String>,
    #[serde(default)]
    pub(crate) retired_until: Option<String>,
    /// In plans only.
    #[serde(default)]
    pub(crate) compatibility: Option<Compatibility>,
}

impl DiffFunction {
    /// The signatures before and after, when they differ.
    pub(crate) fn signature_change(&self) -> Option<(&str, &str)> {
        let before = self.active_signature.as_deref()?;
        (before != self.signature).then_some((before, self.signature.as_str()))
    }
}

/// What callers could trip over.
#[derive(Debug, Deserialize)]
pub(crate) struct Compatibility {
    pub(crate) arguments_narrowed: Vec<Break>,
    pub(crate) result_changed: Vec<Break>,
}

/// Where, and what.
#[derive(Debug, Deserialize)]
pub(crate) struct Break {
    pub(crate) at: String,
    pub(crate) what: String,
}

/// An export that becomes no function.
#[derive(Debug, Deserialize)]
pub(crate) struct Skipped {
    pub(crate) module: String,
    pub(crate) export: String,
    pub(crate) reason: String,
}

/// The answer of `stopgap.status`.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) live_schema: String,
    pub(crate) active: Option<Deployment>,
    pub(crate) functions: Vec<LiveFunction>,
}

impl Status {
    /// The label of what is active, in quotes, after a space.
    pub(crate) fn label(&self) -> String {
        let label = self.active.as_ref().and_then(|active| active.label.as_ref());
        label.map(|label| format!(" \"{label}\"")).unwrap_or_default()
    }
}

/// The answer of `stopgap.what_if_rollback`.
#[derive(Debug, Deserialize)]
pub(crate) struct WhatIf {
    pub(crate) to: Deployment,
    pub(crate) passed_over: Vec<i64>,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) plan: Diff,
}

/// A migration that a rollback does not undo.
#[derive(Debug, Deserialize)]
pub(crate) struct Migration {
    pub(crate) name: String,
    pub(crate) deployment_id: i64,
}

/// The answer of `stopgap.compare`.
#[derive(Debug, Deserialize)]
pub(crate) struct Comparison {
    pub(crate) summary: Summary,
    pub(crate) functions: Vec<DiffFunction>,
    pub(crate) modules: Vec<ModuleChange>,
}

/// A module that differs.
#[derive(Debug, Deserialize)]
pub(crate) struct ModuleChange {
    pub(crate) module: String,
    pub(crate) from_source: Option<String>,
    pub(crate) to_source: Option<String>,
}

/// One version of a function, as `stopgap.history` gives it.
#[derive(Debug, Deserialize)]
pub(crate) struct Version {
    pub(crate) version: i64,
    pub(crate) module: String,
    pub(crate) export: String,
    pub(crate) artifact_hash: String,
    pub(crate) source_hash: String,
    pub(crate) source: String,
    pub(crate) active: bool,
    pub(crate) deployments: Vec<VersionDeployment>,
}

/// A deployment that has a version.
#[derive(Debug, Deserialize)]
pub(crate) struct VersionDeployment {
    pub(crate) id: i64,
    pub(crate) label: Option<String>,
}

/// A row of `stopgap.timeline`.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) at: String,
    pub(crate) event: String,
    pub(crate) deployment: Option<i64>,
    pub(crate) former: Option<i64>,
    pub(crate) label: Option<String>,
    pub(crate) done_by: String,
    pub(crate) client_addr: Option<String>,
    pub(crate) git_commit: Option<String>,
}

/// The answer of `stopgap.verify` and `stopgap.repair`.
#[derive(Debug, Deserialize)]
pub(crate) struct Verification {
    pub(crate) ok: bool,
    pub(crate) checked: Checked,
    pub(crate) differences: Vec<Difference>,
    #[serde(default)]
    pub(crate) repaired: Vec<Difference>,
}

/// How much was looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct Checked {
    pub(crate) functions: u64,
    pub(crate) artifacts: u64,
}

/// One difference.
#[derive(Debug, Deserialize)]
pub(crate) struct Difference {
    pub(crate) class: String,
    pub(crate) object: String,
    pub(crate) kind: String,
    pub(crate) property: Option<String>,
    pub(crate) expected: serde_json::Value,
    pub(crate) found: serde_json::Value,
}

/// Something that depends on a function that goes.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependent {
    env: String,
    function: String,
    object: String,
}

impl std::fmt::Display for Dependent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} depends on {}, which goes", self.env, self.object, self.function)
    }
}

/// The answer of `stopgap.prune`.
#[derive(Debug, Deserialize)]
pub(crate) struct Pruning {
    pub(crate) pruned: Vec<RetiredFunction>,
    pub(crate) retired: Vec<RetiredFunction>,
    pub(crate) dependents: Vec<Dependent>,
}

/// A function that a release left out.
#[derive(Debug, Deserialize)]
pub(crate) struct RetiredFunction {
    pub(crate) path: String,
    pub(crate) live_function: String,
    pub(crate) retired_until: String,
}

/// The answer of `stopgap.gc`.
#[derive(Debug, Deserialize)]
pub(crate) struct Collected {
    pub(crate) pruned: Vec<Pruned>,
    pub(crate) versions: u64,
    pub(crate) artifacts: u64,
    pub(crate) bytes: u64,
}

/// A deployment that was pruned.
#[derive(Debug, Deserialize)]
pub(crate) struct Pruned {
    pub(crate) env: String,
    pub(crate) id: i64,
}

/// A function that is live.
#[derive(Debug, Deserialize)]
pub(crate) struct LiveFunction {
    pub(crate) path: String,
    pub(crate) live_function: String,
    pub(crate) kind: String,
    /// The environment whose deployment has it.
    origin: Option<String>,
    #[serde(default)]
    inherited: bool,
    #[serde(default)]
    retired_until: Option<String>,
    #[serde(default)]
    annotations: Annotations,
}

impl LiveFunction {
    /// What is special about it: where it comes from, how long it stays, what its comment asks for.
    pub(crate) fn remarks(&self) -> String {
        let mut remarks: Vec<String> = Vec::new();
        remarks
            .extend(self.origin.as_ref().filter(|_| self.inherited).map(|origin| format!("from {origin}")));
        remarks.extend(self.retired_until.as_ref().map(|until| format!("retired until {until}")));
        let Annotations { timeout_ms, deprecated, roles, cache, readonly, log_params } = &self.annotations;
        remarks.extend(timeout_ms.map(|limit| format!("@timeout {limit}ms")));
        remarks.extend(deprecated.as_ref().map(|_| "@deprecated".to_owned()));
        remarks.extend((!roles.is_empty()).then(|| format!("@role {}", roles.join(" "))));
        remarks.extend(cache.as_ref().map(|cache| format!("@cache {cache}")));
        remarks.extend(readonly.then(|| "@readonly".to_owned()));
        remarks.extend(log_params.as_ref().map(|_| "@log-params".to_owned()));
        remarks.join(", ")
    }
}

/// What a function's comment asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Annotations {
    timeout_ms: Option<u32>,
    deprecated: Option<String>,
    roles: Vec<String>,
    cache: Option<String>,
    readonly: bool,
    log_params: Option<serde_json::Value>,
}

/// One deployment.
#[derive(Debug, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) id: i64,
    pub(crate) label: Option<String>,
    pub(crate) state: String,
    pub(crate) source: String,
    pub(crate) created_at: String,
    pub(crate) created_by: String,
    pub(crate) functions: u64,
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) pinned: bool,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, CliError> {
    serde_json::from_str(text).map_err(|error| CliError::Answer { reason: error.to_string() })
}

/// An answer as the server wrote it.
pub(crate) fn raw(text: String) -> Result<Box<RawValue>, CliError> {
    RawValue::from_string(text).map_err(|error| CliError::Answer { reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_shapes() {
        let diff: Diff = read(
            r#"{"env":"prod","live_schema":"live_prod","active_deployment_id":null,
            "summary":{"added":1,"changed":0,"recompiled":0,"removed":0,"unchanged":0},
            "functions":[{"path":"api.a.b","live_function":"a_b","change":"added","kind":"query",
                "active_artifact_hash":null,"candidate_artifact_hash":"sha256:x"}],
            "skipped":[{"module":"a.ts","export":"x","reason":"not a query or mutation"}],"diagnostics":[]}"#,
        )
        .unwrap();
        assert!(!diff.summary.is_unchanged());
        assert_eq!(diff.summary.to_string(), "1 added, 0 changed, 0 recompiled, 0 removed, 0 unchanged");
        let status: Status =
            read(r#"{"env":"prod","live_schema":"live_prod","active":null,"functions":[]}"#).unwrap();
        assert!(status.active.is_none());
        let live: LiveFunction = read(
            r#"{"path":"api.a.b","live_function":"a_b","kind":"query","origin":"prod","inherited":true,
            "retired_until":"2026-12-01T00:00:00Z","annotations":{"timeout_ms":5,"roles":["a","b"],"readonly":true}}"#,
        )
        .unwrap();
        assert_eq!(
            live.remarks(),
            "from prod, retired until 2026-12-01T00:00:00Z, @timeout 5ms, @role a b, @readonly"
        );
        assert!(matches!(read::<Status>("{}"), Err(CliError::Answer { .. })));
    }

    #[test]
    fn numbers_are_handed_on_as_they_are() {
        let text = "{\"n\": 123456789012345678901234567890.10}";
        assert_eq!(serde_json::to_string(&raw(text.to_owned()).unwrap()).unwrap(), text);
    }
}
