//! Set-returning functions: each row goes into the caller's tuplestore as soon as JavaScript gives it.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::set::Set;
use plts_core::ErrorReport;
use plts_js::{HostError, RoleId};

use crate::arguments::CallArguments;
use crate::function::Function;
use crate::host::CallHost;

pub fn run(call: &Call, function: &Function, nonatomic: bool) -> Result<Datum> {
    let mut set = Set::begin(call, function.signature.result())?;
    let arguments = CallArguments::of(call, function)?;
    let mut host = CallHost::new(function.snapshot, nonatomic, function.dialect);
    let role = RoleId(session::current_user().to_u32());
    // What JavaScript must not hear of: it is no error that it could see to.
    let mut uncatchable: Option<Box<ErrorReport>> = None;
    let outcome = function.engine()?.call_set(role, &function.spec, &mut host, &arguments, &mut |row| {
        set.put(row).map_err(|report| {
            if report.sqlstate.is_uncatchable() {
                uncatchable = Some(report);
                HostError::Terminate
            } else {
                HostError::Sql(report)
            }
        })
    });
    let finished = host.finish(outcome.map(Ok));
    match uncatchable {
        Some(report) => Err(report),
        None => finished.map(|()| set.finish()),
    }
}
