//! Messages, names, and who is calling when.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use super::{require_database, run};
use crate::convert::from_js::actual;
use crate::convert::{Subject, text, to_js};
use crate::errors::Stop;
use crate::host::LogLevel;
use crate::stack;

/// `quoteIdentifier(name)`
pub(super) fn quote_identifier<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        require_database(frame)?;
        let name = text_of(scope, arguments.get(0), "an identifier")?;
        let quoted = frame.ask(|host| host.quote_identifier(&name))?;
        Ok(text::to_js(scope, &quoted)?.into())
    });
}

/// `requireText(value, what)`: the value itself, if PostgreSQL can hold it as text.
pub(super) fn require_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _frame| {
        let what = arguments.get(1).to_rust_string_lossy(scope);
        text_of(scope, arguments.get(0), &what)?;
        Ok(arguments.get(0))
    });
}

fn text_of(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    what: &str,
) -> Result<String, Stop> {
    let string = v8::Local::<v8::String>::try_from(value).map_err(|_| {
        Stop::report(ErrorReport::new(
            SqlState::DATATYPE_MISMATCH,
            format!("{what} must be a string, not {}", actual(value)),
        ))
    })?;
    text::from_js(scope, string).map_err(|error| Stop::report(error.report(&what)))
}

fn level_of(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> LogLevel {
    match value.uint32_value(scope) {
        Some(0) => LogLevel::Debug,
        Some(1) => LogLevel::Log,
        Some(2) => LogLevel::Info,
        Some(3) => LogLevel::Notice,
        Some(5) => LogLevel::Debug2,
        Some(6) => LogLevel::Debug3,
        Some(7) => LogLevel::Debug4,
        Some(8) => LogLevel::Debug5,
        _ => LogLevel::Warning,
    }
}

/// `logIsWanted(level)`
pub(super) fn log_is_wanted<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let level = level_of(scope, arguments.get(0));
        let wanted = frame.ask(|host| Ok(host.log_is_wanted(level)))?;
        Ok(v8::Boolean::new(scope, wanted).into())
    });
}

/// `log(level, message)`
pub(super) fn log<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let level = level_of(scope, arguments.get(0));
        // A message is for people: what text cannot hold is replaced.
        let message = arguments.get(1).to_rust_string_lossy(scope).replace('\0', "\u{FFFD}");
        frame.ask(|host| host.log(level, &message))?;
        Ok(v8::undefined(scope).into())
    });
}

/// `stack()`: where the JavaScript is, in lines of the TypeScript.
pub(super) fn running_stack<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let lines = stack::of_running(scope, frame, None);
        Ok(text::to_js(scope, &lines)?.into())
    });
}

/// `errorStack(error)`: where an error was made, in lines of the TypeScript.
pub(super) fn error_stack<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let lines = match v8::Exception::get_stack_trace(scope, arguments.get(0)) {
            Some(trace) => stack::render(scope, frame, trace),
            None => String::new(),
        };
        Ok(text::to_js(scope, &lines)?.into())
    });
}

pub(super) fn now<'s>(
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

pub(super) fn users<'s>(
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
