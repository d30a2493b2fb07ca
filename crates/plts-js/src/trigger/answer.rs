//! What became of a row: the columns that JavaScript has changed, converted back, each compared with what it was.

use deno_core::v8;
use plts_core::{ErrorReport, Value};

use super::source::Outcome;
use super::{RowAnswer, TriggerSpec};
use crate::convert::Subject;
use crate::convert::from_js::column_from_js_into;
use crate::convert::to_js::to_js;
use crate::errors::Stop;
use crate::frame::Frame;

/// What became of the row, by what the compiled code says of it and has given.
pub(super) fn read_answer(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    (outcome, at): (Outcome, usize),
    given: v8::Local<'_, v8::Value>,
    originals: &[Value<'_>],
) -> Result<RowAnswer, Stop> {
    let mut changes = frame.state.spare_changes.take();
    match outcome {
        Outcome::GoesOn => return Ok(RowAnswer::GoesOn),
        Outcome::LeftOut => return Ok(RowAnswer::LeftOut),
        Outcome::Former => return Ok(RowAnswer::Former),
        Outcome::Promised => {
            return Err(Stop::report(ErrorReport::internal("a trigger's answer is a promise")));
        }
        Outcome::OneChange => read_change(scope, frame, trigger, at, given, originals, &mut changes)?,
        Outcome::Changes => {
            let Ok(found) = v8::Local::<v8::Array>::try_from(given) else {
                return Err(Stop::report(ErrorReport::internal("a trigger's answer is none")));
            };
            for pair in 0..found.length() / 2 {
                let index = found
                    .get_index(scope, pair * 2)
                    .and_then(|index| index.uint32_value(scope))
                    .ok_or(Stop::Thrown)? as usize;
                let value = found.get_index(scope, pair * 2 + 1).ok_or(Stop::Thrown)?;
                read_change(scope, frame, trigger, index, value, originals, &mut changes)?;
            }
        }
    }
    Ok(if changes.is_empty() { RowAnswer::GoesOn } else { RowAnswer::Changed(changes) })
}

/// Adds a column's new value to the changes, unless it is the one that the column had.
fn read_change(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    value: v8::Local<'_, v8::Value>,
    originals: &[Value<'_>],
    changes: &mut Vec<(usize, Value<'static>)>,
) -> Result<(), Stop> {
    let Some(original) = originals.get(index) else {
        return Err(Stop::report(ErrorReport::internal("a changed column has no place in its row")));
    };
    let (_, converted) = changes.push_mut((index, Value::Null));
    column_value(scope, frame, trigger, index, value, converted)?;
    if is_same(converted, original)
        || is_same_object(scope, frame, trigger, index, (value, original), converted)?
    {
        changes.pop();
    }
    Ok(())
}

/// A value for a column.
pub(crate) fn column_value(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    value: v8::Local<'_, v8::Value>,
    converted: &mut Value<'static>,
) -> Result<(), Stop> {
    let column = &trigger.columns[index];
    column_from_js_into(scope, frame, value, &column.shape, &column.name, converted).map_err(
        |stop| match stop {
            Stop::Report(mut report) => {
                report.schema_name.get_or_insert_with(|| trigger.schema.clone());
                report.table_name.get_or_insert_with(|| trigger.table.clone());
                report.column_name.get_or_insert_with(|| column.name.clone());
                Stop::Report(report)
            }
            other => other,
        },
    )
}

/// Whether a value is the very one: two zeros are equal, and differ.
pub(crate) fn is_same(value: &Value<'_>, original: &Value<'_>) -> bool {
    match (value, original) {
        (Value::Float(value), Value::Float(original)) => value.to_bits() == original.to_bits(),
        (value, original) => value == original,
    }
}

/// Whether an object still says what its column's value said: then the value on the way to JavaScript and back is the
/// same, if not as it is stored. (JSON comes back without the spaces it had.)
pub(crate) fn is_same_object(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    (value, original): (v8::Local<'_, v8::Value>, &Value<'_>),
    converted: &Value<'static>,
) -> Result<bool, Stop> {
    if !value.is_object() || *original == Value::Null {
        return Ok(false);
    }
    let again = to_js(scope, frame.state, frame.context, original, Subject::Column(index + 1))?;
    let mut former = Value::Null;
    column_value(scope, frame, trigger, index, again, &mut former)?;
    Ok(former == *converted)
}
