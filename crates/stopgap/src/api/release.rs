//! `stopgap.deploy`, `stopgap.deploy_bundle` and `stopgap.rollback`.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use stopgap_core::RollbackRequest;

use crate::deploy::{self, Request};
use crate::options::{Options, reported};
use crate::rollback::roll_back;
use crate::source::Source;

/// `stopgap.deploy(env text, from_schema text, label text, options jsonb) → bigint`.
pub fn deploy(call: &Call) -> Result<Datum> {
    let source = Source::Schema(call.text(1, "from_schema")?);
    deploy_source(call, source)
}

/// `stopgap.deploy_bundle(env text, bundle jsonb, label text, options jsonb) → bigint`.
pub fn deploy_bundle(call: &Call) -> Result<Datum> {
    let source = Source::Bundle(call.json(1, "bundle")?);
    deploy_source(call, source)
}

fn deploy_source(call: &Call, source: Source) -> Result<Datum> {
    let request = Request {
        env: super::env(call)?,
        source,
        label: call.optional_text(2)?,
        options: Options::read(call.optional_json(3)?)?,
    };
    Ok(call.return_bigint(deploy::deploy(&request)?))
}

/// `stopgap.rollback(env text, steps integer, to_id bigint, options jsonb) → bigint`.
pub fn rollback(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let request = RollbackRequest::from_arguments(call.optional_int(1).unwrap_or(1), call.optional_bigint(2))
        .map_err(reported)?;
    let options = Options::read(call.optional_json(3)?)?;
    Ok(call.return_bigint(roll_back(&env, request, &options)?))
}
