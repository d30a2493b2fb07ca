//! What a handler declares: `sql` of `query({ args, sql, handler })`, as `plts.build` gives it, and what becomes of it
//! once its types are known.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

use super::literal::Literal;
use super::types::{KnownType, TypeLookup, Types, Unknown};
use super::{Column, Parameter, SqlResult, SqlSignature};
use crate::error::SignatureError;
use crate::names::MAX_IDENTIFIER_BYTES;

/// How many parameters PostgreSQL allows (`FUNC_MAX_ARGS`).
const MAX_PARAMETERS: usize = 100;

/// A declaration, with types as its author wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SqlDeclaration {
    pub args: Vec<DeclaredParameter>,
    pub returns: DeclaredResult,
    #[serde(default)]
    pub strict: bool,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeclaredParameter {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    /// `None` without a default; `Some(None)` for NULL, else the text that the type reads.
    #[serde(default, deserialize_with = "given")]
    pub default: Option<Option<String>>,
    #[serde(default)]
    pub variadic: bool,
}

/// A key that is there, with null or a text.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeclaredResult {
    #[serde(default)]
    pub set: bool,
    #[serde(flatten)]
    pub of: DeclaredContent,
}

/// Of what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum DeclaredContent {
    Columns {
        columns: Vec<DeclaredColumn>,
    },
    Type {
        #[serde(rename = "type")]
        type_name: String,
    },
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeclaredColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
}

impl DeclaredResult {
    /// Every type it names.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &str> {
        let (columns, one) = match &self.of {
            DeclaredContent::Columns { columns } => (columns.as_slice(), None),
            DeclaredContent::Type { type_name } => ([].as_slice(), Some(type_name.as_str())),
        };
        columns.iter().map(|column| column.type_name.as_str()).chain(one)
    }
}

impl SqlDeclaration {
    /// The signature, its types found.
    ///
    /// Errors: 42704 for a type there is not; 42602 and 42P13 for names that cannot be; 54023 for too many parameters; 0A000
    /// for types that no parameter or result can have; 22P02 or what a type says of a default that it does not take.
    pub fn resolve(&self, types: &Types) -> Result<SqlSignature, SignatureError> {
        if self.args.len() > MAX_PARAMETERS {
            return Err(SignatureError::TooMany { count: self.args.len(), limit: MAX_PARAMETERS });
        }
        let mut taken = BTreeSet::new();
        let mut after_default = false;
        let mut parameters = Vec::with_capacity(self.args.len());
        for (index, declared) in self.args.iter().enumerate() {
            let place = format!("parameter \"{}\"", declared.name);
            check_name(&declared.name, &mut taken)?;
            if declared.name == "ctx" {
                return Err(SignatureError::Name {
                    name: declared.name.clone(),
                    reason: "It is the name by which functions reach the database.",
                });
            }
            if declared.variadic && index + 1 != self.args.len() {
                return Err(SignatureError::Variadic { place });
            }
            if after_default && declared.default.is_none() {
                return Err(SignatureError::DefaultsInBetween { place });
            }
            after_default |= declared.default.is_some();
            let known = find(&declared.type_name, &place, types)?;
            let default = match &declared.default {
                None => None,
                Some(value) => Some(default(value.as_deref(), declared, known, &place, types)?),
            };
            if let Some(known) = known {
                refuse_pseudo(known, &place)?;
                if declared.variadic && !known.name.ends_with("[]") {
                    return Err(SignatureError::Variadic { place });
                }
            }
            let type_name = written(known, &declared.type_name);
            parameters.push(Parameter {
                name: declared.name.clone(),
                type_name,
                default,
                variadic: declared.variadic,
            });
        }
        Ok(SqlSignature { parameters, result: self.result(types, &mut taken)?, strict: self.strict })
    }

