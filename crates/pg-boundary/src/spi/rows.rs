//! Rows of a statement on their way to whoever takes them: in batches, while the statement runs.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use pgrx::pg_sys::{self, Datum, SPITupleTable, TupleDesc};
use plts_core::{Dialect, ErrorReport, Value};

use super::shape::{ColumnNames, RowShape};
use crate::entry::report_of_panic;
use crate::error::Result;
use crate::raw;

/// Takes the rows of a statement. An error makes the statement fail.
pub trait RowVisitor {
    /// The columns, before the first row. Not called for a statement that returns no rows.
    fn columns(&mut self, names: &ColumnNames) -> Result<()>;

    /// The values of `count` rows, one row after the other.
    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<()>;
}

/// What a plan or a cursor knows of its rows from before.
pub(super) type Remembered = RefCell<Option<Rc<RowShape>>>;

/// Stands between a running query and a visitor. Nothing of it unwinds into C.
pub(super) struct Delivery<'v> {
    visitor: &'v mut dyn RowVisitor,
    remembered: &'v Remembered,
    dialect: Dialect,
    shape: Option<Rc<RowShape>>,
    failure: Option<Box<ErrorReport>>,
}

impl<'v> Delivery<'v> {
    pub(super) fn new(visitor: &'v mut dyn RowVisitor, remembered: &'v Remembered, dialect: Dialect) -> Self {
        Self { visitor, remembered, dialect, shape: None, failure: None }
    }

    /// What the shim calls. It is used up before `self` moves.
    pub(super) fn sink(&mut self) -> raw::RowSink {
        raw::RowSink { state: std::ptr::from_mut(self).cast::<c_void>(), columns, rows }
    }

    /// The outcome of the statement: what the visitor or the conversion refused comes first, since the shim only passed
    /// it on.
    pub(super) fn finish(self, outcome: Result<()>) -> Result<()> {
        match self.failure {
            Some(failure) => Err(failure),
            None => outcome,
        }
    }

    fn guard(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> bool {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self)));
        let failure = match outcome {
            Ok(Ok(())) => return true,
            Ok(Err(report)) => report,
            Err(panic) => Box::new(report_of_panic(panic)),
        };
        self.failure.get_or_insert(failure);
        false
    }

    fn columns(&mut self, descriptor: TupleDesc) -> Result<()> {
        let shape = RowShape::recall(descriptor, self.dialect, Some(self.remembered))?;
        self.visitor.columns(shape.names())?;
        self.shape = Some(shape);
        Ok(())
    }

    /// # Safety
    /// `values` and `nulls` hold `count` rows of the shape.
    unsafe fn rows(&mut self, values: *const Datum, nulls: *const bool, count: usize) -> Result<()> {
        let Some(shape) = &self.shape else {
            return Err(Box::new(ErrorReport::internal("a row came before its columns")));
        };
        let cells = shape.width() * count;
        let mut decoded = shape.take_room();
        if cells > 0 {
            // SAFETY: the caller's promise; the values live until this returns.
            unsafe {
                let values = std::slice::from_raw_parts(values, cells);
                let nulls = std::slice::from_raw_parts(nulls, cells);
                shape.decode(values, nulls, &mut decoded)?;
            }
        }
        let outcome = self.visitor.rows(&decoded, count);
        shape.give_back(decoded);
        outcome
    }
}

unsafe extern "C" fn columns(state: *mut c_void, descriptor: TupleDesc) -> bool {
    // SAFETY: `state` is the delivery that made the sink, alive while the statement runs and not otherwise in use.
    let delivery = unsafe { &mut *state.cast::<Delivery<'_>>() };
    delivery.guard(|delivery| delivery.columns(descriptor))
}

unsafe extern "C" fn rows(state: *mut c_void, values: *mut Datum, nulls: *mut bool, count: c_int) -> bool {
    // SAFETY: as in `columns`.
    let delivery = unsafe { &mut *state.cast::<Delivery<'_>>() };
    // SAFETY: the shim gives as many rows as it says.
    delivery.guard(|delivery| unsafe { delivery.rows(values, nulls, usize::try_from(count).unwrap_or(0)) })
}

/// How many rows of a table are converted at once.
const BATCH: usize = 64;

/// What SPI gathered of a text of several statements. Freed on drop.
pub(super) struct Table {
    tuples: *mut SPITupleTable,
}

impl Table {
    /// # Safety
    /// `tuples` is null or a table of SPI's, of the open connection, that nobody else frees.
    pub(super) unsafe fn new(tuples: *mut SPITupleTable) -> Self {
        Self { tuples }
    }

    /// Gives the rows, if there are any to give, to `visitor`.
    pub(super) fn deliver(&self, visitor: &mut dyn RowVisitor, dialect: Dialect) -> Result<()> {
        // SAFETY: null or a live table.
        let Some(table) = (unsafe { self.tuples.as_ref() }) else { return Ok(()) };
        let shape = RowShape::recall(table.tupdesc, dialect, None)?;
        visitor.columns(shape.names())?;
        let width = shape.width();
        let total = usize::try_from(table.numvals).unwrap_or(0);
        let mut datums = vec![Datum::null(); width * BATCH];
        let mut nulls = vec![true; width * BATCH];
        for first in (0..total).step_by(BATCH) {
            let count = BATCH.min(total - first);
            for index in 0..count {
                // SAFETY: the table has `total` tuples of its descriptor; the vectors have room for a batch of them.
                unsafe {
                    raw::pgb_deform(
                        *table.vals.add(first + index),
                        table.tupdesc,
                        datums.as_mut_ptr().add(index * width),
                        nulls.as_mut_ptr().add(index * width),
                    );
                }
            }
            let mut values = Vec::with_capacity(width * count);
            if width > 0 {
                // SAFETY: filled just now from tuples that live as long as the table.
                unsafe { shape.decode(&datums[..width * count], &nulls[..width * count], &mut values)? };
            }
            visitor.rows(&values, count)?;
        }
        Ok(())
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        if !self.tuples.is_null() {
            // SAFETY: SPI's table of the connection that is still open, freed once. It warns, never raises.
            unsafe { pg_sys::SPI_freetuptable(self.tuples) };
        }
    }
}
