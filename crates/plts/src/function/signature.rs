//! The declared signature: which conversions it needs, and what of it the language does not have yet.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::function::{ArgumentMode, FunctionRow, unsupported};
use pg_boundary::pg_sys::{self, Oid};
use pg_boundary::typeio::{Codec, Use, type_name};
use plts_core::SqlState;

/// A codec for each input argument, and one for the result.
pub fn codecs(row: &FunctionRow) -> Result<(Vec<Codec>, Codec)> {
    if !super::is_callable(row.kind) {
        return Err(unsupported("plts does not support window functions and aggregates yet"));
    }
    if row.returns_set {
        return Err(unsupported("plts does not support set-returning functions yet"));
    }
    let mut arguments = Vec::with_capacity(row.arguments.len());
    for (index, argument) in row.arguments.iter().enumerate() {
        match argument.mode {
            ArgumentMode::In => {}
            ArgumentMode::Variadic => {
                return Err(unsupported("plts does not support VARIADIC arguments yet"));
            }
            ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table => {
                return Err(unsupported("plts does not support OUT and INOUT arguments yet"));
            }
        }
        if argument.name.as_deref() == Some("ctx") {
            return Err(Box::new(
                ErrorReport::new(SqlState::INVALID_FUNCTION_DEFINITION, "parameter name \"ctx\" is reserved")
                    .with_hint("It is the name by which a function reaches the database."),
            ));
        }
        if let Some(what) = refused(argument.type_oid) {
            return Err(refusal(what, &format!("argument {}", index + 1), argument.type_oid));
        }
        arguments.push(Codec::new(argument.type_oid, -1, Use::Signature)?);
    }
    if let Some(what) = refused(row.result).filter(|_| row.result != pg_sys::VOIDOID) {
        return Err(refusal(what, "result", row.result));
    }
    let result = if row.result == Oid::INVALID {
        // A procedure without OUT arguments in PostgreSQL 11 to 13 had no result type; void is the same to us.
        Codec::new(pg_sys::VOIDOID, -1, Use::Signature)?
    } else {
        Codec::new(row.result, -1, Use::Signature)?
    };
    Ok((arguments, result))
}

/// Pseudo-types that say what a function is for, and that the language does not have yet.
fn refused(oid: Oid) -> Option<&'static str> {
    match oid {
        pg_sys::TRIGGEROID => Some("trigger functions"),
        pg_sys::EVENT_TRIGGEROID => Some("event trigger functions"),
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
