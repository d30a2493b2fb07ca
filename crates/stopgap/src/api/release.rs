//! `stopgap.deploy`, `stopgap.deploy_bundle`, `stopgap.rollback`, `stopgap.what_if_rollback`, `stopgap.promote` and
//! `stopgap.prune`: what changes what is live.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use stopgap_core::{EnvName, RollbackAim};

use crate::deploy::{self, Request};
use crate::metrics::Work;
use crate::options::{Options, reported};
use crate::rollback::{roll_back, what_if};
use crate::source::Source;
use crate::{promote, prune};

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
    Work::Deploy.counted(|| deploy_of(call, source))
}

fn deploy_of(call: &Call, source: Source) -> Result<Datum> {
    let request = Request {
        env: super::env(call)?,
        source,
        label: call.optional_text(2)?,
        options: Options::read_release(call.optional_json(3)?)?,
    };
    Ok(call.return_bigint(deploy::deploy(&request)?))
}

/// `stopgap.rollback(env text, steps integer, to_id bigint, options jsonb, to_tag text, to_time timestamptz) → bigint`.
pub fn rollback(call: &Call) -> Result<Datum> {
    Work::Rollback.counted(|| roll_back_to(call))
}

fn roll_back_to(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let aim = aim(call, 4)?;
    let options = Options::read(call.optional_json(3)?)?;
    Ok(call.return_bigint(roll_back(&env, &aim, &options)?))
}

/// `stopgap.what_if_rollback(env text, steps integer, to_id bigint, to_tag text, to_time timestamptz) → jsonb`.
pub fn what_if_rollback(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    call.return_json(&what_if(&env, &aim(call, 3)?)?)
}

/// `stopgap.promote(from_env text, to_env text, label text, options jsonb) → bigint`.
pub fn promote(call: &Call) -> Result<Datum> {
    let from = EnvName::parse(&call.text(0, "from_env")?).map_err(reported)?;
    let to = EnvName::parse(&call.text(1, "to_env")?).map_err(reported)?;
    let (label, options) = (call.optional_text(2)?, Options::read_release(call.optional_json(3)?)?);
    Ok(call.return_bigint(promote::promote(&from, &to, label.as_deref(), &options)?))
}

/// `stopgap.prune(env text, options jsonb) → jsonb`.
pub fn prune(call: &Call) -> Result<Datum> {
    let wishes = prune::Wishes::read(call.optional_json(1)?)?;
    call.return_json(&prune::prune(&super::env(call)?, &wishes)?)
}

/// The target of a rollback: steps and id, and, from argument `tag` on, tag and time.
fn aim(call: &Call, tag: usize) -> Result<RollbackAim> {
    RollbackAim::from_arguments(
        call.optional_int(1).unwrap_or(1),
        call.optional_bigint(2),
        call.optional_text(tag)?.as_deref(),
        call.optional_timestamp(tag + 1),
    )
    .map_err(reported)
}
