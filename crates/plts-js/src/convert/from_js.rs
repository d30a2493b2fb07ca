//! From JavaScript to the database.

use std::borrow::Cow;

use deno_core::v8;
use plts_core::{Dialect, ErrorReport, SqlState, TypeShape, Value};

use super::{Place, Subject, array, composite, json, plv8, range, text, time};
use crate::errors::Stop;
use crate::frame::Frame;
use crate::raw::shortcut::{date_value, small_integer};

/// The value of a SQL type that a JavaScript value stands for; `undefined` and `null` are NULL for every type. It is
/// written where it is wanted, over [`Value::Null`]: a value that is moved through the layers of a call costs as much as its
/// conversion.
#[inline]
pub(crate) fn from_js_into(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    subject: Subject,
    converted: &mut Value<'static>,
) -> Result<(), Stop> {
    convert_into(scope, frame, value, shape, &Place::of(subject), converted)
}

/// As [`from_js_into`], for the column of that name in a row that a trigger gives back.
pub(crate) fn column_from_js_into(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    column: &str,
    converted: &mut Value<'static>,
) -> Result<(), Stop> {
    convert_into(scope, frame, value, shape, &Place::of(Subject::NewRow).field(column), converted)
}

#[inline]
fn convert_into(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
    converted: &mut Value<'static>,
) -> Result<(), Stop> {
    if !plain_into(scope, frame, value, shape, place, converted)? {
        *converted = convert(scope, frame, value, shape, place)?;
    }
    Ok(())
}

/// Converts the value of a function whose value is the very thing that its type asks for: then it is no promise and no
/// generator. False, and nothing done, for any other.
#[inline]
pub(crate) fn result_into(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    converted: &mut Value<'static>,
) -> Result<bool, Stop> {
    plain_into(scope, frame, value, shape, &Place::of(Subject::Result), converted)
}

/// The most common conversions, which run no JavaScript. False, and nothing done, where it is another one.
#[inline]
fn plain_into(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
    converted: &mut Value<'static>,
) -> Result<bool, Stop> {
    let plain = match shape {
        TypeShape::Int4 => match small_integer(value) {
            Some(number) => Value::Int(number),
            None => return Ok(false),
        },
        TypeShape::Text => match v8::Local::<v8::String>::try_from(value) {
            Ok(string) => text::from_js_spare(scope, &frame.state.spare_text, string)
                .map(|text| Value::Text(Cow::Owned(text)))
                .map_err(|error| Stop::report(error.report(place)))?,
            Err(_) => return Ok(false),
        },
        TypeShape::TimestampTz => match date_value(value) {
            Some(millis) => Value::TimestampTz(time::of_date(scope, frame, value, millis, place)?),
            None => return Ok(false),
        },
        _ => return Ok(false),
    };
    // Nothing was there that wants dropping.
    std::mem::forget(std::mem::replace(converted, plain));
    Ok(true)
}

