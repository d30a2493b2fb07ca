//! Arrays of any number of dimensions.

use std::ffi::{c_char, c_int};

use pgrx::pg_sys::{self, Datum, Oid};
use plts_core::{ArrayValue, Dialect, Dimension, ErrorReport, SqlState, Value};

use super::{Codec, Use, describe};
use crate::error::{Result, check};
use crate::raw;

/// How arrays over one element type are converted.
pub struct ArrayCodec {
    element: Codec,
    element_oid: Oid,
    length: i16,
    by_value: bool,
    align: c_char,
    kind: ArrayKind,
    dialect: Dialect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ArrayKind {
    Usual,
    /// `int2vector` and `oidvector`: one dimension, counted from 0, without NULL.
    Vector,
}

impl ArrayCodec {
    pub fn new(oid: Oid, element: Oid, typmod: i32, purpose: Use) -> Result<Self> {
        let described = describe(element)?;
        Ok(Self {
            element: Codec::new(element, typmod, purpose)?,
            element_oid: element,
            length: described.length,
            by_value: described.by_value,
            align: described.align,
            kind: match oid {
                pg_sys::INT2VECTOROID | pg_sys::OIDVECTOROID => ArrayKind::Vector,
                _ => ArrayKind::Usual,
            },
            dialect: purpose.dialect(),
        })
    }

    pub fn element(&self) -> &Codec {
        &self.element
    }

    /// # Safety
    /// `datum` is an array over the element type and lives as long as `'a` says.
    pub unsafe fn decode<'a>(&self, datum: Datum) -> Result<Value<'a>> {
        let mut array = raw::PgArray {
            dimensions: 0,
            lengths: [0; raw::MOST_DIMENSIONS],
            lowers: [1; raw::MOST_DIMENSIONS],
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
        let count = usize::try_from(array.count).unwrap_or(0);
        let mut elements = Vec::with_capacity(count);
        for index in 0..count {
            // SAFETY: both arrays have `count` entries, and an element that is not null is of the element type.
            elements.push(unsafe {
                if *array.nulls.add(index) {
                    Value::Null
                } else {
                    self.element.decode(*array.values.add(index))?
                }
            });
        }
        let usual = array.dimensions == 1 && array.lowers[0] == self.usual_lower();
        // plv8 knows one dimension.
        if array.dimensions == 0 || usual || self.dialect == Dialect::Plv8 {
            return Ok(Value::Array(elements));
        }
        let dimensions = usize::try_from(array.dimensions).unwrap_or(0);
        let dimensions = array.lengths.iter().zip(array.lowers).take(dimensions);
        let dimensions = dimensions
            .map(|(length, lower)| Dimension { length: u32::try_from(*length).unwrap_or(0), lower })
            .collect();
        ArrayValue::new(dimensions, elements)
            .map(|array| Value::ShapedArray(Box::new(array)))
            .ok_or_else(|| Box::new(ErrorReport::internal("an array does not have the elements it says")))
    }

    fn usual_lower(&self) -> c_int {
        match self.kind {
            ArrayKind::Usual => 1,
            ArrayKind::Vector => 0,
        }
    }

    /// An array of one dimension, or without elements.
    pub fn encode(&self, values: &[Value<'_>]) -> Result<Datum> {
        let length = u32::try_from(values.len()).map_err(|_| too_many())?;
        match length {
            0 => self.make(&[], values),
            _ => self.make(&[Dimension { length, lower: self.usual_lower() }], values),
        }
    }

    /// An array of any number of dimensions.
    ///
    /// Errors: 54000 for more than six.
    pub fn encode_shaped(&self, array: &ArrayValue<'_>) -> Result<Datum> {
        self.make(array.dimensions(), array.elements())
    }

    fn make(&self, dimensions: &[Dimension], values: &[Value<'_>]) -> Result<Datum> {
        let mut datums = Vec::with_capacity(values.len());
        let mut nulls = Vec::with_capacity(values.len());
        for value in values {
            let datum = self.element.encode(value)?;
            nulls.push(datum.is_none());
            datums.push(datum.unwrap_or(Datum::null()));
        }
        if self.kind == ArrayKind::Vector && (dimensions.len() > 1 || nulls.contains(&true)) {
            return Err(Box::new(ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                "an int2vector or oidvector has one dimension and holds no null",
            )));
        }
        if dimensions.len() > raw::MOST_DIMENSIONS {
            return Err(Box::new(ErrorReport::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!(
                    "number of array dimensions ({}) exceeds the maximum allowed ({})",
                    dimensions.len(),
                    raw::MOST_DIMENSIONS
                ),
            )));
        }
        let mut array = raw::PgArray {
            dimensions: c_int::try_from(dimensions.len()).map_err(|_| too_many())?,
            lengths: [0; raw::MOST_DIMENSIONS],
            lowers: [1; raw::MOST_DIMENSIONS],
            count: c_int::try_from(values.len()).map_err(|_| too_many())?,
            values: datums.as_mut_ptr(),
            nulls: nulls.as_mut_ptr(),
        };
        for (index, dimension) in dimensions.iter().enumerate() {
            array.lengths[index] = c_int::try_from(dimension.length).map_err(|_| too_many())?;
            array.lowers[index] = dimension.lower;
        }
        let mut made = Datum::null();
        // SAFETY: both vectors have as many entries as the dimensions say, of the element type; the shim copies them
        // and catches errors.
        unsafe {
            check(raw::pgb_array_make(
                &mut array,
                self.element_oid,
                self.length,
                self.by_value,
                self.align,
                &mut made,
            ))?;
        }
        Ok(made)
    }
}

#[cold]
fn too_many() -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "array has too many elements"))
}
