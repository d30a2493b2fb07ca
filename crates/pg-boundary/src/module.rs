//! Stored modules: functions of the language that return `plts.module`. PostgreSQL keeps their text, owner and rights,
//! as it does for any function.

use pgrx::pg_sys::Oid;

use crate::error::{Result, check};
use crate::{raw, text};

/// The type that marks a function as a module; `None` without the extension.
pub fn type_oid() -> Result<Option<Oid>> {
    let mut found = Oid::INVALID;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_module_type(&mut found))? };
    Ok((found != Oid::INVALID).then_some(found))
}

/// The function that is the module of that name, if there is one.
pub fn find(schema: &str, name: &str) -> Result<Option<Oid>> {
    let (schema, name) = (text::to_server(schema)?, text::to_server(name)?);
    let mut found = Oid::INVALID;
    // SAFETY: C strings; the shim catches errors.
    unsafe { check(raw::pgb_module_find(schema.as_ptr(), name.as_ptr(), &mut found))? };
    Ok((found != Oid::INVALID).then_some(found))
}

/// Whether `role` may import the module: as its owner, or by EXECUTE granted to it or to a role it is a member of, and
/// USAGE of its schema. The EXECUTE that PUBLIC has of every new function does not count.
///
/// Errors: XX000 when there is no such function.
pub fn may_import(function: Oid, role: Oid) -> Result<bool> {
    let mut answer = false;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_module_may_import(function, role, &mut answer))? };
    Ok(answer)
}
