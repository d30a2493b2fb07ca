//! Errors of the SQL files of a release.

use plts_core::{Reportable, SqlState};

use super::shown;

/// A migration that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    #[error("migration {} was changed after it ran", shown(name))]
    Changed { name: String },
    #[error("migration {} comes too late", shown(name))]
    OutOfOrder { name: String, last: String },
}

impl Reportable for ScriptError {
    fn sqlstate(&self) -> SqlState {
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Changed { .. } => Some("Its checksum is not the one that it had then.".to_owned()),
            Self::OutOfOrder { last, .. } => {
                Some(format!("{} ran already in this environment, and comes after it.", shown(last)))
            }
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Changed { .. } => "Put the file back as it was, and write another migration.".to_owned(),
            Self::OutOfOrder { .. } => "Give it a name that comes after those that ran.".to_owned(),
        })
    }
}
