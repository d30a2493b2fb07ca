//! What plv8's functions may give for a SQL type: whatever plv8 takes. A value that has no form of its own in the type
//! goes as its text, which the type's input function reads.
//!
//! Unlike in plv8 a number out of an integer's range, NaN included, is an error and does not wrap round.

use std::sync::Arc;

use deno_core::v8;
use plts_core::{CompositeShape, CompositeValue, ErrorReport, SqlState, TypeShape, Value};

use super::from_js::{as_text, bytes, convert, integer, mismatch, nameless, number_of};
use super::{Place, array, json, time};
use crate::compile::new_text;
use crate::errors::Stop;
use crate::frame::Frame;

/// The digits of a double that `float8_numeric` of PostgreSQL takes over (`DBL_DIG`), less one.
const DIGITS_BEHIND_POINT: usize = 14;

/// As [`super::from_js::from_js_into`]; `value` is neither null nor undefined.
pub(super) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    match shape {
        TypeShape::Void => Ok(Value::Null),
        TypeShape::Bool if value.is_boolean() => Ok(Value::Bool(value.is_true())),
        TypeShape::Int2 if value.is_number() => {
            whole(scope, value, shape, place, i16::MIN.into(), i16::MAX.into())
                .map(|number| Value::Int(number as i32))
        }
        TypeShape::Int4 if value.is_number() => {
            whole(scope, value, shape, place, i32::MIN.into(), i32::MAX.into())
                .map(|number| Value::Int(number as i32))
        }
        TypeShape::Oid if value.is_number() => {
            whole(scope, value, shape, place, 0, u32::MAX.into()).map(|number| Value::Unsigned(number as u32))
        }
        TypeShape::Int8 if value.is_number() => {
            whole(scope, value, shape, place, i64::MIN, i64::MAX).map(Value::BigInt)
        }
        TypeShape::Int8 if value.is_big_int() => {
            integer(scope, value, shape, place, i64::MIN, i64::MAX).map(Value::BigInt)
        }
        TypeShape::Float4 | TypeShape::Float8 => match number_of(value) {
            Some(number) => Ok(Value::Float(number)),
            None => as_text(scope, value, place),
        },
        TypeShape::Numeric => match number_of(value) {
            Some(number) if number.is_finite() => Ok(Value::Text(rounded(number).into())),
            _ => as_text(scope, value, place),
        },
        TypeShape::TimestampTz if value.is_date() => time::timestamp(scope, frame, value, place),
        TypeShape::Date if value.is_date() => time::date(scope, value, place),
        TypeShape::Bytea if value.is_array_buffer_view() || value.is_array_buffer() => {
            bytes(scope, value, place)
        }
        TypeShape::Json if value.is_object() => json::from_js(scope, value, &frame.state.spare_text, place),
        TypeShape::Json => as_text(scope, value, place).map(|text| match text {
            Value::Text(text) => Value::Json(text),
            other => other,
        }),
        TypeShape::Jsonb => json::from_js(scope, value, &frame.state.spare_text, place),
        TypeShape::Array(element) => array::from_js(scope, frame, value, element, place),
        TypeShape::Composite(row) => composite(scope, frame, value, row, place).map(Value::Composite),
        TypeShape::Record => Err(nameless(place)),
        TypeShape::Bool
        | TypeShape::Int2
        | TypeShape::Int4
        | TypeShape::Int8
        | TypeShape::Oid
        | TypeShape::TimestampTz
        | TypeShape::Date
        | TypeShape::Bytea
        | TypeShape::Range(_)
        | TypeShape::Multirange(_)
        | TypeShape::Text => as_text(scope, value, place),
    }
}

/// A number as `float8_numeric` has it: `0.1 + 0.2` is 0.3.
fn rounded(number: f64) -> String {
    let printed = format!("{number:.DIGITS_BEHIND_POINT$e}");
    match printed.split_once('e') {
        Some((digits, exponent)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{exponent}")
        }
        None => printed,
    }
}

/// An integer from a number, whose fraction is dropped.
fn whole(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
    least: i64,
    most: i64,
) -> Result<i64, Stop> {
    match number_of(value).map(f64::trunc) {
        Some(number) => {
            let number = v8::Number::new(scope, number).into();
            integer(scope, number, shape, place, least, most)
        }
        None => integer(scope, value, shape, place, least, most),
    }
}

/// The row that an object stands for: it has a property for each column, and what else it has does not matter.
fn composite(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &Arc<CompositeShape>,
    place: &Place<'_>,
) -> Result<CompositeValue<'static>, Stop> {
    let Ok(object) = v8::Local::<v8::Object>::try_from(value) else {
        return Err(mismatch(value, &TypeShape::Composite(Arc::clone(shape)), place));
    };
    let mut values = Vec::with_capacity(shape.fields.len());
    for field in &shape.fields {
        v8::scope!(let scope, scope);
        let item = column(scope, object, &field.name)?.ok_or_else(|| missing(&field.name, place))?;
        values.push(convert(scope, frame, item, &field.shape, &place.field(&field.name))?);
    }
    CompositeValue::new(Arc::clone(shape), values)
        .ok_or_else(|| Stop::report(ErrorReport::internal("a composite does not have its columns")))
}

/// The property for a column, if the object has it.
pub(crate) fn column<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Option<v8::Local<'s, v8::Value>>, Stop> {
    let name = new_text(scope, name)?.into();
    let item = object.get(scope, name).ok_or(Stop::Thrown)?;
    if item.is_undefined() && !object.has(scope, name).ok_or(Stop::Thrown)? {
        return Ok(None);
    }
    Ok(Some(item))
}

#[cold]
pub(crate) fn missing(column: &str, place: &Place<'_>) -> Stop {
    Stop::report(ErrorReport::new(
        SqlState::UNDEFINED_COLUMN,
        format!("field name / property name mismatch: {place} has no property \"{column}\""),
    ))
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn numbers_have_the_digits_that_a_double_is_sure_of() {
        assert_eq!(rounded(0.1 + 0.2), "3e-1");
        assert_eq!(rounded(1.5), "1.5e0");
        assert_eq!(rounded(1200.0), "1.2e3");
        assert_eq!(rounded(-0.0), "-0e0");
    }
}
