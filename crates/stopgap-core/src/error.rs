//! Every error of this crate, one enum per topic, each with its SQLSTATE.
//!
//! Messages follow PostgreSQL's style. None carries a source text; names that came from outside are cut to
//! [`SHOWN_CHARACTERS`] characters.

mod annotation;
mod archive;
mod build;
mod bundle;
mod lineage;
mod manifest;
mod name;
mod plan;
mod prospect;
mod rollback;
mod script;
mod settings;
mod signature;
mod state;

pub use annotation::AnnotationError;
pub use archive::ArchiveError;
pub use build::BuildError;
pub use bundle::BundleError;
pub use lineage::LineageError;
pub use manifest::ManifestError;
pub use name::NameError;
pub use plan::{ExportError, PlanError};
pub use prospect::ProspectError;
pub use rollback::RollbackError;
pub use script::ScriptError;
pub use settings::SettingsError;
pub use signature::SignatureError;
pub use state::StateError;

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

#[cfg(test)]
mod tests {
    use plts_core::{Reportable, SqlState};

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
