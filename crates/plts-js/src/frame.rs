//! One call that is running: its host, its context, and why it must stop if it must.

use std::cell::{Cell, RefCell, RefMut};
use std::time::Instant;

use deno_core::v8;
use plts_core::ErrorReport;

use crate::context::JsContext;
use crate::engine::Engine;
use crate::errors::Stop;
use crate::host::{Access, Host, HostError, HostSource, SavepointKind, SavepointOutcome};
use crate::isolate::IsolateState;
use crate::plv8::set::RowTaker;
use crate::stack::Position;

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

/// How many elements a loop of our own goes through between two looks at what the host wants.
const ROUNDS_PER_BREATH: u32 = 1024;

/// How many errors of the database a frame remembers in full. An older one that leaves the call uncaught is rebuilt
/// from its properties.
const REPORTS_KEPT: usize = 64;

/// A call that is running. It lives on the native stack, for as long as the call.
pub(crate) struct Frame<'h> {
    host: RefCell<&'h mut dyn HostSource>,
    pub(crate) state: &'h IsolateState,
    pub(crate) context: &'h JsContext,
    pub(crate) phase: Cell<Phase>,
    pub(crate) deadline: Option<Instant>,
    /// Where rows go that are given before the function returns.
    pub(crate) rows: Option<&'h dyn RowTaker>,
    /// Where the JavaScript of the calls around stands that share the context: it is on the same stack.
    pub(crate) around: Box<[Position]>,
    savepoints: Cell<u32>,
    trouble: RefCell<Option<Box<Trouble>>>,
}

/// What went wrong so far; most calls have nothing of it.
#[derive(Default)]
struct Trouble {
    termination: Option<Termination>,
    rejections: Vec<Rejection>,
    reports: Vec<(u32, ErrorReport)>,
    next_report: u32,
}

