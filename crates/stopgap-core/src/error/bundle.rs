//! Errors of bundles.

use plts_core::{Reportable, SqlState};

use super::{NameError, shown};

/// A bundle that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    #[error("invalid bundle: {reason}")]
    Shape { reason: String },
    #[error("bundle format {found} is not supported")]
    Format { found: u64 },
    #[error("unknown key {} in the bundle", shown(key))]
    UnknownKey { key: String },
    #[error("the bundle is too large: {what}")]
    TooLarge { what: String },
    #[error("invalid bundle import {}: {reason}", shown(specifier))]
    Import { specifier: String, reason: String },
    #[error("the bundle has no module in the scope {}", shown(scope))]
    Scope { scope: String },
    #[error("invalid bundle entry {}: {reason}", shown(path))]
    Entry { path: String, reason: &'static str },
    #[error("the bundle has no module that could hold a function")]
    NoEntries,
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Reportable for BundleError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Format { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::TooLarge { .. } => SqlState::PROGRAM_LIMIT_EXCEEDED,
            Self::Name(error) => error.sqlstate(),
            _ => SqlState::INVALID_PARAMETER_VALUE,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Name(error) => error.detail(),
            Self::NoEntries => {
                Some("Entries are .ts, .mts, .js and .mjs modules outside the folder \"npm\".".to_owned())
            }
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Format { .. } => {
                Some("Upgrade the older of the stopgap extension and the command-line tool.".to_owned())
            }
            Self::Name(error) => error.hint(),
            _ => None,
        }
    }
}
