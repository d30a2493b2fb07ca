//! The domains by which a plv8 function asks for a typed array: `plv8_int4array` and its like, over an array of numbers.

use pgrx::pg_sys::{self, Datum, Oid};
use plts_core::{Dialect, ErrorReport, NumberArray, SqlState, TypeShape, Value};

use super::domain::DomainCodec;
use super::{Use, type_name};
use crate::error::Result;
use crate::raw;

/// How values of such a domain are converted.
pub struct NumbersCodec {
    domain: DomainCodec,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
}

impl NumbersCodec {
    /// The codec of a domain that has one of the names and is over the array that belongs to it.
    pub fn of_domain(oid: Oid, described: &raw::PgType) -> Result<Option<Self>> {
        let kind = match described.base {
            pg_sys::INT2ARRAYOID => Kind::Int2,
            pg_sys::INT4ARRAYOID => Kind::Int4,
            pg_sys::INT8ARRAYOID => Kind::Int8,
            pg_sys::FLOAT4ARRAYOID => Kind::Float4,
            pg_sys::FLOAT8ARRAYOID => Kind::Float8,
            _ => return Ok(None),
        };
        let expected = match kind {
            Kind::Int2 => "plv8_int2array",
            Kind::Int4 => "plv8_int4array",
            Kind::Int8 => "plv8_int8array",
            Kind::Float4 => "plv8_float4array",
            Kind::Float8 => "plv8_float8array",
        };
        let name = type_name(oid, -1)?;
        if name.rsplit('.').next() != Some(expected) {
            return Ok(None);
        }
        let domain = DomainCodec::new(oid, described, Use::Statement(Dialect::TypeScript))?;
        Ok(Some(Self { domain, kind }))
    }

    /// What JavaScript has to give.
    pub fn shape(&self) -> TypeShape {
        self.domain.base().shape().clone()
    }

    /// # Safety
    /// `datum` is a value of the domain, not NULL, that lives as long as the call.
    pub unsafe fn decode(&self, datum: Datum) -> Result<NumberArray> {
        // SAFETY: the caller's promise; a value of a domain lies in memory as one of its base type.
        let value = unsafe { self.domain.base().decode(datum)? };
        let elements: &[Value<'_>] = match &value {
            Value::Array(elements) => elements,
            Value::ShapedArray(array) if array.dimensions().len() == 1 => array.elements(),
            _ => return Err(unfit()),
        };
        Ok(match self.kind {
            Kind::Int2 => NumberArray::Int2(all(elements, |value| match value {
                Value::Int(number) => i16::try_from(*number).ok(),
                _ => None,
            })?),
            Kind::Int4 => NumberArray::Int4(all(elements, |value| match value {
                Value::Int(number) => Some(*number),
                _ => None,
            })?),
            Kind::Int8 => NumberArray::Int8(all(elements, |value| match value {
                Value::BigInt(number) => Some(*number),
                _ => None,
            })?),
            Kind::Float4 => NumberArray::Float4(all(elements, |value| match value {
                Value::Float(number) => Some(*number as f32),
                _ => None,
            })?),
            Kind::Float8 => NumberArray::Float8(all(elements, |value| match value {
                Value::Float(number) => Some(*number),
                _ => None,
            })?),
        })
    }

    /// Errors: as [`DomainCodec::encode`].
    pub fn encode(&self, value: &Value<'_>) -> Result<Option<Datum>> {
        self.domain.encode(value)
    }
}

fn all<T>(elements: &[Value<'_>], number: impl Fn(&Value<'_>) -> Option<T>) -> Result<Vec<T>> {
    elements.iter().map(|element| number(element).ok_or_else(unfit)).collect()
}

#[cold]
fn unfit() -> Box<ErrorReport> {
    Box::new(ErrorReport::new(
        SqlState::NULL_VALUE_NOT_ALLOWED,
        "NULL element, or multi-dimension array not allowed in external array type",
    ))
}
