//! A host without a database: for evaluating modules that nobody called.

use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::session;
use plts_core::{ErrorReport, SqlState, TimestampTz, Value};
use plts_js::{
    Access, Completion, Host, HostError, LogLevel, ModuleSource, PlanId, PreparedStatement, RowSink,
    SavepointOutcome, Users,
};

use crate::artifact;

/// Refuses every statement. Modules come from a build that is not stored yet, and from the table.
#[derive(Default)]
pub struct SilentHost {
    modules: HashMap<String, Rc<ModuleSource>>,
    /// Why execution was terminated.
    pub reason: Option<Box<ErrorReport>>,
}

impl SilentHost {
    /// A host that also knows these modules.
    pub fn with_modules(modules: impl IntoIterator<Item = Rc<ModuleSource>>) -> Self {
        let modules = modules.into_iter().map(|module| (module.hash.clone(), module)).collect();
        Self { modules, reason: None }
    }
}

fn refused<T>() -> Result<T, HostError> {
    Err(HostError::Sql(Box::new(ErrorReport::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        "no database access while a module is evaluated",
    ))))
}

impl Host for SilentHost {
    fn prepare(&mut self, _sql: &str) -> Result<PreparedStatement, HostError> {
        refused()
    }

    fn execute(
        &mut self,
        _plan: PlanId,
        _params: &[Value<'_>],
        _rows: &mut dyn RowSink,
    ) -> Result<Completion, HostError> {
        refused()
    }

    fn savepoint_begin(&mut self) -> Result<(), HostError> {
        refused()
    }

    fn savepoint_end(&mut self, _outcome: SavepointOutcome) -> Result<(), HostError> {
        refused()
    }

    /// What a module says while it is described concerns nobody.
    fn log(&mut self, _level: LogLevel, _message: &str) -> Result<(), HostError> {
        Ok(())
    }

    fn now(&mut self) -> TimestampTz {
        session::transaction_timestamp()
    }

    fn users(&mut self) -> Users {
        super::users()
    }

    fn load_artifact(&mut self, hash: &str) -> Result<Rc<ModuleSource>, HostError> {
        match self.modules.get(hash) {
            Some(module) => Ok(Rc::clone(module)),
            None => artifact::load(hash).map_err(HostError::Sql),
        }
    }

    fn begin(&mut self, _access: Access, _can_catch: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn check_interrupts(&mut self) -> Result<(), HostError> {
        session::check_interrupts().map_err(|report| {
            self.reason = Some(report);
            HostError::Terminate
        })
    }
}
