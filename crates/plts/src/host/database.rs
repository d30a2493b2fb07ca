//! Running a statement and handing its rows over.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::memory::ScratchMemory;
use pg_boundary::spi::{self, ColumnNames, Cursor, Distance, Guard, RowVisitor, Snapshot};
use plts_core::Value;
use plts_js::{HostError, RowSink};

use crate::limits::RowCount;

use super::plans::{Kind, Statement};

/// Why a statement gave nothing. It failed, wherever the failure was.
pub enum Failure {
    /// In PostgreSQL, or in a value on its way.
    Statement(Box<ErrorReport>),
    /// In JavaScript, while it took a row.
    Sink(HostError),
}

/// Takes rows for the engine, and keeps what the engine refuses them with.
struct ToSink<'r> {
    sink: &'r mut dyn RowSink,
    count: RowCount,
    refused: Option<HostError>,
}

impl ToSink<'_> {
    fn keep(&mut self, outcome: std::result::Result<(), HostError>) -> Result<()> {
        outcome.map_err(|error| {
            self.refused = Some(error);
            Box::new(ErrorReport::internal("a row was refused"))
        })
    }
}

impl RowVisitor for ToSink<'_> {
    fn columns(&mut self, names: &ColumnNames) -> Result<()> {
        let outcome = self.sink.columns(names);
        self.keep(outcome)
    }

    fn rows(&mut self, values: &[Value<'_>], count: usize) -> Result<()> {
        self.count.add(count)?;
        let outcome = self.sink.rows(values, count);
        self.keep(outcome)
    }
}

/// Runs `work` with rows going to `sink`. What it and its rows need is made in `memory` and gone after it.
fn with_sink<T>(
    memory: &mut ScratchMemory,
    sink: &mut dyn RowSink,
    work: impl FnOnce(&mut dyn RowVisitor) -> Result<T>,
) -> std::result::Result<T, Failure> {
    let mut visitor = ToSink { sink, count: RowCount::new(), refused: None };
    let outcome = memory.with(|| work(&mut visitor));
    memory.reset();
    match (visitor.refused, outcome) {
        (Some(refused), _) => Err(Failure::Sink(refused)),
        (None, outcome) => outcome.map_err(Failure::Statement),
    }
}

/// Runs a statement with parameters, and tells how many rows it returned or touched.
pub fn execute(
    memory: &mut ScratchMemory,
    statement: &Statement,
    params: &[Value<'_>],
    snapshot: Snapshot,
    guard: Guard,
    sink: &mut dyn RowSink,
) -> std::result::Result<u64, Failure> {
    with_sink(memory, sink, |visitor| match statement.kind() {
        Kind::Plan(plan) => plan.execute(params, snapshot, guard, visitor),
        Kind::Text => spi::execute_text(statement.text(), snapshot, guard, statement.dialect(), visitor),
    })
}

/// Fetches from a cursor, and tells how many rows there were.
pub fn fetch(
    memory: &mut ScratchMemory,
    cursor: &Cursor,
    distance: Distance,
    guard: Guard,
    sink: &mut dyn RowSink,
) -> std::result::Result<u64, Failure> {
    with_sink(memory, sink, |visitor| cursor.fetch(distance, guard, visitor))
}
