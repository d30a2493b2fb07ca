//! The declared signature: which arguments a call gives, what it gets back, and the conversions for both.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionKind, FunctionRow, unsupported};
use pg_boundary::pg_sys::{self, Oid};
use pg_boundary::result_type::{self, ResultType};
use pg_boundary::typeio::{Codec, Signature, Use, type_name};
use plts_core::{Dialect, SqlState, TypeShape};

use super::Occasion;
use crate::returns::{Returns, unknown_row};

/// A signature with its conversions chosen.
pub struct Prepared {
    pub signature: Signature,
    pub returns: Returns,
    /// What JavaScript has to give: a value, or each row of a set.
    pub shape: TypeShape,
}

/// Which calls a prepared function serves, beside the function's OID: nothing more for most functions. For a polymorphic
/// one, those whose arguments have these types; for one that gives `record`, those that ask for these columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActualTypes {
    arguments: Box<[Oid]>,
    /// The session's number of the columns.
    record: Option<i32>,
}

impl ActualTypes {
    /// The types that matter of a call.
    ///
    /// Errors: 0A000 when it gives `record` and the call does not say the columns.
    pub fn of(row: &FunctionRow, call: &Call) -> Result<Self> {
        let mut actual = Self::default();
        if is_polymorphic(row) {
            actual.arguments = (0..row.inputs().count()).map(|index| call.argument_type(index)).collect();
        }
        if row.result == pg_sys::RECORDOID && row.outputs().next().is_none() {
            let ResultType::Row(columns) = ResultType::of_call(call, Dialect::TypeScript)? else {
                return Err(unknown_row());
            };
            actual.record = Some(columns.typmod());
        }
        Ok(actual)
    }
}

fn is_polymorphic(row: &FunctionRow) -> bool {
    row.arguments.iter().any(|argument| result_type::is_polymorphic(argument.type_oid))
}

/// The conversions for a call. `row` comes back with the call's types in the place of polymorphic ones.
///
/// Errors: 0A000 and 42P13 for what the language does not have.
pub fn for_call(
    row: &mut FunctionRow,
    call: &Call,
    actual: &ActualTypes,
    dialect: Dialect,
) -> Result<Prepared> {
    check_declaration(row, dialect)?;
    if Occasion::of(row) != Occasion::Query {
        // The rows come with the call, and go as PostgreSQL's trigger manager wants them.
        let nothing = Codec::new(pg_sys::VOIDOID, -1, Use::Signature(dialect))?;
        let signature = Signature::for_types(row.oid, Vec::new(), nothing, Box::default());
        return Ok(Prepared { signature, returns: Returns::Value, shape: TypeShape::Void });
    }
    if !actual.arguments.is_empty() {
        result_type::resolve(row, call)?;
    }
    let arguments = argument_codecs(row, dialect)?;
    let result = if result_type::is_polymorphic(row.result) || row.result == pg_sys::RECORDOID {
        ResultType::of_call(call, dialect)?
    } else {
        declared_result(row, dialect)?
    };
    let (returns, codec) = Returns::new(row, result, dialect)?;
    let shape = returns.shape(&codec);
    let signature = Signature::for_types(row.oid, arguments, codec, actual.arguments.clone());
    Ok(Prepared { signature, returns, shape })
}

/// Checks a declaration, of which no call is known: polymorphic types stand for integers.
pub fn check(row: &mut FunctionRow, dialect: Dialect) -> Result<(Vec<Codec>, TypeShape)> {
    check_declaration(row, dialect)?;
    if Occasion::of(row) != Occasion::Query {
        return Ok((Vec::new(), TypeShape::Void));
    }
    let polymorphic = is_polymorphic(row);
    for argument in &mut row.arguments {
        if let Some(stand_in) = result_type::stand_in(argument.type_oid) {
            argument.type_oid = stand_in;
        }
    }
    let arguments = argument_codecs(row, dialect)?;
    for output in row.outputs() {
        Codec::new(output.type_oid, -1, Use::Signature(dialect))?;
    }
    if polymorphic {
        if let Some(stand_in) = result_type::stand_in(row.result) {
            Codec::new(stand_in, -1, Use::Signature(dialect))?;
        }
        return Ok((arguments, TypeShape::Void));
    }
    let shape = match declared_result(row, dialect)? {
        // Each call says its columns.
        ResultType::UnknownRow => TypeShape::Record,
        result => {
            let (returns, codec) = Returns::new(row, result, dialect)?;
            returns.shape(&codec)
        }
    };
    Ok((arguments, shape))
}

fn declared_result(row: &FunctionRow, dialect: Dialect) -> Result<ResultType> {
    // A procedure without OUT arguments had no result type once; void is the same to us.
    if row.result == Oid::INVALID {
        return Ok(ResultType::Scalar(pg_sys::VOIDOID));
    }
    ResultType::of_function(row.oid, dialect)
}

fn argument_codecs(row: &FunctionRow, dialect: Dialect) -> Result<Vec<Codec>> {
    let purpose = Use::Signature(dialect);
    row.inputs()
        .map(|argument| match argument.type_oid {
            // A function that only other functions call, by plv8.find_function: nothing in SQL has such a value.
            pg_sys::INTERNALOID if dialect == Dialect::Plv8 => Codec::new(pg_sys::VOIDOID, -1, purpose),
            oid => Codec::new(oid, -1, purpose),
        })
        .collect()
}

fn check_declaration(row: &FunctionRow, dialect: Dialect) -> Result<()> {
    if row.kind == FunctionKind::Aggregate {
        return Err(unsupported("plts functions cannot be aggregates by themselves"));
    }
    let occasion = Occasion::of(row);
    if occasion == Occasion::EventTrigger && dialect == Dialect::Plv8 {
        return Err(unsupported("plv8 functions cannot be event triggers"));
    }
    if occasion != Occasion::Query {
        return occasion.check_declaration(row, dialect);
    }
    for (index, argument) in row.arguments.iter().enumerate() {
        let is_ctx = argument.name.as_deref() == Some("ctx") && argument.mode.is_input();
        if is_ctx && dialect == Dialect::TypeScript {
            return Err(Box::new(
                ErrorReport::new(SqlState::INVALID_FUNCTION_DEFINITION, "parameter name \"ctx\" is reserved")
                    .with_hint("It is the name by which a function reaches the database."),
            ));
        }
        if let Some(what) = refused(argument.type_oid) {
            return Err(refusal(what, &format!("argument {}", index + 1), argument.type_oid));
        }
    }
    Ok(())
}

/// Pseudo-types that only say what a function gives, not what it takes.
fn refused(oid: Oid) -> Option<&'static str> {
    match oid {
        pg_sys::TRIGGEROID => Some("arguments of type trigger"),
        pg_sys::EVENT_TRIGGEROID => Some("arguments of type event_trigger"),
        pg_sys::VOIDOID => Some("arguments of type void"),
        _ => None,
    }
}

fn refusal(what: &str, place: &str, oid: Oid) -> Box<ErrorReport> {
    let name = match type_name(oid, -1) {
        Ok(name) => name,
        Err(error) => return error,
    };
    let mut report = unsupported(format!("plts does not support {what} yet"));
    report.detail = Some(format!("The {place} is of type {name}."));
    report
}
