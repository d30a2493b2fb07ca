//! Lines of CONTEXT: while a guard lives, errors raised beneath it say where they came from.

use std::ffi::c_void;
use std::marker::PhantomPinned;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use pgrx::pg_sys;

use crate::{raw, text};

/// Something that can say where a call stands. It is asked in the middle of an error: it must not call PostgreSQL.
pub trait Whereabouts {
    /// Lines of CONTEXT, innermost first.
    fn lines(&self) -> String;
}

/// An entry of `error_context_stack` (`elog.h`). It must not move while it is pushed, hence the pin.
pub struct ErrorContext<'a, W: Whereabouts> {
    callback: pg_sys::ErrorContextCallback,
    whereabouts: &'a W,
    _pinned: PhantomPinned,
}

impl<'a, W: Whereabouts> ErrorContext<'a, W> {
    /// An entry, not pushed yet.
    #[inline]
    pub fn new(whereabouts: &'a W) -> Self {
        Self {
            callback: pg_sys::ErrorContextCallback {
                previous: std::ptr::null_mut(),
                callback: None,
                arg: std::ptr::null_mut(),
            },
            whereabouts,
            _pinned: PhantomPinned,
        }
    }

    /// Pushes the entry; it is popped when dropped.
    #[inline]
    pub fn push(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved out; the entry stays where it is until it is dropped, which the pin promises.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: `error_context_stack` is a variable of the backend. Entries are pushed and popped like stack frames.
        unsafe {
            this.callback.previous = pg_sys::error_context_stack;
            this.callback.callback = Some(report::<W>);
            this.callback.arg = std::ptr::from_ref(this.whereabouts).cast::<c_void>().cast_mut();
            pg_sys::error_context_stack = &mut this.callback;
        }
    }
}

impl<W: Whereabouts> Drop for ErrorContext<'_, W> {
    #[inline]
    fn drop(&mut self) {
        if self.callback.callback.is_some() {
            // SAFETY: ours is on top: those above it were pushed and popped within its life.
            unsafe { pg_sys::error_context_stack = self.callback.previous };
        }
    }
}

/// Called by `errfinish` with the argument of the entry.
unsafe extern "C-unwind" fn report<W: Whereabouts>(argument: *mut c_void) {
    // SAFETY: the argument is the `whereabouts` of an entry on the stack, so it is alive.
    let whereabouts = unsafe { &*argument.cast_const().cast::<W>() };
    // A panic must not unwind into errfinish; context is then missing, which loses nothing of the error itself.
    let lines = catch_unwind(AssertUnwindSafe(|| whereabouts.lines())).unwrap_or_default();
    if lines.is_empty() {
        return;
    }
    if let Ok(lines) = text::to_server(&lines) {
        // SAFETY: a C string, inside an error context callback; it allocates in ErrorContext, which has room for
        // errors of its own.
        unsafe { raw::pgb_errcontext(lines.as_ptr()) };
    }
}
