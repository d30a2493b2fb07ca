//! Errors of plans that are to be carried out.

use plts_core::{Reportable, SqlState};

use super::shown;

/// A deploy that is not the plan it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProspectError {
    #[error("invalid plan {}", shown(text))]
    Digest { text: String },
    #[error("the deploy is not what was planned")]
    Changed { planned: String, now: String },
    #[error("a plan cannot be written as JSON: {reason}")]
    Unwritable { reason: String },
}

impl Reportable for ProspectError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Digest { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::Changed { .. } => SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Unwritable { .. } => SqlState::INTERNAL_ERROR,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Digest { .. } => {
                Some("A plan is \"sha256:\" and 64 lower-case hexadecimal digits.".to_owned())
            }
            Self::Changed { planned, now } => Some(format!("The plan was {planned}; it would be {now} now.")),
            Self::Unwritable { .. } => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Digest { .. } | Self::Unwritable { .. } => None,
            Self::Changed { .. } => {
                Some("The source or the database has changed since. Plan again, and look at it.".to_owned())
            }
        }
    }
}
