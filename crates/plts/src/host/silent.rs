//! A host without a database: for evaluating modules that nobody called.

use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::session;
use plts_core::{ErrorReport, SqlState, TimestampTz, Value};
use plts_js::{
    Access, CallError, Completion, CursorId, Host, HostError, KeptBuffer, LogLevel, ModuleSource,
    PreparedStatement, RowSink, SavepointKind, SavepointOutcome, StatementUse, TransactionEnd, Users,
};

use crate::artifact;

/// Refuses every statement. Modules come from a build that is not stored yet, and from the table.
#[derive(Default)]
pub struct SilentHost {
    modules: HashMap<String, Rc<ModuleSource>>,
    /// Why execution was terminated.
    reason: Option<Box<ErrorReport>>,
}

impl SilentHost {
    /// A host that also knows these modules.
    pub fn with_modules(modules: impl IntoIterator<Item = Rc<ModuleSource>>) -> Self {
        let modules = modules.into_iter().map(|module| (module.hash.clone(), module)).collect();
        Self { modules, reason: None }
    }

    /// What the engine gave, or why it did not.
    pub fn answer<T>(&mut self, outcome: Result<T, CallError>) -> Result<T, Box<ErrorReport>> {
        outcome.map_err(|error| match error {
            CallError::Failed(report) => report,
            CallError::Terminated => self.reason.take().unwrap_or_else(super::outcome::no_reason),
        })
    }
}

fn refused<T>() -> Result<T, HostError> {
    Err(HostError::Sql(Box::new(ErrorReport::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        "no database access while a module is evaluated",
    ))))
}

impl Host for SilentHost {
    fn prepare(&mut self, _sql: &str, _purpose: StatementUse) -> Result<PreparedStatement, HostError> {
        refused()
    }

    fn prepare_typed(
        &mut self,
        _sql: &str,
        _purpose: StatementUse,
        _types: &[u32],
    ) -> Result<PreparedStatement, HostError> {
        refused()
    }

    fn is_current(&mut self, _statement: &PreparedStatement) -> Result<bool, HostError> {
        refused()
    }

    fn execute(
        &mut self,
        _statement: &PreparedStatement,
        _params: &[Value<'_>],
        _rows: &mut dyn RowSink,
    ) -> Result<Completion, HostError> {
        refused()
    }

    fn cursor_open(
        &mut self,
        _statement: &PreparedStatement,
        _params: &[Value<'_>],
    ) -> Result<CursorId, HostError> {
        refused()
    }

    fn cursor_fetch(
        &mut self,
        _cursor: CursorId,
        _rows: i64,
        _sink: &mut dyn RowSink,
    ) -> Result<u64, HostError> {
        refused()
    }

    fn cursor_move(&mut self, _cursor: CursorId, _rows: i64) -> Result<u64, HostError> {
        refused()
    }

    fn cursor_close(&mut self, _cursor: CursorId) -> Result<(), HostError> {
        refused()
    }

    fn end_transaction(&mut self, _end: TransactionEnd) -> Result<(), HostError> {
        refused()
    }

    fn observes_failures(&self) -> bool {
        false
    }

    fn quote_identifier(&mut self, name: &str) -> Result<String, HostError> {
        pg_boundary::text::quote_identifier(name).map_err(HostError::Sql)
    }

    fn savepoint_begin(&mut self, _kind: SavepointKind) -> Result<(), HostError> {
        refused()
    }

    fn savepoint_end(&mut self, _outcome: SavepointOutcome) -> Result<(), HostError> {
        refused()
    }

    fn log_is_wanted(&self, _level: LogLevel) -> bool {
        false
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

    fn load_artifact(&mut self, hash: &str, _kept: &mut KeptBuffer) -> Result<Rc<ModuleSource>, HostError> {
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
