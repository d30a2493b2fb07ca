//! One call: compile if need be, convert the arguments, run, settle, convert the result.

use std::rc::Rc;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, Value};

use crate::compile::{CallShape, Compiled, compile};
use crate::convert::Subject;
use crate::convert::from_js::{from_js_into, result_into};
use crate::convert::to_js::to_js;
use crate::engine::Engine;
use crate::errors::{CallError, Rejected, Stop, report_exception, termination_error};
use crate::frame::{Frame, Phase};
use crate::function::{ArgumentStyle, Arguments, FunctionSpec};
use crate::host::Access;
use crate::plv8;
use crate::raw::shortcut::IntegerPlace;

/// How many arguments are passed without an allocation, ctx included.
const FEW: usize = 5;

/// Runs `spec` in the frame's context, and writes what it gives to `result`.
#[inline]
pub(crate) fn call(
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    arguments: &(impl Arguments + ?Sized),
    result: &mut Value<'static>,
) -> Result<(), CallError> {
    in_context(frame, |scope| perform(scope, frame, spec, arguments, result))
}

/// Enters the frame's context for `body`, and turns what stopped it into the call's error. After that V8 is ready
/// for the next call, whatever happened.
#[inline]
pub(crate) fn in_context<R>(
    frame: &Frame<'_>,
    body: impl FnOnce(&mut v8::PinScope<'_, '_>) -> Result<R, Stop>,
) -> Result<R, CallError> {
    frame.with_context(|scope| {
        v8::tc_scope!(let scope, scope);
        match body(scope) {
            Ok(value) if !frame.is_terminating() => Ok(value),
            outcome => Err(failure(scope, frame, outcome.err())),
        }
    })
}

/// Why a call has stopped: `stop`, or the termination that was asked for.
#[cold]
fn failure<'s, 'i>(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'i>>>,
    frame: &Frame<'_>,
    stop: Option<Stop>,
) -> CallError {
    let mut error = None;
    if !frame.is_terminating() {
        error = Some(match stop {
            None | Some(Stop::Host) => CallError::Terminated,
            Some(Stop::Report(report)) => CallError::Failed(report),
            Some(stop @ (Stop::Thrown | Stop::Unparsable)) => match scope.exception() {
                Some(exception) if scope.can_continue() => {
                    scope.reset();
                    let mut report = report_exception(scope, frame, exception);
                    if let Stop::Unparsable = stop {
                        report.sqlstate = SqlState::SYNTAX_ERROR;
                    }
                    CallError::Failed(Box::new(report))
                }
                // The watchdog has asked, because an interrupt was not heeded: what it was for is seen to now. Or a call
                // around this one has, and it has its own reason.
                _ => {
                    Engine::interrupted();
                    CallError::Failed(Box::new(ErrorReport::new(
                        SqlState::QUERY_CANCELED,
                        "JavaScript was ended together with the call around it",
                    )))
                }
            },
            Some(Stop::Rejected(promise)) => {
                scope.reset();
                let reason = v8::Local::new(scope, &promise.reason);
                let mut report = report_exception(scope, frame, reason);
                if promise.how == Rejected::Unhandled && report.hint.is_none() {
                    report.hint =
                        Some("A promise was rejected and nothing waited for it: await it.".to_owned());
                }
                CallError::Failed(Box::new(report))
            }
        });
    }
    // Reading the exception may have run JavaScript, which may have been terminated too; by the watchdog, if an interrupt was
    // not heeded: then what was read of the exception is not all of it, and what the interrupt was for is seen to now.
    Engine::interrupted();
    let error = match (frame.take_termination(), error) {
        (Some(reason), _) => termination_error(frame, reason),
        (None, Some(error)) => error,
        (None, None) => CallError::Terminated,
    };
    frame.state.scripts.sweep();
    scope.reset();
    frame.context.discard_microtasks(frame.state);
    scope.reset();
    error
}

fn perform(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    arguments: &(impl Arguments + ?Sized),
    result: &mut Value<'static>,
) -> Result<(), Stop> {
    let compiled = ready(scope, frame, spec)?;
    let value = invoke(scope, frame, spec, &compiled, arguments)?;
    if compiled.may_enqueue {
        frame.context.checkpoint(scope);
    }
    if frame.is_untroubled() && result_into(scope, frame, value, &spec.returns, result)? {
        frame.phase.set(Phase::Reporting);
        return Ok(());
    }
    let value = settle(scope, frame, value)?;
    if frame.is_terminating() {
        return Err(Stop::Thrown);
    }
    if value.is_object() && value.is_generator_object() {
        return Err(Stop::report(
            ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                "result is a generator, but the function returns one value",
            )
            .with_hint("Remove the yield, or collect the values in an array."),
        ));
    }
    from_js_into(scope, frame, value, &spec.returns, Subject::Result, result)?;
    frame.phase.set(Phase::Reporting);
    Ok(())
}

