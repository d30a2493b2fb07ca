//! What annotations ask of the calls of a deployed function: to end in time, to say that it is deprecated, and to be logged.

use std::cell::Cell;
use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::call::{Call, Shown};
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::JSONBOID;
use pg_boundary::session::{self, MessageLevel};
use plts_core::body::LogParams;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::settings::{self, LogLevel};
use crate::{event, limits};

/// How much of the parameters a line gets, in bytes.
const LOGGED_BYTES: usize = 4096;
/// The largest parameter that is read for it, in bytes.
const READ_BYTES: usize = 64 * 1024;
/// The one parameter of a function without a SQL signature of its own.
const ARGUMENTS: &str = "args";
const TOO_LARGE: &str = "too large";

/// Of one version of a function, in one session.
pub struct Conduct {
    /// Milliseconds.
    timeout: Option<i32>,
    deprecated: Option<String>,
    has_warned: Cell<bool>,
    logged: Option<Logged>,
}

/// Which parameters are logged, and how they are read.
struct Logged {
    which: LogParams,
    /// The names of the SQL parameters; None where all are members of one jsonb.
    names: Option<Vec<String>>,
}

impl Conduct {
    /// None when there is nothing to mind.
    pub fn of(conduct: plts_core::body::Conduct, row: &FunctionRow) -> Option<Box<Self>> {
        if conduct == plts_core::body::Conduct::default() {
            return None;
        }
        let timeout = conduct.timeout_ms.and_then(|limit| i32::try_from(limit).ok());
        let logged = conduct.log_params.map(|which| Logged::of(which, row));
        Some(Box::new(Self { timeout, deprecated: conduct.deprecated, has_warned: Cell::new(false), logged }))
    }

    /// Runs a call of the function with that title.
    ///
    /// Errors: 57014 when its time was up, whatever became of it.
    #[cold]
    pub fn mind<T>(&self, call: &Call, title: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(logged) = &self.logged {
            logged.write(call, title)?;
        }
        if let Some(reason) = &self.deprecated
            && !self.has_warned.replace(true)
        {
            let end = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            session::log(MessageLevel::Warning, &format!("function {title} is deprecated{end}"))?;
        }
        match self.timeout {
            None => run(),
            Some(limit) => limits::within_timeout(limit, title, run),
        }
    }
}

impl Logged {
    fn of(which: LogParams, row: &FunctionRow) -> Self {
        let names = match row.inputs().collect::<Vec<_>>().as_slice() {
            [only] if only.type_oid == JSONBOID && only.name.as_deref() == Some(ARGUMENTS) => None,
            inputs => Some(inputs.iter().map(|one| one.name.clone().unwrap_or_default()).collect()),
        };
        Self { which, names }
    }

    /// Writes a line for a call. It is the author's wish, so each level but `off` has it.
    fn write(&self, call: &Call, title: &str) -> Result<()> {
        if !settings::logs(LogLevel::Error) {
            return Ok(());
        }
        let mut params = match &self.names {
            None => self.members(call)?,
            Some(names) => self.parameters(call, names)?,
        };
        if params.len() > LOGGED_BYTES {
            params.truncate(params.floor_char_boundary(LOGGED_BYTES));
            // Every encoding of a database has it.
            params.push_str("...");
        }
        event::log(LogLevel::Error, "call", &[("function", &title), ("params", &params)]);
        Ok(())
    }

    /// Members of the one argument, as PostgreSQL writes them.
    fn members(&self, call: &Call) -> Result<String> {
        let text = match call.shown(0, READ_BYTES)? {
            Shown::Null => return Ok("null".to_owned()),
            Shown::TooLarge => return Ok(TOO_LARGE.to_owned()),
            Shown::Text(text) => text,
        };
        if self.which == LogParams::All {
            return Ok(text);
        }
        // What is no object has no members to choose from.
        let Ok(mut members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(&text) else {
            return Ok("null".to_owned());
        };
        members.retain(|name, _| self.which.contains(name));
        serde_json::to_string(&members).map_err(|error| {
            Box::new(ErrorReport::internal(format!("parameters cannot be written: {error}")))
        })
    }

    fn parameters(&self, call: &Call, names: &[String]) -> Result<String> {
        let mut params = Map::new();
        for (index, name) in names.iter().enumerate().filter(|(_, name)| self.which.contains(name)) {
            let name = if name.is_empty() { format!("${}", index + 1) } else { name.clone() };
            let value = match call.shown(index, READ_BYTES)? {
                Shown::Null => Json::Null,
                Shown::TooLarge => Json::String(TOO_LARGE.to_owned()),
                Shown::Text(text) => Json::String(text),
            };
            params.insert(name, value);
        }
        Ok(Json::Object(params).to_string())
    }
}
