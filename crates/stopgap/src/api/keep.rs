//! `stopgap.verify`, `stopgap.repair`, `stopgap.guard`, `stopgap.gc`, `stopgap.export` and `stopgap.import`: keeping what is
//! deployed as it should be, and moving it.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use stopgap_core::EnvName;

use crate::options::{Options, reported};
use crate::{drift, gc, guard, transfer};

/// `stopgap.verify(env text) → jsonb`.
pub fn verify(call: &Call) -> Result<Datum> {
    call.return_json(&drift::verify(&super::env(call)?)?)
}

/// `stopgap.repair(env text, options jsonb) → jsonb`.
pub fn repair(call: &Call) -> Result<Datum> {
    let (drop_extra, options) = drift::read_options(call.optional_json(1)?)?;
    call.return_json(&drift::repair(&super::env(call)?, drop_extra, &options)?)
}

/// `stopgap.guard(env text, guarded boolean) → void`.
pub fn guard(call: &Call) -> Result<Datum> {
    guard::guard(&super::env(call)?, call.optional_bool(1).unwrap_or(true))?;
    Ok(call.void())
}

/// `stopgap.gc(env text, options jsonb) → jsonb`.
pub fn gc(call: &Call) -> Result<Datum> {
    let env = call.optional_text(0)?.map(|name| EnvName::parse(&name)).transpose().map_err(reported)?;
    let wishes = gc::Wishes::read(call.optional_json(1)?)?;
    call.return_json(&gc::collect(env.as_ref(), &wishes)?)
}

/// `stopgap.export(env text, deployment_id bigint) → jsonb`.
pub fn export(call: &Call) -> Result<Datum> {
    call.return_json(&transfer::export(&super::env(call)?, call.optional_bigint(1))?)
}

/// `stopgap.import(env text, archive jsonb, label text, options jsonb) → bigint`.
pub fn import(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let (archive, label) = (call.json(1, "archive")?, call.optional_text(2)?);
    let options = Options::read_release(call.optional_json(3)?)?;
    Ok(call.return_bigint(transfer::import(&env, archive, label.as_deref(), &options)?))
}
