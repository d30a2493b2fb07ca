//! Ranges from JavaScript: `{ lower, upper, lowerInclusive, upperInclusive, empty }`.

use std::sync::Arc;

use deno_core::v8;
use plts_core::{CompositeShape, ErrorReport, RangeValue, SqlState, TypeShape, Value};

use super::array::check_size;
use super::from_js::{actual, mismatch};
use super::to_js::to_js;
use super::{Place, Subject, composite};
use crate::context::JsContext;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::isolate::IsolateState;

/// The object for a range from the database.
pub(super) fn to_object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    range: &RangeValue<'_>,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let nothing: v8::Local<'_, v8::Value> = v8::null(scope).into();
    let (lower, upper, lower_inclusive, upper_inclusive, empty) = match range {
        RangeValue::Empty => (nothing, nothing, false, false, true),
        RangeValue::Bounds { lower, upper, lower_inclusive, upper_inclusive } => (
            to_js(scope, state, context, lower, subject)?,
            to_js(scope, state, context, upper, subject)?,
            *lower_inclusive,
            *upper_inclusive,
            false,
        ),
    };
    let flag = |truth| v8::Boolean::new(scope, truth).into();
    let properties = [lower, upper, flag(lower_inclusive), flag(upper_inclusive), flag(empty)];
    let receiver = v8::undefined(scope).into();
    context.prelude.make_range.open(scope).call(scope, receiver, &properties).ok_or(Stop::Thrown)
}

/// The range that an object stands for. A bound that is missing is none; the lower one is inclusive unless it says
/// otherwise, the upper one is not.
///
/// Errors: 42703 for another property, 22023 for an empty range with bounds.
pub(super) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &Arc<CompositeShape>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    if !value.is_object() || value.is_array() {
        return Err(mismatch(value, &TypeShape::Range(Arc::clone(shape)), place));
    }
    let parts = composite::from_js(scope, frame, value, shape, place)?.into_values();
    let Ok([lower, upper, lower_inclusive, upper_inclusive, empty]) = <[Value<'_>; 5]>::try_from(parts)
    else {
        return Err(Stop::report(ErrorReport::internal("a range does not have its parts")));
    };
    let bounded = lower != Value::Null || upper != Value::Null;
    let range = match empty {
        Value::Bool(true) if bounded => {
            return Err(Stop::report(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("{place} is an empty range that has bounds"),
            )));
        }
        Value::Bool(true) => RangeValue::Empty,
        _ => RangeValue::Bounds {
            lower,
            upper,
            lower_inclusive: lower_inclusive != Value::Bool(false),
            upper_inclusive: upper_inclusive == Value::Bool(true),
        },
    };
    Ok(Value::Range(Box::new(range)))
}

/// The multirange that an array of such objects stands for. Ranges that overlap or touch become one.
pub(super) fn multirange_from_js(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &Arc<CompositeShape>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    let Ok(array) = v8::Local::<v8::Array>::try_from(value) else {
        return Err(mismatch(value, &TypeShape::Multirange(Arc::clone(shape)), place));
    };
    check_size(frame, array.length() as usize, place)?;
    let mut ranges = Vec::new();
    for index in 0..array.length() {
        frame.breathe(index)?;
        v8::scope!(let scope, scope);
        let item = array.get_index(scope, index).ok_or(Stop::Thrown)?;
        let here = place.element(index);
        if !item.is_object() || item.is_array() {
            let what = if item.is_null_or_undefined() { "null" } else { actual(item) };
            return Err(Stop::report(ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                format!("{here} must be an object {{ lower, upper, … }} for type {}, not {what}", shape.name),
            )));
        }
        ranges.push(from_js(scope, frame, item, shape, &here)?);
    }
    Ok(Value::Array(ranges))
}
