//! Rows of a relation: read column by column, and changed in some columns while the others stay as they are stored.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;

use pgrx::pg_sys::{Datum, HeapTuple, TupleDesc};
use plts_core::{Dialect, ErrorReport, TypeShape, Value};

use super::{TriggerCall, raw};
use crate::error::{Result, check};
use crate::text;
use crate::typeio::{Codec, Use};

/// A row that PostgreSQL passed to a trigger.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    tuple: HeapTuple,
    descriptor: TupleDesc,
    call: PhantomData<&'a ()>,
}

impl<'a> Row<'a> {
    pub(super) fn new(call: &TriggerCall<'a>, tuple: HeapTuple) -> Option<Self> {
        (!tuple.is_null()).then_some(Self { tuple, descriptor: call.trigger.descriptor, call: PhantomData })
    }
}

/// The columns of a relation as they are in one version of it.
pub struct RowType {
    descriptor: Descriptor,
    columns: Vec<Column>,
    /// All attributes, dropped ones included.
    width: usize,
}

struct Column {
    name: String,
    /// From 1, as `pg_attribute.attnum`.
    number: c_int,
    generated: bool,
    codec: Codec,
}

/// Whether a BEFORE trigger sees the row: the generated columns of what it sees are not computed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    Shown,
    NotComputedYet,
}

/// Room for the columns of most tables.
const USUAL_WIDTH: usize = 32;
/// Room for the changes that most triggers make.
const FEW: usize = 8;

impl RowType {
    /// The columns of the relation that fired.
    ///
    /// Errors: XX000 for a column type that is gone.
    pub fn of(call: &TriggerCall<'_>, dialect: Dialect) -> Result<Self> {
        let descriptor = Descriptor::hold(call.trigger.descriptor)?;
        let mut row = Self { descriptor, columns: Vec::new(), width: 0 };
        // SAFETY: the descriptor is held.
        let width = unsafe { crate::raw::pgb_attribute_count(row.descriptor.0) };
        row.width = usize::try_from(width).unwrap_or(0);
        for index in 0..width {
            let mut column = std::mem::MaybeUninit::<raw::Column>::zeroed();
            // SAFETY: `index` is below the count; the shim fills the record, whose zeroed form is valid; the name is a C
            // string inside the descriptor.
            let (column, name) = unsafe {
                raw::pgb_column(row.descriptor.0, index, column.as_mut_ptr());
                let column = column.assume_init();
                (column, CStr::from_ptr(column.name))
            };
            if column.dropped {
                continue;
            }
            row.columns.push(Column {
                name: text::from_server(name.to_bytes())?.into_owned(),
                number: index + 1,
                generated: column.generated,
                codec: Codec::new(column.type_oid, column.typmod, Use::Statement(dialect))?,
            });
        }
        Ok(row)
    }

    /// Whether the relation that fired still has these columns.
    #[inline]
    pub fn fits(&self, call: &TriggerCall<'_>) -> bool {
        self.descriptor.0 == call.trigger.descriptor
    }

    /// Whether the types of the columns are what they were: a composite type can change while its tables do not.
    ///
    /// Errors: a type is gone.
    pub fn is_current(&self) -> Result<bool> {
        for column in &self.columns {
            if !column.codec.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Name and shape of each column that is not dropped, and whether it is generated.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &TypeShape, bool)> {
        self.columns.iter().map(|column| (column.name.as_str(), column.codec.shape(), column.generated))
    }

    /// The values of a row, one for each column; NULL for one by whose index `wanted` is false.
    ///
    /// Errors: those of unpacking a stored value, naming the column.
    pub fn decode<'a>(
        &self,
        row: Row<'a>,
        generated: Generated,
        wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Value<'a>>> {
        self.require(row)?;
        let mut few = ([Datum::null(); USUAL_WIDTH], [true; USUAL_WIDTH]);
        let mut many = (Vec::new(), Vec::new());
        let (datums, nulls): (&mut [Datum], &mut [bool]) = if self.width <= USUAL_WIDTH {
            (&mut few.0, &mut few.1)
        } else {
            many.0.resize(self.width, Datum::null());
            many.1.resize(self.width, true);
            (&mut many.0, &mut many.1)
        };
        // SAFETY: a tuple of this descriptor, and room for its attributes.
        unsafe {
            crate::raw::pgb_deform(row.tuple, self.descriptor.0, datums.as_mut_ptr(), nulls.as_mut_ptr());
        }
        let mut values = Vec::new();
        values.resize_with(self.columns.len(), || Value::Null);
        for (index, (column, value)) in self.columns.iter().zip(&mut values).enumerate() {
            let at = (column.number - 1) as usize;
            let hidden = column.generated && generated == Generated::NotComputedYet;
            if !(nulls[at] || hidden) && wanted(index) {
                // SAFETY: not NULL, of the column's type, inside the tuple, which lives as long as the call.
                unsafe { column.codec.decode_over(datums[at], value) }
                    .map_err(|report| column.located(report))?;
            }
        }
        Ok(values)
    }

