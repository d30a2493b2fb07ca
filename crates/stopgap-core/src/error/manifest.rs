//! Errors of stored manifests.

use plts_core::{Reportable, SqlState};

/// A stored manifest that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("manifest format {found} is not supported")]
    Format { found: u64 },
    #[error("the manifest of a deployment cannot be read: {reason}")]
    Shape { reason: String },
}

impl Reportable for ManifestError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Format { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Shape { .. } => SqlState::INTERNAL_ERROR,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Format { .. } => Some("A newer stopgap wrote it; upgrade the extension.".to_owned()),
            Self::Shape { .. } => None,
        }
    }
}
