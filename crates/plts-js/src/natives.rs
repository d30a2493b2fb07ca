//! The native functions that the prelude calls: the only way from JavaScript to the host. A panic in one of them
//! ends the JavaScript of the call, never the process. They are part of the snapshot; a new one goes into
//! natives/list.rs.

mod clone;
mod crypto;
mod cursor;
mod encoding;
mod list;
mod session;
pub(crate) mod statement;
mod transaction;
mod url;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use self::clone::clone_kind;
use self::crypto::{clock, digest, random};
use self::cursor::{cursor_close, cursor_fetch, cursor_move, cursor_open};
use self::encoding::{decode, encoding_name, utf8_length, utf8_write};
use self::session::{
    error_stack, log, log_is_wanted, now, quote_identifier, require_text, running_stack, users,
};
use self::statement::{exec, query, row};
use self::transaction::{amend_error, batch_begin, end_transaction, savepoint_begin, savepoint_end};
use self::url::{form_parse, form_serialize, url_parse, url_set};
use crate::engine::Engine;
use crate::errors::{Stop, throw_report};
use crate::frame::{Frame, Phase, Termination};
use crate::plv8::natives::{
    compile as plv8_compile, cursor_open as plv8_cursor_open, execute as plv8_execute, memory_usage,
    prepare_plan as plv8_prepare, return_next as plv8_return_next,
};
use crate::window::{
    are_peers as window_are_peers, argument as window_argument, is_window, position as window_position,
    row_count as window_row_count, set_mark as window_set_mark, set_state as set_window_state,
    state as window_state,
};

macro_rules! references {
    ($($function:ident: $name:literal,)*) => {
        /// The native functions, for the places of the snapshot that refer to them.
        pub(crate) fn references() -> Vec<v8::ExternalReference> {
            vec![$(v8::ExternalReference { function: v8::MapFnTo::map_fn_to($function) }),*]
        }
    };
}
list::native_functions!(references);

/// A string argument of the prelude's, half a surrogate pair replaced by U+FFFD.
fn text_of(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> String {
    value.to_rust_string_lossy(scope)
}

/// An argument that the prelude has made sure is a view of bytes.
fn argument_view<'s>(
    arguments: &v8::FunctionCallbackArguments<'s>,
    index: i32,
) -> Result<v8::Local<'s, v8::ArrayBufferView>, Stop> {
    v8::Local::try_from(arguments.get(index))
        .map_err(|_| Stop::report(ErrorReport::internal("a native function was given no bytes")))
}

/// Runs a native function's body, and turns what stopped it into what JavaScript gets: an exception, or its end.
pub(crate) fn run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut result: v8::ReturnValue<'_, v8::Value>,
    body: impl for<'h> FnOnce(&mut v8::PinScope<'s, '_>, &Frame<'h>) -> Result<v8::Local<'s, v8::Value>, Stop>,
) {
    Engine::with_frame(|_, frame| {
        if frame.is_terminating() {
            notice_termination(scope, frame);
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| body(scope, frame)));
        match outcome {
            Ok(Ok(value)) => result.set(value),
            Ok(Err(Stop::Thrown | Stop::Unparsable)) => {}
            Ok(Err(Stop::Report(report))) => throw_report(scope, frame, &report),
            Ok(Err(Stop::Rejected(promise))) => {
                let reason = v8::Local::new(scope, &promise.reason);
                scope.throw_exception(reason);
            }
            Ok(Err(Stop::Host)) => frame.terminate(Termination::Host),
            Err(panic) => frame.terminate(Termination::Panic(panic_message(&*panic))),
        }
        if frame.is_terminating() {
            notice_termination(scope, frame);
        }
    });
}

/// V8 looks at a request to terminate when a JavaScript function starts. One starts here, so that no more of the
/// caller runs: not even a `catch` around the statement.
fn notice_termination(scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>) {
    // Again: an inner call that ended meanwhile took the request back, as it does with its own.
    frame.state.isolate.terminate();
    let receiver = v8::undefined(scope).into();
    // Nothing comes back: the exception that cannot be caught is on its way.
    let _ = frame.context.prelude.nothing.open(scope).call(scope, receiver, &[]);
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    format!("panic in a call from JavaScript: {said}")
}

/// The database is open only while the handler runs.
pub(crate) fn require_database(frame: &Frame<'_>) -> Result<(), Stop> {
    let refused = match frame.phase.get() {
        Phase::Running => return Ok(()),
        Phase::Evaluating => "no database access while a module is evaluated",
        Phase::Reporting => "no database access after the function has ended",
    };
    Err(Stop::report(
        ErrorReport::new(SqlState::FEATURE_NOT_SUPPORTED, refused)
            .with_hint("Use the database inside the handler, through its ctx."),
    ))
}
