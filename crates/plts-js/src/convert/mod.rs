//! Values across the edge. Towards JavaScript the variant of [`plts_core::Value`] alone decides; back, the
//! [`plts_core::TypeShape`] says what is wanted, and whatever would lose something is an error that names the value.

pub(crate) mod from_js;
pub(crate) mod json;
pub(crate) mod rows;
pub(crate) mod text;
pub(crate) mod to_js;

use std::fmt;

/// What a value is, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Result,
    /// An argument of the function, from 1.
    Argument(usize),
    /// A parameter of a statement, from 1.
    Parameter(usize),
    /// A column of a row, from 1.
    Column(usize),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result => f.write_str("result"),
            Self::Argument(number) => write!(f, "argument {number}"),
            Self::Parameter(number) => write!(f, "parameter ${number}"),
            Self::Column(number) => write!(f, "column {number}"),
        }
    }
}

/// A subject, or an element of it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) subject: Subject,
    pub(crate) index: Option<(u32, &'p Place<'p>)>,
}

impl Place<'_> {
    pub(crate) fn of(subject: Subject) -> Self {
        Self { subject, index: None }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some((index, parent)) => write!(f, "{parent}[{index}]"),
            None => self.subject.fmt(f),
        }
    }
}
