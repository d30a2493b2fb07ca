//! Procedures with output arguments: `CALL` shows them as a row.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use plts_core::{CompositeValue, Value};
use plts_js::RoleId;

use super::Returns;
use crate::arguments::CallArguments;
use crate::function::Function;
use crate::host::CallHost;

pub fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    let arguments = CallArguments::of(call, function)?;
    let mut host = CallHost::new(function.snapshot, nonatomic, function.dialect);
    let role = RoleId(session::current_user().to_u32());
    let outcome =
        function.engine()?.call(role, &function.spec, &mut host, &arguments, |value| row(function, value));
    host.finish(outcome)
}

/// The row, which PostgreSQL wants even when the procedure gave nothing.
fn row(function: &Function, value: &Value<'_>) -> Result<Datum> {
    let no_row = || Box::new(ErrorReport::internal("a procedure's row has no columns"));
    let columns = function.signature.result().row().ok_or_else(no_row)?;
    let shape = columns.shape();
    let made = match (function.returns, value) {
        (Returns::ProcedureValue, value) => CompositeValue::new(shape.clone(), vec![value.clone()]),
        (_, Value::Composite(row)) => return columns.encode_datum(row),
        _ => CompositeValue::new(shape.clone(), vec![Value::Null; shape.fields.len()]),
    };
    columns.encode_datum(&made.ok_or_else(no_row)?)
}