    /// A copy of a row with some columns, by their index in [`Self::columns`], replaced.
    ///
    /// Errors: those of conversion, naming the column.
    pub fn modify(&self, row: Row<'_>, changes: &[(usize, Value<'_>)]) -> Result<Datum> {
        self.require(row)?;
        let mut few = ([0; FEW], [Datum::null(); FEW], [true; FEW]);
        let mut many = (Vec::new(), Vec::new(), Vec::new());
        let count = changes.len();
        let (numbers, datums, nulls): (&mut [c_int], &mut [Datum], &mut [bool]) = if count <= FEW {
            (&mut few.0, &mut few.1, &mut few.2)
        } else {
            many.0.resize(count, 0);
            many.1.resize(count, Datum::null());
            many.2.resize(count, true);
            (&mut many.0, &mut many.1, &mut many.2)
        };
        for (place, (index, value)) in changes.iter().enumerate() {
            let Some(column) = self.columns.get(*index) else {
                return Err(Box::new(ErrorReport::internal("a change names a column that is not there")));
            };
            numbers[place] = column.number;
            if let Some(datum) = column.codec.encode(value).map_err(|report| column.located(report))? {
                datums[place] = datum;
                nulls[place] = false;
            }
        }
        let mut modified = std::ptr::null_mut();
        // SAFETY: a tuple of this descriptor; `count` entries each, with datums of the columns' types; the shim catches
        // errors.
        unsafe {
            check(raw::pgb_tuple_modify(
                row.tuple,
                self.descriptor.0,
                count as c_int,
                numbers.as_mut_ptr(),
                datums.as_mut_ptr(),
                nulls.as_mut_ptr(),
                &mut modified,
            ))?;
        }
        Ok(Datum::from(modified))
    }

    /// Refuses a row of another relation or another version of this one. The address says it: the descriptor is held.
    fn require(&self, row: Row<'_>) -> Result<()> {
        if row.descriptor == self.descriptor.0 {
            Ok(())
        } else {
            Err(Box::new(ErrorReport::internal("a row does not fit the columns it is read by")))
        }
    }
}

impl Column {
    #[cold]
    fn located(&self, mut report: Box<ErrorReport>) -> Box<ErrorReport> {
        let line = format!("column \"{}\" of a trigger's row", self.name);
        report.context = Some(match report.context.take() {
            Some(context) => format!("{line}\n{context}"),
            None => line,
        });
        report.column_name.get_or_insert_with(|| self.name.clone());
        report
    }
}

/// A descriptor that is held: it stays where it is and as it is, so that its address says whether a relation has changed.
struct Descriptor(TupleDesc);

impl Descriptor {
    fn hold(descriptor: TupleDesc) -> Result<Self> {
        // SAFETY: the descriptor of an open relation; there is no error path.
        if unsafe { raw::pgb_descriptor_hold(descriptor) } {
            Ok(Self(descriptor))
        } else {
            Err(Box::new(ErrorReport::internal("the descriptor of a relation is not counted")))
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: held once, released once. Freeing it releases memory and does not raise.
        unsafe { raw::pgb_descriptor_release(self.0) };
    }
}
