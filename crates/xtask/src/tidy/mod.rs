//! `cargo xtask tidy`: the house rules that a compiler does not check.

mod edges;
mod install_scripts;
mod lexer;
mod sources;
mod sql;

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

use crate::shell::{self, Result};
use crate::workspace::Workspace;

/// One broken rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root; none for what concerns a whole crate.
    pub file: Option<PathBuf>,
    /// 1-based; 0 means the file as a whole.
    pub line: usize,
    /// What is wrong and what the rule is.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (None, _) => write!(formatter, "{}", self.message),
            (Some(file), 0) => write!(formatter, "{}: {}", file.display(), self.message),
            (Some(file), line) => write!(formatter, "{}:{line}: {}", file.display(), self.message),
        }
    }
}

/// Checks every rule and prints what is broken. Returns whether all hold.
pub fn check(workspace: &Workspace) -> Result<bool> {
    let start = Instant::now();
    let mut findings = edges::check(workspace)?;
    findings.extend(install_scripts::check(workspace)?);
    let report = sources::check(workspace)?;
    findings.extend(report.findings);
    for (file, lines) in &report.long {
        println!("note: {} has {lines} lines; the aim is under {}", file.display(), sources::AIM);
    }
    for finding in &findings {
        println!("{finding}");
    }
    println!("{} files, {} broken rules, {}", report.files, findings.len(), shell::since(start));
    Ok(findings.is_empty())
}