pub(super) fn convert(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    if value.is_null_or_undefined() || matches!(shape, TypeShape::Void) {
        return Ok(Value::Null);
    }
    if frame.context.dialect == Dialect::Plv8 {
        return plv8::from_js(scope, frame, value, shape, place);
    }
    match shape {
        TypeShape::Void => Ok(Value::Null),
        TypeShape::Bool if value.is_boolean() => Ok(Value::Bool(value.is_true())),
        TypeShape::Int2 => integer(scope, value, shape, place, i16::MIN.into(), i16::MAX.into())
            .map(|number| Value::Int(number as i32)),
        TypeShape::Int4 => integer(scope, value, shape, place, i32::MIN.into(), i32::MAX.into())
            .map(|number| Value::Int(number as i32)),
        TypeShape::Oid => integer(scope, value, shape, place, 0, u32::MAX.into())
            .map(|number| Value::Unsigned(number as u32)),
        TypeShape::Int8 => integer(scope, value, shape, place, i64::MIN, i64::MAX).map(Value::BigInt),
        TypeShape::Float8 => match number_of(value) {
            Some(number) => Ok(Value::Float(number)),
            None => Err(mismatch(value, shape, place)),
        },
        TypeShape::Float4 => match number_of(value) {
            Some(number) if number.is_finite() && (number as f32).is_infinite() => {
                Err(out_of_range(&number, shape, place))
            }
            Some(number) => Ok(Value::Float(number)),
            None => Err(mismatch(value, shape, place)),
        },
        TypeShape::Numeric if value.is_string() || value.is_number() || value.is_big_int() => {
            as_text(scope, value, place)
        }
        TypeShape::Text
            if value.is_string() || value.is_number() || value.is_big_int() || value.is_boolean() =>
        {
            as_text(scope, value, place)
        }
        TypeShape::Json | TypeShape::Jsonb => json::from_js(scope, value, &frame.state.spare_text, place),
        TypeShape::Bytea => bytes(scope, value, place),
        TypeShape::TimestampTz => time::timestamp(scope, frame, value, place),
        TypeShape::Date => time::date(scope, value, place),
        TypeShape::Array(element) => array::from_js(scope, frame, value, element, place),
        TypeShape::Composite(row) => {
            composite::from_js(scope, frame, value, row, place).map(Value::Composite)
        }
        TypeShape::Range(range) => range::from_js(scope, frame, value, range, place),
        TypeShape::Multirange(range) => range::multirange_from_js(scope, frame, value, range, place),
        TypeShape::Record => Err(nameless(place)),
        TypeShape::Bool | TypeShape::Numeric | TypeShape::Text => Err(mismatch(value, shape, place)),
    }
}

pub(super) fn number_of(value: v8::Local<'_, v8::Value>) -> Option<f64> {
    v8::Local::<v8::Number>::try_from(value).ok().map(|number| number.value())
}

/// An integer from a number without a fraction or a bigint.
pub(super) fn integer(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    shape: &TypeShape,
    place: &Place<'_>,
    least: i64,
    most: i64,
) -> Result<i64, Stop> {
    if let Ok(number) = v8::Local::<v8::Int32>::try_from(value) {
        let number = i64::from(number.value());
        return if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(out_of_range(&number, shape, place))
        };
    }
    if let Some(number) = number_of(value) {
        if number.trunc() != number {
            return Err(Stop::report(ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                format!("{place} must be an integer for type {}, not {number}", type_name(shape)),
            )));
        }
        // 2^63 is the first double beyond bigint; the cast is exact below it.
        if number < -(2f64.powi(63)) || number >= 2f64.powi(63) || !(least..=most).contains(&(number as i64))
        {
            return Err(out_of_range(&printed(number), shape, place));
        }
        return Ok(number as i64);
    }
    if let Ok(big) = v8::Local::<v8::BigInt>::try_from(value) {
        let (number, lossless) = big.i64_value();
        return if lossless && (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(out_of_range(&printed_bigint(scope, big), shape, place))
        };
    }
    Err(mismatch(value, shape, place))
}

/// A number, its infinities as JavaScript writes them.
fn printed(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    number.to_string()
}

/// A bigint's digits, unless they are too many to read.
fn printed_bigint(scope: &mut v8::PinScope<'_, '_>, big: v8::Local<'_, v8::BigInt>) -> String {
    const MOST_WORDS: usize = 2;
    if big.word_count() > MOST_WORDS {
        return "a bigint of many digits".to_owned();
    }
    big.to_string(scope).map_or_else(|| "a bigint".to_owned(), |digits| digits.to_rust_string_lossy(scope))
}

pub(super) fn as_text(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    let string = value.to_string(scope).ok_or(Stop::Thrown)?;
    match text::from_js(scope, string) {
        Ok(text) => Ok(Value::Text(text.into())),
        Err(error) => Err(Stop::report(error.report(place))),
    }
}

pub(super) fn bytes(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    let view = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
        view
    } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
        v8::Uint8Array::new(scope, buffer, 0, buffer.byte_length()).ok_or(Stop::Thrown)?.into()
    } else {
        return Err(mismatch(value, &TypeShape::Bytea, place));
    };
    let mut bytes = vec![0; view.byte_length()];
    let copied = view.copy_contents(&mut bytes);
    bytes.truncate(copied);
    Ok(Value::Bytes(bytes.into()))
}

