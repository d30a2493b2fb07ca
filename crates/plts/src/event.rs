//! Lines of plts itself in the server's log, as `plts.log_level` asks: an event and its fields, `key=value`, in one line.
//!
//! They name functions, codes, counts and times. No row, no text of a statement or of an error is ever in one, and no argument
//! but those that a function's annotation names: a line goes to whoever reads the log, whose rights are others than the
//! function's.

use std::fmt::Write as _;

use pg_boundary::{ErrorReport, session};

use crate::settings::{self, LogLevel};

/// Writes an event with its fields, if it is wanted. A value with anything but letters, digits and `_ . : / -` is quoted.
pub fn log(level: LogLevel, event: &str, fields: &[(&str, &dyn std::fmt::Display)]) {
    if !settings::logs(level) {
        return;
    }
    let mut line = format!("plts event={event}");
    for (key, value) in fields {
        let value = value.to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.:/-".contains(c);
        // Writing to a String cannot fail.
        let _ = if !value.is_empty() && value.chars().all(plain) {
            write!(line, " {key}={value}")
        } else {
            write!(line, " {key}={value:?}")
        };
    }
    // A log that cannot be written is no reason to fail a call.
    let _ = session::log_event(&line);
}

/// A call has failed. What the error says may hold values; its code does not. Who catches it is not known here, and an error that
/// nobody catches is in the log already: this is for whoever looks into something.
#[cold]
pub fn call_failed(function: &str, report: &ErrorReport) {
    log(LogLevel::Debug, "call_failed", &[("function", &function), ("sqlstate", &report.sqlstate.as_str())]);
}
