//! `stopgap.call`: a live function by its path. The route is looked up as `stopgap_owner`; the function is called as the
//! caller, who needs the right to.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::declaration::qualified;
use stopgap_core::{FunctionPath, LiveSchema};

use crate::caller::Caller;
use crate::catalog::Environment;
use crate::catalog::environment::{Route, route};
use crate::catalog::row::text;
use crate::named_call;
use crate::options::reported;

/// `stopgap.call(env text, path text, args jsonb) → jsonb`.
///
/// Errors: 42704 for an environment there is not, 42501 for one that the caller may not use, 42883 for a path without a live function,
/// 22023 for arguments that are not those of its signature, and the function's own.
pub fn call(call: &Call) -> Result<Datum> {
    let env = super::env(call)?;
    let path = FunctionPath::parse(&call.text(1, "path")?).map_err(reported)?;
    let args = call.optional_json_text(2)?;
    let spi = Connection::open(false)?;
    let (schema, route, types) = {
        // The caller's own search_path is back when the function runs.
        let caller = Caller::identify()?;
        let environment = caller.as_owner(|| Environment::get(&spi, &env))?;
        // Who may not use the live schema learns nothing of what is in it.
        must_use(&spi, &environment.live_schema)?;
        let route = caller.as_owner(|| find(&spi, &environment, &path))?;
        let types = caller.as_owner(|| named_call::types(&spi, &route.signature))?;
        (environment.live_schema, route, types)
    };
    let function = qualified(&schema, &route.function);
    let rows = match route.signature.sql() {
        None => {
            let args = args.map_or(Value::Null, |args| Value::Json(args.into()));
            spi.run_once(&format!("SELECT {function}($1)"), &[args])?
        }
        Some(sql) => named_call::run(&spi, &function, sql, &types, args.as_deref())?,
    };
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

fn must_use(spi: &Connection, schema: &LiveSchema) -> Result<()> {
    let allowed = spi.run("SELECT has_schema_privilege($1, 'USAGE')", &[text(schema.as_str())])?;
    match allowed.first().and_then(|row| row.first()) {
        Some(Value::Bool(true)) => Ok(()),
        _ => Err(Box::new(ErrorReport::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!("permission denied for schema {schema}"),
        ))),
    }
}

fn find(spi: &Connection, environment: &Environment, path: &FunctionPath) -> Result<Route> {
    route(spi, environment, path)?.ok_or_else(|| {
        Box::new(ErrorReport::new(
            SqlState::UNDEFINED_FUNCTION,
            format!("environment \"{}\" has no live function {path}", environment.env),
        ))
    })
}
