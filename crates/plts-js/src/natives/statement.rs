//! Statements: prepared once per text, run with parameters, their rows made into objects.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, Value};

use super::{require_database, run};
use crate::convert::from_js::{actual, from_js_into};
use crate::convert::rows::RowCollector;
use crate::convert::{Subject, text};
use crate::errors::Stop;
use crate::frame::Frame;
use crate::host::{PreparedStatement, StatementUse};
use crate::raw::shortcut::element_of;

/// The text of a statement.
pub(crate) fn statement_text(
    scope: &mut v8::PinScope<'_, '_>,
    source: v8::Local<'_, v8::Value>,
) -> Result<String, Stop> {
    let source = statement_string(source)?;
    text::from_js(scope, source).map_err(|error| Stop::report(error.report(&"the statement")))
}

fn statement_string<'s>(source: v8::Local<'s, v8::Value>) -> Result<v8::Local<'s, v8::String>, Stop> {
    v8::Local::<v8::String>::try_from(source).map_err(|_| {
        Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("a statement must be a string, not {}", actual(source)),
        ))
    })
}

/// The prepared statement of a text. For the same text as last time the host is only asked whether it is current.
pub(crate) fn prepare(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    source: v8::Local<'_, v8::Value>,
    purpose: StatementUse,
) -> Result<PreparedStatement, Stop> {
    let source = statement_string(source)?;
    let remembered = purpose == StatementUse::Run;
    if remembered
        && let Some(known) = frame.context.statements.get(scope, source)
        && frame.ask(|host| host.is_current(&known))?
    {
        return Ok(known);
    }
    let sql = statement_text(scope, source.into())?;
    let prepared = frame.ask(|host| host.prepare(&sql, purpose))?;
    if remembered {
        frame.context.statements.put(scope, source, &prepared);
    }
    Ok(prepared)
}

/// The values for a statement's parameters.
pub(crate) fn parameters(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    prepared: &PreparedStatement,
    given: v8::Local<'_, v8::Value>,
) -> Result<Vec<Value<'static>>, Stop> {
    let given = if given.is_null_or_undefined() {
        None
    } else {
        match v8::Local::<v8::Array>::try_from(given) {
            Ok(array) => Some(array),
            Err(_) => {
                return Err(Stop::report(ErrorReport::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("the parameters of a statement must be an array, not {}", actual(given)),
                )));
            }
        }
    };
    let count = given.map_or(0, |given| given.length() as usize);
    if count != prepared.params.len() {
        return Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("the statement has {} parameters, but {count} values were given", prepared.params.len()),
        )));
    }
    let mut values = frame.state.spare_values.take();
    if let Some(given) = given {
        for (index, shape) in (0u32..).zip(prepared.params.iter()) {
            let value = element_of(scope, given.into(), index).ok_or(Stop::Thrown)?;
            let slot = values.push_mut(Value::Null);
            from_js_into(scope, frame, value, shape, Subject::Parameter(index as usize + 1), slot)?;
        }
    }
    Ok(values)
}

/// What JavaScript gets of the rows.
#[derive(Clone, Copy)]
enum Wanted {
    /// An array of them.
    All,
    /// The only one; `undefined` when there is none, `null` when there are several.
    Only,
}

fn statement<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    arguments: &v8::FunctionCallbackArguments<'s>,
    wanted: Wanted,
) -> Result<(u64, v8::Local<'s, v8::Value>), Stop> {
    require_database(frame)?;
    let prepared = prepare(scope, frame, arguments.get(0), StatementUse::Run)?;
    let values = parameters(scope, frame, &prepared, arguments.get(1))?;
    let mut rows = RowCollector::new(scope, frame);
    let outcome = frame.ask(|host| host.execute(&prepared, &values, &mut rows));
    // What the collector met comes first: the host only passed it on.
    let rows = match wanted {
        Wanted::All => rows.finish()?.into(),
        Wanted::Only => rows.finish_only()?,
    };
    frame.state.keep_values(values);
    Ok((outcome?.row_count, rows))
}

pub(super) fn query<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| Ok(statement(scope, frame, &arguments, Wanted::All)?.1));
}

pub(super) fn row<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| Ok(statement(scope, frame, &arguments, Wanted::Only)?.1));
}

pub(super) fn exec<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let (count, rows) = statement(scope, frame, &arguments, Wanted::All)?;
        let count = v8::Number::new(scope, count as f64).into();
        Ok(v8::Array::new_with_elements(scope, &[count, rows]).into())
    });
}
