//! The value model: what crosses between PostgreSQL and JavaScript. A `Value` borrows from whichever side it came
//! from, so that a row or an argument list crosses without an allocation of its own.

mod array;
mod composite;
mod numbers;
mod range;
mod timestamp;

pub use array::{ArrayValue, Dimension};
pub use composite::CompositeValue;
pub use numbers::NumberArray;
pub use range::RangeValue;
pub use timestamp::{TimestampOutOfRange, TimestampTz};

use std::borrow::Cow;

/// A SQL value on its way to or from JavaScript. The variant alone says what JavaScript sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    /// boolean
    Bool(bool),
    /// number: `int2`, `int4`
    Int(i32),
    /// number: `oid`
    Unsigned(u32),
    /// bigint: `int8`
    BigInt(i64),
    /// number: `float4`, `float8`
    Float(f64),
    /// string: text, exact numerics, dates, and every type that crosses by its I/O functions
    Text(Cow<'a, str>),
    /// `Uint8Array`
    Bytes(Cow<'a, [u8]>),
    /// JSON text: `JSON.parse`d on the way in, `JSON.stringify`d on the way out
    Json(Cow<'a, str>),
    /// `Date`
    TimestampTz(TimestampTz),
    /// array: one dimension, counted from 1, or no element at all; also the ranges of a multirange
    Array(Vec<Value<'a>>),
    /// nested array: any other array
    ShapedArray(Box<ArrayValue<'a>>),
    /// typed array: an array of plv8's domains
    Numbers(Box<NumberArray>),
    /// object: a composite or a record
    Composite(CompositeValue<'a>),
    /// object: a range
    Range(Box<RangeValue<'a>>),
}

// Arguments and columns lie in arrays of values: a larger one would make each call dearer.
const _: () = assert!(size_of::<Value<'static>>() <= 32);

impl Value<'_> {
    /// Drops the value: for the commonest ones, which own nothing, without looking for what to free.
    #[inline]
    pub fn release(self) {
        match self {
            Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::BigInt(_)
            | Self::Float(_)
            | Self::Text(Cow::Borrowed(_))
            | Self::TimestampTz(_) => std::mem::forget(self),
            other => drop(other),
        }
    }

    /// The same value, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Unsigned(value) => Value::Unsigned(value),
            Self::BigInt(value) => Value::BigInt(value),
            Self::Float(value) => Value::Float(value),
            Self::Text(value) => Value::Text(Cow::Owned(value.into_owned())),
            Self::Bytes(value) => Value::Bytes(Cow::Owned(value.into_owned())),
            Self::Json(value) => Value::Json(Cow::Owned(value.into_owned())),
            Self::TimestampTz(value) => Value::TimestampTz(value),
            Self::Array(values) => Value::Array(values.into_iter().map(Value::into_owned).collect()),
            Self::ShapedArray(array) => Value::ShapedArray(Box::new(array.into_owned())),
            Self::Numbers(numbers) => Value::Numbers(numbers),
            Self::Composite(composite) => Value::Composite(composite.into_owned()),
            Self::Range(range) => Value::Range(Box::new(range.into_owned())),
        }
    }
}
