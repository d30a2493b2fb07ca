//! The host of a plain call: a [`CallHost`] that is made when JavaScript first asks for something. Most calls of small
//! functions never do.

use pg_boundary::error::Result;
use pg_boundary::spi::Snapshot;
use plts_core::Dialect;
use plts_js::{Access, CallError, Host, HostError, HostSource};

use super::CallHost;
use super::outcome::settled;

/// The database as one call sees it, not looked at yet.
pub struct LazyHost {
    snapshot: Snapshot,
    nonatomic: bool,
    dialect: Dialect,
    can_catch: bool,
    host: Option<Box<CallHost<'static>>>,
}

impl LazyHost {
    /// A host for a call whose statements see `snapshot`, and whose values are converted for `dialect`.
    #[inline]
    pub fn new(snapshot: Snapshot, nonatomic: bool, dialect: Dialect) -> Self {
        Self { snapshot, nonatomic, dialect, can_catch: true, host: None }
    }

    /// Ends the call, as [`CallHost::finish`] does.
    #[inline]
    pub fn finish<T>(self, outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
        match self.host {
            None => settled(outcome),
            Some(mut host) => host.finish(outcome),
        }
    }
}

#[cold]
fn make(snapshot: Snapshot, nonatomic: bool, dialect: Dialect, can_catch: bool) -> Box<CallHost<'static>> {
    let mut host = Box::new(CallHost::new(snapshot, nonatomic, dialect));
    host.guard_statements(can_catch);
    host
}

impl HostSource for LazyHost {
    #[inline]
    fn begin(&mut self, access: Access, can_catch: bool) -> std::result::Result<(), HostError> {
        self.can_catch = can_catch;
        match access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => self.host().begin(access, can_catch),
        }
    }

    fn host(&mut self) -> &mut dyn Host {
        let (snapshot, nonatomic, dialect) = (self.snapshot, self.nonatomic, self.dialect);
        let can_catch = self.can_catch;
        &mut **self.host.get_or_insert_with(|| make(snapshot, nonatomic, dialect, can_catch))
    }
}
