//! What annotations ask of the calls of a deployed function: to end in time, to say that it is deprecated, and to be logged.

use std::cell::Cell;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::session::{self, MessageLevel};
use plts_core::body::LogParams;
use serde_json::{Map, Value as Json};

use crate::settings::{self, LogLevel};
use crate::{event, limits};

/// How much of the parameters a line gets, in bytes.
const LOGGED_BYTES: usize = 4096;

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
            [only] if only.type_oid == pg_boundary::pg_sys::JSONBOID => None,
            inputs => Some(inputs.iter().map(|one| one.name.clone().unwrap_or_default()).collect()),
        };
        Self { which, names }
    }

    /// Writes a line for a call. It is the author's wish, so each level but `off` has it.
    fn write(&self, call: &Call, title: &str) -> Result<()> {
        if !settings::logs(LogLevel::Error) {
            return Ok(());
        }
        let mut params = self.read(call)?.to_string();
        if params.len() > LOGGED_BYTES {
            params.truncate(params.floor_char_boundary(LOGGED_BYTES));
            params.push('…');
        }
        event::log(LogLevel::Error, "call", &[("function", &title), ("params", &params)]);
        Ok(())
    }

    fn read(&self, call: &Call) -> Result<Json> {
        let Some(names) = &self.names else {
            return Ok(match call.optional_json(0)? {
                Some(Json::Object(mut members)) => {
                    members.retain(|name, _| self.which.contains(name));
                    Json::Object(members)
                }
                // It has no members to choose from.
                Some(other) if self.which == LogParams::All => other,
                _ => Json::Null,
            });
        };
        let mut params = Map::new();
        for (index, name) in names.iter().enumerate().filter(|(_, name)| self.which.contains(name)) {
            let name = if name.is_empty() { format!("${}", index + 1) } else { name.clone() };
            params.insert(name, call.output_text(index)?.map_or(Json::Null, Json::String));
        }
        Ok(Json::Object(params))
    }
}
