//! Errors of environments and their parents.

use plts_core::{Reportable, SqlState};

use super::shown;
use crate::lineage::MAX_GENERATIONS;

/// A parent that an environment cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineageError {
    #[error("environment {} does not exist", shown(env))]
    Unknown { env: String },
    #[error("environment {} cannot inherit from {}", shown(env), shown(parent))]
    Cycle { env: String, parent: String },
    #[error("environment {} would inherit over too many generations", shown(env))]
    TooDeep { env: String },
}

impl Reportable for LineageError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Unknown { .. } => SqlState::UNDEFINED_OBJECT,
            Self::Cycle { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::TooDeep { .. } => SqlState::PROGRAM_LIMIT_EXCEEDED,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => None,
            Self::Cycle { env, parent } if env == parent => Some("It would inherit from itself.".to_owned()),
            Self::Cycle { env, parent } => {
                Some(format!("{} inherits from {} already.", shown(parent), shown(env)))
            }
            Self::TooDeep { .. } => Some(format!("The limit is {MAX_GENERATIONS}, the first included.")),
        }
    }
}