/// What the function is here, compiled if need be, with the database opened to it.
#[inline]
pub(crate) fn ready(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
) -> Result<Rc<Compiled>, Stop> {
    let compiled = match frame.context.compiled(spec.id) {
        Some(compiled) => compiled,
        None => compile_and_keep(scope, frame, spec)?,
    };
    frame.begin(compiled.access, compiled.can_catch)?;
    frame.phase.set(Phase::Running);
    if let CallShape::Plain = compiled.shape {
        plv8::start(scope, frame)?;
    }
    Ok(compiled)
}

#[cold]
fn compile_and_keep(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
) -> Result<Rc<Compiled>, Stop> {
    let compiled = compile(scope, frame, spec)?;
    frame.context.keep(spec.id, Rc::clone(&compiled));
    Ok(compiled)
}

#[inline]
pub(crate) fn invoke<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    compiled: &Compiled,
    arguments: &(impl Arguments + ?Sized),
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(scope).into();
    let count = arguments.count();
    let places: [IntegerPlace; FEW] = Default::default();
    let mut few = [undefined; FEW];
    let mut many = Vec::new();
    let slots: &mut [v8::Local<'_, v8::Value>] = match few.get_mut(..=count) {
        Some(slots) => slots,
        None => {
            many.resize(count + 1, undefined);
            &mut many
        }
    };
    // Written where it is wanted: a `Result` that is moved about costs more than the conversion of an integer.
    let mut stop = None;
    for (index, slot) in slots[1..].iter_mut().enumerate() {
        arguments
            .give(index, |argument| match (argument, places.get(index)) {
                (Value::Int(number), Some(place)) => *slot = place.put(scope, *number),
                _ => match to_js(scope, frame.state, frame.context, argument, Subject::Argument(index + 1)) {
                    Ok(value) => *slot = value,
                    Err(reason) => stop = Some(reason),
                },
            })
            .map_err(Stop::Report)?;
        if stop.is_some() {
            break;
        }
    }
    if let Some(stop) = stop {
        return Err(stop);
    }
    let passed = match &compiled.shape {
        CallShape::Plain => &mut slots[1..],
        CallShape::Arguments => slots,
        CallShape::ContextAndArguments(info) => {
            slots[0] = make_context(scope, frame, spec, compiled.access, info, &slots[1..])?;
            slots
        }
        CallShape::Context(info) => {
            slots[0] = make_context(scope, frame, spec, compiled.access, info, &slots[1..])?;
            &mut slots[..1]
        }
    };
    compiled.callee.call(scope, passed).ok_or(Stop::Thrown)
}

fn make_context<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    access: Access,
    info: &v8::Global<v8::Value>,
    arguments: &[v8::Local<'_, v8::Value>],
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let receiver = v8::undefined(scope).into();
    let args = match (spec.arguments, arguments) {
        (ArgumentStyle::SingleJson, [only]) => *only,
        (ArgumentStyle::SingleJson, _) => v8::null(scope).into(),
        (ArgumentStyle::Positional, all) => v8::Array::new_with_elements(scope, all).into(),
    };
    let info = v8::Local::new(scope, info);
    let read_only = v8::Boolean::new(scope, access == Access::ReadOnly).into();
    frame
        .context
        .prelude
        .make_context
        .open(scope)
        .call(scope, receiver, &[info, read_only, args])
        .ok_or(Stop::Thrown)
}

/// The value that a result stands for: itself, or what its promise was fulfilled with. A promise of the call that
/// was rejected with nobody waiting fails the call.
pub(crate) fn settle<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let promise = if value.is_object() { v8::Local::<v8::Promise>::try_from(value).ok() } else { None };
    let settled = match promise {
        None => value,
        Some(promise) => match promise.state() {
            v8::PromiseState::Fulfilled => promise.result(scope),
            v8::PromiseState::Rejected => {
                let reason = promise.result(scope);
                return Err(Stop::rejected(v8::Global::new(scope, reason), Rejected::Result));
            }
            v8::PromiseState::Pending => {
                if frame.is_terminating() {
                    return Err(Stop::Thrown);
                }
                return Err(Stop::report(
                    ErrorReport::new(SqlState::EXTERNAL_ROUTINE_EXCEPTION, "the function's promise never settles")
                        .with_hint("It waits for a promise that nothing settles: there is no event loop in the database."),
                ));
            }
        },
    };
    match frame.take_rejection() {
        None => Ok(settled),
        Some(reason) => Err(Stop::rejected(reason, Rejected::Unhandled)),
    }
}
