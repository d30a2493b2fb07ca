//! The thread that makes endless JavaScript stop: while a call runs it looks at the host's interrupt flag and at the
//! deadline, and asks V8 for an interrupt. It touches atomics and V8's thread-safe handle only.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use deno_core::v8;

use crate::raw::{arena, callbacks, signals};

/// How often it looks while JavaScript runs.
const TICK: Duration = Duration::from_millis(10);
/// After this many ticks without a call it parks.
const IDLE_TICKS: u32 = 100;
const STACK_BYTES: usize = 128 << 10;
/// The deadline that is none.
const NO_DEADLINE: u64 = u64::MAX;

struct Shared {
    interrupt_pending: &'static AtomicI32,
    /// Odd while a call runs; grows with each start and end of an outermost call.
    activity: AtomicU64,
    parked: AtomicBool,
    /// An interrupt is on its way: there is never more than one.
    requested: AtomicBool,
    epoch: Instant,
    /// Nanoseconds after `epoch`.
    deadline: AtomicU64,
    isolate: Mutex<Option<v8::IsolateHandle>>,
}

/// The engine's side of the thread.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Thread,
}

impl Watchdog {
    /// Starts the thread with all signals blocked.
    pub(crate) fn start(interrupt_pending: &'static AtomicI32) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            interrupt_pending,
            activity: AtomicU64::new(0),
            parked: AtomicBool::new(false),
            requested: AtomicBool::new(false),
            epoch: Instant::now(),
            deadline: AtomicU64::new(NO_DEADLINE),
            isolate: Mutex::new(None),
        });
        arena::share_main_arena();
        let theirs = Arc::clone(&shared);
        let handle = signals::with_all_blocked(|| {
            thread::Builder::new()
                .name("plts watchdog".to_owned())
                .stack_size(STACK_BYTES)
                .spawn(move || watch(&theirs))
        })??;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// The isolate to interrupt from now on.
    pub(crate) fn guard(&self, isolate: v8::IsolateHandle) {
        *self.shared.isolate.lock().unwrap_or_else(PoisonError::into_inner) = Some(isolate);
        self.shared.requested.store(false, Ordering::Relaxed);
    }

    /// An outermost call starts. The thread parks only after a whole tick without a change of `activity`, which it
    /// spends with `parked` set: a start during that tick either is seen by it or sees the flag.
    pub(crate) fn call_starts(&self) {
        self.advance();
        if self.shared.parked.load(Ordering::Relaxed) {
            self.shared.parked.store(false, Ordering::Relaxed);
            self.thread.unpark();
        }
    }

    /// An outermost call has ended.
    pub(crate) fn call_ends(&self) {
        self.advance();
    }

    fn advance(&self) {
        // Only the engine's thread writes it.
        let activity = self.shared.activity.load(Ordering::Relaxed);
        self.shared.activity.store(activity.wrapping_add(1), Ordering::Relaxed);
    }

    /// Asks for an interrupt at `deadline`; `None` takes that back.
    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        let nanos = deadline.map_or(NO_DEADLINE, |deadline| {
            u64::try_from(deadline.saturating_duration_since(self.shared.epoch).as_nanos())
                .unwrap_or(NO_DEADLINE)
        });
        self.shared.deadline.store(nanos, Ordering::Relaxed);
    }

    /// The interrupt has arrived.
    pub(crate) fn interrupt_arrived(&self) {
        self.shared.requested.store(false, Ordering::Relaxed);
    }

    /// Whether the host's flag is up.
    pub(crate) fn interrupt_is_pending(&self) -> bool {
        self.shared.interrupt_pending.load(Ordering::Relaxed) != 0
    }
}

impl Shared {
    fn is_due(&self) -> bool {
        if self.interrupt_pending.load(Ordering::Relaxed) != 0 {
            return true;
        }
        let deadline = self.deadline.load(Ordering::Relaxed);
        deadline != NO_DEADLINE && self.epoch.elapsed().as_nanos() >= u128::from(deadline)
    }

    fn request(&self) {
        if self.requested.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(isolate) = &*self.isolate.lock().unwrap_or_else(PoisonError::into_inner) {
            isolate.request_interrupt(callbacks::interrupt, std::ptr::null_mut());
        }
    }
}

fn watch(shared: &Shared) {
    let mut idle = 0;
    let mut last = shared.activity.load(Ordering::Relaxed);
    loop {
        thread::sleep(TICK);
        let activity = shared.activity.load(Ordering::Relaxed);
        let busy = activity % 2 == 1;
        if busy && shared.is_due() {
            shared.request();
        }
        if busy || activity != last {
            idle = 0;
            last = activity;
            shared.parked.store(false, Ordering::Relaxed);
            continue;
        }
        idle += 1;
        if idle == IDLE_TICKS {
            // Not yet: a call that starts in the next tick must be seen.
            shared.parked.store(true, Ordering::Relaxed);
        } else if idle > IDLE_TICKS {
            while shared.parked.load(Ordering::Relaxed) {
                thread::park();
            }
            idle = 0;
        }
    }
}
