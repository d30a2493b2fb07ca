//! The columns of a result: their names, and how their values are converted.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;

use pgrx::pg_sys::{Datum, Oid, TupleDesc};
use plts_core::{Dialect, Value};

use crate::error::Result;
use crate::typeio::{Codec, Use};
use crate::{raw, text};

/// The names of columns, in order. Results of one shape share one list.
pub type ColumnNames = Rc<[Box<str>]>;

/// The columns of a result.
pub struct RowShape {
    names: ColumnNames,
    types: Vec<(Oid, i32)>,
    codecs: Vec<Codec>,
    /// Room for the values of a few rows, used again and again.
    spare: Cell<Vec<Value<'static>>>,
}

/// Room for more values is not kept.
const VALUES_KEPT: usize = 64;

/// An empty list in the memory of another: what was in it is gone, and its lifetime with it.
fn emptied<'a>(mut values: Vec<Value<'_>>) -> Vec<Value<'a>> {
    values.drain(..).for_each(Value::release);
    values.into_iter().map(|_| Value::Null).collect()
}

impl RowShape {
    pub(crate) fn new(descriptor: TupleDesc, dialect: Dialect) -> Result<Self> {
        let (mut names, mut types, mut codecs) = (Vec::new(), Vec::new(), Vec::new());
        for (name, oid, typmod) in attributes(descriptor) {
            names.push(Box::<str>::from(text::from_server(name)?));
            types.push((oid, typmod));
            codecs.push(Codec::new(oid, typmod, Use::Statement(dialect))?);
        }
        Ok(Self { names: names.into(), types, codecs, spare: Cell::default() })
    }

    /// The shape of a descriptor: the one that is remembered, if it fits.
    pub(crate) fn recall(
        descriptor: TupleDesc,
        dialect: Dialect,
        remembered: Option<&RefCell<Option<Rc<Self>>>>,
    ) -> Result<Rc<Self>> {
        let Some(remembered) = remembered else { return Self::new(descriptor, dialect).map(Rc::new) };
        if let Some(known) = &*remembered.borrow()
            && known.describes(descriptor)?
        {
            return Ok(Rc::clone(known));
        }
        let shape = Rc::new(Self::new(descriptor, dialect)?);
        *remembered.borrow_mut() = Some(Rc::clone(&shape));
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

    pub fn names(&self) -> &ColumnNames {
        &self.names
    }

    pub(crate) fn width(&self) -> usize {
        self.codecs.len()
    }

    /// An empty list for values.
    pub(crate) fn take_room<'a>(&self) -> Vec<Value<'a>> {
        emptied(self.spare.take())
    }

    /// Gives a list back.
    pub(crate) fn give_back(&self, values: Vec<Value<'_>>) {
        let values = emptied(values);
        if values.capacity() <= VALUES_KEPT {
            self.spare.set(values);
        }
    }

    /// The values of rows that lie one after the other.
    ///
    /// # Safety
    /// The datums are of rows of this shape, and live as long as `'a` says.
    pub(crate) unsafe fn decode<'a>(
        &self,
        datums: &[Datum],
        nulls: &[bool],
        values: &mut Vec<Value<'a>>,
    ) -> Result<()> {
        let first = values.len();
        values.resize_with(first + datums.len(), || Value::Null);
        let places = values[first..].chunks_exact_mut(self.width());
        let rows = datums.chunks_exact(self.width()).zip(nulls.chunks_exact(self.width()));
        for (places, (datums, nulls)) in places.zip(rows) {
            for (((place, codec), datum), null) in places.iter_mut().zip(&self.codecs).zip(datums).zip(nulls)
            {
                if !*null {
                    // SAFETY: the caller's promise.
                    unsafe { codec.decode_over(*datum, place)? };
                }
            }
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
