//! `DO`: a text compiled and run once.

use std::pin::pin;
use std::rc::Rc;

use pg_boundary::call::Call;
use pg_boundary::context::ErrorContext;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::spi::Snapshot;
use plts_js::RoleId;

use crate::host::CallHost;
use crate::language::Language;
use crate::place::Place;
use crate::{engine, function, limits, metrics};

/// Entered by PostgreSQL for each `DO` in LANGUAGE plts.
pub fn run(call: &Call) -> Result<Datum> {
    metrics::executed(|| limits::within_runtime(|| run_in(call, Language::Plts)))
}

/// Entered by PostgreSQL for each `DO` in LANGUAGE plv8.
pub fn run_plv8(call: &Call) -> Result<Datum> {
    metrics::executed(|| limits::within_runtime(|| run_in(call, Language::Plv8)))
}

fn run_in(call: &Call, language: Language) -> Result<Datum> {
    session::check_stack_depth()?;
    let block = call.inline_block()?;
    let place = Place::new("inline_code_block", engine::running_engine());
    let mut context = pin!(ErrorContext::new(&place));
    context.as_mut().push();
    let role = session::current_user();
    let spec = Rc::new(metrics::compiled(|| function::compile_inline(&block.source, role, language))?);
    let engine = engine::engine()?;
    let mut host = CallHost::new(Snapshot::Fresh, !block.atomic, spec.dialect());
    let outcome = engine.call(RoleId(role.to_u32()), &spec, &mut host, &[], |_| Ok(()));
    engine.forget(spec.id);
    host.finish(outcome).map_err(|report| place.located(report))?;
    Ok(call.void())
}
