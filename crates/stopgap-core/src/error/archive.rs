//! Errors of archives.

use plts_core::{Reportable, SqlState};

use super::{NameError, shown};

/// A file that is no archive of a deployment, or not the one it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("invalid archive: {reason}")]
    Shape { reason: String },
    #[error("archive format {found} is not supported")]
    Format { found: u64 },
    #[error("the archive is damaged: its content is not what its hash says")]
    Hash { claimed: String, found: String },
    #[error(transparent)]
    Name(NameError),
}

impl Reportable for ArchiveError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Shape { .. } | Self::Hash { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::Format { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Name(error) => error.sqlstate(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Hash { claimed, found } => {
                Some(format!("It says {}, but the content has sha256 {found}.", shown(claimed)))
            }
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Format { .. } => {
                Some("A newer stopgap wrote it; upgrade the extension and the tool.".to_owned())
            }
            Self::Hash { .. } => {
                Some("Export it again, or copy it again from where it comes from.".to_owned())
            }
            _ => None,
        }
    }
}