fn type_name(shape: &TypeShape) -> &str {
    match shape {
        TypeShape::Void => "void",
        TypeShape::Bool => "boolean",
        TypeShape::Int2 => "smallint",
        TypeShape::Int4 => "integer",
        TypeShape::Int8 => "bigint",
        TypeShape::Oid => "oid",
        TypeShape::Float4 => "real",
        TypeShape::Float8 => "double precision",
        TypeShape::Numeric => "numeric",
        TypeShape::Text => "text",
        TypeShape::Bytea => "bytea",
        TypeShape::Json => "json",
        TypeShape::Jsonb => "jsonb",
        TypeShape::TimestampTz => "timestamp with time zone",
        TypeShape::Date => "date",
        TypeShape::Array(_) => "array",
        TypeShape::Range(shape) | TypeShape::Multirange(shape) | TypeShape::Composite(shape) => &shape.name,
        TypeShape::Record => "record",
    }
}

/// What JavaScript has to give for a type.
fn expected(shape: &TypeShape) -> &'static str {
    match shape {
        TypeShape::Void => "nothing",
        TypeShape::Bool => "a boolean",
        TypeShape::Int2 | TypeShape::Int4 | TypeShape::Oid | TypeShape::Float4 | TypeShape::Float8 => {
            "a number"
        }
        TypeShape::Int8 => "a bigint or an integral number",
        TypeShape::Numeric => "a string, a number or a bigint",
        TypeShape::Text => "a string",
        TypeShape::Bytea => "a Uint8Array",
        TypeShape::Json | TypeShape::Jsonb => "a value that JSON can hold",
        TypeShape::TimestampTz => "a Date",
        TypeShape::Date => "a string or a Date",
        TypeShape::Array(_) => "an array",
        TypeShape::Composite(_) | TypeShape::Record => "an object",
        TypeShape::Range(_) => "an object { lower, upper, … }",
        TypeShape::Multirange(_) => "an array of ranges",
    }
}

/// A record says itself what it is, and a JavaScript object says too little.
#[cold]
pub(super) fn nameless(place: &Place<'_>) -> Stop {
    let hint = match place.subject {
        Subject::Result => {
            "Call the function with a list of column definitions: FROM f() AS (id int, name text)."
        }
        _ => "Cast it to a type that has a name, such as a table's: $1::item.",
    };
    Stop::report(
        ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("{place} is of type record, so that nothing says what its columns are"),
        )
        .with_hint(hint),
    )
}

/// What a value is, in words.
pub(crate) fn actual(value: v8::Local<'_, v8::Value>) -> &'static str {
    if value.is_string() {
        "a string"
    } else if value.is_number() {
        "a number"
    } else if value.is_boolean() {
        "a boolean"
    } else if value.is_big_int() {
        "a bigint"
    } else if value.is_symbol() {
        "a symbol"
    } else if value.is_function() {
        "a function"
    } else if value.is_array() {
        "an array"
    } else if value.is_date() {
        "a Date"
    } else if value.is_promise() {
        "a promise"
    } else if value.is_generator_object() {
        "a generator"
    } else if value.is_array_buffer_view() {
        "a typed array"
    } else if value.is_map() {
        "a Map"
    } else if value.is_set() {
        "a Set"
    } else if value.is_reg_exp() {
        "a regular expression"
    } else if value.is_native_error() {
        "an Error"
    } else {
        "an object"
    }
}

pub(super) fn mismatch(value: v8::Local<'_, v8::Value>, shape: &TypeShape, place: &Place<'_>) -> Stop {
    let (expected, actual) = (expected(shape), actual(value));
    let message = match shape {
        // Many types cross as text, and an array's name would be that of its elements.
        TypeShape::Text | TypeShape::Array(_) => format!("{place} must be {expected}, not {actual}"),
        _ => format!("{place} must be {expected} for type {}, not {actual}", type_name(shape)),
    };
    Stop::report(ErrorReport::new(SqlState::DATATYPE_MISMATCH, message))
}

fn out_of_range(value: &dyn std::fmt::Display, shape: &TypeShape, place: &Place<'_>) -> Stop {
    Stop::report(ErrorReport::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("{place} is out of range for type {}: {value}", type_name(shape)),
    ))
}
