//! What JavaScript may ask of the database: the engine's [`Host`] over SPI, one for each call.
//!
//! Errors: a statement runs in a subtransaction when the code could observe its failure. Where it provably could not,
//! the subtransaction is left out; should it fail all the same, the call is *doomed*: later statements get 25P02, and
//! the first error is raised at the end whatever the code made of it.

mod cursors;
mod database;
mod lazy;
mod outcome;
mod plans;
mod silent;

pub use lazy::LazyHost;
pub use silent::SilentHost;

use std::rc::Rc;

use pg_boundary::error::Result;
use pg_boundary::memory::ScratchMemory;
use pg_boundary::pg_sys::Oid;
use pg_boundary::session::{self, MessageLevel, ReadOnlyTransaction};
use pg_boundary::spi::{
    self, Connection, Cursor, Distance, Guard, Purpose, Reading, Snapshot, Subtransaction,
};
use pg_boundary::trigger::TriggerCall;
use pg_boundary::window::Window;
use plts_core::{Dialect, ErrorReport, SqlState, TimestampTz, Value};
use plts_js::{
    Access, Completion, CursorId, Host, HostError, KeptBuffer, LogLevel, ModuleSource, PreparedStatement,
    RowSink, SavepointKind, SavepointOutcome, StatementUse, TransactionEnd, Users, WindowAnswer,
    WindowQuestion,
};

use crate::artifact;
use crate::engine;
use crate::limits;
use crate::returns::answer_window;
use cursors::Cursors;
use outcome::{Doom, after_doom};
use plans::{Kind, Statement};

/// The setting that names the function to be run first in a context for plv8, as plv8 calls it. It is no setting of this
/// library's: one whose name has two parts may be set by anybody, and a server may have plv8 as well.
const START_PROCEDURE: &str = "plv8.start_proc";

/// The database as one call sees it.
pub struct CallHost<'w> {
    snapshot: Snapshot,
    nonatomic: bool,
    dialect: Dialect,
    guard: Guard,
    connection: Option<Connection>,
    memory: ScratchMemory,
    savepoints: Vec<Subtransaction>,
    /// Inside a savepoint that is rolled back as a whole, so that its statements need no guard of their own.
    in_batch: bool,
    cursors: Cursors,
    read_only: Option<ReadOnlyTransaction>,
    doom: Option<Doom>,
    /// Why execution was terminated: an error that JavaScript must not catch.
    reason: Option<Box<ErrorReport>>,
    /// The window of a window function.
    window: Option<Window<'w>>,
}

impl<'w> CallHost<'w> {
    /// A host for a call whose statements see `snapshot`, and whose values are converted for `dialect`. It costs nothing
    /// until the first statement.
    #[inline]
    pub fn new(snapshot: Snapshot, nonatomic: bool, dialect: Dialect) -> Self {
        Self {
            snapshot,
            nonatomic,
            dialect,
            guard: Guard::Subtransaction,
            connection: None,
            memory: ScratchMemory::default(),
            savepoints: Vec::new(),
            in_batch: false,
            cursors: Cursors::default(),
            read_only: None,
            doom: None,
            reason: None,
            window: None,
        }
    }

    /// The host of a window function's call.
    pub fn in_window(self, window: Window<'w>) -> Self {
        Self { window: Some(window), ..self }
    }

    /// A host for a trigger: its transition tables are visible to statements.
    pub fn for_trigger(snapshot: Snapshot, trigger: &TriggerCall<'_>, dialect: Dialect) -> Result<Self> {
        let mut host = Self::new(snapshot, false, dialect);
        if trigger.has_transition_tables() {
            host.connection = Some(Connection::open_for(trigger)?);
        }
        Ok(host)
    }

    /// Connects to SPI when this is the first statement.
    fn connect(&mut self) -> std::result::Result<(), HostError> {
        if let Some(doom) = &self.doom {
            return Err(HostError::Sql(after_doom(&doom.report)));
        }
        if self.connection.is_none() {
            // A new transaction would not be read-only.
            let nonatomic = self.nonatomic && self.read_only.is_none();
            let connection =
                Connection::open(nonatomic).map_err(|report| self.failed(report, Guard::None))?;
            self.connection = Some(connection);
        }
        Ok(())
    }

    /// After what may have changed `TimeZone` or a limit.
    #[inline]
    fn follow_settings(&mut self) -> std::result::Result<(), HostError> {
        engine::follow_running().map_err(|report| self.failed(report, Guard::None))
    }
}

impl CallHost<'_> {
    fn prepare_reading(
        &mut self,
        sql: &str,
        purpose: StatementUse,
        types: Option<&[Oid]>,
    ) -> std::result::Result<PreparedStatement, HostError> {
        limits::check_statement(sql).map_err(HostError::Sql)?;
        self.connect()?;
        let purpose = match purpose {
            StatementUse::Run => Purpose::Statement,
            StatementUse::Cursor => Purpose::Cursor,
            StatementUse::ScrollCursor => Purpose::ScrollCursor,
            StatementUse::FlexibleCursor => Purpose::FlexibleCursor,
        };
        let guard = self.guard();
        let tables = self.connection.as_ref().and_then(Connection::transition_tables);
        let reading = Reading { tables, types, dialect: self.dialect };
        plans::prepare(sql, purpose, guard, reading).map_err(|report| self.failed(report, guard))
    }
}

