//! Rows of a table by their text key, read without a plan and without a privilege check.

use std::ffi::{c_char, c_int, c_void};

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{Dialect, Value};

use crate::error::{Result, check};
use crate::spi::RowShape;
use crate::typeio::PackedText;
use crate::{raw, text};

/// What `read` makes of the first `N` columns of the row whose primary key, its first column of type `text COLLATE "C"`, is
/// `key`; of the newest committed version, or this transaction's own. The other columns are left where they are, however
/// large. Column `packed`, a text, is among the values as null: it is taken as it is stored.
///
/// Who may read it is for the caller to decide first ([`crate::session::may_select`]).
///
/// Errors: 55000 for a table with fewer columns.
pub fn fetch<const N: usize, R>(
    relation: Oid,
    key: &str,
    packed: usize,
    read: impl FnOnce([Value<'_>; N], Option<PackedText>) -> R,
) -> Result<Option<R>> {
    let key = text::to_server(key)?;
    let (mut datums, mut nulls) = ([Datum::null(); N], [true; N]);
    let mut descriptor = std::ptr::null_mut();
    let number = |count: usize| c_int::try_from(count).unwrap_or(c_int::MAX);
    // SAFETY: a C string, and arrays of as many entries as there are columns; the shim catches errors.
    unsafe {
        check(raw::pgb_heap_fetch(
            relation,
            key.as_ptr(),
            number(N),
            number(packed),
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
    // SAFETY: a copy of a text that is not out of line.
    let text = (!nulls[packed]).then(|| unsafe { PackedText::copy(datums[packed]) });
    let mut decoded = nulls;
    decoded[packed] = true;
    // SAFETY: flat copies of columns of that descriptor, alive in the current memory context.
    unsafe { shape.decode(&datums, &decoded, &mut values)? };
    let read = values.try_into().ok().map(|values| read(values, text));
    // SAFETY: palloc'd by the shim; what was made of it borrows none of it, since `R` is any type.
    unsafe { raw::pgb_heap_release(descriptor, datums.as_mut_ptr(), nulls.as_ptr()) };
    Ok(read)
}

/// Appends to `bytes` the third columns, each a `bytea`, of all rows whose primary key, their first two columns, begins with `key`, in
/// the order of that key. Visible is what [`fetch`] sees.
///
/// Errors: 55000 for a table with fewer columns.
pub fn fetch_parts(relation: Oid, key: &str, bytes: &mut Vec<u8>) -> Result<()> {
    unsafe extern "C" fn take(taker: *mut c_void, bytes: *const c_char, length: usize) {
        // SAFETY: the vector that was given, and as many bytes as the shim says.
        unsafe {
            (*taker.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes.cast(), length))
        };
    }
    let key = text::to_server(key)?;
    // SAFETY: a C string; `take` gets the vector and nobody else has it meanwhile; the shim catches errors.
    unsafe { check(raw::pgb_heap_fetch_parts(relation, key.as_ptr(), take, (&raw mut *bytes).cast())) }
}
