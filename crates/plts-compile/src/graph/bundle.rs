//! What goes into a graph: sources by path, the import map, and the runtime; and how diagnostics name a module.

use crate::diagnostic::{Diagnostic, Severity};
use plts_core::artifact::ArtifactHash;
use std::collections::BTreeMap;
use std::fmt;

/// Sources to be compiled together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Sources by path, the extension included: `users.ts`, `lib/slug.ts`, `data.json`.
    pub modules: BTreeMap<String, String>,
    /// Where bare specifiers lead: `zod` to a module's path, or, for a key that ends in `/`, a prefix to a prefix.
    pub imports: BTreeMap<String, String>,
    /// The same for some modules only, by the path of a module or, with a `/` at its end, of a folder. The narrowest
    /// scope that knows a specifier counts, before `imports`.
    pub scopes: BTreeMap<String, BTreeMap<String, String>>,
}

/// The runtime that a graph is pinned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// What modules call it: `@stopgap/runtime`. No import map changes where it leads.
    pub specifier: String,
    pub hash: ArtifactHash,
}

/// A diagnostic and the module it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleDiagnostic {
    /// The module's path.
    pub module: String,
    pub severity: Severity,
    pub message: String,
    /// Counted from 1.
    pub line: u32,
    /// In UTF-16 code units, counted from 1.
    pub column: u32,
}

impl ModuleDiagnostic {
    pub(super) fn new(module: &str, diagnostic: Diagnostic) -> Self {
        let Diagnostic { severity, message, line, column } = diagnostic;
        Self { module: module.to_owned(), severity, message, line, column }
    }

    pub(super) fn error(module: &str, message: String, line: u32, column: u32) -> Self {
        Self::new(module, Diagnostic::error(message, line, column))
    }
}

impl fmt::Display for ModuleDiagnostic {
    /// `users.ts:3:5: error: unexpected token`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}: {}", self.module, self.line, self.column, self.severity, self.message)
    }
}

/// What is wrong with a module's path, if anything: it must be relative, with plain segments and a known extension.
pub(super) fn path_fault(path: &str) -> Option<&'static str> {
    let has_plain_segments = path.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    if !has_plain_segments || path.contains(['\\', '\0']) {
        return Some("invalid module path");
    }
    let has_known_extension =
        [".ts", ".mts", ".js", ".mjs", ".json"].iter().any(|known| path.ends_with(known));
    if has_known_extension {
        return None;
    }
    Some(match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tsx" | "jsx") => "JSX is not supported",
        Some("cts" | "cjs") => "CommonJS is not supported",
        _ => "unknown module extension; use .ts, .mts, .js, .mjs or .json",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_plain() {
        for path in ["a.ts", "lib/a.mts", "npm/@scope/x@1.0.0/index.js", "a.b.mjs", "data.json", "a.d.ts"] {
            assert_eq!(path_fault(path), None, "{path}");
        }
        for path in [
            "",
            "/a.ts",
            "a//b.ts",
            "./a.ts",
            "../a.ts",
            "a/../b.ts",
            "a\\b.ts",
            "a",
            "a.tsx",
            "a.cjs",
            "a.TS",
            "a/",
        ] {
            assert!(path_fault(path).is_some(), "{path}");
        }
    }
}
