//! Guarded live schemas: an event trigger refuses what is changed there by hand. It sees objects that are created, altered
//! and dropped; of a GRANT PostgreSQL does not say on what it was, so that is for `stopgap.verify`.

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use serde_json::json;
use stopgap_core::EnvName;

use crate::caller::{Caller, OWNER};
use crate::catalog::Environment;
use crate::catalog::audit::{self, Action};
use crate::catalog::row::{Row, text};

/// Guards the live schema of an environment, or no longer.
///
/// Errors: 42704; 42501.
pub fn guard(env: &EnvName, guarded: bool) -> Result<()> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, env))?;
    caller.must_be_member_of(environment.deployer_role.as_str(), &format!("guard environment \"{env}\""))?;
    caller.as_owner(|| {
        if environment.set_guarded(&spi, guarded)? {
            let action = if guarded { Action::Guard } else { Action::Unguard };
            audit::record(&spi, &caller, Some(env), action, None, &json!({}))?;
        }
        Ok(())
    })?;
    spi.finish()
}

/// The event triggers' function.
///
/// Errors: 42501 when the command changed something in a guarded live schema, and it is not stopgap that runs it.
pub fn refuse_by_hand(call: &Call) -> Result<Datum> {
    let Some(event) = call.event_trigger()? else {
        return Err(Box::new(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "stopgap.refuse_by_hand is for event triggers",
        )));
    };
    // Without its owner stopgap has no live schemas; its own commands run as that owner.
    match session::role_by_name(OWNER)? {
        Some(owner) if owner != session::current_user() => {}
        _ => return Ok(call.void()),
    }
    let touched = if event.event == "sql_drop" {
        "SELECT t.schema_name, t.object_identity, t.object_type FROM pg_event_trigger_dropped_objects() AS t \
         WHERE NOT t.is_temporary"
    } else {
        "SELECT t.schema_name, t.object_identity, t.object_type FROM pg_event_trigger_ddl_commands() AS t \
         WHERE NOT t.in_extension"
    };
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let rows = caller.as_owner(|| {
        // The catalog is gone when the extension itself is being dropped.
        if spi.run("SELECT true WHERE to_regclass('stopgap.environment') IS NOT NULL", &[])?.is_empty() {
            return Ok(Vec::new());
        }
        if spi.run("SELECT true FROM stopgap.environment WHERE guarded LIMIT 1", &[])?.is_empty() {
            return Ok(Vec::new());
        }
        spi.run(
            &format!(
                "SELECT e.env, touched.object_identity FROM ({touched}) AS touched JOIN stopgap.environment AS e \
                 ON e.guarded AND (touched.schema_name = e.live_schema::text \
                     OR (touched.object_type = 'schema' AND touched.object_identity = quote_ident(e.live_schema::text)) \
                     OR ($1 = 'ALTER SCHEMA' AND to_regnamespace(quote_ident(e.live_schema::text)) IS NULL)) LIMIT 1"
            ),
            // A schema that was renamed is not there any more under its name.
            &[text(&event.tag)],
        )
    })?;
    spi.finish()?;
    match rows.into_iter().next() {
        None => Ok(call.void()),
        Some(row) => {
            let mut row = Row::new(row);
            let (env, object) = (row.text()?, row.text()?);
            Err(Box::new(
                ErrorReport::new(
                    SqlState::INSUFFICIENT_PRIVILEGE,
                    format!("the live schema of environment \"{env}\" is guarded against changes by hand"),
                )
                .with_detail(format!("{} would change {object}.", event.tag))
                .with_hint("Release through stopgap, or take the guard away with stopgap.guard(env, false)."),
            ))
        }
    }
}
