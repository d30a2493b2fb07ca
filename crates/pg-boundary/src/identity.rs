//! Whose rights count: the current user, changed for a stretch of work as a SECURITY DEFINER function does.

use std::ffi::{CStr, c_int};

use pgrx::pg_sys::Oid;

use crate::error::{Result, check};
use crate::{raw, text};

/// The current user is another one until this is dropped. An abort of the (sub)transaction puts the former one back as
/// well, so an error in between leaves nothing behind.
#[must_use]
pub struct AssumedRole {
    role: Oid,
    context: c_int,
}

impl AssumedRole {
    pub fn assume(role: Oid) -> Self {
        let mut former = Self { role: Oid::INVALID, context: 0 };
        // SAFETY: reads and sets variables of the backend; there is no error path.
        unsafe {
            raw::pgb_identity_get(&mut former.role, &mut former.context);
            raw::pgb_identity_assume(role);
        }
        former
    }
}

impl Drop for AssumedRole {
    fn drop(&mut self) {
        // SAFETY: sets variables of the backend to what they were; there is no error path.
        unsafe { raw::pgb_identity_set(self.role, self.context) };
    }
}

/// Who the current user is, and in which context, to be so again for a stretch of work.
#[derive(Clone, Copy)]
pub struct Identity {
    role: Oid,
    context: c_int,
}

impl Identity {
    /// The current user.
    pub fn current() -> Self {
        let mut identity = Self { role: Oid::INVALID, context: 0 };
        // SAFETY: reads variables of the backend; there is no error path.
        unsafe { raw::pgb_identity_get(&mut identity.role, &mut identity.context) };
        identity
    }

    /// The current user is this one again until the answer is dropped.
    pub fn resume(self) -> AssumedRole {
        let former = Self::current();
        // SAFETY: sets variables of the backend to what they were before; there is no error path.
        unsafe { raw::pgb_identity_set(self.role, self.context) };
        AssumedRole { role: former.role, context: former.context }
    }
}

/// Settings changed for a stretch of work. When it is over every setting is what it was, also those that the work itself
/// has changed: a plain SET of code that is not ours would hold for what of ours comes after it.
#[must_use]
pub struct LocalSettings {
    level: c_int,
}

impl LocalSettings {
    /// Opens a level in which statements of ours mean what they say: a `search_path` of `pg_catalog, pg_temp`, so that
    /// no name can be planted in the way, and literals as the standard has them. They are not compiled to machine code
    /// either: they take milliseconds, whatever the planner's estimates of recursive queries say, and LLVM a second.
    pub fn with_safe_search_path() -> Result<Self> {
        Self::with(&[
            (c"search_path", c"pg_catalog, pg_temp"),
            (c"standard_conforming_strings", c"on"),
            (c"jit", c"off"),
        ])
    }

    /// Opens a level for statements of somebody else's, with the `search_path` and `jit` that `SHOW` gave.
    ///
    /// Errors: those of `SET`.
    pub fn with_search_path(path: &str, jit: &str) -> Result<Self> {
        Self::with(&[(c"search_path", &text::to_server(path)?), (c"jit", &text::to_server(jit)?)])
    }

    /// Opens a level in which values are read and written in one way, whatever the session prefers.
    pub fn with_fixed_output() -> Result<Self> {
        Self::with(&[
            (c"datestyle", c"ISO, MDY"),
            (c"intervalstyle", c"postgres"),
            (c"timezone", c"UTC"),
            (c"extra_float_digits", c"1"),
            (c"bytea_output", c"hex"),
        ])
    }

    fn with(values: &[(&CStr, &CStr)]) -> Result<Self> {
        // SAFETY: opens a level that `Drop` closes; an abort closes it too.
        let settings = Self { level: unsafe { raw::pgb_settings_nest() } };
        for (name, value) in values {
            // SAFETY: both are C strings; the shim catches errors.
            unsafe { check(raw::pgb_setting_for_call(name.as_ptr(), value.as_ptr()))? };
        }
        Ok(settings)
    }
}

impl Drop for LocalSettings {
    fn drop(&mut self) {
        // SAFETY: closes the level opened by us. An error here would come from an assign hook of search_path, which
        // has none that raises; it is let go, since the value is restored all the same.
        let _ = unsafe { check(raw::pgb_settings_restore(self.level)) };
    }
}
