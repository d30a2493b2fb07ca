//! Every error of this crate, one enum per topic, each with its SQLSTATE.
//!
//! Messages follow PostgreSQL's style. None carries a source text; names that came from outside are cut to
//! [`SHOWN_CHARACTERS`] characters.

mod annotation;
mod lineage;
mod prospect;
mod script;
mod settings;
mod signature;

pub use annotation::AnnotationError;
pub use lineage::LineageError;
pub use prospect::ProspectError;
pub use script::ScriptError;
pub use settings::SettingsError;
pub use signature::SignatureError;

use plts_core::{Reportable, SqlState};

use crate::build::Diagnostic;
use crate::names::Origin;
use crate::state::DeploymentState;

/// How many characters of a name from outside an error shows.
const SHOWN_CHARACTERS: usize = 128;

/// `text` in double quotes, cut when it is long, with control characters escaped.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut out = String::from("\"");
    for character in characters.by_ref().take(SHOWN_CHARACTERS) {
        if character.is_control() { out.extend(character.escape_default()) } else { out.push(character) }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out.push('"');
    out
}

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

/// How many diagnostics the DETAIL of a failed build lists.
const LISTED_DIAGNOSTICS: usize = 50;

/// An answer of `plts.build` that yields no deployment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The sources do not build; at least one diagnostic is an error.
    #[error("{first}")]
    Refused { first: Box<Diagnostic>, all: Vec<Diagnostic> },
    /// The answer is not of the documented shape.
    #[error("the answer of plts.build cannot be read: {reason}")]
    Answer { reason: String },
}

impl Reportable for BuildError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Refused { .. } => SqlState::SYNTAX_ERROR,
            Self::Answer { .. } => SqlState::INTERNAL_ERROR,
        }
    }

    fn detail(&self) -> Option<String> {
        let Self::Refused { all, .. } = self else { return None };
        let mut lines: Vec<String> =
            all.iter().take(LISTED_DIAGNOSTICS).map(|one| format!("{}: {one}", one.severity)).collect();
        if all.len() > LISTED_DIAGNOSTICS {
            lines.push(format!("and {} more", all.len() - LISTED_DIAGNOSTICS));
        }
        Some(lines.join("\n"))
    }
}

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

/// A file that is no archive of a deployment, or not the one it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("invalid archive: {reason}")]
    Shape { reason: String },
    #[error("archive format {found} is not supported")]
    Format { found: u64 },
    #[error("the archive is damaged: its content is not what its hash says")]
    Hash { claimed: String, found: String },
    #[error(transparent)]
    Name(NameError),
}

impl Reportable for ArchiveError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Shape { .. } | Self::Hash { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::Format { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Name(error) => error.sqlstate(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Hash { claimed, found } => {
                Some(format!("It says {}, but the content has sha256 {found}.", shown(claimed)))
            }
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Format { .. } => {
                Some("A newer stopgap wrote it; upgrade the extension and the tool.".to_owned())
            }
            Self::Hash { .. } => {
                Some("Export it again, or copy it again from where it comes from.".to_owned())
            }
            _ => None,
        }
    }
}

/// A plan that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("there is no function to deploy")]
    Empty { skipped: usize, from_bundle: bool },
    #[error("module {} was built but not described", shown(module))]
    NotDescribed { module: String },
    #[error("export {} of {} cannot be a function", shown(export), shown(module))]
    ExportName { module: String, export: String },
    #[error("live function {} is listed twice", shown(name))]
    DuplicateActive { name: String },
    #[error("export {} of {}: {error}", shown(export), shown(module))]
    Signature { module: String, export: String, error: Box<SignatureError> },
    #[error("export {} of {}: {error}", shown(export), shown(module))]
    Annotation { module: String, export: String, error: Box<AnnotationError> },
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Reportable for PlanError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Empty { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::ExportName { .. } => SqlState::INVALID_NAME,
            Self::NotDescribed { .. } | Self::DuplicateActive { .. } => SqlState::INTERNAL_ERROR,
            Self::Signature { error, .. } => error.sqlstate(),
            Self::Annotation { error, .. } => error.sqlstate(),
            Self::Name(error) => error.sqlstate(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Empty { skipped: 0, from_bundle: true } => {
                Some("No entry module exports anything.".to_owned())
            }
            Self::Empty { skipped, from_bundle: true } => {
                Some(format!("None of the {skipped} exports of the entry modules is a query or mutation."))
            }
            Self::Empty { from_bundle: false, .. } => Some(
                "The schema has no function (args jsonb) RETURNS jsonb LANGUAGE plts that can be called."
                    .to_owned(),
            ),
            Self::ExportName { .. } => Some("Its name is not an identifier.".to_owned()),
            Self::Signature { error, .. } => error.detail(),
            Self::Annotation { error, .. } => error.detail(),
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Empty { from_bundle: true, .. } => {
                Some("Export what query() or mutation() of \"@stopgap/runtime\" returns.".to_owned())
            }
            Self::Signature { error, .. } => error.hint(),
            Self::Annotation { error, .. } => error.hint(),
            Self::Name(error) => error.hint(),
            _ => None,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_cut_and_escaped() {
        assert_eq!(shown("a\nb"), "\"a\\nb\"");
        let long = "x".repeat(1000);
        assert_eq!(shown(&long).chars().count(), SHOWN_CHARACTERS + 3);
    }

    #[test]
    fn messages_and_codes() {
        let error = RollbackError::NotThatFar { active: 4, steps: 1, available: 0 };
        assert_eq!(error.to_string(), "there is no deployment 1 step before deployment 4");
        assert_eq!(error.sqlstate(), SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE);
        let error = RollbackError::NotThatFar { active: 4, steps: 3, available: 2 };
        assert_eq!(error.to_string(), "there is no deployment 3 steps before deployment 4");
        assert_eq!(error.detail().unwrap(), "A rollback can go back 2 steps.");
        let error = PlanError::Empty { skipped: 2, from_bundle: true };
        assert_eq!(error.sqlstate().as_str(), "22023");
        assert!(error.detail().unwrap().contains("None of the 2 exports"));
    }
}
