//! What is not one value for one call: sets, and the results of window functions.

mod set;
mod window;

pub use window::answer as answer_window;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionKind, FunctionRow, unsupported};
use pg_boundary::pg_sys::Datum;
use pg_boundary::result_type::ResultType;
use pg_boundary::typeio::{Codec, Use, type_name};

use crate::function::Function;

/// How a function gives its result. The signature has the conversion of the value, or of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// One value for each call.
    Value,
    /// One value for each call, which has a window instead of arguments.
    WindowValue,
    /// A set of values of one column.
    Set,
    /// A set of values of a domain over a composite type.
    SetOfDomain,
}

impl Returns {
    /// How a function of that row gives what `result` asks for, and the conversion.
    ///
    /// Errors: 0A000 for a result that it cannot give.
    pub fn new(row: &FunctionRow, result: &ResultType) -> Result<(Self, Codec)> {
        let codec = match result {
            ResultType::Scalar(oid) | ResultType::Row(oid) | ResultType::RowDomain(oid) => {
                Codec::new(*oid, -1, Use::Signature)?
            }
            ResultType::UnknownRow => {
                return Err(unsupported(
                    "function returning record called in context that cannot accept type record",
                ));
            }
            ResultType::Other(oid) => {
                return Err(unsupported(format!(
                    "plts functions cannot return type {}",
                    type_name(*oid, -1)?
                )));
            }
        };
        let returns = match (row.kind, row.returns_set, result) {
            (FunctionKind::Window, _, _) => Self::WindowValue,
            (_, true, ResultType::RowDomain(_)) => Self::SetOfDomain,
            (_, true, _) => Self::Set,
            (_, false, _) => Self::Value,
        };
        Ok((returns, codec))
    }
}

/// Runs a function that does not just give a value.
#[cold]
#[inline(never)]
pub fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    match function.returns {
        Returns::WindowValue => window::run(call, function),
        Returns::Value | Returns::Set | Returns::SetOfDomain => set::run(call, function, nonatomic),
    }
}
