//! How the values of a SQL type look in JavaScript: one shape for each row of the type table.

use std::sync::Arc;

/// The JavaScript side of a SQL type. Chosen once per function argument, result, parameter or column; the conversion
/// of a value only matches on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeShape {
    /// No value: `void`, and the result of `DO`.
    Void,
    /// `bool` ↔ boolean.
    Bool,
    /// `int2` ↔ number.
    Int2,
    /// `int4` ↔ number.
    Int4,
    /// `int8` ↔ bigint (accepts an integral number).
    Int8,
    /// `oid` ↔ number, unsigned.
    Oid,
    /// `float4` ↔ number.
    Float4,
    /// `float8` ↔ number.
    Float8,
    /// `numeric` ↔ string, exact (accepts number and bigint).
    Numeric,
    /// Any type by its input and output functions ↔ string.
    Text,
    /// `bytea` ↔ `Uint8Array`.
    Bytea,
    /// `json` ↔ value.
    Json,
    /// `jsonb` ↔ value.
    Jsonb,
    /// `timestamptz` ↔ `Date`, microseconds riding along.
    TimestampTz,
    /// `date` ↔ string, ISO 8601 (accepts a `Date`, taken as its UTC day).
    Date,
    /// An array of any number of dimensions ↔ nested array (accepts a typed array).
    Array(Box<TypeShape>),
    /// A range ↔ object; see [`CompositeShape::of_range`].
    Range(Arc<CompositeShape>),
    /// A multirange ↔ array of such objects.
    Multirange(Arc<CompositeShape>),
    /// A composite type ↔ object with the columns as own properties, in their order.
    Composite(Arc<CompositeShape>),
    /// `record` → object. What its columns are only the value says, so that JavaScript cannot make one.
    Record,
}

/// The columns of a composite type, of a table or of a declared row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompositeShape {
    /// For messages: `item`, `app.item` or `record`.
    pub name: String,
    /// The live columns in their order; dropped ones are the codec's matter.
    pub fields: Vec<FieldShape>,
}

impl CompositeShape {
    /// The object that stands for a range: `{ lower, upper, lowerInclusive, upperInclusive, empty }`.
    pub fn of_range(name: String, bound: TypeShape) -> Self {
        let field = |name: &str, shape| FieldShape { name: name.to_owned(), shape };
        Self {
            name,
            fields: vec![
                field("lower", bound.clone()),
                field("upper", bound),
                field("lowerInclusive", TypeShape::Bool),
                field("upperInclusive", TypeShape::Bool),
                field("empty", TypeShape::Bool),
            ],
        }
    }
}

/// One column of a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldShape {
    pub name: String,
    pub shape: TypeShape,
}
