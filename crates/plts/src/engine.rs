//! The backend's V8 engine: made with the first function that needs it, after the fork, and never taken down.

use std::cell::OnceCell;

use pg_boundary::error::Result;
use pg_boundary::{ErrorReport, session};
use plts_core::SqlState;
use plts_js::{Engine, EngineConfig};

use crate::{settings, time_zone};

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
    time_zone::follow(engine)?;
    Ok(engine)
}

/// The engine, if it runs already: for error contexts and caches, which must not start one.
pub fn running_engine() -> Option<&'static Engine> {
    ENGINE.with(|cell| cell.get().copied())
}

#[cold]
fn start() -> Result<&'static Engine> {
    if !session::is_backend() {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "plts functions cannot run in the postmaster",
            )
            .with_detail("V8 would not survive the fork of a backend."),
        ));
    }
    Engine::start(EngineConfig {
        stack_kb: u32::try_from(stack_kb()).unwrap_or(1024),
        max_heap_bytes: settings::max_heap_bytes(),
        interrupt_pending: session::interrupt_flag(),
    })
    .map_err(|error| {
        Box::new(ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("could not start V8: {error}"),
        ))
    })
}

/// V8 counts its stack from the stack's start, so that it must be told of all the stack there is: with its default of
/// 984 KB, a call below a deep SQL recursion would abort the backend. PostgreSQL's own `max_stack_depth` ends a
/// recursion first.
fn stack_kb() -> usize {
    let limit = session::stack_limit_bytes().unwrap_or(LARGEST_STACK_BYTES + STACK_RESERVE_BYTES);
    let usable = limit.saturating_sub(STACK_RESERVE_BYTES).min(LARGEST_STACK_BYTES);
    (usable / 1024 / STACK_STEP_KB).max(1) * STACK_STEP_KB
}
