//! The thread that makes endless JavaScript stop: while a call runs it looks at the host's interrupt flag and at the
//! deadline, and asks V8 for an interrupt. It touches atomics and V8's thread-safe handle only.
//!
//! Arithmetic of large BigInts heeds V8's request to terminate and no interrupt; it gets one after [`HINT`]. Some of V8's own functions are loops in machine code that look at no interrupt (`reverse` of an object that says it has
//! 2^53 elements). A thread that works on for [`PATIENCE`] after it was told to stop is stopped by force, and its process
//! ends in order.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use deno_core::v8;

use crate::raw::clock::ThreadClock;
use crate::raw::{callbacks, fatal, signals};

/// How often it looks while JavaScript runs.
const TICK: Duration = Duration::from_millis(10);
/// After this many ticks of a call V8 is interrupted to have a look at its heap.
const TICKS_PER_LOOK: u32 = 10;
/// After this many ticks without a call it parks.
const IDLE_TICKS: u32 = 100;
const STACK_BYTES: usize = 128 << 10;
/// The processor time after which V8 is asked to terminate.
const HINT: Duration = Duration::from_millis(200);
/// The processor time that V8 may use after it was told to stop. Its long steps that end by themselves, such as a full
/// collection or the compilation of a regular expression, take far less; a loop of slow built-in functions is interpreted a few
/// thousand rounds between two looks at interrupts.
const PATIENCE: Duration = Duration::from_secs(5);
/// Termination was not asked for.
const NONE: u8 = 0;
/// It will be asked for at the next tick.
const ANNOUNCED: u8 = 1;
/// It was asked for.
const ASKED: u8 = 2;
/// The deadline that is none.
const NO_DEADLINE: u64 = u64::MAX;

struct Shared {
    interrupt_pending: &'static AtomicI32,
    told_to_stop: fn() -> bool,
    clock: ThreadClock,
    /// Odd while a call runs; grows with each start and end of an outermost call.
    activity: AtomicU64,
    parked: AtomicBool,
    /// An interrupt is on its way: there is never more than one.
    requested: AtomicBool,
    /// How far the thread is with asking V8 to terminate.
    termination: AtomicU8,
    /// How many have arrived.
    arrived: AtomicU64,
    /// A call ran when it looked.
    saw_a_call: AtomicBool,
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
    /// Starts the thread with all signals blocked. To be called by the engine's thread, which it watches.
    pub(crate) fn start(
        interrupt_pending: &'static AtomicI32,
        told_to_stop: fn() -> bool,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            interrupt_pending,
            told_to_stop,
            clock: ThreadClock::of_this_thread()?,
            activity: AtomicU64::new(0),
            parked: AtomicBool::new(false),
            requested: AtomicBool::new(false),
            termination: AtomicU8::new(NONE),
            arrived: AtomicU64::new(0),
            saw_a_call: AtomicBool::new(false),
            epoch: Instant::now(),
            deadline: AtomicU64::new(NO_DEADLINE),
            isolate: Mutex::new(None),
        });
        let theirs = Arc::clone(&shared);
        let handle = signals::with_signals_blocked(|| {
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
        if self.shared.termination.load(Ordering::Relaxed) != NONE {
            self.shared.take_termination_back();
        }
        if self.shared.parked.load(Ordering::Relaxed) {
            self.shared.parked.store(false, Ordering::Relaxed);
            self.thread.unpark();
        }
    }

    /// An outermost call has ended.
    pub(crate) fn call_ends(&self) {
        self.advance();
    }

    /// Whether a call has been running for some milliseconds since this was last asked.
    #[inline]
    pub(crate) fn has_seen_a_call(&self) -> bool {
        self.shared.saw_a_call.load(Ordering::Relaxed)
            && self.shared.saw_a_call.swap(false, Ordering::Relaxed)
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
        self.shared.arrived.fetch_add(1, Ordering::Relaxed);
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
        self.is_late()
    }

    fn is_late(&self) -> bool {
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

    /// Asks V8 to terminate what the call of that `activity` runs, and no later one: the first time only says that it is
    /// going to. A tick later whoever starts a call sees that, waits for the lock and takes the termination back.
    fn terminate(&self, activity: u64) {
        match self.termination.load(Ordering::Relaxed) {
            NONE => self.termination.store(ANNOUNCED, Ordering::Relaxed),
            ANNOUNCED => {
                let isolate = self.isolate.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(isolate) = &*isolate
                    && self.activity.load(Ordering::Relaxed) == activity
                {
                    self.termination.store(ASKED, Ordering::Relaxed);
                    isolate.terminate_execution();
                }
            }
            _ => {}
        }
    }

    /// The call may have ended without having seen it, and the next one must not.
    #[cold]
    fn take_termination_back(&self) {
        let isolate = self.isolate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(isolate) = &*isolate {
            isolate.cancel_terminate_execution();
        }
        // Under the lock, so that the thread does not go on with what it announced.
        self.termination.store(NONE, Ordering::Relaxed);
    }
}

/// Since when V8 has been told to stop, in the thread's own time, with no call begun or ended and no interrupt arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Deaf {
    since: Duration,
    activity: u64,
    arrived: u64,
}

impl Deaf {
    fn go_on(former: Option<Self>, shared: &Shared) -> Option<Self> {
        let now = Self {
            since: shared.clock.used()?,
            activity: shared.activity.load(Ordering::Relaxed),
            arrived: shared.arrived.load(Ordering::Relaxed),
        };
        let is_told =
            shared.requested.load(Ordering::Relaxed) && ((shared.told_to_stop)() || shared.is_late());
        match former {
            _ if !is_told => None,
            Some(former) if (former.activity, former.arrived) == (now.activity, now.arrived) => {
                let waited = now.since.saturating_sub(former.since);
                if waited > PATIENCE {
                    fatal::strike();
                } else if waited > HINT {
                    shared.terminate(now.activity);
                }
                Some(former)
            }
            _ => Some(now),
        }
    }
}

fn watch(shared: &Shared) {
    let mut deaf = None;
    let mut idle = 0;
    let mut ticks: u32 = 0;
    let mut last = shared.activity.load(Ordering::Relaxed);
    loop {
        thread::sleep(TICK);
        let activity = shared.activity.load(Ordering::Relaxed);
        let busy = activity % 2 == 1;
        if busy {
            shared.saw_a_call.store(true, Ordering::Relaxed);
            ticks = ticks.wrapping_add(1);
            if ticks.is_multiple_of(TICKS_PER_LOOK) {
                shared.request();
            }
        }
        if busy && shared.is_due() {
            shared.request();
            deaf = Deaf::go_on(deaf, shared);
        } else if deaf.take().is_some() {
            fatal::spare();
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
