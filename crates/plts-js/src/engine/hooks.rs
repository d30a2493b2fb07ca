//! What V8 tells the engine while something runs: that its heap is full, that it has collected garbage, that an interrupt
//! arrived; and what it runs at the moment.

use std::time::Instant;

use deno_core::v8;

use super::{ENGINE, Engine};
use crate::frame::{Frame, Termination};
use crate::heap::raised_limit;
use crate::host::HostError;
use crate::isolate::IsolateState;
use crate::stack;

impl Engine {
    /// V8 has accepted code that was kept.
    pub(crate) fn code_was_accepted() {
        if let Some(engine) = ENGINE.get() {
            engine.modules_from_code.set(engine.modules_from_code.get() + 1);
        }
    }

    /// Gives `body` the engine of this thread and its running frame, if there is one.
    pub(crate) fn with_frame<R>(
        body: impl for<'f, 'h> FnOnce(&'static Engine, &'f Frame<'h>) -> R,
    ) -> Option<R> {
        let engine = ENGINE.get()?;
        engine.frames.with(|frame| frame.map(|frame| body(engine, frame)))
    }

    /// V8's heap is full: whatever runs must end, and the isolate with it, unless the limit was raised since. Gives the limit
    /// to go on with.
    pub(crate) fn heap_limit_reached(current: usize) -> usize {
        let limit = Self::with_live_state(|engine, state| {
            if state.budget.is_about_buffers() {
                return current;
            }
            if !state.may_grow() {
                engine.end_for_its_heap();
            }
            raised_limit(current)
        });
        limit.unwrap_or_else(|| raised_limit(current))
    }

    /// Gives `body` the engine of this thread and what belongs to its isolate, but while that is made or goes.
    fn with_live_state<R>(body: impl FnOnce(&'static Engine, &IsolateState) -> R) -> Option<R> {
        let engine = ENGINE.get()?;
        let state = engine.state.try_borrow().ok()?.clone()?;
        Some(body(engine, &state))
    }

    /// Ends the call that is running, and the isolate after the outermost one.
    pub(super) fn end_for_its_heap(&self) {
        self.is_exhausted.set(true);
        Self::with_frame(|_, frame| frame.terminate(Termination::HeapLimit));
    }

    /// Whether the call that is running has been told to end.
    pub(crate) fn is_ending() -> bool {
        Self::with_frame(|_, frame| frame.is_terminating()).unwrap_or(false)
    }

    /// V8 has collected garbage.
    pub(crate) fn heap_collected() {
        Self::with_live_state(|engine, state| {
            if state.is_overfull() {
                engine.end_for_its_heap();
            }
        });
    }

    /// Ends the call that is running if there is more on the heap than may be. V8 makes a first large object whatever its
    /// size, and says that the heap is full only when it wants more.
    pub(crate) fn look_at_heap() {
        Self::with_live_state(|_, state| {
            state.tighten_limit();
            if state.is_overfull() {
                // What is garbage does not count. The end of the collection has the consequences.
                state.isolate.reborrow().low_memory_notification();
            }
        });
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
