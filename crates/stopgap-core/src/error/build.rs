//! Errors of builds.

use plts_core::{Reportable, SqlState};

use crate::build::Diagnostic;

/// How many diagnostics the DETAIL of a failed build lists.
const LISTED_DIAGNOSTICS: usize = 50;

/// An answer of `plts.build` that yields no deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The sources do not build; at least one diagnostic is an error.
    #[error("{first}")]
    Refused { first: Box<Diagnostic>, all: Vec<Diagnostic> },
    /// The answer is not of the documented shape.
    #[error("the answer of plts.build cannot be read: {reason}")]
    Answer { reason: String },
}

impl Reportable for BuildError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Refused { .. } => SqlState::SYNTAX_ERROR,
            Self::Answer { .. } => SqlState::INTERNAL_ERROR,
        }
    }

    fn detail(&self) -> Option<String> {
        let Self::Refused { all, .. } = self else { return None };
        let mut lines: Vec<String> =
            all.iter().take(LISTED_DIAGNOSTICS).map(|one| format!("{}: {one}", one.severity)).collect();
        if all.len() > LISTED_DIAGNOSTICS {
            lines.push(format!("and {} more", all.len() - LISTED_DIAGNOSTICS));
        }
        Some(lines.join("\n"))
    }
}
