//! Live schemas: pointer functions that `stopgap_owner` owns and the environment's application role may call.

use std::collections::BTreeSet;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::plan::{Action, Deployed};
use stopgap_core::{ActiveFunction, EnvName, Function, LiveFunctionName, LiveSchema, Plan};

use crate::catalog::{Environment, environment, function};

/// Makes the live schema of a new environment.
///
/// Errors: 42P06 when there is a schema of that name that stopgap did not make.
pub fn create_schema(spi: &Connection, env: &EnvName, schema: &LiveSchema) -> Result<Environment> {
    let exists = !spi
        .run(
            "SELECT true FROM pg_namespace WHERE nspname = $1::text::name",
            &[Value::Text(schema.as_str().into())],
        )?
        .is_empty();
    if exists || environment::is_live_schema(spi, schema)? {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::parse("42P06").unwrap_or(SqlState::DUPLICATE_OBJECT),
                format!(
                    "schema \"{schema}\" exists already, and is not the live schema of environment \"{env}\""
                ),
            )
            .with_hint("Choose another with the option live_schema."),
        ));
    }
    let created = Environment::create(spi, env, schema)?;
    let (schema, role) = (schema.quoted(), created.app_role.quoted());
    spi.run_commands(&format!(
        "CREATE SCHEMA {schema}; REVOKE ALL ON SCHEMA {schema} FROM PUBLIC; GRANT USAGE ON SCHEMA {schema} TO {role}"
    ))?;
    Ok(created)
}

/// Carries out a plan on the live schema and gives the ids of the functions that are live after it. Versions come from
/// `known` where the target is an earlier deployment, and are written anew otherwise.
///
/// Errors: 2BP01 when something depends on a function that would go, naming what.
pub fn apply(
    spi: &Connection,
    environment: &Environment,
    plan: &Plan,
    known: Option<&Deployed>,
) -> Result<BTreeSet<i64>> {
    let writer = function::Writer::prepare()?;
    let mut live = BTreeSet::new();
    for action in &plan.actions {
        match action {
            Action::Keep { active } => {
                live.insert(active.id);
            }
            Action::DropPointer { active } => drop_pointer(spi, environment, &active.function)?,
            Action::CreatePointer { function } => {
                put_pointer(spi, environment, function)?;
                restrict(spi, environment, function)?;
                live.insert(version(spi, &writer, environment, function, known)?);
            }
            Action::ReplacePointer { function, .. } => {
                put_pointer(spi, environment, function)?;
                live.insert(version(spi, &writer, environment, function, known)?);
            }
        }
    }
    Ok(live)
}

fn version(
    spi: &Connection,
    writer: &function::Writer,
    environment: &Environment,
    function: &Function,
    known: Option<&Deployed>,
) -> Result<i64> {
    let same = |candidate: &&ActiveFunction| candidate.function.live_function == function.live_function;
    match known.and_then(|deployed| deployed.functions.iter().find(same)) {
        Some(active) => Ok(active.id),
        None => writer.insert(spi, &environment.env, function),
    }
}

fn put_pointer(spi: &Connection, environment: &Environment, function: &Function) -> Result<()> {
    let pointer = function.pointer(&environment.env).print();
    spi.run_commands(&format!(
        "CREATE OR REPLACE FUNCTION {}(args jsonb DEFAULT '{{}}') RETURNS jsonb \
         LANGUAGE plts VOLATILE CALLED ON NULL INPUT SECURITY INVOKER PARALLEL UNSAFE AS {}",
        qualified(&environment.live_schema, &function.live_function),
        quote_literal(&pointer),
    ))
}

fn restrict(spi: &Connection, environment: &Environment, function: &Function) -> Result<()> {
    let (name, role) =
        (qualified(&environment.live_schema, &function.live_function), environment.app_role.quoted());
    spi.run_commands(&format!(
        "REVOKE ALL ON FUNCTION {name}(jsonb) FROM PUBLIC; GRANT EXECUTE ON FUNCTION {name}(jsonb) TO {role}"
    ))
}

fn drop_pointer(spi: &Connection, environment: &Environment, function: &Function) -> Result<()> {
    // RESTRICT is PostgreSQL's own check of dependents, and its error lists them. A function that somebody dropped by
    // hand is gone already.
    spi.run_commands(&format!(
        "DROP FUNCTION IF EXISTS {}(jsonb) RESTRICT",
        qualified(&environment.live_schema, &function.live_function)
    ))
}

/// The live function as SQL writes it, without its arguments.
pub fn qualified(schema: &LiveSchema, function: &LiveFunctionName) -> String {
    format!("{}.{}", schema.quoted(), function.quoted())
}

/// A literal under `standard_conforming_strings`, which our statements run with.
fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
