//! Names of schemas, and when one may have changed.

use std::ffi::c_int;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use pgrx::pg_sys::{Datum, Oid};

use super::raw;
use crate::error::{Result, check};
use crate::text;

static CHANGES: AtomicU64 = AtomicU64::new(1);

/// A number that grows whenever a row of `pg_namespace` may have changed, as this backend learns of it.
#[inline]
pub fn version() -> u64 {
    CHANGES.load(Ordering::Relaxed)
}

/// Begins to watch `pg_namespace`. Later calls do nothing.
pub fn watch() -> Result<()> {
    static ONCE: Once = Once::new();
    let mut outcome = Ok(());
    // SAFETY: the callback is a plain function that lives as long as the library, which is never unloaded.
    ONCE.call_once(|| outcome = unsafe { check(raw::pgb_schema_watch(note_change)) });
    outcome
}

/// Called by PostgreSQL for each change of `pg_namespace`; it only counts.
unsafe extern "C-unwind" fn note_change(_argument: Datum, _cache: c_int, _hash: u32) {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}

/// Errors: XX000 when there is no such schema.
pub fn name(schema: Oid) -> Result<String> {
    let mut name = std::ptr::null_mut();
    // SAFETY: the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_schema_name(schema, &mut name))?;
        text::take(name)
    }
}
