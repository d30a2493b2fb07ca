//! Errors of an environment's settings.

use plts_core::{Reportable, SqlState};

use super::{NameError, shown};

/// Settings that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the settings of an environment must be a JSON object")]
    Shape,
    #[error("an environment has no setting {}", shown(setting))]
    Unknown { setting: String },
    #[error("setting {} must be {expected}", shown(setting))]
    Value { setting: String, expected: &'static str },
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Reportable for SettingsError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Name(error) => error.sqlstate(),
            _ => SqlState::INVALID_PARAMETER_VALUE,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some(
                "The settings are parent, live_schema, deployer_role, app_role, protected, default_label, keep_last and retire_s."
                    .to_owned(),
            ),
            Self::Name(error) => error.hint(),
            _ => None,
        }
    }
}
