//! Live schemas: pointer functions that `stopgap_owner` owns and the environment's application role may call.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::estate::LiveSet;
use stopgap_core::{EnvName, Function, LiveFunctionName, LiveSchema, RoleName, Step};

use crate::catalog::{Environment, environment};

/// Makes the live schema of a new environment.
///
/// Errors: 42P06 when there is a schema of that name that stopgap did not make.
pub fn create_schema(
    spi: &Connection,
    env: &EnvName,
    schema: &LiveSchema,
    app_role: &RoleName,
) -> Result<()> {
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
    let (schema, role) = (schema.quoted(), app_role.quoted());
    spi.run_commands(&format!(
        "CREATE SCHEMA {schema}; REVOKE ALL ON SCHEMA {schema} FROM PUBLIC; GRANT USAGE ON SCHEMA {schema} TO {role}"
    ))
}

/// Drops the live schema of an environment, of which all functions are gone.
///
/// Errors: 2BP01 when somebody put something else into it.
pub fn drop_schema(spi: &Connection, environment: &Environment) -> Result<()> {
    spi.run_commands(&format!("DROP SCHEMA IF EXISTS {} RESTRICT", environment.live_schema.quoted()))
}

/// Gives the rights on the live schema and its functions to another application role.
pub fn hand_over(
    spi: &Connection,
    environment: &Environment,
    functions: &LiveSet,
    to: &RoleName,
) -> Result<()> {
    let (schema, from, to) = (environment.live_schema.quoted(), environment.app_role.quoted(), to.quoted());
    spi.run_commands(&format!(
        "REVOKE USAGE ON SCHEMA {schema} FROM {from}; GRANT USAGE ON SCHEMA {schema} TO {to}"
    ))?;
    for name in functions.keys() {
        let name = qualified(&environment.live_schema, name);
        spi.run_commands(&format!(
            "REVOKE ALL ON FUNCTION {name}(jsonb) FROM {from}; GRANT EXECUTE ON FUNCTION {name}(jsonb) TO {to}"
        ))?;
    }
    Ok(())
}

/// Does in one live schema what was decided.
///
/// Errors: 2BP01 when something depends on a function that would go, naming what.
pub fn carry_out(spi: &Connection, environment: &Environment, steps: &[Step]) -> Result<()> {
    let mut created = Vec::new();
    for step in steps {
        match step {
            Step::Create { after } => {
                put_pointer(spi, environment, &after.active.function)?;
                created.push(&after.active.function);
            }
            Step::Replace { after, .. } => put_pointer(spi, environment, &after.active.function)?,
            Step::Drop { before } => drop_pointer(spi, environment, &before.active.function)?,
        }
    }
    created.chunks(RESTRICTED_AT_ONCE).try_for_each(|functions| restrict(spi, environment, functions))
}

/// How many functions one GRANT names.
const RESTRICTED_AT_ONCE: usize = 250;

/// Creates a live function, or makes it what it should be; its owner and its rights stay.
pub fn put_pointer(spi: &Connection, environment: &Environment, function: &Function) -> Result<()> {
    let pointer = function.pointer(&environment.env).print();
    spi.run_commands(&format!(
        "CREATE OR REPLACE FUNCTION {}(args jsonb DEFAULT '{{}}') RETURNS jsonb \
         LANGUAGE plts VOLATILE CALLED ON NULL INPUT SECURITY INVOKER PARALLEL UNSAFE AS {}",
        qualified(&environment.live_schema, &function.live_function),
        quote_literal(&pointer),
    ))
}

/// Gives new live functions the rights they should have.
pub fn restrict(spi: &Connection, environment: &Environment, functions: &[&Function]) -> Result<()> {
    let names: Vec<String> = functions
        .iter()
        .map(|function| format!("{}(jsonb)", qualified(&environment.live_schema, &function.live_function)))
        .collect();
    let (names, role) = (names.join(", "), environment.app_role.quoted());
    spi.run_commands(&format!(
        "REVOKE ALL ON FUNCTION {names} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {names} TO {role}"
    ))
}

/// Drops a live function.
///
/// Errors: 2BP01 when something depends on it, naming what.
pub fn drop_pointer(spi: &Connection, environment: &Environment, function: &Function) -> Result<()> {
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
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
