//! Errors of rollbacks.

use plts_core::{Reportable, SqlState};

use super::{NameError, shown};
use crate::state::DeploymentState;

/// A rollback that has nowhere to go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollbackError {
    #[error("steps must be at least 1, not {steps}")]
    Steps { steps: i32 },
    #[error("a rollback takes one of steps, a deployment's id, a tag and a time")]
    MoreThanOneTarget,
    #[error("there is no tag {} in this environment", shown(name))]
    UnknownTag { name: String },
    #[error("nothing was active in this environment at that time")]
    NothingThen,
    #[error("the environment has no active deployment")]
    NothingActive,
    #[error("there is no deployment {steps} {} before deployment {active}", if *.steps == 1 { "step" } else { "steps" })]
    NotThatFar { active: i64, steps: u32, available: usize },
    #[error("deployment {id} does not exist in this environment")]
    Unknown { id: i64 },
    #[error("deployment {id} is already active")]
    AlreadyActive { id: i64 },
    #[error("deployment {id} is {state} and cannot be made active")]
    WrongState { id: i64, state: DeploymentState },
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Reportable for RollbackError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Name(error) => error.sqlstate(),
            Self::Steps { .. } | Self::MoreThanOneTarget => SqlState::INVALID_PARAMETER_VALUE,
            Self::Unknown { .. } | Self::UnknownTag { .. } => SqlState::UNDEFINED_OBJECT,
            _ => SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::NotThatFar { available: 0, .. } => {
                Some("No deployment was active before it, other than those that were rolled back.".to_owned())
            }
            Self::NotThatFar { available: 1, .. } => Some("A rollback can go back 1 step.".to_owned()),
            Self::NotThatFar { available, .. } => Some(format!("A rollback can go back {available} steps.")),
            Self::WrongState { .. } => {
                Some("Only a retired deployment, one that was active before, can.".to_owned())
            }
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotThatFar { .. } => {
                Some("Name any retired deployment by its id to go there all the same.".to_owned())
            }
            Self::Unknown { .. } => {
                Some("stopgap.deployments lists the deployments of an environment.".to_owned())
            }
            Self::UnknownTag { .. } => {
                Some("stopgap.deployments lists the tags of each deployment.".to_owned())
            }
            _ => None,
        }
    }
}
