//! What a call must give: for polymorphic functions and `record` it differs from call to call.

use std::ffi::{c_char, c_int};

use pgrx::pg_sys::{self, Oid};
use plts_core::{Dialect, ErrorReport, SqlState};

use crate::call::Call;
use crate::error::{Result, check};
use crate::function::{ArgumentMode, FunctionRow};
use crate::raw;
use crate::typeio::RowCodec;

/// The type of a result, or of the rows of a set (`get_call_result_type` in `funcapi.h`).
pub enum ResultType {
    /// A value that is no row, `void` included.
    Scalar(Oid),
    /// A row of these columns: a composite type, `OUT` arguments, or a column definition list.
    Row(RowCodec),
    /// A domain over a composite type.
    RowDomain(Oid),
    /// `record`, and nothing says what its columns are.
    UnknownRow,
    /// A pseudo-type that stands for no type of its own: polymorphic, or one that no function can give.
    Other(Oid),
}

impl ResultType {
    /// What this call must give.
    ///
    /// Errors: 42804 when a polymorphic result cannot be told from the call.
    pub fn of_call(call: &Call, dialect: Dialect) -> Result<Self> {
        let mut found = empty();
        // SAFETY: the record of a call in progress; the shim catches errors.
        unsafe { check(raw::pgb_call_result_type(call.record(), &mut found))? };
        read(&found, dialect)
    }

    /// What a function gives by its declaration alone.
    pub fn of_function(function: Oid, dialect: Dialect) -> Result<Self> {
        let mut found = empty();
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_function_result_type(function, &mut found))? };
        read(&found, dialect)
    }
}

fn empty() -> raw::ResultType {
    raw::ResultType { kind: 0, oid: Oid::INVALID, descriptor: std::ptr::null_mut() }
}

fn read(found: &raw::ResultType, dialect: Dialect) -> Result<ResultType> {
    Ok(match found.kind as pg_sys::TypeFuncClass::Type {
        pg_sys::TypeFuncClass::TYPEFUNC_SCALAR => ResultType::Scalar(found.oid),
        pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE_DOMAIN => ResultType::RowDomain(found.oid),
        pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE | pg_sys::TypeFuncClass::TYPEFUNC_RECORD => {
            if found.descriptor.is_null() {
                return Ok(ResultType::UnknownRow);
            }
            // SAFETY: the shim has just made the descriptor, in the current memory context.
            ResultType::Row(unsafe { RowCodec::of_descriptor(found.descriptor, dialect)? })
        }
        _ => ResultType::Other(found.oid),
    })
}

/// Whether a type stands for another one that the call decides (`IsPolymorphicType` in `pg_type.h`).
pub fn is_polymorphic(oid: Oid) -> bool {
    stand_in(oid).is_some()
}

/// The type that stands for a polymorphic one while nothing is known of a call: those that plpgsql's validator takes.
pub fn stand_in(oid: Oid) -> Option<Oid> {
    Some(match oid {
        pg_sys::ANYELEMENTOID
        | pg_sys::ANYNONARRAYOID
        | pg_sys::ANYENUMOID
        | pg_sys::ANYCOMPATIBLEOID
        | pg_sys::ANYCOMPATIBLENONARRAYOID => pg_sys::INT4OID,
        pg_sys::ANYARRAYOID | pg_sys::ANYCOMPATIBLEARRAYOID => pg_sys::INT4ARRAYOID,
        pg_sys::ANYRANGEOID | pg_sys::ANYCOMPATIBLERANGEOID => pg_sys::INT4RANGEOID,
        pg_sys::ANYMULTIRANGEOID | pg_sys::ANYCOMPATIBLEMULTIRANGEOID => pg_sys::INT4MULTIRANGEOID,
        _ => return None,
    })
}

/// Puts the types of this call in the place of a function's polymorphic ones.
///
/// Errors: 0A000 when the call does not say them, as when a function is called without an expression.
pub fn resolve(row: &mut FunctionRow, call: &Call) -> Result<()> {
    let mut types: Vec<Oid> = row.arguments.iter().map(|argument| argument.type_oid).collect();
    let mut modes: Vec<c_char> = row.arguments.iter().map(|argument| mode_letter(argument.mode)).collect();
    let count = c_int::try_from(types.len()).unwrap_or(c_int::MAX);
    let mut known = false;
    // SAFETY: both arrays have `count` entries; the record is of a call in progress, made through a function manager
    // record, as each call of a language handler is; the shim catches errors.
    unsafe {
        check(raw::pgb_actual_types(
            call.record(),
            count,
            types.as_mut_ptr(),
            modes.as_mut_ptr(),
            &mut known,
        ))?;
    }
    if !known {
        return Err(Box::new(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("could not determine actual argument type for polymorphic function \"{}\"", row.name),
        )));
    }
    for (argument, actual) in row.arguments.iter_mut().zip(types) {
        argument.type_oid = actual;
    }
    Ok(())
}

fn mode_letter(mode: ArgumentMode) -> c_char {
    (match mode {
        ArgumentMode::In => b'i',
        ArgumentMode::Out => b'o',
        ArgumentMode::InOut => b'b',
        ArgumentMode::Variadic => b'v',
        ArgumentMode::Table => b't',
    }) as c_char
}
