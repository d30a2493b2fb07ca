//! Running a statement and handing its rows over.

use pg_boundary::ErrorReport;
use pg_boundary::memory::ScratchMemory;
use pg_boundary::spi::{self, Guard, Rows, Snapshot};
use plts_core::Value;
use plts_js::{Completion, HostError, PlanId, RowSink};

use super::plans::{self, Statement};

/// Where a statement failed.
pub enum Failure {
    /// In PostgreSQL, while it ran.
    Statement(Box<ErrorReport>),
    /// In a value, on its way out of the result; the statement itself is done.
    Conversion(Box<ErrorReport>),
    /// In JavaScript, while it took a row.
    Sink(HostError),
}

/// Runs a plan with parameters. What it and its rows need is made in `memory` and gone after it.
pub fn execute(
    memory: &mut ScratchMemory,
    plan: PlanId,
    params: &[Value<'_>],
    snapshot: Snapshot,
    guard: Guard,
    sink: &mut dyn RowSink,
) -> Result<Completion, Failure> {
    let statement = plans::get(plan).map_err(Failure::Conversion)?;
    let completion = memory.with(|| match &*statement {
        Statement::Plan(plan) => {
            let rows = plan.execute(params, snapshot, guard).map_err(Failure::Statement)?;
            deliver(&rows, sink)
        }
        Statement::Text(sql) => {
            let rows = spi::execute_text(sql, snapshot, guard).map_err(Failure::Statement)?;
            deliver(&rows, sink)
        }
    });
    memory.reset();
    completion
}

fn deliver(rows: &Rows<'_>, sink: &mut dyn RowSink) -> Result<Completion, Failure> {
    if let Some(shape) = rows.shape() {
        let names: Vec<&str> = shape.names().iter().map(String::as_str).collect();
        sink.columns(&names);
        let mut refused = None;
        let outcome = rows.for_each(|values| {
            sink.row(values).map_err(|error| {
                refused = Some(error);
                Box::new(ErrorReport::internal("a row was refused"))
            })
        });
        if let Some(error) = refused {
            return Err(Failure::Sink(error));
        }
        outcome.map_err(Failure::Conversion)?;
    }
    Ok(Completion { row_count: rows.processed() })
}
