//! What fires a trigger, in the words of `pg_trigger` and of `ctx.trigger`.

use std::collections::BTreeMap;

/// The statement that fires it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    Insert,
    Delete,
    Update,
    Truncate,
}

/// When it fires, as seen from the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerTiming {
    Before,
    After,
    InsteadOf,
}

/// How often it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerLevel {
    Row,
    Statement,
}

impl TriggerEvent {
    /// As SQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Delete => "DELETE",
            Self::Update => "UPDATE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

impl TriggerTiming {
    /// As SQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "BEFORE",
            Self::After => "AFTER",
            Self::InsteadOf => "INSTEAD OF",
        }
    }
}

impl TriggerLevel {
    /// As SQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Row => "ROW",
            Self::Statement => "STATEMENT",
        }
    }
}

/// How a function touches a column of its trigger's rows. The greater one includes the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnTouch {
    /// It gives the column of the new row a value, and never asks for the one it has.
    Assigned,
    /// It may look at the value.
    Read,
}

/// The columns of its trigger's rows that a function can touch, as far as its text tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TouchedColumns {
    /// A row goes where the text cannot follow it.
    #[default]
    Any,
    /// No others than these, by name. Not every name need be one of a column.
    Only(BTreeMap<String, ColumnTouch>),
}

impl TouchedColumns {
    /// How the column of that name is touched, if it is.
    pub fn touch_of(&self, name: &str) -> Option<ColumnTouch> {
        match self {
            Self::Any => Some(ColumnTouch::Read),
            Self::Only(names) => names.get(name).copied(),
        }
    }
}
