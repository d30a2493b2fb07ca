//! `stopgap.call`: a live function by its path. The route is looked up as `stopgap_owner`; the function is called as the
//! caller, who needs the right to.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::{EnvName, FunctionPath, LiveFunctionName, LiveSchema};

use crate::caller::Caller;
use crate::catalog::environment::route;
use crate::live::qualified;
use crate::options::reported;

/// `stopgap.call(env text, path text, args jsonb) → jsonb`.
///
/// Errors: 42704 for an environment there is not, 42883 for a path without a live function, and the function's own.
pub fn call(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let path = FunctionPath::parse(&call.text(1, "path")?).map_err(reported)?;
    let args = call.optional_json_text(2)?.map_or(Value::Null, |args| Value::Json(args.into()));
    let spi = Connection::open(false)?;
    let (schema, function) = {
        // The caller's own search_path is back when the function runs.
        let caller = Caller::identify()?;
        caller.as_owner(|| find(&spi, &env, &path))?
    };
    let rows = spi.run(&format!("SELECT {}($1)", qualified(&schema, &function)), &[args])?;
    let answer = match rows.into_iter().flatten().next() {
        Some(Value::Json(answer)) => Some(answer),
        _ => None,
    };
    spi.finish()?;
    match answer {
        Some(answer) => call.return_json_text(&answer),
        None => Ok(call.null()),
    }
}

fn find(spi: &Connection, env: &EnvName, path: &FunctionPath) -> Result<(LiveSchema, LiveFunctionName)> {
    route(spi, env, path)?.ok_or_else(|| {
        Box::new(ErrorReport::new(
            SqlState::UNDEFINED_FUNCTION,
            format!("environment \"{env}\" has no live function {path}"),
        ))
    })
}
