//! Arrays of numbers as typed arrays.

use deno_core::v8;
use plts_core::{ErrorReport, NumberArray, SqlState};

use super::Subject;
use crate::errors::Stop;
use crate::isolate::IsolateState;
use crate::raw::bytes::uint8_array;

/// A typed array with a copy of the numbers.
pub(super) fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    numbers: &NumberArray,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let (bytes, length) = match numbers {
        NumberArray::Int2(all) => (all.iter().flat_map(|number| number.to_ne_bytes()).collect(), all.len()),
        NumberArray::Int4(all) => (all.iter().flat_map(|number| number.to_ne_bytes()).collect(), all.len()),
        NumberArray::Int8(all) => (all.iter().flat_map(|number| number.to_ne_bytes()).collect(), all.len()),
        NumberArray::Float4(all) => (all.iter().flat_map(|number| number.to_ne_bytes()).collect(), all.len()),
        NumberArray::Float8(all) => (all.iter().flat_map(|number| number.to_ne_bytes()).collect(), all.len()),
    };
    let bytes: Vec<u8> = bytes;
    if !state.budget.has_room(bytes.len()) {
        return Err(Stop::report(ErrorReport::new(
            SqlState::OUT_OF_MEMORY,
            format!("out of memory in JavaScript: {subject} is an array of {} bytes", bytes.len()),
        )));
    }
    let memory = uint8_array(scope, &bytes).ok_or(Stop::Thrown)?;
    let buffer = memory.buffer(scope).ok_or(Stop::Thrown)?;
    let array: Option<v8::Local<'s, v8::Value>> = match numbers {
        NumberArray::Int2(_) => v8::Int16Array::new(scope, buffer, 0, length).map(Into::into),
        NumberArray::Int4(_) => v8::Int32Array::new(scope, buffer, 0, length).map(Into::into),
        NumberArray::Int8(_) => v8::BigInt64Array::new(scope, buffer, 0, length).map(Into::into),
        NumberArray::Float4(_) => v8::Float32Array::new(scope, buffer, 0, length).map(Into::into),
        NumberArray::Float8(_) => v8::Float64Array::new(scope, buffer, 0, length).map(Into::into),
    };
    array.ok_or(Stop::Thrown)
}
