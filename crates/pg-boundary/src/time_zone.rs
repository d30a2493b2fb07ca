//! The session's time zone.

use std::ffi::c_long;
use std::sync::atomic::{AtomicPtr, Ordering};

use pgrx::pg_sys;

use crate::{raw, text};

/// Says only whether the zone is still the same: PostgreSQL keeps each zone that it has read at one place until the
/// session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZoneId(*const pg_sys::pg_tz);

/// A zone that is remembered by the whole process.
pub struct LastTimeZone(AtomicPtr<pg_sys::pg_tz>);

impl LastTimeZone {
    /// None yet: no session has it.
    pub const fn none() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Whether that zone is the remembered one.
    #[inline]
    pub fn is(&self, zone: TimeZoneId) -> bool {
        self.0.load(Ordering::Relaxed).cast_const() == zone.0
    }

    /// Remembers a zone instead.
    pub fn set(&self, zone: TimeZoneId) {
        self.0.store(zone.0.cast_mut(), Ordering::Relaxed);
    }
}

/// A zone as PostgreSQL describes it.
pub struct TimeZone {
    /// In the spelling of its file, or as it was given: `Europe/Berlin`, `<+05:30>-05:30`, `FOO-3`.
    pub name: String,
    /// Seconds east of UTC, when that never changes.
    pub fixed_offset: Option<i32>,
}

/// The zone that the session has now. Reads a variable.
#[inline]
pub fn current() -> TimeZoneId {
    // SAFETY: a global of the backend, read by value on its one thread.
    TimeZoneId(unsafe { pg_sys::session_timezone })
}

/// What the session's zone is.
pub fn describe() -> TimeZone {
    let mut offset: c_long = 0;
    // SAFETY: both read the session's zone, which is set from the start of a backend on, and have no error path.
    let (name, is_fixed) =
        unsafe { (text::lossy(raw::pgb_time_zone_name()), raw::pgb_time_zone_offset(&mut offset)) };
    TimeZone {
        name: name.unwrap_or_default(),
        fixed_offset: if is_fixed { i32::try_from(offset).ok() } else { None },
    }
}
