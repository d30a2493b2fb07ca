//! The cursors that a call has open, by numbers that no other call uses.

use std::cell::Cell;

use pg_boundary::error::Result;
use pg_boundary::spi::Cursor;
use plts_core::{ErrorReport, SqlState};
use plts_js::CursorId;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// The open cursors of one call.
#[derive(Default)]
pub struct Cursors(Vec<(CursorId, Cursor)>);

impl Cursors {
    pub fn add(&mut self, cursor: Cursor) -> CursorId {
        let id = CursorId(NEXT.get());
        NEXT.set(id.0.wrapping_add(1));
        self.0.push((id, cursor));
        id
    }

    /// Errors: 34000 when it was closed, or belongs to a call that is over.
    pub fn get(&self, id: CursorId) -> Result<&Cursor> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, cursor)| cursor).ok_or_else(|| {
            Box::new(ErrorReport::new(SqlState::INVALID_CURSOR_NAME, "the cursor is not open").with_hint(
                "A cursor is closed when its rows have been gone through, and when its call ends.",
            ))
        })
    }

    /// The cursor, taken out; `None` when it is closed already.
    pub fn take(&mut self, id: CursorId) -> Option<Cursor> {
        let index = self.0.iter().position(|(known, _)| *known == id)?;
        Some(self.0.swap_remove(index).1)
    }

    /// Closes all of them. It goes on after an error; the first one is the result.
    pub fn close_all(&mut self) -> Result<()> {
        let mut first = Ok(());
        for (_, cursor) in self.0.drain(..) {
            let closed = cursor.close();
            if first.is_ok() {
                first = closed;
            }
        }
        first
    }

    /// Leaves them to the abort that must follow.
    pub fn abandon(&mut self) {
        self.0.clear();
    }
}
