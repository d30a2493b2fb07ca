//! The end of a transaction inside a procedure.

use crate::error::{Result, check};
use crate::raw;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    Commit,
    Rollback,
}

/// Ends the transaction and begins a new one. Needs a [`super::Connection`] opened for it.
///
/// Errors: 2D000 when the connection is atomic or a subtransaction is open, in which case nothing has happened; what a
/// commit raises (a deferred constraint), after which the transaction is rolled back and a new one has begun.
pub fn end_transaction(end: TransactionEnd) -> Result<()> {
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_transaction_end(end == TransactionEnd::Commit)) }
}