impl<'h> Frame<'h> {
    pub(crate) fn new(
        host: &'h mut dyn HostSource,
        state: &'h IsolateState,
        context: &'h JsContext,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            host: RefCell::new(host),
            state,
            context,
            phase: Cell::new(Phase::Evaluating),
            deadline,
            rows: None,
            around: Box::default(),
            savepoints: Cell::new(0),
            trouble: RefCell::new(None),
        }
    }

    /// The frame of a call whose rows may go to `rows` while it runs.
    #[inline]
    pub(crate) fn with_rows(self, rows: Option<&'h dyn RowTaker>) -> Self {
        Self { rows, ..self }
    }

    #[cold]
    fn trouble(&self) -> RefMut<'_, Trouble> {
        RefMut::map(self.trouble.borrow_mut(), |trouble| &mut **trouble.get_or_insert_default())
    }

    /// Whether nothing has gone wrong so far: neither a request to end, nor a rejection that nobody waits for.
    #[inline]
    pub(crate) fn is_untroubled(&self) -> bool {
        self.trouble.borrow().is_none()
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
        question(host.host()).map_err(Stop::from)
    }

    /// Tells the host what the code may do, before the handler runs.
    #[inline]
    pub(crate) fn begin(&self, access: Access, can_catch: bool) -> Result<(), Stop> {
        self.host.borrow_mut().begin(access, can_catch).map_err(Stop::from)
    }

    /// As [`Self::ask`], but `None` while the host works.
    pub(crate) fn ask_if_idle<R>(&self, question: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
        let mut host = self.host.try_borrow_mut().ok()?;
        Some(question(host.host()))
    }

    /// Opens a handle scope in the frame's context.
    #[inline]
    pub(crate) fn with_context<R>(&self, body: impl FnOnce(&mut v8::PinScope<'_, '_>) -> R) -> R {
        if let Some(home) = &self.context.home
            && let Some(mut scope) = home.scope()
        {
            v8::scope!(let scope, &mut **scope);
            return body(scope);
        }
        self.in_entered_context(body)
    }

    fn in_entered_context<R>(&self, body: impl FnOnce(&mut v8::PinScope<'_, '_>) -> R) -> R {
        let mut isolate = self.state.isolate.reborrow();
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, &self.context.handle);
        let scope = &mut v8::ContextScope::new(scope, context);
        body(scope)
    }

    /// Ends the JavaScript of this frame. The first reason stays.
    pub(crate) fn terminate(&self, reason: Termination) {
        self.trouble().termination.get_or_insert(reason);
        self.state.isolate.terminate();
    }

    #[inline]
    pub(crate) fn is_terminating(&self) -> bool {
        self.trouble.borrow().as_ref().is_some_and(|trouble| trouble.termination.is_some())
    }

    /// For loops of our own over what JavaScript made, in which no JavaScript runs that could be interrupted. It serves the
    /// host's interrupts.
    ///
    /// Errors: the call is to end.
    #[inline]
    pub(crate) fn breathe(&self, round: u32) -> Result<(), Stop> {
        if round % ROUNDS_PER_BREATH == ROUNDS_PER_BREATH - 1 { self.serve_interrupts() } else { Ok(()) }
    }

    #[cold]
    fn serve_interrupts(&self) -> Result<(), Stop> {
        Engine::interrupted();
        if self.is_terminating() { Err(Stop::Thrown) } else { Ok(()) }
    }

    pub(crate) fn take_termination(&self) -> Option<Termination> {
        self.trouble.borrow_mut().as_mut().and_then(|trouble| trouble.termination.take())
    }

    /// Keeps account of promises that are rejected with nobody waiting.
    pub(crate) fn note_rejection(&self, isolate: &v8::Isolate, message: &v8::PromiseRejectMessage<'_>) {
        let promise = message.get_promise();
        match message.get_event() {
            v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
                if let Some(value) = message.get_value() {
                    self.trouble().rejections.push(Rejection {
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
        self.trouble().rejections.retain(|rejection| rejection.promise != promise);
    }

    /// The first rejection that nobody waited for; the list is empty afterwards.
    pub(crate) fn take_rejection(&self) -> Option<v8::Global<v8::Value>> {
        if self.is_untroubled() {
            return None;
        }
        let rejections = &mut self.trouble().rejections;
        if rejections.is_empty() {
            return None;
        }
        let first = rejections.swap_remove(0).value;
        rejections.clear();
        Some(first)
    }

    /// Opens a savepoint and gives its level, from 1.
    pub(crate) fn savepoint_begin(&self, kind: SavepointKind) -> Result<u32, Stop> {
        self.ask(|host| host.savepoint_begin(kind))?;
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

    /// Whether the call has left savepoints open.
    #[inline]
    pub(crate) fn has_savepoints(&self) -> bool {
        self.savepoints.get() != 0
    }

    /// Rolls back the savepoints that the call left open, innermost first. It goes on after an error, so that the host's nesting is right again; the first error is the result.
    #[cold]
    pub(crate) fn close_savepoints(&self) -> Result<(), Stop> {
        let left = self.savepoints.replace(0);
        let mut first = Ok(());
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
        let trouble = &mut *self.trouble();
        let number = trouble.next_report;
        trouble.next_report = number.wrapping_add(1);
        if trouble.reports.len() >= REPORTS_KEPT {
            trouble.reports.remove(0);
        }
        trouble.reports.push((number, report.clone()));
        number
    }

    /// Puts a line of context in front of a remembered error's.
    pub(crate) fn amend(&self, number: u32, line: &str) {
        let trouble = &mut *self.trouble();
        if let Some((_, report)) = trouble.reports.iter_mut().find(|(kept, _)| *kept == number) {
            report.context = Some(match report.context.take() {
                Some(context) => format!("{line}\n{context}"),
                None => line.to_owned(),
            });
        }
    }

    /// The error of that number, if it is remembered still.
    pub(crate) fn recall(&self, number: u32) -> Option<ErrorReport> {
        let trouble = self.trouble.borrow();
        let reports = trouble.as_ref().map_or(&[][..], |trouble| &trouble.reports);
        reports.iter().find(|(kept, _)| *kept == number).map(|(_, report)| report.clone())
    }
}
