//! Cursors: a query whose rows are fetched as they are wanted.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_long};

use super::plan::Plan;
use super::rows::{Delivery, Remembered, RowVisitor};
use super::{Guard, Snapshot};
use crate::error::{Result, check};
use crate::raw;
use plts_core::{Dialect, Value};

/// A portal, known by its name, which PostgreSQL never gives to a second one. It is pinned: SQL cannot close it, and a
/// commit holds it. One that a rollback took along gives 34000.
pub struct Cursor {
    name: CString,
    row_shape: Remembered,
    dialect: Dialect,
}

/// How far to go, in rows; backwards when negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance(pub i64);

impl Distance {
    /// As far as there are rows.
    pub const ALL: Self = Self(c_long::MAX);
}

impl Cursor {
    /// Opens a cursor over a plan that was prepared for one. Parameters are made in the current memory context. Needs an
    /// open [`super::Connection`].
    ///
    /// Errors: as [`Plan::execute`]; 42P11 for a statement that gives no rows.
    pub fn open(plan: &Plan, params: &[Value<'_>], snapshot: Snapshot, guard: Guard) -> Result<Self> {
        let mut bound = plan.bind(params, guard)?;
        let (values, nulls) = bound.parts();
        let mut name = std::ptr::null_mut();
        // SAFETY: a live plan with its parameters, which the portal copies; the shim catches errors and gives a palloc'd
        // C string.
        let name = unsafe {
            check(raw::pgb_cursor_open(
                plan.as_ptr(),
                values.as_mut_ptr(),
                nulls.as_ptr(),
                super::execution(snapshot, guard),
                &mut name,
            ))?;
            let owned = CStr::from_ptr(name).to_owned();
            pgrx::pg_sys::pfree(name.cast());
            owned
        };
        Ok(Self { name, row_shape: RefCell::new(None), dialect: plan.dialect() })
    }

    /// Gives the next rows to `visitor`, and their number.
    ///
    /// Errors: 34000 when the cursor is gone, 55000 going backwards without scroll, and the query's.
    pub fn fetch(&self, distance: Distance, guard: Guard, visitor: &mut dyn RowVisitor) -> Result<u64> {
        let mut delivery = Delivery::new(visitor, &self.row_shape, self.dialect);
        let sink = delivery.sink();
        let outcome = self.run(distance, guard, &sink);
        let mut moved = 0;
        delivery.finish(outcome.map(|rows| moved = rows))?;
        Ok(moved)
    }

    /// Goes past rows without giving them, and tells how many there were.
    ///
    /// Errors: as [`Self::fetch`].
    pub fn advance(&self, distance: Distance, guard: Guard) -> Result<u64> {
        self.run(distance, guard, std::ptr::null())
    }

    fn run(&self, distance: Distance, guard: Guard, sink: *const raw::RowSink) -> Result<u64> {
        let mut moved = 0;
        // SAFETY: a C string; the sink is null or lives to the end of the call; the shim catches errors.
        unsafe {
            check(raw::pgb_cursor_fetch(
                self.name.as_ptr(),
                distance.0,
                guard == Guard::Subtransaction,
                sink,
                &mut moved,
            ))?;
        }
        Ok(moved)
    }

    /// Closes it; one that is gone is closed.
    pub fn close(self) -> Result<()> {
        // SAFETY: a C string; the shim catches errors.
        unsafe { check(raw::pgb_cursor_close(self.name.as_ptr())) }
    }
}
