//! Guarded live schemas: event triggers refuse what is changed there by hand. PostgreSQL tells them which objects are created,
//! altered and dropped. Of a GRANT it does not say on what it was, and of a function that moves only where it went; around
//! commands that do such things the rows of the catalog are compared.

use std::cell::RefCell;
use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::spi::Connection;
use pg_boundary::trigger::EventTriggerCall;
use plts_core::SqlState;
use serde_json::json;
use stopgap_core::EnvName;

use crate::caller::{Caller, OWNER};
use crate::catalog::audit::{self, Action};
use crate::catalog::row::{Row, text};

/// Guards the live schema of an environment, or no longer.
///
/// Errors: 42704; 42501.
pub fn guard(env: &EnvName, guarded: bool) -> Result<()> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.must_release_to(&spi, env, &format!("guard environment \"{env}\""))?;
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
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let touched = caller.as_owner(|| {
        // The catalog is gone when the extension itself is being dropped.
        let is_guarding =
            !spi.run("SELECT true WHERE to_regclass('stopgap.environment') IS NOT NULL", &[])?.is_empty()
                && !spi.run("SELECT true FROM stopgap.environment WHERE guarded LIMIT 1", &[])?.is_empty();
        match event.event.as_str() {
            "ddl_command_start" => {
                let found = if is_guarding { Some(look(&spi)?) } else { None };
                BEFORE.with_borrow_mut(|before| before.push(found));
                Ok(None)
            }
            _ if is_guarding => match touched(&spi, &event)? {
                None if event.event == "ddl_command_end" && COMPARED.contains(&event.tag.as_str()) => {
                    compare(&spi)
                }
                found => Ok(found),
            },
            _ => Ok(None),
        }
    })?;
    spi.finish()?;
    match touched {
        None => Ok(call.void()),
        Some((env, object)) => Err(Box::new(
            ErrorReport::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("the live schema of environment \"{env}\" is guarded against changes by hand"),
            )
            .with_detail(format!("{} would change {object}.", event.tag))
            .with_hint("Release through stopgap, or take the guard away with stopgap.guard(env, false)."),
        )),
    }
}

/// Commands of which PostgreSQL does not say enough; an event trigger of their beginning watches them.
const COMPARED: [&str; 6] =
    ["GRANT", "REVOKE", "ALTER FUNCTION", "ALTER PROCEDURE", "ALTER ROUTINE", "ALTER AGGREGATE"];

/// What was in the guarded live schemas when a command began: each routine and the schema itself, with its rights.
type Looks = BTreeMap<(String, String), String>;

thread_local! {
    /// Of the commands that are running, the innermost last; None where nothing was guarded. A command that failed leaves
    /// its own behind, which nobody reads.
    static BEFORE: RefCell<Vec<Option<Looks>>> = const { RefCell::new(Vec::new()) };
}

fn look(spi: &Connection) -> Result<Looks> {
    spi.run(
        "SELECT e.env, p.oid::regprocedure::text, coalesce(p.proacl::text, '') \
         FROM stopgap.environment AS e JOIN pg_namespace AS n ON n.nspname = e.live_schema \
         JOIN pg_proc AS p ON p.pronamespace = n.oid WHERE e.guarded \
         UNION ALL SELECT e.env, 'schema ' || quote_ident(n.nspname), coalesce(n.nspacl::text, '') \
         FROM stopgap.environment AS e JOIN pg_namespace AS n ON n.nspname = e.live_schema WHERE e.guarded",
        &[],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        Ok(((row.text()?, row.text()?), row.text()?))
    })
    .collect()
}

/// The first object that is not what it was when the command that ends now began.
fn compare(spi: &Connection) -> Result<Option<(String, String)>> {
    let Some(before) = BEFORE.with_borrow_mut(Vec::pop).flatten() else { return Ok(None) };
    let after = look(spi)?;
    let differs = |object: &&(String, String)| before.get(*object) != after.get(*object);
    Ok(before.keys().chain(after.keys()).find(differs).cloned())
}

/// The first object of a guarded live schema among those that PostgreSQL names.
fn touched(spi: &Connection, event: &EventTriggerCall) -> Result<Option<(String, String)>> {
    let touched = if event.event == "sql_drop" {
        "SELECT t.schema_name, t.object_identity, t.object_type FROM pg_event_trigger_dropped_objects() AS t \
         WHERE NOT t.is_temporary"
    } else {
        "SELECT t.schema_name, t.object_identity, t.object_type FROM pg_event_trigger_ddl_commands() AS t \
         WHERE NOT t.in_extension"
    };
    let rows = spi.run(
        &format!(
            "SELECT e.env, touched.object_identity FROM ({touched}) AS touched JOIN stopgap.environment AS e \
             ON e.guarded AND (touched.schema_name = e.live_schema::text \
                 OR (touched.object_type = 'schema' AND touched.object_identity = quote_ident(e.live_schema::text)) \
                 OR ($1 = 'ALTER SCHEMA' AND to_regnamespace(quote_ident(e.live_schema::text)) IS NULL)) LIMIT 1"
        ),
        // A schema that was renamed is not there any more under its name.
        &[text(&event.tag)],
    )?;
    let object = |row| {
        let mut row = Row::new(row);
        Ok((row.text()?, row.text()?))
    };
    rows.into_iter().next().map(object).transpose()
}
