//! The engine: one per process, on the thread that started it. Calls nest: while a call's host works, it may call
//! the engine again.

mod hooks;
mod inherit;
mod running;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use deno_core::v8;

use crate::errors::{CallError, EngineError};
use crate::function::SpecId;
use crate::heap::HeapStatistics;
use crate::isolate::{IsolateState, RoleId};
use crate::raw::current::CurrentFrame;
use crate::raw::fatal::{self, EndProcess, Inside};
use crate::watchdog::Watchdog;

pub use hooks::current_stack;

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
    pub(crate) code_version: OnceCell<String>,
    /// Set in the process that started V8 for its children, and in a child until it has made it its own.
    is_inherited: Cell<bool>,
}

static STARTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static ENGINE: Cell<Option<&'static Engine>> = const { Cell::new(None) };
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
            "--single-threaded --stack-size={} --sparkplug-filter=-lockdown* \
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
            code_version: OnceCell::new(),
            is_inherited: Cell::new(false),
        }));
        ENGINE.set(Some(engine));
        Ok(engine)
    }

    /// V8's version.
    pub fn v8_version() -> &'static str {
        v8::V8::get_version()
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

    /// Changes the limit of the heap, and of heap and `ArrayBuffer`s together. It holds at once, also for calls that run.
    /// A limit that V8 cannot work with becomes the least that it can. Where nothing runs and more is in use, there is a new
    /// isolate: the next call must not end for what those before it left.
    pub fn set_max_heap(&self, bytes: usize) {
        let bytes = bytes.max(LEAST_HEAP_BYTES);
        let is_less = bytes < self.max_heap_bytes.replace(bytes);
        let Some(state) = self.state.borrow().clone() else { return };
        let _inside = Inside::enter();
        state.set_max_heap(bytes);
        if !is_less {
            return;
        }
        Self::look_at_heap();
        if self.depth.get() == 0 {
            // The first of several collections may have found too much: buffers go with a later one.
            self.is_exhausted.set(state.is_overfull());
            drop(state);
            if self.is_exhausted.get() {
                self.keep_house();
            }
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
}
