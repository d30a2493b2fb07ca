//! Errors of signatures that exports declare.

use plts_core::{Reportable, SqlState};

use super::shown;

/// A signature that no function can have. Which export it is of, whoever looks through them adds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("type {} of the {place} does not exist", shown(name))]
    UnknownType { name: String, place: String },
    #[error("the type of the {place} cannot be used: {message}")]
    Type { sqlstate: SqlState, message: String, hint: Option<String>, place: String },
    #[error("the {place} cannot be of the pseudo-type {name}")]
    PseudoType { name: String, place: String },
    #[error("{} cannot be the name of a parameter or column", shown(name))]
    Name { name: String, reason: &'static str },
    #[error("the {place} cannot be variadic")]
    Variadic { place: String },
    #[error("the {place} needs a default, since one before it has one")]
    DefaultsInBetween { place: String },
    #[error("the default of the {place} cannot be used: {message}")]
    Default { place: String, message: String },
    #[error("{count} parameters are more than the {limit} that a function can have")]
    TooMany { count: usize, limit: usize },
    #[error("a row needs at least two columns")]
    TooFewColumns,
}

impl Reportable for SignatureError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::UnknownType { .. } => SqlState::UNDEFINED_OBJECT,
            Self::Type { sqlstate, .. } => *sqlstate,
            Self::PseudoType { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Name { .. } => SqlState::INVALID_NAME,
            Self::Default { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::TooMany { .. } => SqlState::parse("54023").unwrap_or(SqlState::PROGRAM_LIMIT_EXCEEDED),
            Self::Variadic { .. } | Self::DefaultsInBetween { .. } | Self::TooFewColumns => {
                SqlState::INVALID_FUNCTION_DEFINITION
            }
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Name { reason, .. } => Some((*reason).to_owned()),
            Self::Variadic { .. } => Some("A variadic parameter is the last, of an array type.".to_owned()),
            Self::TooFewColumns => Some("One value alone has a type, and no name.".to_owned()),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownType { .. } => Some(
                "Types are looked up with the search_path of who deploys; write the schema before the name."
                    .to_owned(),
            ),
            Self::Type { hint, .. } => hint.clone(),
            Self::TooFewColumns => Some("Write its type, as returns: \"int\".".to_owned()),
            _ => None,
        }
    }
}
