//! One row of a table by its text key, read without a plan and without a privilege check.

use pgrx::pg_sys::{Datum, Oid};
use plts_core::Value;

use crate::error::{Result, check};
use crate::spi::RowShape;
use crate::{raw, text};

/// The row whose primary key, its first column of type `text COLLATE "C"`, is `key`; the newest committed version, or
/// this transaction's own.
///
/// Who may read it is for the caller to decide first ([`crate::session::may_select`]).
pub fn fetch(relation: Oid, key: &str) -> Result<Option<Vec<Value<'static>>>> {
    let key = text::to_server(key)?;
    let (mut tuple, mut descriptor) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: a C string; the shim catches errors.
    unsafe { check(raw::pgb_heap_fetch(relation, key.as_ptr(), &mut tuple, &mut descriptor))? };
    if tuple.is_null() {
        return Ok(None);
    }
    let shape = RowShape::new(descriptor)?;
    let mut datums = vec![Datum::null(); shape.names().len()];
    let mut nulls = vec![true; shape.names().len()];
    let mut values = Vec::with_capacity(datums.len());
    // SAFETY: a flat copy of a tuple of that descriptor, both alive in the current memory context; the vectors have as
    // many entries as it has columns.
    unsafe {
        raw::pgb_deform(tuple, descriptor, datums.as_mut_ptr(), nulls.as_mut_ptr());
        shape.decode(&datums, &nulls, &mut values)?;
    }
    let owned = values.into_iter().map(Value::into_owned).collect();
    // SAFETY: both palloc'd by the shim, and what was read of them is owned now.
    unsafe {
        pgrx::pg_sys::heap_freetuple(tuple);
        pgrx::pg_sys::FreeTupleDesc(descriptor);
    }
    Ok(Some(owned))
}
