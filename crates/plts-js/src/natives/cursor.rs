//! Cursors, by the numbers that the host gives them.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use super::statement::{parameters, prepare};
use super::{require_database, run};
use crate::convert::rows::RowCollector;
use crate::errors::Stop;
use crate::host::{CursorId, StatementUse};

/// `cursorOpen(sql, params, scroll)`
pub(super) fn cursor_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let purpose =
            if arguments.get(2).is_true() { StatementUse::ScrollCursor } else { StatementUse::Cursor };
        let prepared = prepare(scope, frame, arguments.get(0), purpose)?;
        let values = parameters(scope, frame, &prepared, arguments.get(1))?;
        let cursor = frame.ask(|host| host.cursor_open(&prepared, &values))?;
        Ok(v8::Integer::new_from_unsigned(scope, cursor.0).into())
    });
}

/// `cursorFetch(cursor, count)`
pub(super) fn cursor_fetch<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let cursor = cursor_of(scope, arguments.get(0))?;
        let count = distance(scope, arguments.get(1))?;
        let mut rows = RowCollector::new(scope, frame);
        let outcome = frame.ask(|host| host.cursor_fetch(cursor, count, &mut rows));
        let rows = rows.finish()?;
        outcome?;
        Ok(rows.into())
    });
}

/// `cursorMove(cursor, count)`
pub(super) fn cursor_move<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let cursor = cursor_of(scope, arguments.get(0))?;
        let count = distance(scope, arguments.get(1))?;
        let moved = frame.ask(|host| host.cursor_move(cursor, count))?;
        Ok(v8::Number::new(scope, moved as f64).into())
    });
}

/// `cursorClose(cursor)`
pub(super) fn cursor_close<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let cursor = cursor_of(scope, arguments.get(0))?;
        frame.ask(|host| host.cursor_close(cursor))?;
        Ok(v8::undefined(scope).into())
    });
}

fn cursor_of(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Result<CursorId, Stop> {
    value.uint32_value(scope).map(CursorId).ok_or(Stop::Thrown)
}

/// A number of rows: an integer, or an infinity for all that there are.
fn distance(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Result<i64, Stop> {
    let number = value.number_value(scope).unwrap_or(f64::NAN);
    if number == f64::INFINITY {
        return Ok(i64::MAX);
    }
    // The least is left out: its negative is no number of rows.
    if number == f64::NEG_INFINITY {
        return Ok(-i64::MAX);
    }
    if !value.is_number() || number.trunc() != number || number.abs() > 9_007_199_254_740_991.0 {
        return Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "a number of rows must be an integer, Infinity or -Infinity",
        )));
    }
    Ok(number as i64)
}
