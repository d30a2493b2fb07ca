//! What the extension plts_plv8 adds to the language: its SQL functions, and the check of a body.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::{Datum, Oid};
use pg_boundary::session;
use plts_js::{FunctionSpec, RoleId};

use crate::engine;
use crate::host::SilentHost;

/// The release of plv8 whose behaviour this follows, as `plv8.version` says it too.
const FOLLOWED: &str = "3.2.4";

/// `plv8_version() → text`.
pub fn version(call: &Call) -> Result<Datum> {
    call.return_text(FOLLOWED)
}

/// `plv8_reset() → void`: the user's plv8 functions begin anew, with nothing on their global object.
pub fn reset(call: &Call) -> Result<Datum> {
    if let Some(engine) = engine::running_engine() {
        engine.forget_plv8(RoleId(session::current_user().to_u32()));
    }
    Ok(call.void())
}

/// `plv8_info() → json`: the users whose plv8 functions have run in the session, and the memory of all of them, since
/// they share one heap.
pub fn info(call: &Call) -> Result<Datum> {
    let Some(engine) = engine::running_engine() else { return call.return_text("[]") };
    let heap = engine.heap_statistics();
    let mut users = Vec::new();
    for role in engine.plv8_roles() {
        users.push(serde_json::json!({
            "user": session::role_name(Oid::from(role.0))?,
            "total_heap_size": heap.total_bytes,
            "used_heap_size": heap.used_bytes,
            "external_memory": heap.external_bytes,
            "number_of_native_contexts": heap.contexts,
        }));
    }
    call.return_text(&serde_json::Value::Array(users).to_string())
}

/// Checks that a body parses, by V8's own parser: what plv8 takes is what V8 takes.
///
/// Errors: 42601.
pub fn check(spec: &FunctionSpec) -> Result<()> {
    let role = RoleId(session::current_user().to_u32());
    let mut host = SilentHost::default();
    let checked = engine::engine()?.check_plv8(role, spec, &mut host);
    host.answer(checked)
}
