//! Triggers of plv8 functions: the rows and what fired are the arguments, and only what is returned changes the row.

use deno_core::v8;
use plts_core::trigger::{TriggerLevel, TriggerTiming};
use plts_core::{ErrorReport, SqlState, Value};

use super::TRIGGER_PARAMETERS;
use crate::compile::{Compiled, new_text};
use crate::convert::from_js::actual;
use crate::convert::plv8::{column, missing};
use crate::convert::{Place, Subject, text};
use crate::errors::Stop;
use crate::frame::{Frame, Phase};
use crate::trigger::{
    Firing, RowAnswer, TriggerColumn, TriggerSpec, all_columns, column_value, convert, is_same,
    is_same_object, settled,
};

/// A row as JavaScript got it.
struct Given<'s, 'v> {
    object: v8::Local<'s, v8::Object>,
    values: Vec<v8::Local<'s, v8::Value>>,
    originals: Vec<Value<'v>>,
}

pub(crate) fn fire(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    compiled: &Compiled,
    firing: &Firing<'_>,
) -> Result<RowAnswer, Stop> {
    let trigger = firing.trigger;
    let receiver: v8::Local<'_, v8::Value> = v8::undefined(scope).into();
    let (mut new, mut old) = (None, None);
    if trigger.level == TriggerLevel::Row {
        new = given(scope, frame, trigger, firing.rows.new_row(&all_columns).map_err(Stop::Report)?)?;
        old = given(scope, frame, trigger, firing.rows.old_row(&all_columns).map_err(Stop::Report)?)?;
    }
    let mut arguments = [receiver; TRIGGER_PARAMETERS.len()];
    for (slot, row) in arguments.iter_mut().zip([&new, &old]) {
        if let Some(row) = row {
            *slot = row.object.into();
        }
    }
    let texts =
        [trigger.name.as_str(), trigger.timing.as_str(), trigger.level.as_str(), firing.event.as_str()];
    for (slot, word) in arguments[2..].iter_mut().zip(texts) {
        *slot = text::to_js(scope, word)?.into();
    }
    arguments[6] = v8::Integer::new_from_unsigned(scope, trigger.relation).into();
    arguments[7] = text::to_js(scope, &trigger.table)?.into();
    arguments[8] = text::to_js(scope, &trigger.schema)?.into();
    let mut words = Vec::with_capacity(trigger.arguments.len());
    for argument in &trigger.arguments {
        words.push(text::to_js(scope, argument)?.into());
    }
    arguments[9] = v8::Array::new_with_elements(scope, &words).into();

    let value = compiled.callee.call(scope, &arguments).ok_or(Stop::Thrown)?;
    let value = settled(scope, frame, value)?;
    let answer = if trigger.level == TriggerLevel::Statement || trigger.timing == TriggerTiming::After {
        RowAnswer::GoesOn
    } else if value.is_null() {
        RowAnswer::LeftOut
    } else if value.is_undefined() {
        RowAnswer::GoesOn
    } else {
        let Ok(row) = v8::Local::<v8::Object>::try_from(value) else {
            return Err(Stop::report(ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                format!("the result of a trigger function must be an object, not {}", actual(value)),
            )));
        };
        match (&new, &old) {
            (Some(_), Some(old)) if row == old.object => RowAnswer::Former,
            (Some(new), _) => changes(scope, frame, trigger, row, new)?,
            // DELETE goes on with any row.
            (None, _) => RowAnswer::GoesOn,
        }
    };
    frame.phase.set(Phase::Reporting);
    Ok(answer)
}

/// The object for a row, if the event has it.
fn given<'s, 'v>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    row: Option<Vec<Value<'v>>>,
) -> Result<Option<Given<'s, 'v>>, Stop> {
    let Some(originals) = row else { return Ok(None) };
    let mut values = vec![v8::undefined(scope).into(); originals.len()];
    convert(scope, frame, &originals, all_columns, &mut values)?;
    let object = v8::Object::new(scope);
    for (TriggerColumn { name, .. }, value) in trigger.columns.iter().zip(&values) {
        let name = new_text(scope, name)?;
        object.create_data_property(scope, name.into(), *value).ok_or(Stop::Thrown)?;
    }
    Ok(Some(Given { object, values, originals }))
}

/// What of the row is not what it was.
fn changes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    row: v8::Local<'s, v8::Object>,
    new: &Given<'s, '_>,
) -> Result<RowAnswer, Stop> {
    let mut changes = Vec::new();
    for (index, TriggerColumn { name, generated, .. }) in trigger.columns.iter().enumerate() {
        let Some(value) = column(scope, row, name)? else {
            return Err(missing(name, &Place::of(Subject::NewRow)));
        };
        let (Some(before), Some(original)) = (new.values.get(index), new.originals.get(index)) else {
            return Err(Stop::report(ErrorReport::internal("a column has no place in its row")));
        };
        if *generated || (!value.is_object() && value.same_value(*before)) {
            continue;
        }
        let mut converted = Value::Null;
        column_value(scope, frame, trigger, index, value, &mut converted)?;
        if !is_same(&converted, original)
            && !is_same_object(scope, frame, trigger, index, (value, original), &converted)?
        {
            changes.push((index, converted));
        }
    }
    Ok(if changes.is_empty() { RowAnswer::GoesOn } else { RowAnswer::Changed(changes) })
}
