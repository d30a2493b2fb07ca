//! What annotations ask of the calls of a deployed function: to end in time, and to say that it is deprecated.

use std::cell::Cell;

use pg_boundary::error::Result;
use pg_boundary::session::{self, MessageLevel};

use crate::limits;

/// Of one version of a function, in one session.
pub struct Conduct {
    /// Milliseconds.
    timeout: Option<i32>,
    deprecated: Option<String>,
    has_warned: Cell<bool>,
}

impl Conduct {
    /// None when there is nothing to mind.
    pub fn of(conduct: plts_core::body::Conduct) -> Option<Box<Self>> {
        if conduct == plts_core::body::Conduct::default() {
            return None;
        }
        let timeout = conduct.timeout_ms.and_then(|limit| i32::try_from(limit).ok());
        Some(Box::new(Self { timeout, deprecated: conduct.deprecated, has_warned: Cell::new(false) }))
    }

    /// Runs a call of the function with that title.
    ///
    /// Errors: 57014 when its time was up, whatever became of it.
    #[cold]
    pub fn mind<T>(&self, title: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(reason) = &self.deprecated
            && !self.has_warned.replace(true)
        {
            let end = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            session::log(MessageLevel::Warning, &format!("function {title} is deprecated{end}"))?;
        }
        match self.timeout {
            None => call(),
            Some(limit) => limits::within_timeout(limit, title, call),
        }
    }
}
