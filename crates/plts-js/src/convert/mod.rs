//! Values across the edge. Towards JavaScript the variant of [`plts_core::Value`] alone decides; back, the
//! [`plts_core::TypeShape`] says what is wanted, and whatever would lose something is an error that names the value.

mod array;
pub(crate) mod composite;
pub(crate) mod from_js;
pub(crate) mod json;
mod numbers;
pub(crate) mod plv8;
mod range;
pub(crate) mod rows;
pub(crate) mod text;
mod time;
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
    /// A row of a set, from 1.
    Row(usize),
    /// The row that a trigger gives back.
    NewRow,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result => f.write_str("result"),
            Self::Argument(number) => write!(f, "argument {number}"),
            Self::Parameter(number) => write!(f, "parameter ${number}"),
            Self::Column(number) => write!(f, "column {number}"),
            Self::Row(number) => write!(f, "row {number}"),
            Self::NewRow => f.write_str("NEW"),
        }
    }
}

/// A subject, or a part of it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    subject: Subject,
    step: Option<(Step<'p>, &'p Place<'p>)>,
}

/// From a value to a part of it.
#[derive(Clone, Copy)]
enum Step<'p> {
    Element(u32),
    Field(&'p str),
}

impl<'p> Place<'p> {
    pub(crate) fn of(subject: Subject) -> Self {
        Self { subject, step: None }
    }

    /// The element of that index, from 0.
    fn element(&'p self, index: u32) -> Self {
        Self { subject: self.subject, step: Some((Step::Element(index), self)) }
    }

    fn field(&'p self, name: &'p str) -> Self {
        Self { subject: self.subject, step: Some((Step::Field(name), self)) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some((Step::Element(index), parent)) => write!(f, "{parent}[{index}]"),
            Some((Step::Field(name), parent)) => write!(f, "{parent}.{name}"),
            None => self.subject.fmt(f),
        }
    }
}
