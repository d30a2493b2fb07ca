//! Arrays of one dimension.

use std::ffi::{c_char, c_int};

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{ErrorReport, SqlState, Value};

use super::{Codec, Use, describe};
use crate::error::{Result, check};
use crate::{function, raw};

/// How arrays over one element type are converted.
pub struct ArrayCodec {
    element: Codec,
    element_oid: Oid,
    length: i16,
    by_value: bool,
    align: c_char,
}

impl ArrayCodec {
    pub fn new(element: Oid, typmod: i32, purpose: Use) -> Result<Self> {
        let described = describe(element)?;
        Ok(Self {
            element: Codec::new(element, typmod, purpose)?,
            element_oid: element,
            length: described.length,
            by_value: described.by_value,
            align: described.align,
        })
    }

    pub fn element(&self) -> &Codec {
        &self.element
    }

    /// # Safety
    /// `datum` is an array over the element type and lives as long as `'a` says.
    pub unsafe fn decode<'a>(&self, datum: Datum) -> Result<Vec<Value<'a>>> {
        let mut array = raw::PgArray {
            dimensions: 0,
            count: 0,
            values: std::ptr::null_mut(),
            nulls: std::ptr::null_mut(),
        };
        // SAFETY: the caller's promise; the layout is the element type's own; the shim catches errors.
        unsafe {
            check(raw::pgb_array_open(
                datum,
                self.element_oid,
                self.length,
                self.by_value,
                self.align,
                &mut array,
            ))?;
        }
        if array.dimensions > 1 {
            return Err(function::unsupported(format!(
                "arrays of {} dimensions are not supported yet",
                array.dimensions
            )));
        }
        let count = usize::try_from(array.count).unwrap_or(0);
        (0..count)
            // SAFETY: both arrays have `count` entries, and an element that is not null is of the element type.
            .map(|index| unsafe {
                if *array.nulls.add(index) {
                    Ok(Value::Null)
                } else {
                    self.element.decode(*array.values.add(index))
                }
            })
            .collect()
    }

    pub fn encode(&self, values: &[Value<'_>]) -> Result<Datum> {
        let count = c_int::try_from(values.len()).map_err(|_| {
            Box::new(ErrorReport::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "array has too many elements"))
        })?;
        let mut datums = Vec::with_capacity(values.len());
        let mut nulls = Vec::with_capacity(values.len());
        for value in values {
            let datum = self.element.encode(value)?;
            nulls.push(datum.is_none());
            datums.push(datum.unwrap_or(Datum::null()));
        }
        let mut array = Datum::null();
        // SAFETY: both vectors have `count` entries of the element type; the shim copies them and catches errors.
        unsafe {
            check(raw::pgb_array_make(
                datums.as_mut_ptr(),
                nulls.as_mut_ptr(),
                count,
                self.element_oid,
                self.length,
                self.by_value,
                self.align,
                &mut array,
            ))?;
        }
        Ok(array)
    }
}
