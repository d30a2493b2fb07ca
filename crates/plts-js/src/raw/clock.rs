//! The processor time that a thread has used, read from another thread.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

/// The clock of one thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadClock(libc::clockid_t);

impl ThreadClock {
    /// The clock of the thread that calls this.
    pub(crate) fn of_this_thread() -> io::Result<Self> {
        let mut clock = MaybeUninit::<libc::clockid_t>::uninit();
        // SAFETY: the thread is the one that asks, and the memory is valid for the answer.
        match unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), clock.as_mut_ptr()) } {
            // SAFETY: filled by the successful call above.
            0 => Ok(Self(unsafe { clock.assume_init() })),
            status => Err(io::Error::from_raw_os_error(status)),
        }
    }

    /// What the thread has used so far; `None` once it is gone.
    pub(crate) fn used(self) -> Option<Duration> {
        let mut time = MaybeUninit::<libc::timespec>::uninit();
        // SAFETY: the memory is valid for the answer; a clock that is gone is an error.
        if unsafe { libc::clock_gettime(self.0, time.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: filled by the successful call above.
        let time = unsafe { time.assume_init() };
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_waiting_does_not() {
        let clock = ThreadClock::of_this_thread().unwrap();
        let before = clock.used().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        let rested = clock.used().unwrap();
        assert!(rested - before < Duration::from_millis(40), "{before:?} {rested:?}");
        while clock.used().unwrap() < rested + Duration::from_millis(5) {}
    }
}
