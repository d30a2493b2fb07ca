//! Savepoints, batches, and the end of a transaction.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use super::{require_database, run};
use crate::errors::{self, Stop};
use crate::host::{SavepointKind, SavepointOutcome, TransactionEnd};

pub(super) fn savepoint_begin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        Ok(v8::Integer::new_from_unsigned(scope, frame.savepoint_begin(SavepointKind::Work)?).into())
    });
}

/// A savepoint for statements that fail together; 0 when there is need of none, since their failure would fail the call.
pub(super) fn batch_begin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let level = match frame.ask(|host| Ok(host.observes_failures()))? {
            true => frame.savepoint_begin(SavepointKind::Batch)?,
            false => 0,
        };
        Ok(v8::Integer::new_from_unsigned(scope, level).into())
    });
}

pub(super) fn savepoint_end<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let level = arguments.get(0).uint32_value(scope).ok_or(Stop::Thrown)?;
        let outcome =
            if arguments.get(1).is_true() { SavepointOutcome::Release } else { SavepointOutcome::Rollback };
        if !frame.savepoint_end(level, outcome)? {
            return Err(Stop::report(
                ErrorReport::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "savepoints must end in the reverse order of their beginning",
                )
                .with_hint("Await one savepoint before the next one begins."),
            ));
        }
        Ok(v8::undefined(scope).into())
    });
}

/// `endTransaction(commit)`
pub(super) fn end_transaction<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let end = if arguments.get(0).is_true() { TransactionEnd::Commit } else { TransactionEnd::Rollback };
        frame.ask(|host| host.end_transaction(end))?;
        Ok(v8::undefined(scope).into())
    });
}

/// `amendError(error, line)`: a line of context for an error of the database, innermost.
pub(super) fn amend_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        if let Ok(error) = v8::Local::<v8::Object>::try_from(arguments.get(0)) {
            let line = arguments.get(1).to_rust_string_lossy(scope);
            errors::amend(scope, frame, error, &line);
        }
        Ok(v8::undefined(scope).into())
    });
}
