//! Errors of names, paths and hashes.

use plts_core::{Reportable, SqlState};

use super::shown;
use crate::names::Origin;

/// A name, path or hash that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("invalid environment name {}", shown(name))]
    Environment { name: String },
    #[error("invalid live schema name {}", shown(name))]
    LiveSchema { name: String, reason: &'static str },
    #[error("invalid role name {}", shown(name))]
    Role { name: String, reason: &'static str },
    #[error("invalid module path {}", shown(path))]
    Module { path: String, reason: &'static str },
    #[error("invalid export name {}", shown(name))]
    Export { name: String },
    #[error("invalid function path {}", shown(path))]
    FunctionPath { path: String },
    #[error("invalid live function name {}", shown(name))]
    LiveFunction { name: String },
    #[error("export {} of {} is too long for a live function", shown(export), shown(module))]
    LiveNameTooLong { name: String, module: String, export: String },
    #[error("no live function can be named after {} of {}", shown(path), shown(module))]
    NoLiveName { path: String, module: String },
    #[error("{} and {} have the same live function {}", shown(first.module.as_str()), shown(second.module.as_str()), shown(name))]
    Collision { name: String, first: Box<Origin>, second: Box<Origin> },
    #[error("invalid tag {}", shown(name))]
    Tag { name: String },
    #[error("invalid name of an SQL file {}", shown(name))]
    Script { name: String },
    #[error("invalid source hash {}", shown(text))]
    SourceHash { text: String },
}

impl Reportable for NameError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::LiveNameTooLong { .. } => SqlState::NAME_TOO_LONG,
            Self::Collision { .. } => SqlState::DUPLICATE_FUNCTION,
            Self::SourceHash { .. } => SqlState::INVALID_PARAMETER_VALUE,
            _ => SqlState::INVALID_NAME,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Environment { .. } => Some(
                "A name starts with a lower-case letter and goes on with at most 40 lower-case letters, digits and \"_\"."
                    .to_owned(),
            ),
            Self::LiveSchema { reason, .. } | Self::Role { reason, .. } | Self::Module { reason, .. } => {
                Some((*reason).to_owned())
            }
            Self::Tag { .. } => Some(
                "A tag starts with a letter and goes on with at most 62 letters, digits and \".\", \"_\", \"/\", \"-\", \"+\"."
                    .to_owned(),
            ),
            Self::Export { .. } => Some("An export that becomes a function must be named by an identifier.".to_owned()),
            Self::FunctionPath { .. } => Some("A path is api.<module>.<export>.".to_owned()),
            Self::LiveNameTooLong { name, .. } => {
                Some(format!("{} has {} bytes; the limit is 63.", shown(name), name.len()))
            }
            Self::NoLiveName { .. } => Some("A part of the path has no letter and no digit.".to_owned()),
            Self::Collision { first, second, .. } => Some(format!(
                "Export {} of {} and export {} of {} both map to it.",
                shown(first.export.as_str()),
                shown(first.module.as_str()),
                shown(second.export.as_str()),
                shown(second.module.as_str())
            )),
            Self::SourceHash { .. } => Some("A hash is \"sha256:\" and 64 lower-case hexadecimal digits.".to_owned()),
            Self::Script { .. } => Some(
                "A name has letters, digits, \"_\", \"-\" and \".\", ends in \".sql\", and is at most 128 bytes long.".to_owned(),
            ),
            Self::LiveFunction { .. } => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Collision { .. } => Some("Rename one of the exports or files.".to_owned()),
            Self::LiveNameTooLong { .. } => {
                Some("Shorten the export's name or the module's path.".to_owned())
            }
            _ => None,
        }
    }
}
