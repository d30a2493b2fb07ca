//! How long a stretch of work may take. When the time is up the running statement is cancelled, in PostgreSQL and in
//! JavaScript alike, by the flags that `statement_timeout` uses.

use crate::raw;

/// A stretch of work that has begun. An inner stretch can only end sooner than the one around it.
#[must_use]
pub struct Deadline {
    former: Option<i64>,
}

impl Deadline {
    /// The work that begins now may take so many milliseconds, which are more than 0.
    pub fn begin(milliseconds: i32) -> Self {
        // SAFETY: arms a timeout of this backend; with a time in the future it raises nothing. PostgreSQL has fewer than ten
        // others of its kind, and ends the session when there is no room.
        Self { former: Some(unsafe { raw::pgb_deadline_begin(milliseconds) }) }
    }

    /// The work has ended, one way or the other. Gives whether its time was up: then what it asked to be cancelled was
    /// this work and nothing after it.
    pub fn end(mut self) -> bool {
        self.restore()
    }

    fn restore(&mut self) -> bool {
        match self.former.take() {
            // SAFETY: arms or disarms the timeout; `former` came from `pgb_deadline_begin`, and stretches nest.
            Some(former) => unsafe { raw::pgb_deadline_end(former) },
            None => false,
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.restore();
    }
}
