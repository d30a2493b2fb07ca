//! The native functions that the prelude calls: the only way from JavaScript to the host. A panic in one of them
//! ends the JavaScript of the call, never the process. They are part of the snapshot; a new one goes into
//! natives/list.rs.

mod clone;
mod crypto;
mod encoding;
mod list;
mod url;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, Value};

use self::clone::clone_kind;
use self::crypto::{clock, digest, random};
use self::encoding::{decode, encoding_name, utf8_length, utf8_write};
use self::url::{form_parse, form_serialize, url_parse, url_set};
use crate::convert::from_js::{actual, from_js};
use crate::convert::rows::RowCollector;
use crate::convert::{Subject, text, to_js};
use crate::engine::Engine;
use crate::errors::{Stop, throw_report};
use crate::frame::{Frame, Phase, Termination};
use crate::host::{LogLevel, SavepointOutcome};
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
            Ok(Err(Stop::Rejected(reason, _))) => {
                let reason = v8::Local::new(scope, reason);
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

fn statement<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    arguments: &v8::FunctionCallbackArguments<'s>,
) -> Result<(u64, v8::Local<'s, v8::Array>), Stop> {
    require_database(frame)?;
    let source = arguments.get(0);
    let Ok(source) = v8::Local::<v8::String>::try_from(source) else {
        return Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("a statement must be a string, not {}", actual(source)),
        )));
    };
    let sql = text::from_js(scope, source).map_err(|error| Stop::report(error.report(&"the statement")))?;
    let prepared = frame.ask(|host| host.prepare(&sql))?;
    let given = parameters(scope, arguments.get(1))?;
    let count = given.map_or(0, |given| given.length() as usize);
    if count != prepared.params.len() {
        return Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("the statement has {} parameters, but {count} values were given", prepared.params.len()),
        )));
    }
    let mut values: Vec<Value<'static>> = Vec::with_capacity(count);
    if let Some(given) = given {
        for (index, shape) in (0u32..).zip(prepared.params.iter()) {
            let value = given.get_index(scope, index).ok_or(Stop::Thrown)?;
            values.push(from_js(scope, frame, value, shape, Subject::Parameter(index as usize + 1))?);
        }
    }
    let mut rows = RowCollector::new(scope, frame);
    let outcome = frame.ask(|host| host.execute(prepared.plan, &values, &mut rows));
    // What the collector met comes first: the host only passed it on.
    let rows = rows.finish()?;
    Ok((outcome?.row_count, rows))
}

fn parameters<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<Option<v8::Local<'s, v8::Array>>, Stop> {
    if value.is_null_or_undefined() {
        return Ok(None);
    }
    match v8::Local::<v8::Array>::try_from(value) {
        Ok(array) => Ok(Some(v8::Local::new(scope, array))),
        Err(_) => Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("the parameters of a statement must be an array, not {}", actual(value)),
        ))),
    }
}

fn query<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| Ok(statement(scope, frame, &arguments)?.1.into()));
}

fn exec<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let (count, rows) = statement(scope, frame, &arguments)?;
        let count = v8::Number::new(scope, count as f64).into();
        Ok(v8::Array::new_with_elements(scope, &[count, rows.into()]).into())
    });
}

fn savepoint_begin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        Ok(v8::Integer::new_from_unsigned(scope, frame.savepoint_begin()?).into())
    });
}

fn savepoint_end<'s>(
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

fn log<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let level = match arguments.get(0).uint32_value(scope) {
            Some(0) => LogLevel::Debug,
            Some(1) => LogLevel::Log,
            Some(2) => LogLevel::Info,
            Some(3) => LogLevel::Notice,
            _ => LogLevel::Warning,
        };
        // A message is for people: what text cannot hold is replaced.
        let message = arguments.get(1).to_rust_string_lossy(scope).replace('\0', "\u{FFFD}");
        frame.ask(|host| host.log(level, &message))?;
        Ok(v8::undefined(scope).into())
    });
}

fn now<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let time = frame.ask(|host| Ok(host.now()))?;
        to_js::timestamp(scope, frame.state, frame.context, time, Subject::Result)
    });
}

fn users<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let users = frame.ask(|host| Ok(host.users()))?;
        let names = [text::to_js(scope, &users.current)?.into(), text::to_js(scope, &users.session)?.into()];
        Ok(v8::Array::new_with_elements(scope, &names).into())
    });
}
