//! Errors of deployment states.

use plts_core::{Reportable, SqlState};

use super::shown;
use crate::state::DeploymentState;

/// A change of state that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("deployment {id} is {from} and cannot become {to}")]
    Transition { id: i64, from: DeploymentState, to: DeploymentState },
    #[error("unknown deployment state {}", shown(text))]
    Unknown { text: String },
}

impl Reportable for StateError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Transition { .. } => SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Unknown { .. } => SqlState::INTERNAL_ERROR,
        }
    }
}