impl Host for CallHost<'_> {
    fn prepare(
        &mut self,
        sql: &str,
        purpose: StatementUse,
    ) -> std::result::Result<PreparedStatement, HostError> {
        self.prepare_reading(sql, purpose, None)
    }

    fn prepare_typed(
        &mut self,
        sql: &str,
        purpose: StatementUse,
        types: &[u32],
    ) -> std::result::Result<PreparedStatement, HostError> {
        let types: Vec<Oid> = types.iter().copied().map(Oid::from).collect();
        self.prepare_reading(sql, purpose, Some(&types))
    }

    fn is_current(&mut self, statement: &PreparedStatement) -> std::result::Result<bool, HostError> {
        self.connect()?;
        let guard = self.guard();
        let tables = self.connection.as_ref().and_then(Connection::transition_tables);
        plans::behind(statement)
            .and_then(|statement| plans::is_current(&statement, guard, tables))
            .map_err(|report| self.failed(report, guard))
    }

    fn execute(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
        rows: &mut dyn RowSink,
    ) -> std::result::Result<Completion, HostError> {
        self.connect()?;
        let statement = plans::behind(statement).map_err(HostError::Sql)?;
        check_limits(&statement, params).map_err(HostError::Sql)?;
        let guard = self.guard_of(&statement);
        let outcome = database::execute(&mut self.memory, &statement, params, self.snapshot, guard, rows)
            .map(|row_count| Completion { row_count })
            .map_err(|failure| self.failed_at(failure, guard));
        self.follow_settings()?;
        outcome
    }

    fn cursor_open(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
    ) -> std::result::Result<CursorId, HostError> {
        self.connect()?;
        let statement = plans::behind(statement).map_err(HostError::Sql)?;
        check_limits(&statement, params).map_err(HostError::Sql)?;
        let Kind::Plan(plan) = statement.kind() else {
            return Err(HostError::Sql(Box::new(ErrorReport::internal("a cursor over a text"))));
        };
        let guard = self.guard();
        let snapshot = self.snapshot;
        let opened = self.memory.with(|| Cursor::open(plan, params, snapshot, guard));
        self.memory.reset();
        match opened {
            Ok(cursor) => Ok(self.cursors.add(cursor)),
            Err(report) => Err(self.failed(report, guard)),
        }
    }

    fn cursor_fetch(
        &mut self,
        cursor: CursorId,
        rows: i64,
        sink: &mut dyn RowSink,
    ) -> std::result::Result<u64, HostError> {
        self.connect()?;
        let guard = self.guard();
        let fetched = match self.cursors.get(cursor) {
            Ok(cursor) => database::fetch(&mut self.memory, cursor, Distance(rows), guard, sink),
            Err(report) => return Err(HostError::Sql(report)),
        };
        let outcome = fetched.map_err(|failure| self.failed_at(failure, guard));
        self.follow_settings()?;
        outcome
    }

    fn cursor_move(&mut self, cursor: CursorId, rows: i64) -> std::result::Result<u64, HostError> {
        self.connect()?;
        let guard = self.guard();
        let moved = match self.cursors.get(cursor) {
            Ok(cursor) => self.memory.with(|| cursor.advance(Distance(rows), guard)),
            Err(report) => return Err(HostError::Sql(report)),
        };
        self.memory.reset();
        let outcome = moved.map_err(|report| self.failed(report, guard));
        self.follow_settings()?;
        outcome
    }

    fn cursor_close(&mut self, cursor: CursorId) -> std::result::Result<(), HostError> {
        let Some(cursor) = self.cursors.take(cursor) else { return Ok(()) };
        // After a failure that was not undone nothing may be run; the abort closes it.
        if self.doom.is_some() {
            return Ok(());
        }
        cursor.close().map_err(|report| self.failed(report, Guard::None))
    }

    fn end_transaction(&mut self, end: TransactionEnd) -> std::result::Result<(), HostError> {
        if self.read_only.is_some() {
            return Err(HostError::Sql(Box::new(
                ErrorReport::new(
                    SqlState::INVALID_TRANSACTION_TERMINATION,
                    "invalid transaction termination",
                )
                .with_detail("A query handler is read-only, which a new transaction would not be."),
            )));
        }
        self.connect()?;
        let end = match end {
            TransactionEnd::Commit => spi::TransactionEnd::Commit,
            TransactionEnd::Rollback => spi::TransactionEnd::Rollback,
        };
        let outcome = spi::end_transaction(end).map_err(|mut report| {
            if report.sqlstate.is_uncatchable() {
                self.reason = Some(report);
                return HostError::Terminate;
            }
            if report.sqlstate == SqlState::INVALID_TRANSACTION_TERMINATION && report.hint.is_none() {
                report.hint = Some(
                    "A transaction can end in a procedure or a DO block that was called outside of a transaction \
                     block, and outside of savepoints."
                        .to_owned(),
                );
            }
            // Refused, or undone with a new transaction begun: either way the call can go on.
            HostError::Sql(report)
        });
        self.follow_settings()?;
        outcome
    }

    fn observes_failures(&self) -> bool {
        self.guard == Guard::Subtransaction
    }

    fn quote_identifier(&mut self, name: &str) -> std::result::Result<String, HostError> {
        pg_boundary::text::quote_identifier(name).map_err(HostError::Sql)
    }

    fn savepoint_begin(&mut self, kind: SavepointKind) -> std::result::Result<(), HostError> {
        self.connect()?;
        let savepoint = Subtransaction::begin().map_err(|report| self.failed(report, Guard::None))?;
        self.savepoints.push(savepoint);
        self.in_batch = kind == SavepointKind::Batch;
        Ok(())
    }

    fn savepoint_end(&mut self, outcome: SavepointOutcome) -> std::result::Result<(), HostError> {
        let depth = self.savepoints.len();
        self.in_batch = false;
        let Some(savepoint) = self.savepoints.pop() else {
            return Err(HostError::Sql(Box::new(ErrorReport::internal("no savepoint is open"))));
        };
        let undone = self.doom.as_ref().is_some_and(|doom| doom.savepoints >= depth);
        match outcome {
            SavepointOutcome::Release if self.doom.is_none() => {
                savepoint.commit().map_err(|report| self.failed(report, Guard::None))
            }
            SavepointOutcome::Release | SavepointOutcome::Rollback => {
                savepoint.roll_back().map_err(|report| self.failed(report, Guard::None))?;
                // A SET that was undone.
                self.follow_settings()?;
                match self.doom.take_if(|_| undone) {
                    Some(doom) if outcome == SavepointOutcome::Release => Err(HostError::Sql(doom.report)),
                    _ => Ok(()),
                }
            }
        }
    }

    fn log_is_wanted(&self, level: LogLevel) -> bool {
        session::log_is_wanted(message_level(level))
    }

    fn log(&mut self, level: LogLevel, message: &str) -> std::result::Result<(), HostError> {
        session::log(message_level(level), message).map_err(|report| self.failed(report, Guard::None))
    }

    fn now(&mut self) -> TimestampTz {
        session::transaction_timestamp()
    }

    fn users(&mut self) -> Users {
        users()
    }

    fn load_artifact(
        &mut self,
        hash: &str,
        kept: &mut KeptBuffer,
    ) -> std::result::Result<Rc<ModuleSource>, HostError> {
        artifact::load_with_code(hash, kept).map_err(|report| self.failed(report, Guard::None))
    }

    fn begin(&mut self, access: Access, can_catch: bool) -> std::result::Result<(), HostError> {
        self.guard_statements(can_catch);
        if access == Access::ReadOnly {
            self.read_only = Some(ReadOnlyTransaction::enter());
        }
        Ok(())
    }

    fn window(&mut self, question: WindowQuestion) -> std::result::Result<WindowAnswer, HostError> {
        match self.window {
            // An argument is an expression, which may run anything; its failure is not undone.
            Some(window) => {
                answer_window(window, question).map_err(|report| self.failed(report, Guard::None))
            }
            None => Ok(WindowAnswer::NoWindow),
        }
    }

    /// For the user's own calls only: who calls a function of another user's by its owner's rights must not choose what
    /// is run with them.
    fn start_procedure(&mut self) -> std::result::Result<Option<String>, HostError> {
        if session::current_user() != session::outer_user() {
            return Ok(None);
        }
        session::setting(START_PROCEDURE).map_err(|report| self.failed(report, Guard::None))
    }

    fn check_interrupts(&mut self) -> std::result::Result<(), HostError> {
        session::check_interrupts().map_err(|report| {
            self.reason = Some(report);
            HostError::Terminate
        })
    }
}

fn message_level(level: LogLevel) -> MessageLevel {
    match level {
        LogLevel::Debug5 => MessageLevel::Debug5,
        LogLevel::Debug4 => MessageLevel::Debug4,
        LogLevel::Debug3 => MessageLevel::Debug3,
        LogLevel::Debug2 => MessageLevel::Debug2,
        LogLevel::Debug => MessageLevel::Debug,
        LogLevel::Log => MessageLevel::Log,
        LogLevel::Info => MessageLevel::Info,
        LogLevel::Notice => MessageLevel::Notice,
        LogLevel::Warning => MessageLevel::Warning,
    }
}

/// The limits may have changed since the statement was prepared.
#[inline]
fn check_limits(statement: &Statement, params: &[Value<'_>]) -> Result<()> {
    limits::check_statement(statement.text())?;
    limits::check_parameters(params.len())
}

/// The names of the users; a user who was dropped under the session is named by number, as PostgreSQL does.
fn users() -> Users {
    let name = |role: pg_boundary::pg_sys::Oid| {
        session::role_name(role).unwrap_or_else(|_| format!("unknown (OID={})", role.to_u32()))
    };
    Users { current: name(session::current_user()), session: name(session::session_user()) }
}
