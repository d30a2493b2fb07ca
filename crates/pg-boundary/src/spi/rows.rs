//! Rows of a statement, converted one at a time.

use std::cell::RefCell;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::rc::Rc;

use pgrx::pg_sys::{self, Datum, Oid, SPITupleTable, TupleDesc};
use plts_core::Value;

use crate::error::Result;
use crate::typeio::{Codec, Use};
use crate::{raw, text};

/// The columns of a result: their names, and how their values are converted.
pub struct RowShape {
    names: Vec<String>,
    types: Vec<(Oid, i32)>,
    codecs: Vec<Codec>,
}

impl RowShape {
    pub(crate) fn new(descriptor: TupleDesc) -> Result<Self> {
        let mut shape = Self { names: Vec::new(), types: Vec::new(), codecs: Vec::new() };
        for (name, oid, typmod) in attributes(descriptor) {
            shape.names.push(text::from_server(name)?.into_owned());
            shape.types.push((oid, typmod));
            shape.codecs.push(Codec::new(oid, typmod, Use::Statement)?);
        }
        Ok(shape)
    }

    fn fits(&self, descriptor: TupleDesc) -> bool {
        let mut count = 0;
        attributes(descriptor).enumerate().all(|(index, (name, oid, typmod))| {
            count = index + 1;
            self.types.get(index) == Some(&(oid, typmod)) && self.names[index].as_bytes() == name
        }) && count == self.types.len()
    }

    /// Whether it is the shape of such rows, and the types of its columns are what they were.
    fn describes(&self, descriptor: TupleDesc) -> Result<bool> {
        if !self.fits(descriptor) {
            return Ok(false);
        }
        for codec in &self.codecs {
            if !codec.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of a row.
    ///
    /// # Safety
    /// The datums are of a tuple of this shape, which lives as long as `'a` says.
    pub(crate) unsafe fn decode<'a>(
        &self,
        datums: &[Datum],
        nulls: &[bool],
        values: &mut Vec<Value<'a>>,
    ) -> Result<()> {
        for ((codec, datum), null) in self.codecs.iter().zip(datums).zip(nulls) {
            // SAFETY: the caller's promise.
            values.push(if *null { Value::Null } else { unsafe { codec.decode(*datum)? } });
        }
        Ok(())
    }
}

/// Name, type and type modifier of each column.
fn attributes<'a>(descriptor: TupleDesc) -> impl Iterator<Item = (&'a [u8], Oid, i32)> {
    // SAFETY: the descriptor is live while its result is; names are C strings inside it.
    let count = unsafe { raw::pgb_attribute_count(descriptor) };
    (0..count).map(move |index| {
        let (mut name, mut oid, mut typmod) = (std::ptr::null(), Oid::INVALID, -1);
        // SAFETY: as above, and `index` is below the count.
        unsafe {
            raw::pgb_attribute(descriptor, index, &mut name, &mut oid, &mut typmod);
            (CStr::from_ptr(name).to_bytes(), oid, typmod)
        }
    })
}

/// What a statement gave. The rows are freed on drop.
pub struct Rows<'p> {
    processed: u64,
    tuples: *mut SPITupleTable,
    shape: Option<Rc<RowShape>>,
    _plan: PhantomData<&'p ()>,
}

impl<'p> Rows<'p> {
    pub(super) fn new(
        result: raw::SpiResult,
        remembered: Option<&'p RefCell<Option<Rc<RowShape>>>>,
    ) -> Result<Self> {
        let mut rows =
            Self { processed: result.processed, tuples: result.tuples, shape: None, _plan: PhantomData };
        if !result.tuples.is_null() {
            // SAFETY: SPI gave this table and it is ours until it is freed.
            let descriptor = unsafe { (*result.tuples).tupdesc };
            let known = remembered.and_then(|cell| cell.borrow().clone());
            let shape = match known {
                Some(shape) if shape.describes(descriptor)? => shape,
                _ => Rc::new(RowShape::new(descriptor)?),
            };
            if let Some(cell) = remembered {
                *cell.borrow_mut() = Some(Rc::clone(&shape));
            }
            rows.shape = Some(shape);
        }
        Ok(rows)
    }

    /// Rows the statement read or changed, as its command tag says.
    pub fn processed(&self) -> u64 {
        self.processed
    }

    /// Rows it returned.
    pub fn len(&self) -> usize {
        if self.tuples.is_null() {
            return 0;
        }
        // SAFETY: SPI's table, live until we free it.
        usize::try_from(unsafe { (*self.tuples).numvals }).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns; `None` for a statement that returns no rows.
    pub fn shape(&self) -> Option<&RowShape> {
        self.shape.as_deref()
    }

    /// Gives each row's values to `visit`, in order.
    pub fn for_each<'a>(&'a self, mut visit: impl FnMut(&[Value<'a>]) -> Result<()>) -> Result<()> {
        let Some(shape) = self.shape.as_deref() else { return Ok(()) };
        let width = shape.names.len();
        let mut datums = vec![Datum::null(); width];
        let mut nulls = vec![true; width];
        let mut values = Vec::with_capacity(width);
        for index in 0..self.len() {
            // SAFETY: the table has `len` tuples of its descriptor, and the vectors its number of columns.
            unsafe {
                let tuple = *(*self.tuples).vals.add(index);
                raw::pgb_deform(tuple, (*self.tuples).tupdesc, datums.as_mut_ptr(), nulls.as_mut_ptr());
                shape.decode(&datums, &nulls, &mut values)?;
            }
            visit(&values)?;
            values.clear();
        }
        Ok(())
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        if !self.tuples.is_null() {
            // SAFETY: SPI's table of the connection that is still open, freed once. It warns, never raises.
            unsafe { pg_sys::SPI_freetuptable(self.tuples) };
        }
    }
}
