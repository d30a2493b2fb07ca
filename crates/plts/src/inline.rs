//! `DO`: a text compiled and run once.

use std::pin::pin;
use std::rc::Rc;

use pg_boundary::call::Call;
use pg_boundary::context::{ErrorContext, Whereabouts};
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::spi::Snapshot;
use plts_js::RoleId;

use crate::host::CallHost;
use crate::{engine, function};

/// Entered by PostgreSQL for each `DO` in this language.
pub fn run(call: &Call) -> Result<Datum> {
    session::check_stack_depth()?;
    let block = call.inline_block()?;
    let whereabouts = InBlock;
    let mut context = pin!(ErrorContext::new(&whereabouts));
    context.as_mut().push();
    let role = session::current_user();
    let spec = Rc::new(function::compile_inline(&block.source, role)?);
    let engine = engine::engine()?;
    let mut host = CallHost::new(Snapshot::Fresh, !block.atomic);
    let outcome = engine.call(RoleId(role.to_u32()), &spec, &mut host, &[], |_| Ok(()));
    engine.forget(spec.id);
    host.finish(outcome).map_err(|mut report| {
        if !report.context_is_complete {
            report.context = Some(match report.context.take() {
                Some(stack) if !stack.is_empty() => format!("{stack}\n{LINE}"),
                _ => LINE.to_owned(),
            });
        }
        report
    })?;
    Ok(call.void())
}

const LINE: &str = "plts function inline_code_block";

struct InBlock;

impl Whereabouts for InBlock {
    fn lines(&self) -> String {
        match engine::running_engine().map(plts_js::current_stack) {
            Some(stack) if !stack.is_empty() => format!("{stack}\n{LINE}"),
            _ => LINE.to_owned(),
        }
    }
}
