//! What JavaScript may ask of the database: the engine's [`Host`] over SPI, one for each call.
//!
//! Errors: a statement runs in a subtransaction when the code could observe its failure. Where it provably could not,
//! the subtransaction is left out; should it fail all the same, the call is *doomed*: later statements get 25P02, and
//! the first error is raised at the end whatever the code made of it.

mod database;
mod lazy;
mod plans;
mod silent;

pub use lazy::LazyHost;
pub use silent::SilentHost;

use std::rc::Rc;

use pg_boundary::error::Result;
use pg_boundary::memory::ScratchMemory;
use pg_boundary::session::{self, MessageLevel, ReadOnlyTransaction};
use pg_boundary::spi::{Connection, Guard, Snapshot, Subtransaction};
use pg_boundary::trigger::TriggerCall;
use pg_boundary::window::Window;
use plts_core::{ErrorReport, SqlState, TimestampTz, Value};
use plts_js::{
    Access, CallError, Completion, Host, HostError, LogLevel, ModuleSource, PlanId, PreparedStatement,
    RowSink, SavepointOutcome, Users, WindowAnswer, WindowQuestion,
};

use crate::artifact;
use crate::returns::answer_window;
use crate::time_zone;

/// The database as one call sees it.
pub struct CallHost<'w> {
    snapshot: Snapshot,
    nonatomic: bool,
    guard: Guard,
    connection: Option<Connection>,
    memory: ScratchMemory,
    savepoints: Vec<Subtransaction>,
    read_only: Option<ReadOnlyTransaction>,
    doom: Option<Doom>,
    /// Why execution was terminated: an error that JavaScript must not catch.
    reason: Option<Box<ErrorReport>>,
    /// The window of a window function.
    window: Option<Window<'w>>,
}

/// A failure that was not undone.
struct Doom {
    report: Box<ErrorReport>,
    /// How many savepoints were open: rolling one of them back undoes the failure.
    savepoints: usize,
}

impl<'w> CallHost<'w> {
    /// A host for a call whose statements see `snapshot`. It costs nothing until the first statement.
    #[inline]
    pub fn new(snapshot: Snapshot, nonatomic: bool) -> Self {
        Self {
            snapshot,
            nonatomic,
            guard: Guard::Subtransaction,
            connection: None,
            memory: ScratchMemory::default(),
            savepoints: Vec::new(),
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
    pub fn for_trigger(snapshot: Snapshot, trigger: &TriggerCall<'_>) -> Result<Self> {
        let mut host = Self::new(snapshot, false);
        if trigger.has_transition_tables() {
            host.connection = Some(Connection::open_for(trigger)?);
        }
        Ok(host)
    }

    /// Ends the call: what it left open is closed, and its outcome is settled. The host has served; it is not used again.
    ///
    /// Errors: the reason of a termination, the failure of a doomed call, else what JavaScript threw.
    #[inline]
    pub fn finish<T>(&mut self, outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
        self.read_only = None;
        let untouched = self.connection.is_none() && self.savepoints.is_empty();
        if untouched && self.reason.is_none() && self.doom.is_none() {
            return match outcome {
                Ok(result) => result,
                Err(CallError::Failed(report)) => Err(report),
                Err(CallError::Terminated) => Err(no_reason()),
            };
        }
        self.finish_connected(outcome)
    }

    fn finish_connected<T>(&mut self, outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
        let doom = self.doom.take().map(|doom| doom.report);
        let failure = match (self.reason.take(), doom, &outcome) {
            (Some(reason), _, _) => Some(reason),
            // The same failure, seen by JavaScript on its way: its report may say more.
            (None, Some(doom), Err(CallError::Failed(report))) if report.sqlstate == doom.sqlstate => {
                Some(report.clone())
            }
            (None, Some(doom), _) => Some(doom),
            (None, None, Err(CallError::Terminated)) => Some(no_reason()),
            (None, None, Err(CallError::Failed(report))) => Some(report.clone()),
            (None, None, Ok(_)) => None,
        };
        if let Some(failure) = failure {
            self.unwind();
            return Err(failure);
        }
        if !self.savepoints.is_empty() {
            self.unwind();
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                    "a savepoint was still open when the function returned",
                )
                .with_hint("Await the promise that ctx.db.savepoint returns."),
            ));
        }
        if let Some(connection) = self.connection.take() {
            connection.finish()?;
        }
        match outcome {
            Ok(result) => result,
            Err(_) => Err(no_reason()),
        }
    }

    /// Before an error is raised: rolls back our own subtransactions, innermost first, since whoever catches the error
    /// only knows of its own; leaves the rest to the abort.
    fn unwind(&mut self) {
        while let Some(savepoint) = self.savepoints.pop() {
            if let Err(report) = savepoint.roll_back() {
                // The transaction is past saving; the abort of the error about to be raised takes the rest along.
                self.reason.get_or_insert(report);
                break;
            }
        }
        self.memory.abandon();
        if let Some(connection) = self.connection.take() {
            connection.abandon();
        }
    }

    /// Chooses whether a failed statement is undone on its own: where the code could observe the failure.
    fn guard_statements(&mut self, can_catch: bool) {
        // A parallel query allows no subtransaction. Without one a failure cannot be survived, but what does not fail
        // runs.
        let guarded = can_catch && !session::in_parallel_mode();
        self.guard = if guarded { Guard::Subtransaction } else { Guard::None };
    }

    /// Connects to SPI when this is the first statement.
    fn connect(&mut self) -> std::result::Result<(), HostError> {
        if let Some(doom) = &self.doom {
            return Err(HostError::Sql(after_doom(&doom.report)));
        }
        if self.connection.is_none() {
            let connection =
                Connection::open(self.nonatomic).map_err(|report| self.failed(report, Guard::None))?;
            self.connection = Some(connection);
        }
        Ok(())
    }

    /// After what may have changed `TimeZone`.
    #[inline]
    fn follow_time_zone(&mut self) -> std::result::Result<(), HostError> {
        time_zone::follow_running().map_err(|report| self.failed(report, Guard::None))
    }

    /// What becomes of a failure: what no one may catch ends the call, what was not undone dooms it.
    #[cold]
    fn failed(&mut self, report: Box<ErrorReport>, guard: Guard) -> HostError {
        if report.sqlstate.is_uncatchable() {
            self.reason = Some(report);
            return HostError::Terminate;
        }
        if guard == Guard::None && self.doom.is_none() {
            self.doom = Some(Doom { report: report.clone(), savepoints: self.savepoints.len() });
        }
        HostError::Sql(report)
    }
}

