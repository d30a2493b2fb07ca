//! The only door out of an isolate: what JavaScript may ask of the database. Whoever embeds the engine implements
//! [`Host`]; the engine calls it on its own thread only, one call at a time per frame.

use std::any::Any;
use std::rc::Rc;

use plts_core::{ErrorReport, TimestampTz, TypeShape, Value};

use crate::kept_module::KeptBuffer;
use crate::module::ModuleSource;
use crate::window::{WindowAnswer, WindowQuestion};

/// A statement that the host has parsed and planned.
#[derive(Clone)]
pub struct PreparedStatement {
    /// What the host knows it by. The engine may forget it at any time.
    pub plan: Rc<dyn Any>,
    /// The shapes of `$1`, `$2`, …; their number is the number of parameters.
    pub params: Rc<[TypeShape]>,
}

/// What a statement is prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementUse {
    Run,
    /// A cursor that goes forward only.
    Cursor,
    ScrollCursor,
    /// A cursor that goes backwards if its plan can without more ado.
    FlexibleCursor,
}

/// An open cursor of the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorId(pub u32);

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Rows returned or touched.
    pub row_count: u64,
}

/// What a savepoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavepointKind {
    /// Code of the author's, which may survive the failure of a statement in it.
    Work,
    /// Statements that fail together: one that fails ends the savepoint.
    Batch,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    Commit,
    Rollback,
}

/// How a savepoint ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavepointOutcome {
    Release,
    Rollback,
}

/// PostgreSQL's message levels that JavaScript may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Debug5,
    Debug4,
    Debug3,
    Debug2,
    /// The least of the debugging levels, `DEBUG1`.
    Debug,
    Log,
    Info,
    Notice,
    Warning,
}

/// Whose rights apply, and who connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    pub current: String,
    pub session: String,
}

/// What a handler's brand allows it. Without a brand it is [`Access::ReadWrite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

/// Why the host did not do what it was asked.
#[derive(Debug)]
pub enum HostError {
    /// JavaScript sees a `PgError` and may catch it.
    Sql(Box<ErrorReport>),
    /// The host keeps the reason. JavaScript is terminated: no `catch` and no `finally` runs any more.
    Terminate,
}

/// Takes the rows of a statement.
pub trait RowSink {
    /// The columns' names, before the first row. Called once per statement that gives rows. Results of one shape had
    /// better share the list.
    ///
    /// Errors: names that no object can have. The host passes the error on from [`Host::execute`].
    fn columns(&mut self, names: &Rc<[Box<str>]>) -> Result<(), HostError>;

    /// The values of `count` rows, one row after the other.
    ///
    /// Errors: a value that JavaScript cannot hold. The host passes the error on.
    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<(), HostError>;
}

/// The database, as the running function may use it.
pub trait Host {
    /// Prepares a statement, or finds it in the host's plan cache.
    fn prepare(&mut self, sql: &str, purpose: StatementUse) -> Result<PreparedStatement, HostError>;

    /// As [`Self::prepare`], with the types of the parameters by their OIDs.
    fn prepare_typed(
        &mut self,
        sql: &str,
        purpose: StatementUse,
        types: &[u32],
    ) -> Result<PreparedStatement, HostError>;

    /// Whether a statement that was prepared earlier can still be run. If not, it is to be prepared again.
    fn is_current(&mut self, statement: &PreparedStatement) -> Result<bool, HostError>;

    /// Runs a statement with one value per parameter. The rows go to `rows`.
    fn execute(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
        rows: &mut dyn RowSink,
    ) -> Result<Completion, HostError>;

    /// Opens a cursor over a statement that was prepared for one.
    fn cursor_open(
        &mut self,
        statement: &PreparedStatement,
        params: &[Value<'_>],
    ) -> Result<CursorId, HostError>;

    /// Gives the next rows of a cursor to `sink`, backwards when negative, and their number.
    fn cursor_fetch(&mut self, cursor: CursorId, rows: i64, sink: &mut dyn RowSink)
    -> Result<u64, HostError>;

    /// Goes past rows of a cursor, and tells how many there were.
    fn cursor_move(&mut self, cursor: CursorId, rows: i64) -> Result<u64, HostError>;

    /// Closes a cursor. One that is closed already stays so.
    fn cursor_close(&mut self, cursor: CursorId) -> Result<(), HostError>;

    /// Ends the transaction and begins a new one.
    fn end_transaction(&mut self, end: TransactionEnd) -> Result<(), HostError>;

    /// Whether JavaScript could go on after a failing statement; else its failure fails the call.
    fn observes_failures(&self) -> bool;

    /// A name as SQL writes it.
    fn quote_identifier(&mut self, name: &str) -> Result<String, HostError>;

    /// Opens a subtransaction.
    fn savepoint_begin(&mut self, kind: SavepointKind) -> Result<(), HostError>;

    /// Ends the subtransaction opened last.
    fn savepoint_end(&mut self, outcome: SavepointOutcome) -> Result<(), HostError>;

    /// Whether a message of that level would reach anybody.
    fn log_is_wanted(&self, level: LogLevel) -> bool;

    /// Sends a message to the client and the server's log.
    fn log(&mut self, level: LogLevel, message: &str) -> Result<(), HostError>;

    /// When the transaction began.
    fn now(&mut self) -> TimestampTz;

    /// Who is calling.
    fn users(&mut self) -> Users;

    /// An artifact of a module graph, by its hash, and into `kept`, which is empty, what was kept of its code. The caller's right
    /// to read it was settled when the first artifact of the call was asked for.
    fn load_artifact(&mut self, hash: &str, kept: &mut KeptBuffer) -> Result<Rc<ModuleSource>, HostError>;

    /// Told once per call, before the handler runs: what its brand says, and whether its module graph can observe
    /// that a statement failed.
    fn begin(&mut self, access: Access, can_catch: bool) -> Result<(), HostError>;

    /// Asked through `ctx.window`.
    fn window(&mut self, _question: WindowQuestion) -> Result<WindowAnswer, HostError> {
        Ok(WindowAnswer::NoWindow)
    }

    /// The function that the session wants run before others in a context for plv8, if it may be run here.
    fn start_procedure(&mut self) -> Result<Option<String>, HostError> {
        Ok(None)
    }

    /// Called at a JavaScript safepoint on the engine's thread while the host's interrupt flag is set.
    fn check_interrupts(&mut self) -> Result<(), HostError>;
}

/// Gives a call its host, at once or when JavaScript first asks for something.
pub trait HostSource {
    /// Passes on what [`Host::begin`] is to be told.
    fn begin(&mut self, access: Access, can_catch: bool) -> Result<(), HostError>;

    /// The host.
    fn host(&mut self) -> &mut dyn Host;
}

impl<H: Host> HostSource for H {
    fn begin(&mut self, access: Access, can_catch: bool) -> Result<(), HostError> {
        Host::begin(self, access, can_catch)
    }

    fn host(&mut self) -> &mut dyn Host {
        self
    }
}
