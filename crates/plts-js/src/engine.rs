//! The engine: one per process, on the thread that started it. Calls nest: while a call's host works, it may call
//! the engine again.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Instant;

use deno_core::v8;
use plts_core::{Dialect, ErrorReport, Value};

use crate::call;
use crate::errors::{CallError, EngineError, Stop};
use crate::frame::{Frame, Termination};
use crate::function::{Arguments, FunctionSpec, SpecId};
use crate::heap::{HeapStatistics, raised_limit};
use crate::host::{HostError, HostSource};
use crate::isolate::{IsolateState, RoleId};
use crate::plv8::set::RowTaker;
use crate::raw::current::CurrentFrame;
use crate::raw::fatal::{self, EndProcess, Inside};
use crate::raw::fork::{Withheld, tried_in_a_child};
use crate::stack;
use crate::watchdog::Watchdog;

/// Less than this and V8 cannot run its own built-in functions.
const LEAST_STACK_KB: u32 = 256;
/// Less than this and V8 cannot hold a few contexts.
const LEAST_HEAP_BYTES: usize = 16 << 20;
/// V8's platform is given time for its own tasks (which reduce memory) after so many outermost calls.
const CALLS_PER_PUMP: u32 = 1024;

/// What the engine is started with.
#[derive(Clone, Copy, Debug)]
pub struct EngineConfig {
    /// The stack that JavaScript may use, in kB, counted from the start of the thread's stack and not from where it
    /// is entered. Round it to fixed steps: it is part of what makes a code cache valid.
    pub stack_kb: u32,
    /// The limit of the heap, and of heap and `ArrayBuffer`s together.
    pub max_heap_bytes: usize,
    /// Not zero while the host wants [`Host::check_interrupts`] to be called.
    pub interrupt_pending: &'static AtomicI32,
    /// Whether what runs is to end, and not only to look up for a moment. Asked by the watchdog's thread.
    pub told_to_stop: fn() -> bool,
    /// Called when V8 stops the process, or does not stop when told to.
    pub end_process: EndProcess,
}

/// V8 in this process.
pub struct Engine {
    config: EngineConfig,
    max_heap_bytes: Cell<usize>,
    platform: v8::SharedRef<v8::Platform>,
    state: RefCell<Option<Rc<IsolateState>>>,
    frames: CurrentFrame,
    depth: Cell<usize>,
    isolates_made: Cell<u64>,
    isolates_discarded: Cell<u64>,
    /// The heap limit was hit: the isolate is replaced as soon as no call uses it.
    is_exhausted: Cell<bool>,
    calls_until_pump: Cell<u32>,
    watchdog: OnceCell<Watchdog>,
    modules_from_code: Cell<u64>,
    /// Set in the process that started V8 for its children, and in a child until it has made it its own.
    is_inherited: Cell<bool>,
}

static STARTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ENGINE: Cell<Option<&'static Engine>> = const { Cell::new(None) };
}

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
    /// Starts V8, once: further calls on the same thread give the same engine and ignore `config`. It is never
    /// dropped, so that nothing of V8 is torn down when the process exits.
    ///
    /// Errors: another thread has the engine; limits that V8 cannot work with.
    pub fn start(config: EngineConfig) -> Result<&'static Engine, EngineError> {
        if let Some(engine) = ENGINE.get() {
            if engine.is_inherited.get() {
                engine.take_over(&config)?;
            }
            return Ok(engine);
        }
        fatal::prepare(config.end_process).map_err(EngineError::Signals)?;
        let _inside = Inside::enter();
        Self::initialize(config)
    }

    /// Starts V8 for the children of this process, which has one thread and runs no JavaScript itself: each of them makes it
    /// its own with [`Engine::start`], and has an isolate and a context by then. It is tried in a child first: false where
    /// that fails, and then nothing has happened here.
    ///
    /// Errors: what went well in the trial and does not now; children cannot use V8 then.
    pub fn start_for_children(config: EngineConfig) -> Result<bool, EngineError> {
        let try_it = || {
            Self::make_inheritable(config).is_ok()
                && tried_in_a_child(|| Self::is_of_use(config)).unwrap_or(false)
        };
        if !tried_in_a_child(try_it).map_err(EngineError::Children)? {
            return Ok(false);
        }
        Self::make_inheritable(config)?;
        Ok(true)
    }

    fn make_inheritable(config: EngineConfig) -> Result<(), EngineError> {
        let withheld = Withheld::now().map_err(EngineError::Children)?;
        let engine = Self::initialize(config)?;
        engine.state().stock_context();
        engine.is_inherited.set(true);
        withheld.give_what_is_new().map_err(EngineError::Children)
    }

    /// Whether a child can use what it has inherited: it runs JavaScript in the context that it got, and makes another.
    fn is_of_use(config: EngineConfig) -> bool {
        Self::start(config).is_ok_and(|engine| {
            let state = engine.state();
            (0..2).all(|_| state.new_context(Dialect::TypeScript).is_ok())
        })
    }

    /// Makes the V8 that the parent has started this process's own.
    fn take_over(&self, config: &EngineConfig) -> Result<(), EngineError> {
        fatal::prepare(config.end_process).map_err(EngineError::Signals)?;
        let _inside = Inside::enter();
        self.set_max_heap(config.max_heap_bytes);
        self.state().seed_contexts().map_err(EngineError::Seed)?;
        self.is_inherited.set(false);
        Ok(())
    }

    fn initialize(config: EngineConfig) -> Result<&'static Engine, EngineError> {
        if config.stack_kb < LEAST_STACK_KB {
            return Err(EngineError::StackTooSmall(config.stack_kb));
        }
        if config.max_heap_bytes < LEAST_HEAP_BYTES {
            return Err(EngineError::HeapTooSmall(config.max_heap_bytes));
        }
        if STARTED.swap(true, Ordering::SeqCst) {
            return Err(EngineError::OtherThread);
        }
        // Before the platform: it would start threads without the first flag. V8 counts its stack from the start of
        // the thread's, so that the size must cover what PostgreSQL may have used already. The lock-down runs once in a
        // context, and compiling it to machine code would take a third of its time. The last flag is for the seeds of an
        // inherited V8.
        v8::V8::set_flags_from_string(&format!(
            "--single-threaded --semi-space-growth-factor=4 --stack-size={} --sparkplug-filter=-lockdown* \
             --no-freeze-flags-after-init",
            config.stack_kb
        ));
        // V8 would open /dev/urandom for each of its generators, and read a page.
        v8::V8::set_entropy_source(|bytes| getrandom::fill(bytes).is_ok());
        let platform = v8::new_single_threaded_default_platform(false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::V8::initialize();
        let engine: &'static Engine = Box::leak(Box::new(Engine {
            config,
            max_heap_bytes: Cell::new(config.max_heap_bytes),
            platform,
            state: RefCell::new(None),
            frames: CurrentFrame::default(),
            depth: Cell::new(0),
            isolates_made: Cell::new(0),
            isolates_discarded: Cell::new(0),
            is_exhausted: Cell::new(false),
            calls_until_pump: Cell::new(CALLS_PER_PUMP),
            watchdog: OnceCell::new(),
            modules_from_code: Cell::new(0),
            is_inherited: Cell::new(false),
        }));
        ENGINE.set(Some(engine));
        Ok(engine)
    }

    /// V8's version.
    pub fn v8_version() -> &'static str {
        v8::V8::get_version()
    }

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

    /// Gives `body` what belongs to the isolate, if there is one yet.
    pub(crate) fn with_state<R>(&self, body: impl FnOnce(&IsolateState) -> R) -> Option<R> {
        let state = self.state.borrow().as_ref().map(Rc::clone)?;
        Some(body(&state))
    }

    /// Drops what was compiled of a function version that is gone.
    pub fn forget(&self, id: SpecId) {
        if let Some(state) = &*self.state.borrow() {
            state.forget(id);
        }
    }

    /// Drops the contexts of a role, and with them the state of its modules. They are made again when needed.
    pub fn forget_role(&self, role: RoleId) {
        if let Some(state) = &*self.state.borrow() {
            state.forget_role(role);
        }
    }

    /// Drops what a window function kept of a partition that is over.
    pub fn forget_window_state(&self, number: u64) {
        // Busy only while the engine itself works on it, which frees no partition.
        if !fatal::has_struck()
            && let Ok(state) = self.state.try_borrow()
            && let Some(state) = &*state
        {
            state.window_states.remove(number);
        }
    }

    /// How many modules were taken from kept code, and not compiled.
    pub fn modules_from_code(&self) -> u64 {
        self.modules_from_code.get()
    }

    /// V8 has accepted code that was kept.
    pub(crate) fn code_was_accepted() {
        if let Some(engine) = ENGINE.get() {
            engine.modules_from_code.set(engine.modules_from_code.get() + 1);
        }
    }

    /// Changes the limit of the heap, and of heap and `ArrayBuffer`s together. It holds at once, also for calls that run.
    /// A limit that V8 cannot work with becomes the least that it can.
    pub fn set_max_heap(&self, bytes: usize) {
        let bytes = bytes.max(LEAST_HEAP_BYTES);
        self.max_heap_bytes.set(bytes);
        if let Some(state) = &*self.state.borrow() {
            let _inside = Inside::enter();
            state.set_max_heap(bytes);
        }
    }

    /// What memory is used. Zeros before the first call.
    pub fn heap_statistics(&self) -> HeapStatistics {
        let made = self.isolates_made.get();
        match &*self.state.borrow() {
            Some(state) => state.statistics(made, self.isolates_discarded.get()),
            None => HeapStatistics {
                used_bytes: 0,
                total_bytes: 0,
                external_bytes: 0,
                contexts: 0,
                isolates_made: made,
                isolates_discarded: self.isolates_discarded.get(),
            },
        }
    }

    /// Gives `body` the isolate, if there is one yet.
    pub(crate) fn with_isolate(&self, body: impl FnOnce(&mut v8::Isolate)) {
        let _inside = Inside::enter();
        if let Some(state) = &*self.state.borrow() {
            body(&mut state.isolate.reborrow());
        }
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
        let outcome = self.frames.enter(frame, || body(frame));
        if frame.has_savepoints() { self.close_savepoints(frame, outcome) } else { outcome }
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

    #[inline]
    fn watchdog(&self) -> Result<&Watchdog, CallError> {
        match self.watchdog.get() {
            Some(watchdog) => Ok(watchdog),
            None => self.start_watchdog(),
        }
    }

    #[cold]
    fn start_watchdog(&self) -> Result<&Watchdog, CallError> {
        let watchdog = Watchdog::start(self.config.interrupt_pending, self.config.told_to_stop)
            .map_err(|error| CallError::Failed(Box::new(EngineError::Watchdog(error).into())))?;
        if let Some(state) = &*self.state.borrow() {
            watchdog.guard(state.isolate.handle().clone());
        }
        Ok(self.watchdog.get_or_init(|| watchdog))
    }

    #[inline]
    pub(crate) fn state(&self) -> Rc<IsolateState> {
        if let Some(state) = &*self.state.borrow() {
            return Rc::clone(state);
        }
        self.new_state()
    }

    #[cold]
    fn new_state(&self) -> Rc<IsolateState> {
        let state = Rc::new(IsolateState::new(self.max_heap_bytes.get()));
        state.measure_heap();
        self.isolates_made.set(self.isolates_made.get() + 1);
        if let Some(watchdog) = self.watchdog.get() {
            watchdog.guard(state.isolate.handle().clone());
        }
        *self.state.borrow_mut() = Some(Rc::clone(&state));
        state
    }

    #[inline]
    fn outermost_call_ends(&self) {
        if let Some(watchdog) = self.watchdog.get() {
            watchdog.call_ends();
        }
        match self.calls_until_pump.get().checked_sub(1) {
            Some(left) if !self.is_exhausted.get() => self.calls_until_pump.set(left),
            _ => self.keep_house(),
        }
    }

    /// Replaces an isolate whose heap was full, else gives V8 time for its own tasks.
    #[cold]
    fn keep_house(&self) {
        self.calls_until_pump.set(CALLS_PER_PUMP);
        if self.is_exhausted.replace(false) {
            self.isolates_discarded.set(self.isolates_discarded.get() + 1);
            // No frame is left that could hold on to it.
            drop(self.state.borrow_mut().take());
            return;
        }
        if let Some(state) = &*self.state.borrow() {
            let isolate = state.isolate.reborrow();
            while v8::Platform::pump_message_loop(&self.platform, &isolate, false) {}
        }
    }

    /// Gives `body` the engine of this thread and its running frame, if there is one.
    pub(crate) fn with_frame<R>(
        body: impl for<'f, 'h> FnOnce(&'static Engine, &'f Frame<'h>) -> R,
    ) -> Option<R> {
        let engine = ENGINE.get()?;
        engine.frames.with(|frame| frame.map(|frame| body(engine, frame)))
    }

    /// V8's heap is full: whatever runs must end, and the isolate with it. Gives the limit to go on with.
    pub(crate) fn heap_limit_reached(current: usize) -> usize {
        if let Some(engine) = ENGINE.get()
            && let Ok(state) = engine.state.try_borrow()
            && let Some(state) = &*state
        {
            if state.budget.is_about_buffers() {
                return current;
            }
            if let Some(limit) = state.room_to_grow(current) {
                return limit;
            }
            engine.is_exhausted.set(true);
        }
        Self::with_frame(|_, frame| frame.terminate(Termination::HeapLimit));
        raised_limit(current)
    }

    /// Whether the call that is running has been told to end.
    pub(crate) fn is_ending() -> bool {
        Self::with_frame(|_, frame| frame.is_terminating()).unwrap_or(false)
    }

    /// V8 has collected garbage.
    pub(crate) fn heap_collected() {
        let Some(engine) = ENGINE.get() else { return };
        if let Ok(state) = engine.state.try_borrow()
            && let Some(state) = &*state
        {
            state.measure_heap();
            if state.budget.is_exceeded() {
                engine.is_exhausted.set(true);
                Self::with_frame(|_, frame| frame.terminate(Termination::HeapLimit));
            }
        }
    }

    /// The interrupt that the watchdog asked for.
    pub(crate) fn interrupted() {
        let Some(watchdog) = ENGINE.get().and_then(|engine| engine.watchdog.get()) else { return };
        // Also when no frame is there to see it, as while a context is made: the next one must not wait in vain.
        watchdog.interrupt_arrived();
        Self::with_frame(|_, frame| {
            if frame.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                frame.terminate(Termination::Deadline);
                return;
            }
            if !watchdog.interrupt_is_pending() {
                return;
            }
            // A host that is at work looks after interrupts itself.
            match frame.ask_if_idle(|host| host.check_interrupts()) {
                None | Some(Ok(())) => {}
                Some(Err(HostError::Terminate)) => frame.terminate(Termination::Host),
                Some(Err(HostError::Sql(report))) => frame.terminate(Termination::Failed(report)),
            }
        });
    }
}

/// The JavaScript that the call of that [`Engine::level`] is running now, innermost frame first, one line
/// `at function (file:line:column)` each, mapped to the TypeScript; that of calls inside it is not part of it. Empty when
/// it runs none. For an error's CONTEXT: it runs no JavaScript.
pub fn current_stack(engine: &Engine, level: usize) -> String {
    engine.frames.with_level(level, |frame, inside| {
        let Some(frame) = frame else { return String::new() };
        let mut isolate = frame.state.isolate.reborrow();
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, &frame.context.handle);
        let scope = &mut v8::ContextScope::new(scope, context);
        stack::of_running(scope, frame, inside)
    })
}
