//! What plts counts: calls, compilations, isolates, and the heap.
//!
//! A call adds one to a number of its backend. Its time is taken for the first calls of a backend and for one in
//! [`SAMPLED`] after that, since a look at the clock costs a tenth of a small call.

use std::cell::Cell;
use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::metrics::{self, Operation};
use plts_js::Engine;
use serde_json::{Value as Json, json};

use crate::settings::{self, LogLevel};
use crate::{engine, event};

/// One in so many calls is timed.
const SAMPLED: u64 = 64;
/// One in so many calls looks at the heap.
const OBSERVED: u64 = 1024;

const EXECUTE: usize = 0;
const COMPILE: usize = 1;

/// Gauges of a backend.
const HEAP_USED: usize = 0;
const HEAP_TOTAL: usize = 1;
const BUFFERS: usize = 2;
const CONTEXTS: usize = 3;

/// Counts of a backend.
const ISOLATES_MADE: usize = 0;
const ISOLATES_FULL: usize = 1;
const MODULES_FROM_CODE: usize = 2;

thread_local! {
    /// Of the counts above, what has been added already.
    static ADDED: Cell<[u64; 3]> = const { Cell::new([0; 3]) };
}

/// Asks for shared memory, when the library is being preloaded.
pub fn request() {
    metrics::request(c"plts metrics");
}

/// Counts a call, and times some.
#[inline]
pub fn executed<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    let number = metrics::count_call();
    if number.is_multiple_of(SAMPLED) || number < SAMPLED {
        return measured(number, call);
    }
    let outcome = call();
    if let Err(report) = &outcome {
        failed(metrics::operation(EXECUTE), report);
    }
    outcome
}

#[cold]
fn measured<T>(number: u64, call: impl FnOnce() -> Result<T>) -> Result<T> {
    let outcome = timed(metrics::operation(EXECUTE), call);
    if (number.is_multiple_of(OBSERVED) || number < SAMPLED)
        && let Some(engine) = engine::running_engine()
    {
        observe(engine);
    }
    outcome
}

/// Counts and times the making of a function from its source.
pub fn compiled<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let operation = metrics::operation(COMPILE);
    operation.count();
    timed(operation, work)
}

fn timed<T>(operation: &Operation, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let outcome = work();
    operation.measure(begun.elapsed());
    if let Err(report) = &outcome {
        failed(operation, report);
    }
    outcome
}

#[cold]
fn failed(operation: &Operation, report: &pg_boundary::ErrorReport) {
    operation.count_error(report.sqlstate);
    if let Some(engine) = engine::running_engine() {
        observe(engine);
    }
}

/// Looks at the heap, and says in the log when an isolate had to go.
fn observe(engine: &Engine) {
    let heap = engine.heap_statistics();
    for (gauge, value) in [
        (HEAP_USED, heap.used_bytes),
        (HEAP_TOTAL, heap.total_bytes),
        (BUFFERS, heap.external_bytes),
        (CONTEXTS, heap.contexts),
    ] {
        metrics::set_gauge(gauge, value as u64);
    }
    let now = [heap.isolates_made, heap.isolates_discarded, engine.modules_from_code()];
    let before = ADDED.replace(now);
    for (count, (now, before)) in
        [ISOLATES_MADE, ISOLATES_FULL, MODULES_FROM_CODE].into_iter().zip(now.iter().zip(before))
    {
        if *now > before {
            metrics::add_count(count, now - before);
        }
    }
    if now[ISOLATES_FULL] > before[ISOLATES_FULL] {
        event::log(
            LogLevel::Warning,
            "isolate_discarded",
            &[("reason", &"heap_limit"), ("limit_mb", &settings::max_heap_mb())],
        );
    }
}

/// `plts.metrics()`.
pub fn report() -> Json {
    if let Some(engine) = engine::running_engine() {
        observe(engine);
    }
    let totals = metrics::totals();
    let mut execute = metrics::operation(EXECUTE).to_json(totals.calls);
    execute["timed_one_in"] = json!(SAMPLED);
    json!({
        "scope": metrics::scope(),
        "execute": execute,
        "compile": metrics::operation(COMPILE).to_json(metrics::operation(COMPILE).calls()),
        "isolates": {
            "made": totals.counts[ISOLATES_MADE],
            "discarded": { "heap_limit": totals.counts[ISOLATES_FULL] },
        },
        "modules_from_code": totals.counts[MODULES_FROM_CODE],
        "heap": {
            "used_bytes": totals.gauges[HEAP_USED],
            "total_bytes": totals.gauges[HEAP_TOTAL],
            "buffer_bytes": totals.gauges[BUFFERS],
            "contexts": totals.gauges[CONTEXTS],
        },
    })
}
