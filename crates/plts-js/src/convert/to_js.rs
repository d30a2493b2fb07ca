//! From the database to JavaScript.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, TimestampTz, Value};

use super::{Subject, array, composite, json, numbers, range, text};
use crate::context::JsContext;
use crate::errors::Stop;
use crate::isolate::IsolateState;
use crate::raw::shortcut::new_date;

/// The JavaScript value of `value`.
pub(crate) fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    value: &Value<'_>,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    Ok(match value {
        Value::Int(number) => v8::Integer::new(scope, *number).into(),
        Value::Null => v8::null(scope).into(),
        Value::Bool(truth) => v8::Boolean::new(scope, *truth).into(),
        Value::Float(number) => v8::Number::new(scope, *number).into(),
        Value::Text(string) => text::to_js(scope, string)?.into(),
        Value::BigInt(number) => v8::BigInt::new_from_i64(scope, *number).into(),
        Value::Unsigned(number) => v8::Integer::new_from_unsigned(scope, *number).into(),
        Value::Json(source) => json::to_js(scope, context, source)?,
        Value::TimestampTz(time) => timestamp(scope, state, context, *time, subject)?,
        Value::Bytes(bytes) => {
            if !state.make_room(bytes.len()) {
                return Err(Stop::report(ErrorReport::new(
                    SqlState::OUT_OF_MEMORY,
                    format!("out of memory in JavaScript: {subject} is a bytea of {} bytes", bytes.len()),
                )));
            }
            crate::raw::bytes::uint8_array(scope, bytes).ok_or(Stop::Thrown)?.into()
        }
        Value::Array(values) => array::to_array(scope, state, context, values, subject)?.into(),
        Value::ShapedArray(array) => array::to_nested_array(scope, state, context, array, subject)?.into(),
        Value::Numbers(numbers) => numbers::to_js(scope, state, numbers, subject)?,
        Value::Composite(composite) => composite::to_object(scope, state, context, composite, subject)?,
        Value::Range(range) => range::to_object(scope, state, context, range, subject)?,
    })
}

/// A `Date`, or ±Infinity. The microseconds ride along.
pub(crate) fn timestamp<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    time: TimestampTz,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let (millis, micros) = time.to_millis().map_err(|error| {
        let mut report = ErrorReport::from(error);
        report.detail = Some(format!("The {subject} is beyond the range of a JavaScript Date."));
        Stop::report(report)
    })?;
    if millis.is_infinite() {
        return Ok(v8::Number::new(scope, millis).into());
    }
    if micros == 0 {
        return Ok(new_date(scope, millis).ok_or(Stop::Thrown)?.into());
    }
    state.times_ride_along.set(true);
    if let Some(whole) = time.to_exact_micros() {
        let receiver = v8::undefined(scope).into();
        let arguments = [v8::Number::new(scope, millis).into(), v8::Number::new(scope, whole).into()];
        return context.prelude.make_date.open(scope).call(scope, receiver, &arguments).ok_or(Stop::Thrown);
    }
    let date = new_date(scope, millis).ok_or(Stop::Thrown)?;
    let key = v8::Local::new(scope, &state.keys.time);
    let whole = v8::BigInt::new_from_i64(scope, time.0).into();
    date.set_private(scope, key, whole).ok_or(Stop::Thrown)?;
    Ok(date.into())
}
