//! Failed deployments: the transaction that failed rolls back, so a background worker commits the record.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::session::{self, MessageLevel};
use pg_boundary::spi::Connection;
use pg_boundary::worker::{self, WorkerBody, WorkerOutcome};
use serde::{Deserialize, Serialize};
use serde_json::json;
use stopgap_core::EnvName;

use crate::caller::Caller;
use crate::catalog::deployment::{self, Origin};
use crate::deploy::Request;
use crate::options::reported;

/// How much of a message a record keeps, in characters.
const LONGEST_TEXT: usize = 8192;

/// What the worker is told.
#[derive(Serialize, Deserialize)]
struct Failure {
    env: String,
    label: Option<String>,
    source: String,
    created_by: String,
    session_user: String,
    sqlstate: String,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

/// Records why a deploy failed. It takes no lock of the environment. What goes wrong here is a WARNING: the failure
/// itself is what the caller must see.
pub fn record(caller: &Caller, request: &Request, report: &ErrorReport) -> Result<()> {
    if session::is_in_recovery() {
        return Ok(());
    }
    let shortened = |text: &String| text.chars().take(LONGEST_TEXT).collect::<String>();
    let failure = Failure {
        env: request.env.to_string(),
        label: request.label.clone(),
        source: request.source.describe(),
        created_by: caller.name()?,
        session_user: caller.session_name()?,
        sqlstate: report.sqlstate.to_string(),
        message: shortened(&report.message),
        detail: report.detail.as_ref().map(shortened),
        hint: report.hint.as_ref().map(shortened),
    };
    let payload = json!(failure).to_string();
    match worker::run(c"stopgap", c"stopgap_failure_worker", &payload) {
        Ok(WorkerOutcome::Ended) => Ok(()),
        Ok(WorkerOutcome::NoSlot) => session::log(
            MessageLevel::Warning,
            "the failed deployment could not be recorded: no background worker slot is free (max_worker_processes)",
        ),
        Err(error) => session::log(
            MessageLevel::Warning,
            &format!("the failed deployment could not be recorded: {}", error.message),
        ),
    }
}

/// The worker.
pub struct Recorder;

impl WorkerBody for Recorder {
    fn work(payload: &str) -> Result<()> {
        let failure: Failure = serde_json::from_str(payload).map_err(|error| {
            Box::new(ErrorReport::internal(format!("the record cannot be read: {error}")))
        })?;
        let env = EnvName::parse(&failure.env).map_err(reported)?;
        let caller = Caller::identify()?;
        let spi = Connection::open(false)?;
        let origin = Origin {
            env: &env,
            label: failure.label.as_deref(),
            source: &failure.source,
            created_by: &failure.created_by,
            session_user: &failure.session_user,
        };
        let error = json!({
            "sqlstate": failure.sqlstate,
            "message": failure.message,
            "detail": failure.detail,
            "hint": failure.hint,
        });
        caller.as_owner(|| deployment::record_failure(&spi, &origin, &error))?;
        spi.finish()
    }
}
