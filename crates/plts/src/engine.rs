//! The backend's V8 engine: made with the first function that needs it, or taken over from the postmaster, and never taken
//! down.

use std::cell::OnceCell;
use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::session::MessageLevel;
use pg_boundary::{ErrorReport, entry, session};
use plts_core::SqlState;
use plts_js::{Engine, EngineConfig, EngineError, EngineFailure, FailureKind};

use crate::settings::LogLevel;
use crate::{event, limits, settings, time_zone};

/// Stack left to PostgreSQL and to signal handlers below V8's limit.
const STACK_RESERVE_BYTES: usize = 1024 * 1024;
/// What V8 may use of an unlimited stack.
const LARGEST_STACK_BYTES: usize = 16 * 1024 * 1024;
/// V8's stack size is part of the key of compiled code, so it is rounded to few values.
const STACK_STEP_KB: usize = 1024;

thread_local! {
    static ENGINE: OnceCell<&'static Engine> = const { OnceCell::new() };
}

/// The engine of this backend, with the session's time zone.
///
/// Errors: 55000 in the postmaster, and when V8 does not start.
pub fn engine() -> Result<&'static Engine> {
    let engine = ENGINE.with(|cell| -> Result<_> {
        match cell.get() {
            Some(engine) => Ok(*engine),
            None => {
                let started = start()?;
                Ok(*cell.get_or_init(|| started))
            }
        }
    })?;
    follow(engine)?;
    Ok(engine)
}

/// To be called before JavaScript begins: V8 has the session's time zone and limits.
///
/// Errors: what sending a warning raises.
#[inline]
pub fn follow(engine: &Engine) -> Result<()> {
    limits::follow_heap(engine);
    time_zone::follow(engine)
}

/// As [`follow`], after a statement that JavaScript ran.
#[inline]
pub fn follow_running() -> Result<()> {
    match running_engine() {
        Some(engine) => follow(engine),
        None => Ok(()),
    }
}

/// The engine, if it runs already: for error contexts and caches, which must not start one.
pub fn running_engine() -> Option<&'static Engine> {
    ENGINE.with(|cell| cell.get().copied())
}

/// In the postmaster, while it loads its libraries: starts V8 for the backends to come, if the settings say so. Where that
/// does not work the log says why, and each backend starts its own.
///
/// Errors: V8 went well in a trial and then failed; the server does not start then.
pub fn start_for_backends() -> Result<()> {
    if !session::is_preloading() || !settings::starts_with_server() {
        return Ok(());
    }
    if Engine::start_for_children(config()).map_err(not_started)? {
        return Ok(());
    }
    session::log(MessageLevel::Log, "plts could not start V8 with the server: each session starts its own")
}

#[cold]
fn not_started(error: EngineError) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        format!("could not start V8: {error}"),
    ))
}

fn config() -> EngineConfig {
    EngineConfig {
        stack_kb: u32::try_from(stack_kb()).unwrap_or(1024),
        max_heap_bytes: settings::bytes_of(settings::max_heap_mb()),
        interrupt_pending: session::interrupt_flag(),
        told_to_stop: session::is_told_to_stop,
        end_process: end_session,
    }
}

#[cold]
fn start() -> Result<&'static Engine> {
    if !session::is_backend() {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "plts functions cannot run in the postmaster",
            )
            .with_detail("It must not run what backends bring."),
        ));
    }
    let begun = Instant::now();
    let engine = Engine::start(config()).map_err(not_started)?;
    event::log(
        LogLevel::Info,
        "engine_started",
        &[("v8", &Engine::v8_version()), ("stack_kb", &stack_kb()), ("us", &begun.elapsed().as_micros())],
    );
    Ok(engine)
}

/// V8 cannot go on, and nothing of it may run again in this process: the session ends, the others live.
fn end_session(failure: &EngineFailure) -> ! {
    if failure.kind == FailureKind::Deaf {
        entry::end_backend(
            &ErrorReport::new(
                SqlState::QUERY_CANCELED,
                "terminating connection because JavaScript did not stop when it was told to",
            )
            .with_detail("V8 was at work in a function of its own that cannot be interrupted.")
            .with_hint("Other sessions are not affected."),
        );
    }
    let sqlstate = match failure.kind {
        FailureKind::OutOfMemory => SqlState::OUT_OF_MEMORY,
        FailureKind::Broken | FailureKind::Deaf => SqlState::INTERNAL_ERROR,
    };
    let reason = match &failure.message {
        Some(message) => format!("V8 says: {message}"),
        None => format!("V8 stopped itself with signal {}.", failure.signal),
    };
    entry::end_backend(
        &ErrorReport::new(sqlstate, "terminating connection because the JavaScript engine failed")
            .with_detail(reason)
            .with_hint("Other sessions are not affected. What V8 wrote about it is in the server's log."),
    )
}

/// V8 counts its stack from the stack's start, so that it must be told of all the stack there is: with its default of
/// 984 KB, a call below a deep SQL recursion would abort the backend. PostgreSQL's own `max_stack_depth` ends a
/// recursion first.
fn stack_kb() -> usize {
    let limit = session::stack_limit_bytes().unwrap_or(LARGEST_STACK_BYTES + STACK_RESERVE_BYTES);
    let usable = limit.saturating_sub(STACK_RESERVE_BYTES).min(LARGEST_STACK_BYTES);
    (usable / 1024 / STACK_STEP_KB).max(1) * STACK_STEP_KB
}
