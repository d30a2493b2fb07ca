//! The door: how PostgreSQL enters our code, and the one place where our errors leave it.
//!
//! A function entered here runs its body with panics caught. When the body fails, its error is copied into PostgreSQL's
//! memory, everything of Rust is dropped, and only then `ThrowErrorData` is called, from a frame that holds nothing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{Datum, ErrorData, FunctionCallInfo};
use plts_core::{ErrorReport, SqlState};

use crate::call::Call;
use crate::error::{self, Result};
use crate::raw;

/// Defines a function that PostgreSQL can call (`LANGUAGE c`, version 1), and the `pg_finfo_` function by which it
/// learns the calling convention (`PG_FUNCTION_INFO_V1` in `fmgr.h`).
///
/// `sql_function!(name, pg_finfo_name, body)` where `body` is `fn(&Call) -> Result<Datum>`; NULL is `call.null()`.
#[macro_export]
macro_rules! sql_function {
    ($(#[$meta:meta])* $name:ident, $info:ident, $body:expr) => {
        const _: () = {
            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            pub extern "C-unwind" fn $name(
                fcinfo: $crate::pg_sys::FunctionCallInfo,
            ) -> $crate::pg_sys::Datum {
                // SAFETY: PostgreSQL calls this with its function call record, as version 1 of its convention says.
                unsafe { $crate::entry::run(fcinfo, $body) }
            }

            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            pub extern "C" fn $info() -> &'static $crate::pg_sys::Pg_finfo_record {
                const RECORD: $crate::pg_sys::Pg_finfo_record =
                    $crate::pg_sys::Pg_finfo_record { api_version: 1 };
                &RECORD
            }
        };
    };
}

/// Defines `_PG_init`, which PostgreSQL calls when it loads the library.
///
/// `library_init!(body)` where `body` is `fn() -> Result<()>`.
#[macro_export]
macro_rules! library_init {
    ($body:expr) => {
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn _PG_init() {
            // SAFETY: PostgreSQL calls this frame, which holds nothing.
            unsafe { $crate::entry::run_bare($body) }
        }
    };
}

/// Runs `body` for a call and gives its datum to PostgreSQL, or raises its error.
///
/// # Safety
/// `fcinfo` is the record of the call PostgreSQL is making, and the caller returns at once what this returns.
#[inline]
pub unsafe fn run(fcinfo: FunctionCallInfo, body: impl FnOnce(&Call) -> Result<Datum>) -> Datum {
    // SAFETY: the caller's promise.
    let call = unsafe { Call::new(fcinfo) };
    match guarded(|| body(&call)) {
        Ok(datum) => datum,
        // SAFETY: nothing of ours is alive but plain pointers: `guarded` has consumed the body and its error.
        Err(staged) => unsafe { raw::pgb_throw(staged) },
    }
}

/// Runs `body` for an entry that is no SQL function (a background worker, a library's `_PG_init`), or raises its error.
///
/// # Safety
/// PostgreSQL called the frame that calls this, and that frame holds nothing that wants dropping.
pub unsafe fn run_bare(body: impl FnOnce() -> Result<()>) {
    if let Err(staged) = guarded(body) {
        // SAFETY: as in `run`.
        unsafe { raw::pgb_throw(staged) }
    }
}

/// Ends the backend with FATAL: it gives back what it holds, and the server goes on. Only for a state in which no code of this
/// session can go on; frames that PostgreSQL's error handlers lie in may be gone already.
pub fn end_backend(report: &ErrorReport) -> ! {
    let staged = error::stage(report);
    // SAFETY: it exits the process, so that nothing of Rust is dropped or returned to.
    unsafe { raw::pgb_end_backend(staged) }
}

#[inline]
pub(crate) fn guarded<T>(body: impl FnOnce() -> Result<T>) -> std::result::Result<T, *mut ErrorData> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(report)) => Err(error::stage(&report)),
        Err(panic) => Err(error::stage(&report_of_panic(panic))),
    }
}

/// What a panic says. pgrx raises one for a PostgreSQL error in a function called without the shim.
pub fn report_of_panic(panic: Box<dyn Any + Send>) -> ErrorReport {
    let panic = match panic.downcast::<CaughtError>() {
        Ok(caught) => {
            return match *caught {
                CaughtError::PostgresError(error)
                | CaughtError::ErrorReport(error)
                | CaughtError::RustPanic { ereport: error, .. } => {
                    let mut report = ErrorReport::new(
                        SqlState::from_packed(error.sql_error_code() as i32),
                        error.message().to_owned(),
                    );
                    report.detail = error.detail().map(str::to_owned);
                    report.hint = error.hint().map(str::to_owned);
                    report
                }
            };
        }
        Err(panic) => panic,
    };
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned());
    ErrorReport::internal(message)
}
