//! Explicit subtransactions, as plpython's `PLySubtransaction`.

use pgrx::pg_sys;

use crate::error::{Result, check};
use crate::raw;

/// An open subtransaction. Subtransactions end in the reverse order of their beginning; the caller keeps them on a
/// stack. One that is dropped without an end is left to the abort that must follow.
#[must_use]
pub struct Subtransaction {
    context: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
}

impl Subtransaction {
    /// Errors: 25000 in parallel mode, and whatever starting one raises.
    pub fn begin() -> Result<Self> {
        let mut this = Self { context: std::ptr::null_mut(), owner: std::ptr::null_mut() };
        // SAFETY: the shim catches errors and fills both fields before it can raise.
        unsafe { check(raw::pgb_subtransaction_begin(&mut this.context, &mut this.owner))? };
        Ok(this)
    }

    /// Keeps what was done since the beginning.
    pub fn commit(self) -> Result<()> {
        // SAFETY: the innermost subtransaction is this one, as the caller keeps them nested.
        unsafe { check(raw::pgb_subtransaction_end(true, self.context, self.owner)) }
    }

    /// Undoes it.
    pub fn roll_back(self) -> Result<()> {
        // SAFETY: as in `commit`.
        unsafe { check(raw::pgb_subtransaction_end(false, self.context, self.owner)) }
    }
}
