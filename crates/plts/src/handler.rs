//! The call handler: a SQL call becomes a call of JavaScript and back.

use std::pin::pin;

use pg_boundary::call::{Call, CallContext};
use pg_boundary::context::ErrorContext;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::typeio::Arguments;
use plts_core::Value;
use plts_js::RoleId;

use crate::engine;
use crate::function::{self, Function};
use crate::host::CallHost;
use crate::place::Place;
use crate::returns::{self, Returns};
use crate::trigger;

/// Entered by PostgreSQL for each call of a function in this language.
pub fn call(call: &Call) -> Result<Datum> {
    if session::stack_is_too_deep() {
        session::check_stack_depth()?;
    }
    let nonatomic = match call.context() {
        CallContext::Plain => false,
        CallContext::Procedure { atomic } => !atomic,
        CallContext::Trigger => return trigger::fire(call),
        CallContext::EventTrigger => return trigger::fire_event(call),
    };
    let function = function::find(call)?;
    let function = &*function;
    let place = Place(&function.title);
    let mut context = pin!(ErrorContext::new(&place));
    context.as_mut().push();

    run(call, function, nonatomic).map_err(|report| place.located(report))
}

fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    if function.returns != Returns::Value {
        return returns::run(call, function, nonatomic);
    }
    let arguments = function.signature.of(call)?;
    // Most functions have few arguments: those cross without an allocation, and with no more moves than there are of
    // them.
    match arguments.len() {
        0 => run_with(call, function, nonatomic, &[]),
        1 => run_few::<1>(call, function, nonatomic, &arguments),
        2 => run_few::<2>(call, function, nonatomic, &arguments),
        3 => run_few::<3>(call, function, nonatomic, &arguments),
        4 => run_few::<4>(call, function, nonatomic, &arguments),
        count => {
            let mut values = vec![Value::Null; count];
            for (index, value) in values.iter_mut().enumerate() {
                arguments.read(index, value)?;
            }
            run_with(call, function, nonatomic, &values)
        }
    }
}

#[inline(always)]
fn run_few<const N: usize>(
    call: &Call,
    function: &Function,
    nonatomic: bool,
    arguments: &Arguments<'_>,
) -> Result<Datum> {
    let mut values = [const { Value::Null }; N];
    for (index, value) in values.iter_mut().enumerate() {
        arguments.read(index, value)?;
    }
    run_with(call, function, nonatomic, &values)
}

fn run_with(call: &Call, function: &Function, nonatomic: bool, values: &[Value<'_>]) -> Result<Datum> {
    let mut host = CallHost::new(function.snapshot, nonatomic);
    let role = RoleId(session::current_user().to_u32());
    let outcome = engine::engine()?
        .call(role, &function.spec, &mut host, values, |value| function.signature.encode_result(value));
    Ok(match host.finish(outcome)? {
        Some(datum) => datum,
        None => call.null(),
    })
}
