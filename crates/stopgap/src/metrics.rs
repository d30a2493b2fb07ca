//! What stopgap counts: deploys, rollbacks and diffs, each with its time and, if it failed, the class of its SQLSTATE.

use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::{metrics, session};
use serde_json::{Value as Json, json};

use crate::settings::{self, LogLevel};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Deploy,
    Rollback,
    Diff,
}

impl Work {
    const ALL: [Self; 3] = [Self::Deploy, Self::Rollback, Self::Diff];

    fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Diff => "diff",
        }
    }

    fn operation(self) -> &'static metrics::Operation {
        metrics::operation(self as usize)
    }

    /// Runs `work` as one of these, counted, timed, and with a line in the log if that is wanted.
    pub fn counted<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let operation = self.operation();
        operation.count();
        let begun = Instant::now();
        let outcome = work();
        let took = begun.elapsed();
        operation.measure(took);
        let level = match &outcome {
            Ok(_) => LogLevel::Info,
            Err(report) => {
                operation.count_error(report.sqlstate);
                LogLevel::Warning
            }
        };
        if settings::logs(level) {
            let code = outcome.as_ref().err().map_or("00000", |report| report.sqlstate.as_str());
            // A log that cannot be written is no reason to fail.
            let _ = session::log_event(&format!(
                "stopgap event={} sqlstate={code} us={}",
                self.name(),
                took.as_micros()
            ));
        }
        outcome
    }
}

/// Asks for shared memory, when the library is being preloaded.
pub fn request() {
    metrics::request(c"stopgap metrics");
}

/// `stopgap.metrics()`.
pub fn report() -> Json {
    let mut report = json!({ "scope": metrics::scope() });
    for work in Work::ALL {
        let operation = work.operation();
        report[work.name()] = operation.to_json(operation.calls());
    }
    report
}
