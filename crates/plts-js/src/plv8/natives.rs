//! The native functions behind the object `plv8`, beside those that `ctx` has too.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use super::function;
use crate::compile::new_text;
use crate::convert::rows::RowCollector;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::function::Plv8Parameters;
use crate::host::{PreparedStatement, StatementUse};
use crate::natives::statement::{parameters, prepare, statement_text};
use crate::natives::{require_database, run};

/// The statement of a text, with parameters of the types whose OIDs are in `types`, or of those that PostgreSQL infers.
fn prepared(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    source: v8::Local<'_, v8::Value>,
    purpose: StatementUse,
    types: v8::Local<'_, v8::Value>,
) -> Result<PreparedStatement, Stop> {
    let Ok(list) = v8::Local::<v8::Array>::try_from(types) else {
        return prepare(scope, frame, source, purpose);
    };
    let mut types = Vec::with_capacity(list.length() as usize);
    for index in 0..list.length() {
        let oid = list.get_index(scope, index).ok_or(Stop::Thrown)?;
        types.push(oid.uint32_value(scope).ok_or(Stop::Thrown)?);
    }
    let sql = statement_text(scope, source)?;
    frame.ask(|host| host.prepare_typed(&sql, purpose, &types))
}

/// `plv8Execute(sql, params, types)`: the rows, or the number of rows for a statement that gives none.
pub(crate) fn execute<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let prepared = prepared(scope, frame, arguments.get(0), StatementUse::Run, arguments.get(2))?;
        let values = parameters(scope, frame, &prepared, arguments.get(1))?;
        let mut rows = RowCollector::new(scope, frame);
        let outcome = frame.ask(|host| host.execute(&prepared, &values, &mut rows));
        let gave_rows = rows.has_columns();
        let rows = rows.finish()?;
        let completion = outcome?;
        Ok(if gave_rows { rows.into() } else { v8::Number::new(scope, completion.row_count as f64).into() })
    });
}

/// `plv8Prepare(sql, types)`: the number of parameters.
pub(crate) fn prepare_plan<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let prepared = prepared(scope, frame, arguments.get(0), StatementUse::Run, arguments.get(1))?;
        Ok(v8::Integer::new(scope, i32::try_from(prepared.params.len()).unwrap_or(i32::MAX)).into())
    });
}

/// `plv8CursorOpen(sql, params, types)`
pub(crate) fn cursor_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let purpose = StatementUse::FlexibleCursor;
        let prepared = prepared(scope, frame, arguments.get(0), purpose, arguments.get(2))?;
        let values = parameters(scope, frame, &prepared, arguments.get(1))?;
        let cursor = frame.ask(|host| host.cursor_open(&prepared, &values))?;
        Ok(v8::Integer::new_from_unsigned(scope, cursor.0).into())
    });
}

/// `plv8ReturnNext(row)`
pub(crate) fn return_next<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let Some(rows) = frame.rows else {
            return Err(Stop::report(ErrorReport::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "return_next called in context that cannot accept a set",
            )));
        };
        rows.take_row(scope, frame, arguments.get(0))?;
        Ok(v8::undefined(scope).into())
    });
}

/// `plv8Compile(source, name, names)`: the function of a body; `names` is an array of the parameters' names or nulls,
/// or null for a trigger.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let source = arguments.get(0).to_rust_string_lossy(scope);
        let name = arguments.get(1).to_rust_string_lossy(scope);
        let parameters = match v8::Local::<v8::Array>::try_from(arguments.get(2)) {
            Err(_) => Plv8Parameters::Trigger,
            Ok(list) => {
                let mut names = Vec::with_capacity(list.length() as usize);
                for index in 0..list.length() {
                    let name = list.get_index(scope, index).ok_or(Stop::Thrown)?;
                    names.push(name.is_string().then(|| name.to_rust_string_lossy(scope)));
                }
                Plv8Parameters::Named(names)
            }
        };
        Ok(function(scope, frame, &source, &name, &parameters)?.into())
    });
}

/// `memoryUsage()`: an object with what V8 says of its heap.
pub(crate) fn memory_usage<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let statistics = frame.state.statistics(0, 0);
        let usage = v8::Object::new(scope);
        for (name, bytes) in [
            ("total_heap_size", statistics.total_bytes),
            ("used_heap_size", statistics.used_bytes),
            ("external_memory", statistics.external_bytes),
            ("number_of_native_contexts", statistics.contexts),
        ] {
            let name = new_text(scope, name)?;
            let bytes = v8::Number::new(scope, bytes as f64);
            usage.create_data_property(scope, name.into(), bytes.into()).ok_or(Stop::Thrown)?;
        }
        Ok(usage.into())
    });
}
