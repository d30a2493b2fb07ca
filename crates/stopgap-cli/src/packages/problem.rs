//! What stands in the way of shipping packages.

use std::fmt;

/// How many problems an error tells of.
const MOST_SHOWN: usize = 10;

/// A problem at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: u32,
    /// In UTF-16 code units, counted from 1.
    pub(crate) column: u32,
    pub(crate) message: String,
    pub(crate) hint: Option<&'static str>,
}

impl fmt::Display for Problem {
    /// `users.ts line 3, column 5: message`, as the server's diagnostics
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}, column {}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Packages that cannot be shipped; at least one problem.
#[derive(Debug)]
pub(crate) struct PackagesError {
    pub(crate) problems: Vec<Problem>,
}

impl fmt::Display for PackagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.first() {
            Some(first) => first.fmt(f),
            None => f.write_str("the packages cannot be shipped"),
        }
    }
}

impl std::error::Error for PackagesError {}

impl PackagesError {
    /// The problems after the first.
    pub(crate) fn detail(&self) -> Option<String> {
        let mut lines: Vec<String> =
            self.problems.iter().skip(1).take(MOST_SHOWN).map(ToString::to_string).collect();
        if self.problems.len() > MOST_SHOWN + 1 {
            lines.push(format!("and {} more", self.problems.len() - MOST_SHOWN - 1));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// What to do about the first.
    pub(crate) fn hint(&self) -> Option<String> {
        self.problems.first().and_then(|problem| problem.hint).map(str::to_owned)
    }
}
