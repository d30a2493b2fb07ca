//! Sets: rows put into a tuplestore one at a time, which PostgreSQL keeps within `work_mem` and then on disk.

use pgrx::pg_sys::Datum;
use plts_core::Value;

use crate::call::Call;
use crate::error::{Result, check};
use crate::memory::Current;
use crate::raw;
use crate::typeio::Codec;

/// A set that a call is filling. Left unfinished, it goes with the query's memory.
pub struct Set<'c> {
    call: &'c Call,
    set: raw::Set,
    rows: Rows<'c>,
}

/// How a value becomes a row.
pub enum Rows<'c> {
    /// A row of one column.
    Scalar(&'c Codec),
    /// The value is a composite datum already: a domain over a composite type, checked.
    Domain(&'c Codec),
}

impl<'c> Set<'c> {
    /// Begins a set in the place where the caller takes one.
    ///
    /// Errors: 0A000 where it takes none.
    pub fn begin(call: &'c Call) -> Result<Begun<'c>> {
        let mut set = raw::Set {
            store: std::ptr::null_mut(),
            descriptor: std::ptr::null_mut(),
            row: std::ptr::null_mut(),
        };
        // SAFETY: the record of a call in progress; the shim catches errors.
        unsafe { check(raw::pgb_set_begin(call.record(), &mut set))? };
        Ok(Begun { call, set })
    }

    /// Adds a row.
    ///
    /// Errors: those of the conversion; 57014 when the query was cancelled.
    #[inline]
    pub fn put(&mut self, value: &Value<'_>) -> Result<()> {
        let datum = {
            // SAFETY: the context was made by `begin` and is deleted by `finish` only.
            let _in_row = unsafe { Current::switch(self.set.row) };
            match self.rows {
                Rows::Scalar(codec) | Rows::Domain(codec) => codec.encode(value)?,
            }
        };
        let (mut datum, mut is_null) = (datum.unwrap_or(Datum::null()), datum.is_none());
        // SAFETY: one value for the one column of the descriptor, or a datum of its composite type; the shim copies
        // it, frees the row's memory and catches errors.
        unsafe {
            check(match (&self.rows, is_null) {
                (Rows::Domain(_), false) => raw::pgb_set_put_composite(&mut self.set, datum),
                _ => raw::pgb_set_put(&mut self.set, &mut datum, &mut is_null),
            })
        }
    }

    /// Hands the set to the caller, and gives what the call returns.
    pub fn finish(mut self) -> Datum {
        // SAFETY: the record of the call that began the set; nothing of the row's memory is in use.
        unsafe { raw::pgb_set_end(self.call.record(), &mut self.set) };
        Datum::null()
    }
}

/// A set whose rows have no type yet.
pub struct Begun<'c> {
    call: &'c Call,
    set: raw::Set,
}

impl<'c> Begun<'c> {
    /// Says what the rows are.
    ///
    /// Errors: XX000 when the caller expects other columns.
    pub fn of(mut self, rows: Rows<'c>) -> Result<Set<'c>> {
        let descriptor = std::ptr::null_mut();
        // SAFETY: the call's record, and no descriptor, which stands for what the query expects.
        unsafe { check(raw::pgb_set_describe(self.call.record(), descriptor, &mut self.set))? };
        Ok(Set { call: self.call, set: self.set, rows })
    }
}
