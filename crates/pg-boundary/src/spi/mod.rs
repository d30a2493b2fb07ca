//! Statements over SPI: a connection, plans whose parameter types PostgreSQL infers, and rows as values.
//!
//! Each statement is one PG_TRY. A guarded one runs in a subtransaction, so that its failure can be survived; after the
//! failure of an unguarded one the transaction has to abort, and the caller must run no further statement.

mod cursor;
mod kept;
mod plan;
mod rows;
mod shape;
mod subtransaction;
mod transaction;

pub use cursor::{Cursor, Distance};
pub use plan::{Plan, Purpose, Reading, split_statements_hint};
pub use rows::RowVisitor;
pub use shape::{ColumnNames, RowShape};
pub use subtransaction::Subtransaction;
pub use transaction::{TransactionEnd, end_transaction};

use plts_core::{Dialect, Value};

use crate::error::{Result, check};
use crate::raw;
use crate::text;
use crate::trigger::{TransitionTables, TriggerCall};
use rows::Table;

/// Whether a statement's failure can be survived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// In a subtransaction, which a failure rolls back.
    Subtransaction,
    /// Directly: a failure dooms the transaction.
    None,
    /// As `None`, and what is called may end the transaction. For a connection opened so.
    Nonatomic,
}

/// What a statement may do: SPI's read-only flag, which follows a function's volatility as in plpgsql.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// The calling query's snapshot, and no command that writes.
    Caller,
    /// A new snapshot for each statement.
    Fresh,
}

/// A connection to SPI. Connections nest like calls.
#[must_use]
pub struct Connection {
    open: bool,
    tables: Option<TransitionTables>,
}

impl Connection {
    /// Connects. `nonatomic` allows transaction control inside, for a procedure called outside a transaction block.
    pub fn open(nonatomic: bool) -> Result<Self> {
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_spi_connect(nonatomic))? };
        Ok(Self { open: true, tables: None })
    }

    /// Connects for a trigger: its transition tables, if it has any, are visible by their names.
    pub fn open_for(trigger: &TriggerCall<'_>) -> Result<Self> {
        let mut connection = Self::open(false)?;
        match TransitionTables::open(trigger) {
            Ok(tables) => connection.tables = tables,
            Err(report) => {
                connection.abandon();
                return Err(report);
            }
        }
        Ok(connection)
    }

    /// The transition tables that statements see.
    pub fn transition_tables(&self) -> Option<&TransitionTables> {
        self.tables.as_ref()
    }

    /// Leaves the connection to the abort that must follow a failure without a subtransaction.
    pub fn abandon(mut self) {
        self.open = false;
    }

    /// Closes the connection.
    pub fn finish(mut self) -> Result<()> {
        self.close()
    }

    fn close(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.open, false) {
            return Ok(());
        }
        // SAFETY: connected by us; connections above ours are closed already, since calls nest.
        unsafe { check(raw::pgb_spi_finish()) }
    }

    /// Runs one statement given as text and gives its rows. For statements of ours, whose text is always the same: the
    /// session keeps its plan.
    pub fn run(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Vec<Value<'static>>>> {
        self.run_plan(&*kept::plan(sql)?, params)
    }

    /// As [`Self::run`], for a text that was made up for this once.
    pub fn run_once(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Vec<Value<'static>>>> {
        self.run_plan(&Plan::prepare(sql, Purpose::Statement)?, params)
    }

    /// As [`Self::run`], with a plan made before.
    pub fn run_plan(&self, plan: &Plan, params: &[Value<'_>]) -> Result<Vec<Vec<Value<'static>>>> {
        let mut all = Gathered::default();
        plan.execute(params, Snapshot::Fresh, Guard::None, &mut all)?;
        Ok(all.0)
    }

    /// Runs commands given as text, several if need be, without parameters.
    pub fn run_commands(&self, sql: &str) -> Result<()> {
        let visitor = &mut Gathered::default();
        execute_text(sql, Snapshot::Fresh, Guard::None, Dialect::TypeScript, visitor).map(drop)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // An error of SPI_finish ("not connected") cannot happen for a connection of ours; the shim has caught it.
        let _ = self.close();
    }
}

/// All rows of a statement, owned.
#[derive(Default)]
struct Gathered(Vec<Vec<Value<'static>>>);

impl RowVisitor for Gathered {
    fn columns(&mut self, _names: &ColumnNames) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<()> {
        let width = values.len() / count.max(1);
        for row in 0..count {
            let values = &values[row * width..(row + 1) * width];
            self.0.push(values.iter().cloned().map(Value::into_owned).collect());
        }
        Ok(())
    }
}

fn execution(snapshot: Snapshot, guard: Guard) -> raw::Execution {
    raw::Execution {
        read_only: snapshot == Snapshot::Caller,
        guarded: guard == Guard::Subtransaction,
        nonatomic: guard == Guard::Nonatomic,
    }
}

/// Runs a text of one or more statements, each parsed when its turn comes. Gives the rows of the last to `visitor`, and
/// how many rows it returned or touched.
pub fn execute_text(
    sql: &str,
    snapshot: Snapshot,
    guard: Guard,
    dialect: Dialect,
    visitor: &mut dyn RowVisitor,
) -> Result<u64> {
    let sql = text::to_server(sql)?;
    let mut result = raw::SpiResult { processed: 0, tuples: std::ptr::null_mut() };
    // SAFETY: a C string; the shim catches errors. The table it gives is ours.
    let table = unsafe {
        check(raw::pgb_spi_execute_text(
            sql.as_ptr(),
            snapshot == Snapshot::Caller,
            guard == Guard::Subtransaction,
            &mut result,
        ))?;
        Table::new(result.tuples)
    };
    table.deliver(visitor, dialect)?;
    Ok(result.processed)
}
