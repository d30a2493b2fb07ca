//! How the values of a SQL type look in JavaScript: one shape for each row of the type table.

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
    /// A one-dimensional array ↔ array.
    Array(Box<TypeShape>),
}
