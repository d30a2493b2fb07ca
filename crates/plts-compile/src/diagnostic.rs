//! What the compiler has to say about a place in the user's text.

use std::fmt;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text cannot be compiled.
    Error,
    /// The text compiles, and may not do what its author thinks.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message about a place in the user's text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    pub severity: Severity,
    /// In PostgreSQL's style: lower case, no full stop.
    pub message: String,
    /// Counted from 1.
    pub line: u32,
    /// In UTF-16 code units, counted from 1.
    pub column: u32,
}

impl Diagnostic {
    /// An error at a line and column, both counted from 1.
    pub fn error(message: impl Into<String>, line: u32, column: u32) -> Self {
        Self { severity: Severity::Error, message: message.into(), line, column }
    }

    /// A warning at a line and column, both counted from 1.
    pub fn warning(message: impl Into<String>, line: u32, column: u32) -> Self {
        Self { severity: Severity::Warning, message: message.into(), line, column }
    }
}

impl fmt::Display for Diagnostic {
    /// `3:5: error: unexpected token`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.line, self.column, self.severity, self.message)
    }
}

/// In the order of the text, each once.
pub(crate) fn ordered(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column, diagnostic.severity));
    diagnostics.dedup();
    diagnostics
}
