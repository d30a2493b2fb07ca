//! The life of a deployment: open → sealed → active → retired → pruned, or failed; a rollback makes a retired one active.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::StateError;

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentState {
    /// Being put together.
    Open,
    /// Complete and immutable, not live yet.
    Sealed,
    /// What the live schema points to; at most one in an environment.
    Active,
    /// Was active; a rollback may make it active again.
    Retired,
    /// Never became active.
    Failed,
    /// Was active, and was given up: what it is made of may be gone.
    Pruned,
}

/// Every change of state there is.
const TRANSITIONS: [(DeploymentState, DeploymentState); 7] = [
    (DeploymentState::Open, DeploymentState::Sealed),
    (DeploymentState::Open, DeploymentState::Failed),
    (DeploymentState::Sealed, DeploymentState::Active),
    (DeploymentState::Sealed, DeploymentState::Failed),
    (DeploymentState::Active, DeploymentState::Retired),
    (DeploymentState::Retired, DeploymentState::Active),
    (DeploymentState::Retired, DeploymentState::Pruned),
];

impl DeploymentState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Sealed, Self::Active, Self::Retired, Self::Failed, Self::Pruned];

    /// The state as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sealed => "sealed",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Failed => "failed",
            Self::Pruned => "pruned",
        }
    }

    /// Reads a stored state; XX000 for a word that is none, since only stopgap writes them.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StateError::Unknown { text: text.to_owned() })
    }

    /// True when a deployment may go from this state to `next`.
    pub fn may_become(self, next: Self) -> bool {
        TRANSITIONS.contains(&(self, next))
    }

    /// `next`, or 55000 naming deployment `id` when the change is not allowed.
    pub fn become_state(self, next: Self, id: i64) -> Result<Self, StateError> {
        if self.may_become(next) {
            Ok(next)
        } else {
            Err(StateError::Transition { id, from: self, to: next })
        }
    }
}

impl fmt::Display for DeploymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for state in DeploymentState::ALL {
            assert_eq!(DeploymentState::parse(state.as_str()).unwrap(), state);
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
        }
        assert!(DeploymentState::parse("rolled_back").is_err());
    }

    #[test]
    fn every_pair_is_decided() {
        let mut allowed = Vec::new();
        for from in DeploymentState::ALL {
            for to in DeploymentState::ALL {
                if from.become_state(to, 7).is_ok() {
                    allowed.push(format!("{from}→{to}"));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                "open→sealed",
                "open→failed",
                "sealed→active",
                "sealed→failed",
                "active→retired",
                "retired→active",
                "retired→pruned"
            ]
        );
    }

    #[test]
    fn what_failed_or_was_pruned_stays_so() {
        for state in [DeploymentState::Failed, DeploymentState::Pruned] {
            assert!(DeploymentState::ALL.into_iter().all(|next| !state.may_become(next)));
        }
    }
}
