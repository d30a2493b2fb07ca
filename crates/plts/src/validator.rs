//! The validator: what `CREATE FUNCTION` asks before it keeps a function. It parses and looks things up; it stores
//! nothing and runs nothing. As plpgsql's, it checks the declaration always and the body when
//! `check_function_bodies` is on.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{self as catalog, FunctionRow};
use pg_boundary::pg_sys::Datum;

use crate::function;
use crate::language::Language;

/// Entered by PostgreSQL for a function in LANGUAGE plts.
pub fn validate(call: &Call) -> Result<Datum> {
    validate_in(call, Language::Plts)
}

/// Entered by PostgreSQL for a function in LANGUAGE plv8.
pub fn validate_plv8(call: &Call) -> Result<Datum> {
    validate_in(call, Language::Plv8)
}

fn validate_in(call: &Call, language: Language) -> Result<Datum> {
    let oid = call.oid(0);
    if !catalog::validator_access(call.function(), oid)? {
        return Ok(call.void());
    }
    let mut row = FunctionRow::lookup(oid)?;
    if catalog::checks_bodies() {
        function::check_body(&mut row, language)?;
    } else {
        function::check_signature(&mut row, language)?;
    }
    Ok(call.void())
}
