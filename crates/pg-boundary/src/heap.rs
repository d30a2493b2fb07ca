//! One row of a table by its text key, read without a plan and without a privilege check.

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{Dialect, Value};

use crate::error::{Result, check};
use crate::spi::RowShape;
use crate::{raw, text};

/// What `read` makes of the first `N` columns of the row whose primary key, its first column of type `text COLLATE "C"`, is
/// `key`; of the newest committed version, or this transaction's own. The other columns are left where they are, however
/// large.
///
/// Who may read it is for the caller to decide first ([`crate::session::may_select`]).
///
/// Errors: 55000 for a table with fewer columns.
pub fn fetch<const N: usize, R>(
    relation: Oid,
    key: &str,
    read: impl FnOnce([Value<'_>; N]) -> R,
) -> Result<Option<R>> {
    let key = text::to_server(key)?;
    let (mut datums, mut nulls) = ([Datum::null(); N], [true; N]);
    let mut descriptor = std::ptr::null_mut();
    let columns = std::ffi::c_int::try_from(N).unwrap_or(std::ffi::c_int::MAX);
    // SAFETY: a C string, and arrays of as many entries as there are columns; the shim catches errors.
    unsafe {
        check(raw::pgb_heap_fetch(
            relation,
            key.as_ptr(),
            columns,
            datums.as_mut_ptr(),
            nulls.as_mut_ptr(),
            &mut descriptor,
        ))?;
    }
    if descriptor.is_null() {
        return Ok(None);
    }
    let shape = RowShape::new(descriptor, Dialect::TypeScript)?;
    let mut values = Vec::with_capacity(N);
    // SAFETY: flat copies of columns of that descriptor, alive in the current memory context.
    unsafe { shape.decode(&datums, &nulls, &mut values)? };
    let read = values.try_into().ok().map(read);
    // SAFETY: palloc'd by the shim; what was made of it borrows none of it, since `R` is any type.
    unsafe { raw::pgb_heap_release(descriptor, datums.as_mut_ptr(), nulls.as_ptr()) };
    Ok(read)
}
