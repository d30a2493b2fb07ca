//! The window of a window function (`windowapi.h`).

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use pgrx::pg_sys::Datum;
use plts_core::{ErrorReport, SqlState, Value};

use crate::call::Call;
use crate::error::{Result, check};
use crate::raw;
use crate::typeio::Signature;

/// The window of a call, and how the function's arguments are converted.
#[derive(Clone, Copy)]
pub struct Window<'c> {
    call: &'c Call,
    signature: &'c Signature,
}

/// Where an offset counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    Current,
    Head,
    Tail,
}

/// Which rows an argument is fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Partition,
    Frame,
}

impl<'c> Window<'c> {
    /// The window in which `call` was made.
    ///
    /// Errors: XX000 when it was made without one, or is of another function than the signature.
    pub fn of(call: &'c Call, signature: &'c Signature) -> Result<Self> {
        signature.of(call)?;
        // SAFETY: the record of a call in progress.
        if unsafe { raw::pgb_is_window_call(call.record()) } {
            Ok(Self { call, signature })
        } else {
            Err(Box::new(ErrorReport::internal("a window function was called without a window")))
        }
    }

    /// The current row's number within the partition, from 0.
    pub fn position(&self) -> Result<i64> {
        let mut position = 0;
        // SAFETY: `of` has seen that this is a window call; the shim catches errors. So for each function below.
        unsafe { check(raw::pgb_window_position(self.call.record(), &mut position))? };
        Ok(position)
    }

    /// How many rows the partition has. All of them are read for it.
    pub fn row_count(&self) -> Result<i64> {
        let mut count = 0;
        // SAFETY: as in `position`.
        unsafe { check(raw::pgb_window_row_count(self.call.record(), &mut count))? };
        Ok(count)
    }

    /// Promises that rows before `position` are not asked for any more.
    pub fn set_mark(&self, position: i64) -> Result<()> {
        // SAFETY: as in `position`.
        unsafe { check(raw::pgb_window_set_mark(self.call.record(), position)) }
    }

    /// Whether two rows are equal for the window's `ORDER BY`.
    pub fn are_peers(&self, first: i64, second: i64) -> Result<bool> {
        let mut peers = false;
        // SAFETY: as in `position`.
        unsafe { check(raw::pgb_window_peers(self.call.record(), first, second, &mut peers))? };
        Ok(peers)
    }

    /// An argument for the current row.
    pub fn current_argument(&self, index: usize) -> Result<Value<'static>> {
        let number = self.check_argument(index)?;
        let mut found = empty();
        // SAFETY: as in `position`, and the function has such an argument.
        unsafe { check(raw::pgb_window_argument_current(self.call.record(), number, &mut found))? };
        // SAFETY: a value of that argument's type, in memory that lives as long as the row is the current one.
        unsafe { self.decode(index, &found) }
    }

    /// An argument for another row; `None` when there is no such row.
    pub fn argument(
        &self,
        extent: Extent,
        index: usize,
        offset: i32,
        seek: Seek,
        set_mark: bool,
    ) -> Result<Option<Value<'static>>> {
        let number = self.check_argument(index)?;
        let seek = match seek {
            Seek::Current => 0,
            Seek::Head => 1,
            Seek::Tail => 2,
        };
        let in_frame = extent == Extent::Frame;
        let mut found = empty();
        // SAFETY: as in `current_argument`.
        unsafe {
            check(raw::pgb_window_argument(
                self.call.record(),
                in_frame,
                number,
                offset,
                seek,
                set_mark,
                &mut found,
            ))?;
            if found.is_out { Ok(None) } else { self.decode(index, &found).map(Some) }
        }
    }

    /// The number that stands for what is kept of the partition; `None` when nothing is.
    pub fn state(&self) -> Result<Option<u64>> {
        let state = self.state_or(0)?;
        Ok((state != 0).then_some(state))
    }

    /// As [`Self::state`], with a number never used before when there was none. The function given to
    /// [`on_state_freed`] hears of it when the partition ends.
    pub fn make_state(&self) -> Result<u64> {
        let fresh = NEXT_STATE.get();
        let state = self.state_or(fresh)?;
        if state == fresh {
            NEXT_STATE.set(fresh + 1);
        }
        Ok(state)
    }

    fn state_or(&self, fresh: u64) -> Result<u64> {
        let mut state = 0;
        // SAFETY: as in `position`; the callback is a plain function.
        unsafe { check(raw::pgb_window_state(self.call.record(), fresh, state_freed, &mut state))? };
        Ok(state)
    }

    fn check_argument(&self, index: usize) -> Result<c_int> {
        let count = self.signature.arguments().len();
        match c_int::try_from(index) {
            Ok(number) if index < count => Ok(number),
            _ => Err(Box::new(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("the window function has no argument {index}"),
            ))),
        }
    }

    /// # Safety
    /// `found` is a value of the argument of that index.
    unsafe fn decode(&self, index: usize, found: &raw::WindowValue) -> Result<Value<'static>> {
        if found.is_null {
            return Ok(Value::Null);
        }
        // SAFETY: the caller's promise; the value is copied before another row is looked at.
        Ok(unsafe { self.signature.arguments()[index].decode(found.value)? }.into_owned())
    }
}

fn empty() -> raw::WindowValue {
    raw::WindowValue { value: Datum::null(), is_null: true, is_out: true }
}

thread_local! {
    static NEXT_STATE: Cell<u64> = const { Cell::new(1) };
    static FREED: Cell<Option<fn(u64)>> = const { Cell::new(None) };
}

/// Says who hears that the state of a partition is gone. It is called while memory is being freed, also after an error:
/// it must not call PostgreSQL.
pub fn on_state_freed(heard: fn(u64)) {
    FREED.set(Some(heard));
}

/// Called by PostgreSQL when the memory of a partition goes.
unsafe extern "C-unwind" fn state_freed(state: *mut c_void) {
    // SAFETY: the shim registers this with the address of the number, which lives in the memory that is going.
    let state = unsafe { *state.cast::<u64>() };
    if let Some(heard) = FREED.get() {
        // A panic must not unwind into PostgreSQL; the state is then kept, which loses nothing but memory.
        let _ = std::panic::catch_unwind(|| heard(state));
    }
}
