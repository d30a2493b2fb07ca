//! A short-lived background worker: it commits, in a transaction of its own, what the caller's transaction is about to
//! roll back.

use std::ffi::{CStr, c_char};
use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::{Datum, ErrorData};

use crate::entry::guarded;
use crate::error::{Result, check};
use crate::{raw, text};

/// Whether a worker did the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerOutcome {
    /// One was started, and it has ended. Whether it succeeded is in the server's log and in what it wrote.
    Ended,
    /// The server had no free slot (`max_worker_processes`).
    NoSlot,
}

/// Starts a worker that runs `function` of `library` with a payload, and waits for its end.
///
/// Must not be called after a failure that was not rolled back: locks of this session could keep the worker waiting.
pub fn run(library: &CStr, function: &CStr, payload: &str) -> Result<WorkerOutcome> {
    let mut started = false;
    // SAFETY: C strings, and a payload of its length; the shim catches errors.
    unsafe {
        check(raw::pgb_worker_run(
            library.as_ptr(),
            function.as_ptr(),
            payload.as_ptr().cast(),
            payload.len(),
            &mut started,
        ))?;
    }
    Ok(if started { WorkerOutcome::Ended } else { WorkerOutcome::NoSlot })
}

/// What a worker does with its payload, in a transaction that is committed when it succeeds.
pub trait WorkerBody {
    fn work(payload: &str) -> Result<()>;
}

/// The main function of a worker, for [`crate::worker_main`].
///
/// # Safety
/// PostgreSQL called the frame that calls this as a background worker's main function; that frame holds nothing.
pub unsafe fn main<B: WorkerBody>(argument: Datum) {
    // SAFETY: as said; the shim connects, and what it throws ends the worker.
    unsafe { raw::pgb_worker_main(argument, work::<B>) }
}

unsafe extern "C" fn work<B: WorkerBody>(payload: *const c_char, length: usize) -> *mut ErrorData {
    // SAFETY: the shim gives a payload of that length.
    let bytes = unsafe { std::slice::from_raw_parts(payload.cast::<u8>(), length) };
    let body = AssertUnwindSafe(|| B::work(&text::from_payload(bytes)));
    match guarded(body.0) {
        Ok(()) => std::ptr::null_mut(),
        Err(staged) => staged,
    }
}

/// Defines the main function of a background worker.
#[macro_export]
macro_rules! worker_main {
    ($name:ident, $body:ty) => {
        const _: () = {
            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            pub extern "C-unwind" fn $name(argument: $crate::pg_sys::Datum) {
                // SAFETY: PostgreSQL calls this as a worker's main function, and it holds nothing.
                unsafe { $crate::worker::main::<$body>(argument) }
            }
        };
    };
}
