//! Signals and threads: a backend's signal handlers must run on its main thread, so a thread is born with all
//! signals blocked.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// Runs `spawn` with every signal blocked in this thread, which a thread made meanwhile inherits; then restores the
/// mask.
///
/// Errors: of `pthread_sigmask`.
pub fn with_signals_blocked<R>(spawn: impl FnOnce() -> R) -> io::Result<R> {
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are valid for writing; `sigfillset` initialises the first before it is read, and
    // `pthread_sigmask` the second.
    let status = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr())
    };
    if status != 0 {
        return Err(io::Error::from_raw_os_error(status));
    }
    let spawned = spawn();
    // SAFETY: `before` was written by the successful call above.
    let status = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    if status != 0 {
        return Err(io::Error::from_raw_os_error(status));
    }
    Ok(spawned)
}
