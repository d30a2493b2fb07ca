//! Sets of plv8 functions: rows by `plv8.return_next` while the function runs, then those that it returns.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::v8;
use plts_core::{Dialect, ErrorReport};

use crate::call::{in_context, invoke, ready, settle};
use crate::engine::Engine;
use crate::errors::{CallError, Stop};
use crate::frame::{Frame, Phase};
use crate::function::{Arguments, FunctionSpec};
use crate::host::HostSource;
use crate::isolate::RoleId;
use crate::set::SetSink;
use crate::set::rows::Rows;

/// Takes rows while JavaScript runs.
pub(crate) trait RowTaker {
    /// Errors: a row that does not fit, and those of the sink.
    fn take_row(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        value: v8::Local<'_, v8::Value>,
    ) -> Result<(), Stop>;
}

impl RowTaker for RefCell<Rows<'_, '_>> {
    fn take_row(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        value: v8::Local<'_, v8::Value>,
    ) -> Result<(), Stop> {
        match self.try_borrow_mut() {
            Ok(mut rows) => rows.take(scope, frame, value),
            // A getter of a row gives rows itself.
            Err(_) => Err(Stop::report(ErrorReport::new(
                plts_core::SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                "a row was given while another one was being read",
            ))),
        }
    }
}

/// As [`Engine::call_set`], for a plv8 function.
pub(crate) fn call(
    engine: &Engine,
    role: RoleId,
    spec: &Rc<FunctionSpec>,
    host: &mut dyn HostSource,
    arguments: &(impl Arguments + ?Sized),
    sink: &mut SetSink<'_>,
) -> Result<(), CallError> {
    let rows = RefCell::new(Rows::new(&spec.returns, sink));
    engine.in_frame_with_rows(role, Dialect::Plv8, host, Some(&rows), |frame| {
        in_context(frame, |scope| {
            let compiled = ready(scope, frame, spec)?;
            let value = invoke(scope, frame, spec, &compiled, arguments)?;
            frame.context.checkpoint(scope);
            let value = settle(scope, frame, value)?;
            if frame.is_terminating() {
                return Err(Stop::Thrown);
            }
            if let Ok(array) = v8::Local::<v8::Array>::try_from(value) {
                rows.borrow_mut().take_array(scope, frame, array)?;
            } else if !value.is_undefined() {
                rows.take_row(scope, frame, value)?;
            }
            frame.phase.set(Phase::Reporting);
            Ok(())
        })
    })
}
