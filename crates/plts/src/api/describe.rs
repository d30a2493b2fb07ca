//! `plts.describe`: kind and schemas of a module's exports, by evaluating it.
//!
//! The evaluation has no database, a context of its own that is thrown away, and a time limit. It needs SELECT on
//! `plts.artifact`, as reading the source does.

use std::rc::Rc;
use std::time::Duration;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::{ErrorReport, session};
use plts_core::SqlState;
use plts_core::artifact::ArtifactHash;
use plts_js::{DescribeLimits, ExportDescription, ModuleSource};

use crate::engine;
use crate::function::reported;
use crate::host::SilentHost;

/// How long a module may take to evaluate.
const LIMITS: DescribeLimits = DescribeLimits { time: Duration::from_secs(2) };

/// `plts.describe(artifact_hash text) → jsonb`: an array of `{name, kind, args, returns}`, with `sql` for a handler that
/// declares SQL parameters.
pub fn describe(call: &Call) -> Result<Datum> {
    let hash = ArtifactHash::parse(&call.text(0, "artifact_hash")?).map_err(reported)?;
    let table = session::relation("plts", "artifact")?;
    let allowed = match table {
        Some(table) => session::may_select(table, session::current_user())?,
        None => false,
    };
    if !allowed {
        return Err(Box::new(
            ErrorReport::new(SqlState::INSUFFICIENT_PRIVILEGE, "permission denied for artifact")
                .with_hint("Describing an artifact needs SELECT on plts.artifact."),
        ));
    }
    let exports = evaluate(&mut SilentHost::default(), hash.as_str())?;
    call.return_json_text(&exports_json(&exports)?)
}

/// Modules to be described, which are not stored yet.
pub struct Descriptions(SilentHost);

impl Descriptions {
    pub fn of_modules(modules: impl IntoIterator<Item = Rc<ModuleSource>>) -> Self {
        Self(SilentHost::with_modules(modules))
    }

    /// The exports of one, evaluated apart from all others.
    pub fn one(&mut self, hash: &str) -> Result<Vec<ExportDescription>> {
        evaluate(&mut self.0, hash)
    }

    /// The exports of several, evaluated together, within the time of one. An error does not say whose it is.
    pub fn together(&mut self, hashes: &[&str]) -> Result<Vec<Vec<ExportDescription>>> {
        let described = engine::engine()?.describe_together(&mut self.0, hashes, LIMITS);
        self.0.answer(described)
    }
}

fn evaluate(host: &mut SilentHost, hash: &str) -> Result<Vec<ExportDescription>> {
    let described = engine::engine()?.describe(host, hash, LIMITS);
    host.answer(described)
}

/// Exports as the SQL functions give them: a JSON array.
///
/// Errors: none but a bug.
pub fn exports_json(exports: &[ExportDescription]) -> Result<String> {
    serde_json::to_string(exports)
        .map_err(|error| Box::new(ErrorReport::internal(format!("a description cannot be written: {error}"))))
}
