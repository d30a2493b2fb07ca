//! Values to datums, made in the current memory context.

use pgrx::pg_sys::Datum;
use plts_core::{ErrorReport, SqlState, Value};

use super::{Codec, Kind};
use crate::call::{make_jsonb, make_varlena};
use crate::error::{Result, check};
use crate::raw;

impl Codec {
    /// A datum for a value; `None` is SQL NULL.
    ///
    /// Errors: 22003 for a number out of range, those of a type's input function, and XX000 for a value of another shape
    /// than [`Codec::shape`] asks for, which the JavaScript side never makes.
    #[inline]
    pub fn encode(&self, value: &Value<'_>) -> Result<Option<Datum>> {
        Ok(Some(match (&self.kind, value) {
            // void is a value, if an empty one: SQL must not see NULL.
            (Kind::Void, _) => Datum::null(),
            // A domain may refuse NULL.
            (Kind::Domain(domain), value) => return domain.encode(value),
            (Kind::Numbers(numbers), value) => return numbers.encode(value),
            (_, Value::Null) => return Ok(None),
            (Kind::Bool, Value::Bool(value)) => Datum::from(*value),
            (Kind::Int4, Value::Int(value)) => Datum::from(*value),
            (Kind::Int2, Value::Int(value)) => {
                Datum::from(i16::try_from(*value).map_err(|_| out_of_range("smallint"))?)
            }
            (Kind::Oid, Value::Unsigned(value)) => Datum::from(*value),
            // SAFETY: these make a datum of a word; they palloc only on 32-bit machines.
            (Kind::Int8, Value::BigInt(value)) => unsafe { raw::pgb_int8_datum(*value) },
            // SAFETY: as above.
            (Kind::Float8, Value::Float(value)) => unsafe { raw::pgb_float8_datum(*value) },
            (Kind::Float4, Value::Float(value)) => {
                let narrowed = *value as f32;
                if narrowed.is_infinite() && value.is_finite() {
                    return Err(out_of_range("real"));
                }
                // SAFETY: as above.
                unsafe { raw::pgb_float4_datum(narrowed) }
            }
            // SAFETY: as above.
            (Kind::TimestampTz, Value::TimestampTz(time)) => unsafe { raw::pgb_int8_datum(time.0) },
            (_, value) => return self.encode_by_reference(value).map(Some),
        }))
    }

    fn encode_by_reference(&self, value: &Value<'_>) -> Result<Datum> {
        match (&self.kind, value) {
            (Kind::Text, Value::Text(value)) => make_varlena(&crate::text::to_server_bytes(value)?),
            (Kind::Uuid, Value::Text(value)) => match plts_core::uuid::parse(value) {
                Some(bytes) => {
                    let mut datum = Datum::null();
                    // SAFETY: sixteen bytes; the shim catches errors.
                    unsafe { check(raw::pgb_uuid_make(bytes.as_ptr(), &mut datum))? };
                    Ok(datum)
                }
                None => Err(Box::new(ErrorReport::new(
                    SqlState::INVALID_TEXT_REPRESENTATION,
                    format!("invalid input syntax for type uuid: \"{value}\""),
                ))),
            },
            (Kind::Bytea, Value::Bytes(value)) => make_varlena(value),
            (Kind::Json(io), Value::Json(value)) => io.input(value),
            (Kind::Jsonb, Value::Json(value)) => make_jsonb(value),
            (
                Kind::Numeric(io)
                | Kind::NumericAsNumber(io)
                | Kind::Date(io)
                | Kind::DateAsTime(io)
                | Kind::Io(io),
                Value::Text(value),
            ) => io.input(value),
            // SAFETY: makes a datum of a word.
            (Kind::Timestamp(-1), Value::TimestampTz(time)) => Ok(unsafe { raw::pgb_int8_datum(time.0) }),
            (Kind::TimestampTzRounded(typmod) | Kind::Timestamp(typmod), Value::TimestampTz(time)) => {
                let mut datum = Datum::null();
                // SAFETY: the shim catches errors.
                unsafe { check(raw::pgb_timestamptz_round(time.0, *typmod, &mut datum))? };
                Ok(datum)
            }
            (Kind::Array(array), Value::Array(values)) => array.encode(values),
            (Kind::Array(array), Value::ShapedArray(shaped)) => array.encode_shaped(shaped),
            (Kind::Composite(row), Value::Composite(composite)) => row.encode_datum(composite),
            (Kind::Range(range), Value::Range(value)) => range.encode(value),
            (Kind::Multirange(multirange), Value::Array(ranges)) => multirange.encode(ranges),
            (_, Value::Text(value)) if let Some(lexical) = &self.lexical => lexical.read(value),
            (_, other) => Err(Box::new(ErrorReport::internal(format!(
                "a value of shape {:?} came as {}",
                self.shape,
                variant(other)
            )))),
        }
    }
}

fn variant(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Unsigned(_) => "unsigned",
        Value::BigInt(_) => "bigint",
        Value::Float(_) => "float",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Json(_) => "json",
        Value::TimestampTz(_) => "timestamptz",
        Value::Array(_) => "array",
        Value::ShapedArray(_) => "shaped array",
        Value::Numbers(_) => "numbers",
        Value::Composite(_) => "composite",
        Value::Range(_) => "range",
    }
}

#[cold]
fn out_of_range(type_name: &str) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("value is out of range for type {type_name}"),
    ))
}
