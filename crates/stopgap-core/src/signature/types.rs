//! The types that declarations name: which have to be looked up, and what the database knows of each.

use std::collections::{BTreeMap, BTreeSet};

use plts_core::SqlState;

use super::declared::SqlDeclaration;
use super::literal::Literal;
use crate::build::Build;

/// How PostgreSQL prints constants of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    Boolean,
    Integer,
    Numeric,
    Other,
}

/// A type that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownType {
    /// As `format_type` writes it when only `pg_catalog` is on the path.
    pub name: String,
    /// The name by which a constant of it, or of what a domain is based on, is labelled.
    pub label: String,
    pub literal: LiteralKind,
    pub is_domain: bool,
    /// A domain over a type with a length, as `varchar(10)`: PostgreSQL keeps its constants as calls of functions.
    pub has_length: bool,
    /// It stands for no values of its own: `anyelement`, `trigger`, `void`.
    pub is_pseudo: bool,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeLookup {
    Known(KnownType),
    /// There is no such type, so far.
    Unknown,
    /// It is no type's name, or not one that may be used.
    Refused {
        sqlstate: SqlState,
        message: String,
        hint: Option<String>,
    },
}

/// What becomes of a type that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// The release cannot be made.
    #[default]
    Refused,
    /// SQL that has yet to run may make it; its name is kept as it was written.
    Awaited,
}

/// The types and constants that a build's declarations name, to be looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub names: BTreeSet<String>,
    /// A type, and the text of a default.
    pub literals: BTreeSet<(String, String)>,
}

impl Wanted {
    /// Of every export that declares a signature.
    pub fn of(build: &Build) -> Self {
        let exports = build
            .modules
            .iter()
            .filter(|module| module.entry)
            .flat_map(|module| module.exports.iter().flatten());
        let mut wanted = Self::default();
        for declaration in exports.filter_map(|export| export.sql.as_ref()) {
            wanted.add(declaration);
        }
        wanted
    }

    fn add(&mut self, declaration: &SqlDeclaration) {
        for parameter in &declaration.args {
            self.names.insert(parameter.type_name.clone());
            if let Some(Some(text)) = &parameter.default {
                self.literals.insert((parameter.type_name.clone(), text.clone()));
            }
        }
        self.names.extend(declaration.returns.type_names().map(str::to_owned));
    }

    /// True when no export declares a signature.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// What the database knows of the wanted types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    pub unknown: Unknown,
    pub found: BTreeMap<String, TypeLookup>,
    /// Constants by type and text: as the type prints them, or why it does not take them.
    pub literals: BTreeMap<(String, String), Result<Literal, String>>,
}

impl Types {
    /// What is known of a name. One that nobody asked for is unknown.
    pub(super) fn lookup(&self, name: &str) -> &TypeLookup {
        self.found.get(name).unwrap_or(&TypeLookup::Unknown)
    }

    /// The names that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.found.iter().filter(|(_, found)| **found == TypeLookup::Unknown).map(|(name, _)| name.as_str())
    }
}
