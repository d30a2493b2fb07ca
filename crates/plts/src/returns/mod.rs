//! What is not one value for one call: sets, the rows of procedures, and the results of window functions.

mod procedure;
mod set;
mod window;

pub use window::answer as answer_window;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionKind, FunctionRow, unsupported};
use pg_boundary::pg_sys::Datum;
use pg_boundary::result_type::ResultType;
use pg_boundary::typeio::{Codec, Use, type_name};
use plts_core::{Dialect, TypeShape};

use crate::function::Function;

/// How a function gives its result. The signature has the conversion of the value, or of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// One value for each call.
    Value,
    /// One value for each call, which has a window instead of arguments.
    WindowValue,
    /// A set.
    Set,
    /// The row of a procedure's output arguments, which must be there.
    ProcedureRow,
    /// The same, with one column: the value is that of the column.
    ProcedureValue,
}

impl Returns {
    /// How a function of that row gives what `result` asks for, and the conversion.
    ///
    /// Errors: 0A000 for a result that it cannot give.
    pub fn new(row: &FunctionRow, result: ResultType, dialect: Dialect) -> Result<(Self, Codec)> {
        let codec = match result {
            ResultType::Scalar(oid) | ResultType::RowDomain(oid) => {
                Codec::new(oid, -1, Use::Signature(dialect))?
            }
            ResultType::Row(columns) => Codec::composite(columns),
            ResultType::UnknownRow => return Err(unknown_row()),
            ResultType::Other(oid) => {
                let name = type_name(oid, -1)?;
                return Err(unsupported(format!("plts functions cannot return type {name}")));
            }
        };
        let returns = match (row.kind, row.returns_set, codec.row()) {
            (FunctionKind::Window, _, _) => Self::WindowValue,
            (FunctionKind::Procedure, _, Some(columns)) if columns.shape().fields.len() == 1 => {
                Self::ProcedureValue
            }
            (FunctionKind::Procedure, _, Some(_)) => Self::ProcedureRow,
            (_, true, _) => Self::Set,
            (_, false, _) => Self::Value,
        };
        Ok((returns, codec))
    }

    /// What JavaScript has to give for a result or a row of that codec.
    pub fn shape(self, codec: &Codec) -> TypeShape {
        match (self, codec.row()) {
            (Self::ProcedureValue, Some(columns)) => columns.shape().fields[0].shape.clone(),
            _ => codec.shape().clone(),
        }
    }
}

/// As PostgreSQL says it.
#[cold]
pub fn unknown_row() -> Box<plts_core::ErrorReport> {
    unsupported("function returning record called in context that cannot accept type record")
}

/// Runs a function that does not just give a value.
#[cold]
#[inline(never)]
pub fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    match function.returns {
        Returns::WindowValue => window::run(call, function),
        Returns::ProcedureRow | Returns::ProcedureValue => procedure::run(call, function, nonatomic),
        Returns::Value | Returns::Set => set::run(call, function, nonatomic),
    }
}
