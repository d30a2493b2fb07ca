//! Calls: each runs in the context of its role and depth, with a frame of its own, one level of nesting deeper.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::time::Instant;

use plts_core::{Dialect, ErrorReport, Value};

use super::Engine;
use crate::call;
use crate::errors::{CallError, Stop, termination_error};
use crate::frame::Frame;
use crate::function::{Arguments, FunctionSpec};
use crate::host::HostSource;
use crate::isolate::RoleId;
use crate::plv8::set::RowTaker;
use crate::raw::fatal::Inside;
use crate::stack;
use crate::watchdog::Watchdog;

/// One level of nesting; the last one to end does the housekeeping.
pub(crate) struct Level<'e> {
    engine: &'e Engine,
    depth: usize,
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.engine.depth.set(self.depth);
        if self.depth == 0 {
            self.engine.outermost_call_ends();
        }
    }
}

impl Engine {
    /// Runs a function with the rights of `role`, and gives `result` its value. JavaScript has ended by then.
    ///
    /// Errors: an exception that nobody caught, a value that does not fit, or the host asked to stop.
    #[inline]
    pub fn call<R>(
        &self,
        role: RoleId,
        spec: &FunctionSpec,
        host: &mut dyn HostSource,
        arguments: &(impl Arguments + ?Sized),
        result: impl FnOnce(&Value<'_>) -> R,
    ) -> Result<R, CallError> {
        // Most values own nothing, and dropping one means looking at what it is.
        let mut value = ManuallyDrop::new(Value::Null);
        let outcome =
            self.in_frame(role, spec.dialect(), host, |frame| call::call(frame, spec, arguments, &mut value));
        let given = outcome.map(|()| result(&value));
        match &mut *value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Unsigned(_) => {}
            Value::BigInt(_) | Value::Float(_) | Value::TimestampTz(_) => {}
            Value::Text(Cow::Owned(text)) | Value::Json(Cow::Owned(text)) => self.keep_memory_of(text),
            other => drop(std::mem::replace(other, Value::Null)),
        }
        given
    }

    /// Keeps the memory of a result that was a text, for the next one.
    pub(crate) fn keep_memory_of(&self, text: &mut String) {
        self.state().spare_text.put(std::mem::take(text));
    }

    /// Runs `body` as a call with the rights of `role`.
    #[inline]
    pub(crate) fn in_frame<R>(
        &self,
        role: RoleId,
        dialect: Dialect,
        host: &mut dyn HostSource,
        body: impl FnOnce(&Frame<'_>) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        self.in_frame_with_rows(role, dialect, host, None, body)
    }

    /// As [`Self::in_frame`]; what JavaScript gives as rows while it runs goes to `rows`.
    #[inline]
    pub(crate) fn in_frame_with_rows<R>(
        &self,
        role: RoleId,
        dialect: Dialect,
        host: &mut dyn HostSource,
        rows: Option<&dyn RowTaker>,
        body: impl FnOnce(&Frame<'_>) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let _inside = Inside::enter();
        if dialect == Dialect::Plv8 {
            return self.in_plv8_frame(role, host, rows, body);
        }
        let depth = self.depth.get();
        let state = self.state();
        let other;
        let context = match state.home(role, depth) {
            Some(context) => context,
            None => {
                other = state.context(role, depth).map_err(CallError::Failed)?;
                &*other
            }
        };
        // Only now, so that the first call has its isolate and its context before the process has a second thread: with
        // two of them each new page of memory costs more.
        let _level = self.enter()?;
        let frame = Frame::new(host, &state, context, None);
        self.run(&frame, body)
    }

    /// How many calls are running: what the next one has around it.
    #[inline]
    pub fn level(&self) -> usize {
        self.depth.get()
    }

    /// The same, in the context that the role's plv8 functions share.
    fn in_plv8_frame<R>(
        &self,
        role: RoleId,
        host: &mut dyn HostSource,
        rows: Option<&dyn RowTaker>,
        body: impl FnOnce(&Frame<'_>) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let state = self.state();
        let context = state.plv8_context(role).map_err(CallError::Failed)?;
        let _level = self.enter()?;
        let _use = context.enter();
        let mut frame = Frame::new(host, &state, &context, None).with_rows(rows);
        if context.calls.get() > 1 {
            frame.around = frame.with_context(stack::positions);
        }
        self.run(&frame, body)
    }

    /// Runs `body` in a new context that is dropped afterwards, until `deadline`.
    pub(crate) fn run_apart<R>(
        &self,
        host: &mut dyn HostSource,
        deadline: Instant,
        body: impl FnOnce(&Frame<'_>) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let _inside = Inside::enter();
        let state = self.state();
        let _level = self.enter()?;
        let context = state.new_context(Dialect::TypeScript).map_err(CallError::Failed)?;
        let frame = Frame::new(host, &state, &context, Some(deadline));
        let watchdog = self.watchdog()?;
        watchdog.set_deadline(Some(deadline));
        let outcome = self.run(&frame, body);
        watchdog.set_deadline(None);
        context.modules.forget_scripts(&state);
        outcome
    }

    /// Makes `frame` the running one for `body`; closes what it left open.
    #[inline]
    pub(crate) fn run<R>(
        &self,
        frame: &Frame<'_>,
        body: impl FnOnce(&Frame<'_>) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let outcome = self.frames.enter(frame, || {
            let outcome = body(frame);
            if self.depth.get() == 1 && self.watchdog.get().is_some_and(Watchdog::has_seen_a_call) {
                self.look_at_heap_after(frame);
            }
            outcome
        });
        let outcome = if frame.is_untroubled() { outcome } else { ended(frame, outcome) };
        if frame.has_savepoints() { self.close_savepoints(frame, outcome) } else { outcome }
    }

    /// A call that took a while is over: did it need more memory than it may?
    #[cold]
    fn look_at_heap_after(&self, frame: &Frame<'_>) {
        if frame.state.has_made_too_large_an_object() {
            self.end_for_its_heap();
        } else {
            Self::look_at_heap();
        }
    }

    /// The outcome of a call that has left savepoints open: an error, if it is none already.
    #[cold]
    fn close_savepoints<R>(&self, frame: &Frame<'_>, outcome: Result<R, CallError>) -> Result<R, CallError> {
        match frame.close_savepoints() {
            _ if outcome.is_err() => outcome,
            Ok(()) => Err(CallError::Failed(Box::new(
                ErrorReport::new(
                    plts_core::SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                    "the function ended before its savepoints did",
                )
                .with_hint("Await the promise that savepoint gives."),
            ))),
            Err(Stop::Report(report)) => Err(CallError::Failed(report)),
            Err(_) => Err(CallError::Terminated),
        }
    }

    #[inline]
    pub(crate) fn enter(&self) -> Result<Level<'_>, CallError> {
        let depth = self.depth.get();
        if depth == 0 {
            self.watchdog()?.call_starts();
        }
        self.depth.set(depth + 1);
        Ok(Level { engine: self, depth })
    }
}

/// The outcome of a call that may have been told to end when it had nothing left to run: then it has ended, and no later
/// call may be told the same.
#[cold]
fn ended<R>(frame: &Frame<'_>, outcome: Result<R, CallError>) -> Result<R, CallError> {
    match frame.take_termination() {
        None => outcome,
        Some(reason) => {
            frame.state.isolate.handle().cancel_terminate_execution();
            outcome.and_then(|_| Err(termination_error(frame, reason)))
        }
    }
}
