//! Sets: rows put into a tuplestore one at a time, which PostgreSQL keeps within `work_mem` and then on disk.

use pgrx::pg_sys::Datum;
use plts_core::{ErrorReport, Value};

use crate::call::Call;
use crate::error::{Result, check};
use crate::memory::Current;
use crate::raw;
use crate::typeio::Codec;

/// A set that a call is filling. Left unfinished, it goes with the query's memory.
pub struct Set<'c> {
    call: &'c Call,
    set: raw::Set,
    codec: &'c Codec,
    kind: Kind,
    /// One for each column.
    datums: Vec<Datum>,
    nulls: Vec<bool>,
}

/// How a value becomes a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is the only column.
    Column,
    /// It has the columns.
    Row,
    /// Its datum is a row: a domain over a composite type.
    Datum,
}

impl<'c> Set<'c> {
    /// Begins a set in the place where the caller takes one. `codec` converts its values: rows, or what a row of one
    /// column holds.
    ///
    /// Errors: 0A000 where no set is taken.
    pub fn begin(call: &'c Call, codec: &'c Codec) -> Result<Self> {
        let mut set = raw::Set {
            store: std::ptr::null_mut(),
            descriptor: std::ptr::null_mut(),
            row: std::ptr::null_mut(),
        };
        let kind = match codec.row() {
            Some(_) => Kind::Row,
            None if codec.is_domain_over_row() => Kind::Datum,
            None => Kind::Column,
        };
        let descriptor = codec.row().map_or(std::ptr::null_mut(), |row| row.descriptor());
        // SAFETY: the record of a call in progress, and a descriptor that the codec keeps alive, or none, which stands
        // for what the query expects; the shim copies it and catches errors.
        let width = unsafe {
            check(raw::pgb_set_begin(call.record(), descriptor, &mut set))?;
            raw::pgb_attribute_count(set.descriptor)
        };
        let width = usize::try_from(width).unwrap_or(0);
        if kind == Kind::Column && width != 1 {
            return Err(Box::new(ErrorReport::internal(format!("a set of one column has {width}"))));
        }
        Ok(Self { call, set, codec, kind, datums: vec![Datum::null(); width], nulls: vec![true; width] })
    }

    /// Adds a row. NULL as a row of several columns is a row of NULLs.
    ///
    /// Errors: those of the conversion; 57014 when the query was cancelled.
    #[inline]
    pub fn put(&mut self, value: &Value<'_>) -> Result<()> {
        {
            // SAFETY: the context was made by `begin` and is deleted by `finish` only.
            let _in_row = unsafe { Current::switch(self.set.row) };
            match (self.kind, value) {
                (Kind::Column, value) => {
                    let datum = self.codec.encode(value)?;
                    self.nulls[0] = datum.is_none();
                    self.datums[0] = datum.unwrap_or(Datum::null());
                }
                (Kind::Row, Value::Composite(row)) => {
                    let Some(codec) = self.codec.row() else {
                        return Err(Box::new(ErrorReport::internal("a row has no columns")));
                    };
                    codec.encode(row, &mut self.datums, &mut self.nulls)?;
                }
                (Kind::Datum, value) => {
                    if let Some(row) = self.codec.encode(value)? {
                        // SAFETY: a composite datum of the type whose descriptor the query expects.
                        return unsafe { check(raw::pgb_set_put_composite(&mut self.set, row)) };
                    }
                    self.nulls.fill(true);
                }
                (Kind::Row, _) => self.nulls.fill(true),
            }
        }
        // SAFETY: a value for each column of the descriptor; the shim copies them, frees the row's memory and catches
        // errors.
        unsafe { check(raw::pgb_set_put(&mut self.set, self.datums.as_mut_ptr(), self.nulls.as_mut_ptr())) }
    }

    /// Hands the set to the caller, and gives what the call returns.
    pub fn finish(mut self) -> Datum {
        // SAFETY: the record of the call that began the set; nothing of the row's memory is in use.
        unsafe { raw::pgb_set_end(self.call.record(), &mut self.set) };
        Datum::null()
    }
}
