//! Limits of a session, as the settings have them now: of time, memory, statements and rows.

use std::sync::atomic::{AtomicI32, Ordering};

use pg_boundary::deadline::Deadline;
use pg_boundary::error::Result;
use plts_core::{ErrorReport, SqlState};
use plts_js::Engine;

use crate::settings;

/// Runs a call within `plts.max_runtime_ms`.
///
/// Errors: 57014 when the time was up, whatever became of the call.
#[inline]
pub fn within_runtime<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    match settings::max_runtime_ms() {
        None => call(),
        Some(limit) => within(limit, || "canceling call due to plts.max_runtime_ms".to_owned(), call),
    }
}

/// Runs a call within the time that its function's annotation gives it.
///
/// Errors: 57014 when the time was up, whatever became of the call.
pub fn within_timeout<T>(milliseconds: i32, title: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    within(milliseconds, || format!("canceling call due to the timeout of function {title}"), call)
}

#[cold]
fn within<T>(
    milliseconds: i32,
    reason: impl FnOnce() -> String,
    call: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let deadline = Deadline::begin(milliseconds);
    let outcome = call();
    if !deadline.end() {
        return outcome;
    }
    let mut report = ErrorReport::new(SqlState::QUERY_CANCELED, reason());
    if let Err(cancelled) = outcome {
        report.context = cancelled.context;
        report.context_is_complete = cancelled.context_is_complete;
    }
    Err(Box::new(report))
}

/// The heap limit that the engine was told of last, in megabytes. Not the thread's own: a backend has one, and asking which
/// thread this is costs each call more than the comparison.
static FOLLOWED: AtomicI32 = AtomicI32::new(0);

/// To be called before JavaScript begins or goes on: the engine has the limit that is set now.
#[inline]
pub fn follow_heap(engine: &Engine) {
    let megabytes = settings::max_heap_mb();
    if FOLLOWED.load(Ordering::Relaxed) != megabytes {
        FOLLOWED.store(megabytes, Ordering::Relaxed);
        engine.set_max_heap(settings::bytes_of(megabytes));
    }
}

/// Errors: 54000 for a statement that is longer than `plts.max_sql_bytes`.
#[inline]
pub fn check_statement(sql: &str) -> Result<()> {
    let limit = settings::max_sql_bytes();
    if sql.len() <= limit {
        Ok(())
    } else {
        Err(exceeded("statement", sql.len(), "bytes", limit, "max_sql_bytes"))
    }
}

/// Errors: 54000 for more parameters than `plts.max_params`.
#[inline]
pub fn check_parameters(count: usize) -> Result<()> {
    let limit = settings::max_params();
    if count <= limit { Ok(()) } else { Err(exceeded("statement", count, "parameters", limit, "max_params")) }
}

#[cold]
fn exceeded(what: &str, count: usize, unit: &str, limit: usize, setting: &str) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("{what} of {count} {unit} exceeds the limit of {limit}"),
        )
        .with_hint(format!("The limit is the setting plts.{setting}.")),
    )
}

/// Counts the rows of a statement against `plts.max_query_rows`.
pub struct RowCount {
    limit: Option<u64>,
    count: u64,
}

impl RowCount {
    #[inline]
    pub fn new() -> Self {
        Self { limit: settings::max_query_rows(), count: 0 }
    }

    /// Errors: 54000 when these rows are too many.
    #[inline]
    pub fn add(&mut self, rows: usize) -> Result<()> {
        let Some(limit) = self.limit else { return Ok(()) };
        self.count = self.count.saturating_add(rows as u64);
        if self.count <= limit { Ok(()) } else { Err(too_many_rows(limit)) }
    }
}

#[cold]
fn too_many_rows(limit: u64) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(SqlState::PROGRAM_LIMIT_EXCEEDED, format!("statement gives more than {limit} rows"))
            .with_hint(
                "The limit is the setting plts.max_query_rows. A cursor gives many rows a few at a time."
                    .to_owned(),
            ),
    )
}
