//! Signatures of live functions: `(args jsonb DEFAULT '{}') RETURNS jsonb`, or the SQL parameters and result that an
//! export declares.
//!
//! A handler's declaration ([`SqlDeclaration`]) names types as its author wrote them. Resolved with the rights and the
//! `search_path` of who deploys it becomes an [`SqlSignature`], which is what a version of a function keeps: its types
//! are written as PostgreSQL writes them when only `pg_catalog` is on the path, so that they mean the same to everybody.

mod change;
mod declared;
mod literal;
mod types;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

pub(crate) use change::judge;
pub use change::{SignatureChange, signature_change};
pub use declared::{DeclaredColumn, DeclaredContent, DeclaredParameter, DeclaredResult, SqlDeclaration};
pub use literal::Literal;
pub use types::{KnownType, LiteralKind, TypeLookup, Types, Unknown, Wanted};

use crate::error::ManifestError;
use crate::names::quote_identifier;

/// What a live function takes and gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// `(args jsonb DEFAULT '{}') RETURNS jsonb`.
    #[default]
    Json,
    /// Parameters and a result of its own.
    Sql(Box<SqlSignature>),
}

/// Parameters and a result, with resolved types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlSignature {
    /// At most 100, of different names.
    pub parameters: Vec<Parameter>,
    pub result: SqlResult,
    /// The function gives NULL for a NULL argument, without being called.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    /// The expression, as PostgreSQL writes it: a constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The last one, of an array type: a call may list the elements.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub variadic: bool,
}

impl Parameter {
    /// Whether it is what a function without a declaration has: one jsonb, named `args`.
    pub fn is_object_of_arguments(&self) -> bool {
        self.name == "args" && self.type_name == "jsonb" && !self.variadic
    }
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
}

/// What a function gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SqlResult {
    /// A value of this type.
    Value(String),
    /// Any number of values of this type.
    Set(String),
    /// A row of these columns, of which there are at least two.
    Row(Vec<Column>),
    /// Any number of rows.
    Rows(Vec<Column>),
}

/// The parameter that every function without a declaration has, and its result.
const JSON_PARAMETER: (&str, &str, &str) = ("args", "jsonb", "'{}'::jsonb");
/// What that makes; nearly every function has it.
const JSON_SIGNATURE: &str = "(args jsonb DEFAULT '{}'::jsonb) RETURNS jsonb";

impl Signature {
    /// Reads a stored signature; none is that of functions without a declaration. XX000 for anything else.
    pub fn from_json(stored: Option<Value>) -> Result<Self, ManifestError> {
        let Some(stored) = stored else { return Ok(Self::Json) };
        serde_json::from_value(stored)
            .map(Self::Sql)
            .map_err(|error| ManifestError::Shape { reason: format!("a signature: {error}") })
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> Vec<Parameter> {
        match self {
            Self::Json => {
                let (name, type_name, default) = JSON_PARAMETER;
                vec![Parameter {
                    name: name.to_owned(),
                    type_name: type_name.to_owned(),
                    default: Some(default.to_owned()),
                    variadic: false,
                }]
            }
            Self::Sql(sql) => sql.parameters.clone(),
        }
    }

    /// Whether NULL arguments are answered without a call.
    pub fn is_strict(&self) -> bool {
        matches!(self, Self::Sql(sql) if sql.strict)
    }

    /// The declaration, when there is one.
    pub fn sql(&self) -> Option<&SqlSignature> {
        match self {
            Self::Json => None,
            Self::Sql(sql) => Some(sql),
        }
    }

    /// The types by which PostgreSQL tells functions of one name apart: `integer, text`.
    pub fn identity(&self) -> String {
        let parameters = self.parameters();
        parameters.iter().map(|one| one.type_name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// What stands between the parentheses of CREATE FUNCTION, with the output columns of a single row.
    pub fn arguments(&self, names: Names) -> String {
        let mut listed: Vec<String> = self.parameters().iter().map(|one| one.print(names)).collect();
        if let Self::Sql(sql) = self
            && let SqlResult::Row(columns) = &sql.result
        {
            listed.extend(columns.iter().map(|column| format!("OUT {}", column.print(names))));
        }
        listed.join(", ")
    }

    /// What stands after RETURNS.
    pub fn result(&self, names: Names) -> String {
        match self {
            Self::Json => "jsonb".to_owned(),
            Self::Sql(sql) => match &sql.result {
                SqlResult::Value(type_name) => type_name.clone(),
                SqlResult::Set(type_name) => format!("SETOF {type_name}"),
                SqlResult::Row(_) => "record".to_owned(),
                SqlResult::Rows(columns) => {
                    let columns: Vec<String> = columns.iter().map(|column| column.print(names)).collect();
                    format!("TABLE({})", columns.join(", "))
                }
            },
        }
    }
}

impl std::fmt::Display for Signature {
    /// As a person reads it: `(id integer) RETURNS SETOF app.item`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Self::Json = self {
            return f.write_str(JSON_SIGNATURE);
        }
        write!(f, "({}) RETURNS {}", self.arguments(Names::Shown), self.result(Names::Shown))?;
        f.write_str(if self.is_strict() { " STRICT" } else { "" })
    }
}

/// A signature that is serialised as a person reads it.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a>(pub &'a Signature);

impl Serialize for Printed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// How names of parameters and columns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Always in quotes, for PostgreSQL.
    Quoted,
    /// In quotes where they are not plain, for a person.
    Shown,
}

impl Names {
    fn print(self, name: &str) -> String {
        let first_is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
        let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_';
        if self == Self::Shown && first_is_plain && name.chars().all(is_plain) {
            name.to_owned()
        } else {
            quote_identifier(name)
        }
    }
}

impl Parameter {
    fn print(&self, names: Names) -> String {
        let variadic = if self.variadic { "VARIADIC " } else { "" };
        let default = self.default.as_ref().map(|value| format!(" DEFAULT {value}")).unwrap_or_default();
        format!("{variadic}{} {}{default}", names.print(&self.name), self.type_name)
    }
}

impl Column {
    fn print(&self, names: Names) -> String {
        format!("{} {}", names.print(&self.name), self.type_name)
    }
}

#[cfg(test)]
mod tests;
