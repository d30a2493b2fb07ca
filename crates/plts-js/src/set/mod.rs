//! A call that gives a set: its rows go to a sink one by one, while JavaScript runs.
//!
//! Guarantees: the iterator is advanced as its protocol says, and told to `return` when its rows are not wanted any
//! more. As many rows are alive at a time as fit in a batch, and few when they are large; a row that is an object is
//! read before the iterator goes on.

mod iterator;
pub(crate) mod rows;

use std::rc::Rc;

use deno_core::v8;
use plts_core::{Dialect, Value};

use crate::call::{in_context, invoke, ready, settle};
use crate::engine::Engine;
use crate::errors::{CallError, Rejected, Stop};
use crate::frame::{Frame, Phase};
use crate::function::{Arguments, FunctionSpec};
use crate::host::{HostError, HostSource};
use crate::isolate::RoleId;
use crate::plv8;

use iterator::{Source, open};
use rows::Rows;

/// Takes the rows of a set. An error ends the set: [`HostError::Sql`] is told to the iterator, which then has no
/// database any more, since the failure was not undone.
pub type SetSink<'r> = dyn FnMut(&Value<'_>) -> Result<(), HostError> + 'r;

impl Engine {
    /// Runs a function that gives a set, with the rights of `role`, and gives each row to `sink`. The rows are of the
    /// shape that `spec` returns.
    ///
    /// Errors: as those of [`Engine::call`], and those of the sink.
    pub fn call_set(
        &self,
        role: RoleId,
        spec: &Rc<FunctionSpec>,
        host: &mut dyn HostSource,
        arguments: &(impl Arguments + ?Sized),
        sink: &mut SetSink<'_>,
    ) -> Result<(), CallError> {
        if spec.dialect() == Dialect::Plv8 {
            return plv8::set::call(self, role, spec, host, arguments, sink);
        }
        self.in_frame(role, Dialect::TypeScript, host, |frame| {
            in_context(frame, |scope| {
                let mut rows = Rows::new(&spec.returns, sink);
                perform(scope, frame, spec, arguments, &mut rows)
            })
        })
    }
}

fn perform(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    arguments: &(impl Arguments + ?Sized),
    rows: &mut Rows<'_, '_>,
) -> Result<(), Stop> {
    let compiled = ready(scope, frame, spec)?;
    let mut value = invoke(scope, frame, spec, &compiled, arguments)?;
    if value.is_promise() {
        frame.context.checkpoint(scope);
        value = settle(scope, frame, value)?;
    }
    match open(scope, frame, value, &spec.returns)? {
        Source::Array(array) => rows.take_array(scope, frame, array)?,
        Source::Iterator(iterator) => {
            if let Err(stop) = rows.take_iterator(scope, frame, &iterator) {
                return Err(iterator.close(scope, frame, stop));
            }
        }
    }
    frame.context.checkpoint(scope);
    if frame.is_terminating() {
        return Err(Stop::Thrown);
    }
    if let Some(reason) = frame.take_rejection() {
        return Err(Stop::rejected(reason, Rejected::Unhandled));
    }
    frame.phase.set(Phase::Reporting);
    Ok(())
}
