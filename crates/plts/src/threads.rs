//! Threads that compile modules beside the backend's own: they live as long as one build, take no signals, and touch
//! nothing of PostgreSQL or V8.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

use plts_compile::graph::{Alone, Crew};

/// What a thread must have to do to be worth its start.
const MODULES_PER_THREAD: usize = 16;
/// More would gain little: what is left of a build is one thread's work.
const MOST_THREADS: usize = 4;
/// A text that passes the check of its nesting compiles within one and a half megabytes.
const STACK_BYTES: usize = 4 << 20;

/// As many threads as there are processors and the work is worth, this one among them.
pub struct Threads;

impl Crew for Threads {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), String> {
        let worth = count / MODULES_PER_THREAD;
        if worth < 2 {
            return Alone.run(count, job);
        }
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let helpers = processors.min(MOST_THREADS).min(worth) - 1;
        let next = AtomicUsize::new(0);
        let work = || {
            while let index = next.fetch_add(1, Ordering::Relaxed)
                && index < count
            {
                job(index);
            }
        };
        thread::scope(|scope| {
            let start = || {
                Builder::new()
                    .name("plts compiler".to_owned())
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, work)
            };
            // Fewer helpers, or none, leave more to the others.
            let others = plts_js::with_signals_blocked(|| {
                (0..helpers).map_while(|_| start().ok()).collect::<Vec<_>>()
            })
            .map_err(|error| error.to_string())?;
            work();
            for other in others {
                other.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
            Ok(())
        })
    }
}