    fn result<'a>(
        &'a self,
        types: &Types,
        taken: &mut BTreeSet<&'a str>,
    ) -> Result<SqlResult, SignatureError> {
        let set = self.returns.set;
        match &self.returns.of {
            DeclaredContent::Type { type_name } => {
                let known = find(type_name, "result", types)?;
                if let Some(known) = known.filter(|known| known.name != "void" || set) {
                    refuse_pseudo(known, "result")?;
                }
                let name = written(known, type_name);
                Ok(if set { SqlResult::Set(name) } else { SqlResult::Value(name) })
            }
            DeclaredContent::Columns { columns } => {
                if columns.len() < 2 && !(set && columns.len() == 1) {
                    return Err(SignatureError::TooFewColumns);
                }
                let mut resolved = Vec::with_capacity(columns.len());
                for column in columns {
                    let place = format!("column \"{}\"", column.name);
                    check_name(&column.name, taken)?;
                    let known = find(&column.type_name, &place, types)?;
                    if let Some(known) = known {
                        refuse_pseudo(known, &place)?;
                    }
                    let type_name = written(known, &column.type_name);
                    resolved.push(Column { name: column.name.clone(), type_name });
                }
                Ok(if set { SqlResult::Rows(resolved) } else { SqlResult::Row(resolved) })
            }
        }
    }
}

fn check_name<'a>(name: &'a str, taken: &mut BTreeSet<&'a str>) -> Result<(), SignatureError> {
    let refuse = |reason| Err(SignatureError::Name { name: name.to_owned(), reason });
    if name.is_empty() || name.contains('\0') {
        return refuse("It must not be empty or contain a NUL character.");
    }
    if name.len() > MAX_IDENTIFIER_BYTES {
        return refuse("It is longer than 63 bytes.");
    }
    if !taken.insert(name) {
        return refuse("It is used more than once.");
    }
    Ok(())
}

/// The type, or nothing for one that is awaited.
fn find<'a>(name: &str, place: &str, types: &'a Types) -> Result<Option<&'a KnownType>, SignatureError> {
    match (types.lookup(name), types.unknown) {
        (TypeLookup::Known(known), _) => Ok(Some(known)),
        (TypeLookup::Unknown, Unknown::Awaited) => Ok(None),
        (TypeLookup::Unknown, Unknown::Refused) => {
            Err(SignatureError::UnknownType { name: name.to_owned(), place: place.to_owned() })
        }
        (TypeLookup::Refused { sqlstate, message, hint }, _) => Err(SignatureError::Type {
            sqlstate: *sqlstate,
            message: message.clone(),
            hint: hint.clone(),
            place: place.to_owned(),
        }),
    }
}

fn written(known: Option<&KnownType>, declared: &str) -> String {
    known.map_or_else(|| declared.to_owned(), |known| known.name.clone())
}

fn refuse_pseudo(known: &KnownType, place: &str) -> Result<(), SignatureError> {
    if known.is_pseudo {
        return Err(SignatureError::PseudoType { name: known.name.clone(), place: place.to_owned() });
    }
    Ok(())
}

fn default(
    text: Option<&str>,
    declared: &DeclaredParameter,
    known: Option<&KnownType>,
    place: &str,
    types: &Types,
) -> Result<String, SignatureError> {
    let Some(known) = known else {
        return Ok(text.map_or_else(|| "NULL".to_owned(), |text| format!("{text:?}")));
    };
    if known.has_length {
        let message = format!("{} has a length", known.name);
        return Err(SignatureError::Default { place: place.to_owned(), message });
    }
    let Some(text) = text else { return Ok(Literal::Null.expression(known)) };
    match types.literals.get(&(declared.type_name.clone(), text.to_owned())) {
        Some(Ok(literal)) => Ok(literal.expression(known)),
        Some(Err(message)) => {
            Err(SignatureError::Default { place: place.to_owned(), message: message.clone() })
        }
        None => Err(SignatureError::Default {
            place: place.to_owned(),
            message: "it was not looked at".to_owned(),
        }),
    }
}
