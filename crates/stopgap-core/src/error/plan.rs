//! Errors of plans.

use plts_core::{Reportable, SqlState};

use super::{AnnotationError, NameError, SignatureError, shown};

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
    Export { module: String, export: String, error: Box<ExportError> },
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Reportable for PlanError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::Empty { .. } => SqlState::INVALID_PARAMETER_VALUE,
            Self::ExportName { .. } => SqlState::INVALID_NAME,
            Self::NotDescribed { .. } | Self::DuplicateActive { .. } => SqlState::INTERNAL_ERROR,
            Self::Export { error, .. } => error.sqlstate(),
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
            Self::Export { error, .. } => error.detail(),
            Self::Name(error) => error.detail(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Empty { from_bundle: true, .. } => {
                Some("Export what query() or mutation() of \"@stopgap/runtime\" returns.".to_owned())
            }
            Self::Export { error, .. } => error.hint(),
            Self::Name(error) => error.hint(),
            _ => None,
        }
    }
}

/// What is wrong with an export that would become a function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Annotation(#[from] AnnotationError),
}

impl ExportError {
    fn cause(&self) -> &dyn Reportable {
        match self {
            Self::Signature(error) => error,
            Self::Annotation(error) => error,
        }
    }
}

impl Reportable for ExportError {
    fn sqlstate(&self) -> SqlState {
        self.cause().sqlstate()
    }

    fn detail(&self) -> Option<String> {
        self.cause().detail()
    }

    fn hint(&self) -> Option<String> {
        self.cause().hint()
    }
}
