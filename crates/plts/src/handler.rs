//! The call handler: a SQL call becomes a call of JavaScript and back.

use std::pin::pin;

use pg_boundary::call::{Call, CallContext};
use pg_boundary::context::ErrorContext;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use plts_js::RoleId;

use crate::arguments::CallArguments;
use crate::function::{self, Function};
use crate::host::LazyHost;
use crate::language::Language;
use crate::place::Place;
use crate::returns::{self, Returns};
use crate::trigger;
use crate::{limits, metrics};

/// Entered by PostgreSQL for each call of a function in LANGUAGE plts.
pub fn call(call: &Call) -> Result<Datum> {
    metrics::executed(|| limits::within_runtime(|| call_in(call, Language::Plts)))
}

/// Entered by PostgreSQL for each call of a function in LANGUAGE plv8.
pub fn call_plv8(call: &Call) -> Result<Datum> {
    metrics::executed(|| limits::within_runtime(|| call_in(call, Language::Plv8)))
}

#[inline]
fn call_in(call: &Call, language: Language) -> Result<Datum> {
    if session::stack_is_too_deep() {
        session::check_stack_depth()?;
    }
    let nonatomic = match call.context() {
        CallContext::Plain => false,
        CallContext::Procedure { atomic } => !atomic,
        CallContext::Trigger => return trigger::fire(call, language),
        CallContext::EventTrigger => return trigger::fire_event(call, language),
    };
    let function = function::find(call, language)?;
    let function = &*function;
    let place = Place::new(&function.title, Some(function.started_engine()));
    let mut context = pin!(ErrorContext::new(&place));
    context.as_mut().push();

    let outcome = match &function.conduct {
        None => run(call, function, nonatomic),
        Some(conduct) => conduct.mind(call, &function.title, || run(call, function, nonatomic)),
    };
    outcome.map_err(|report| place.located(report))
}

fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    if function.returns != Returns::Value {
        return returns::run(call, function, nonatomic);
    }
    let arguments = CallArguments::of(call, function)?;
    let mut host = LazyHost::new(function.snapshot, nonatomic, function.dialect);
    let role = RoleId(session::current_user().to_u32());
    let outcome = function
        .engine()?
        .call(role, &function.spec, &mut host, &arguments, |value| function.signature.encode_result(value));
    Ok(match host.finish(outcome)? {
        Some(datum) => datum,
        None => call.null(),
    })
}