impl Host for CallHost<'_> {
    fn prepare(&mut self, sql: &str) -> std::result::Result<PreparedStatement, HostError> {
        self.connect()?;
        let tables = self.connection.as_ref().and_then(Connection::transition_tables);
        plans::prepare(sql, self.guard, tables).map_err(|report| self.failed(report, self.guard))
    }

    fn execute(
        &mut self,
        plan: PlanId,
        params: &[Value<'_>],
        rows: &mut dyn RowSink,
    ) -> std::result::Result<Completion, HostError> {
        self.connect()?;
        let guard = self.guard;
        let outcome = database::execute(&mut self.memory, plan, params, self.snapshot, guard, rows).map_err(
            |failure| match failure {
                database::Failure::Statement(report) => self.failed(report, guard),
                database::Failure::Conversion(report) => HostError::Sql(report),
                database::Failure::Sink(error) => error,
            },
        );
        self.follow_time_zone()?;
        outcome
    }

    fn savepoint_begin(&mut self) -> std::result::Result<(), HostError> {
        self.connect()?;
        let savepoint = Subtransaction::begin().map_err(|report| self.failed(report, Guard::None))?;
        self.savepoints.push(savepoint);
        Ok(())
    }

    fn savepoint_end(&mut self, outcome: SavepointOutcome) -> std::result::Result<(), HostError> {
        let depth = self.savepoints.len();
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
                self.follow_time_zone()?;
                match self.doom.take_if(|_| undone) {
                    Some(doom) if outcome == SavepointOutcome::Release => Err(HostError::Sql(doom.report)),
                    _ => Ok(()),
                }
            }
        }
    }

    fn log(&mut self, level: LogLevel, message: &str) -> std::result::Result<(), HostError> {
        let level = match level {
            LogLevel::Debug => MessageLevel::Debug,
            LogLevel::Log => MessageLevel::Log,
            LogLevel::Info => MessageLevel::Info,
            LogLevel::Notice => MessageLevel::Notice,
            LogLevel::Warning => MessageLevel::Warning,
        };
        session::log(level, message).map_err(|report| self.failed(report, Guard::None))
    }

    fn now(&mut self) -> TimestampTz {
        session::transaction_timestamp()
    }

    fn users(&mut self) -> Users {
        users()
    }

    fn load_artifact(&mut self, hash: &str) -> std::result::Result<Rc<ModuleSource>, HostError> {
        artifact::load(hash).map_err(|report| self.failed(report, Guard::None))
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

    fn check_interrupts(&mut self) -> std::result::Result<(), HostError> {
        session::check_interrupts().map_err(|report| {
            self.reason = Some(report);
            HostError::Terminate
        })
    }
}

/// The names of the users; a user who was dropped under the session is named by number, as PostgreSQL does.
fn users() -> Users {
    let name = |role: pg_boundary::pg_sys::Oid| {
        session::role_name(role).unwrap_or_else(|_| format!("unknown (OID={})", role.to_u32()))
    };
    Users { current: name(session::current_user()), session: name(session::session_user()) }
}

#[cold]
fn after_doom(first: &ErrorReport) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(
            SqlState::IN_FAILED_SQL_TRANSACTION,
            "an earlier statement of this call failed, and its failure was not undone",
        )
        .with_detail(format!("The error was: {}", first.message)),
    )
}

#[cold]
fn no_reason() -> Box<ErrorReport> {
    Box::new(ErrorReport::internal("execution ended without a reason"))
}
