//! One call that is running: its host, its context, and why it must stop if it must.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use deno_core::v8;
use plts_core::ErrorReport;

use crate::context::JsContext;
use crate::errors::Stop;
use crate::host::{Host, HostError, SavepointOutcome};
use crate::isolate::IsolateState;

/// What the frame is doing, which says whether it may use the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Loading and evaluating modules, or describing them.
    Evaluating,
    /// The handler runs.
    Running,
    /// The handler has ended; what it threw is being read.
    Reporting,
}

/// Why JavaScript was terminated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Termination {
    /// The host asked; it has the reason.
    Host,
    /// The heap was full.
    HeapLimit,
    /// The time of a description was up.
    Deadline,
    /// A panic was caught at the edge to V8.
    Panic(String),
    /// The host's interrupt check failed with an error of its own.
    Failed(Box<ErrorReport>),
}

/// A promise that was rejected and that nobody has waited for yet.
pub(crate) struct Rejection {
    promise: v8::Global<v8::Promise>,
    value: v8::Global<v8::Value>,
}

/// How many errors of the database a frame remembers in full. An older one that leaves the call uncaught is rebuilt
/// from its properties.
const REPORTS_KEPT: usize = 64;

/// A call that is running. It lives on the native stack, for as long as the call.
pub(crate) struct Frame<'h> {
    host: RefCell<&'h mut dyn Host>,
    pub(crate) state: &'h IsolateState,
    pub(crate) context: Rc<JsContext>,
    pub(crate) phase: Cell<Phase>,
    pub(crate) deadline: Option<Instant>,
    termination: RefCell<Option<Termination>>,
    rejections: RefCell<Vec<Rejection>>,
    savepoints: Cell<u32>,
    reports: RefCell<Vec<(u32, ErrorReport)>>,
    next_report: Cell<u32>,
}

impl<'h> Frame<'h> {
    pub(crate) fn new(
        host: &'h mut dyn Host,
        state: &'h IsolateState,
        context: Rc<JsContext>,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            host: RefCell::new(host),
            state,
            context,
            phase: Cell::new(Phase::Evaluating),
            deadline,
            termination: RefCell::new(None),
            rejections: RefCell::new(Vec::new()),
            savepoints: Cell::new(0),
            reports: RefCell::new(Vec::new()),
            next_report: Cell::new(0),
        }
    }

    /// Asks the host. While the host works it cannot be asked again by the same frame; the only code that could try
    /// is an interrupt, which then leaves it to the host, and a bug.
    pub(crate) fn ask<R>(
        &self,
        question: impl FnOnce(&mut dyn Host) -> Result<R, HostError>,
    ) -> Result<R, Stop> {
        let Ok(mut host) = self.host.try_borrow_mut() else {
            return Err(Stop::report(ErrorReport::internal(
                "the database is busy with another statement of this call",
            )));
        };
        question(&mut **host).map_err(Stop::from)
    }

    /// As [`Self::ask`], but `None` while the host works.
    pub(crate) fn ask_if_idle<R>(&self, question: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
        let mut host = self.host.try_borrow_mut().ok()?;
        Some(question(&mut **host))
    }

    /// Ends the JavaScript of this frame. The first reason stays.
    pub(crate) fn terminate(&self, reason: Termination) {
        self.termination.borrow_mut().get_or_insert(reason);
        self.state.isolate.terminate();
    }

    pub(crate) fn is_terminating(&self) -> bool {
        self.termination.borrow().is_some()
    }

    pub(crate) fn take_termination(&self) -> Option<Termination> {
        self.termination.borrow_mut().take()
    }

    /// Keeps account of promises that are rejected with nobody waiting.
    pub(crate) fn note_rejection(&self, isolate: &v8::Isolate, message: &v8::PromiseRejectMessage<'_>) {
        let promise = message.get_promise();
        match message.get_event() {
            v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
                if let Some(value) = message.get_value() {
                    self.rejections.borrow_mut().push(Rejection {
                        promise: v8::Global::new(isolate, promise),
                        value: v8::Global::new(isolate, value),
                    });
                }
            }
            v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => self.forget_rejection(promise),
            v8::PromiseRejectEvent::PromiseRejectAfterResolved
            | v8::PromiseRejectEvent::PromiseResolveAfterResolved => {}
        }
    }

    /// The promise's rejection is being seen to.
    pub(crate) fn forget_rejection(&self, promise: v8::Local<'_, v8::Promise>) {
        self.rejections.borrow_mut().retain(|rejection| rejection.promise != promise);
    }

    /// The first rejection that nobody waited for; the list is empty afterwards.
    pub(crate) fn take_rejection(&self) -> Option<v8::Global<v8::Value>> {
        let mut rejections = self.rejections.borrow_mut();
        if rejections.is_empty() {
            return None;
        }
        let first = rejections.swap_remove(0).value;
        rejections.clear();
        Some(first)
    }

    /// Opens a savepoint and gives its level, from 1.
    pub(crate) fn savepoint_begin(&self) -> Result<u32, Stop> {
        self.ask(|host| host.savepoint_begin())?;
        let level = self.savepoints.get() + 1;
        self.savepoints.set(level);
        Ok(level)
    }

    /// Ends the savepoint of that level, if it is the innermost one.
    pub(crate) fn savepoint_end(&self, level: u32, outcome: SavepointOutcome) -> Result<bool, Stop> {
        if level == 0 || level != self.savepoints.get() {
            return Ok(false);
        }
        self.savepoints.set(level - 1);
        self.ask(|host| host.savepoint_end(outcome))?;
        Ok(true)
    }

    /// Rolls back the savepoints that the call left open, innermost first, and gives their number. It goes on after
    /// an error, so that the host's nesting is right again; the first error is the result.
    pub(crate) fn close_savepoints(&self) -> Result<u32, Stop> {
        let left = self.savepoints.replace(0);
        let mut first = Ok(left);
        for _ in 0..left {
            let ended = self.ask(|host| host.savepoint_end(SavepointOutcome::Rollback));
            if let (Err(stop), true) = (ended, first.is_ok()) {
                first = Err(stop);
            }
        }
        first
    }

    /// Remembers an error that JavaScript is about to see, and gives its number.
    pub(crate) fn remember(&self, report: &ErrorReport) -> u32 {
        let number = self.next_report.get();
        self.next_report.set(number.wrapping_add(1));
        let mut reports = self.reports.borrow_mut();
        if reports.len() >= REPORTS_KEPT {
            reports.remove(0);
        }
        reports.push((number, report.clone()));
        number
    }

    /// The error of that number, if it is remembered still.
    pub(crate) fn recall(&self, number: u32) -> Option<ErrorReport> {
        self.reports.borrow().iter().find(|(kept, _)| *kept == number).map(|(_, report)| report.clone())
    }
}
