//! Errors of annotations.

use plts_core::{Reportable, SqlState};

use super::{NameError, shown};

/// Annotations that a function cannot have. Which export it is of, whoever looks through them adds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnotationError {
    #[error("a mutation cannot have the annotation @{annotation}")]
    OfMutation { annotation: &'static str },
    #[error("@log-params names parameter {}, which the function does not have", shown(name))]
    NoParameter { name: String },
    #[error(transparent)]
    Role(#[from] NameError),
}

impl Reportable for AnnotationError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::OfMutation { .. } | Self::NoParameter { .. } => SqlState::INVALID_FUNCTION_DEFINITION,
            Self::Role(error) => error.sqlstate(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::OfMutation { .. } | Self::NoParameter { .. } => None,
            Self::Role(error) => error.detail(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::OfMutation { .. } => Some("Make it a query().".to_owned()),
            Self::NoParameter { .. } => None,
            Self::Role(error) => error.hint(),
        }
    }
}
