//! `stopgap.environment`.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::{EnvName, FunctionPath, LiveFunctionName, LiveSchema, RoleName};

use super::row::{Row, text};
use crate::caller::DEPLOYER;
use crate::options::reported;

/// A row.
pub struct Environment {
    pub env: EnvName,
    pub live_schema: LiveSchema,
    pub deployer_role: RoleName,
    pub app_role: RoleName,
    pub active_deployment: Option<i64>,
}

impl Environment {
    /// The environment of that name, if there is one.
    pub fn find(spi: &Connection, env: &EnvName) -> Result<Option<Self>> {
        let rows = spi.run(
            "SELECT live_schema::text, deployer_role::text, app_role::text, active_deployment_id \
             FROM stopgap.environment WHERE env = $1",
            &[text(env.as_str())],
        )?;
        rows.into_iter().next().map(|row| Self::read(env, Row::new(row))).transpose()
    }

    /// Errors: 42704 when there is none.
    pub fn get(spi: &Connection, env: &EnvName) -> Result<Self> {
        Self::find(spi, env)?.ok_or_else(|| {
            Box::new(ErrorReport::new(
                SqlState::UNDEFINED_OBJECT,
                format!("environment \"{env}\" does not exist"),
            ))
        })
    }

    fn read(env: &EnvName, mut row: Row) -> Result<Self> {
        Ok(Self {
            env: env.clone(),
            live_schema: LiveSchema::parse(&row.text()?).map_err(reported)?,
            deployer_role: RoleName::parse(&row.text()?).map_err(reported)?,
            app_role: RoleName::parse(&row.text()?).map_err(reported)?,
            active_deployment: row.optional_bigint()?,
        })
    }

    /// Adds an environment with the default roles. Its schema is the caller's affair.
    pub fn create(spi: &Connection, env: &EnvName, live_schema: &LiveSchema) -> Result<Self> {
        spi.run(
            "INSERT INTO stopgap.environment (env, live_schema, deployer_role) VALUES ($1, $2::text::name, $3::text::name)",
            &[text(env.as_str()), text(live_schema.as_str()), text(DEPLOYER)],
        )?;
        Self::get(spi, env)
    }

    /// Points the environment at a deployment.
    pub fn point_at(&self, spi: &Connection, deployment: i64) -> Result<()> {
        spi.run(
            "UPDATE stopgap.environment SET active_deployment_id = $2, updated_at = clock_timestamp() WHERE env = $1",
            &[text(self.env.as_str()), Value::BigInt(deployment)],
        )
        .map(drop)
    }
}

/// Whether some environment has that schema for its live schema.
pub fn is_live_schema(spi: &Connection, schema: &LiveSchema) -> Result<bool> {
    let rows = spi.run(
        "SELECT true FROM stopgap.environment WHERE live_schema = $1::text::name",
        &[text(schema.as_str())],
    )?;
    Ok(!rows.is_empty())
}

/// The live function of a path, by the active deployment of the environment.
///
/// Errors: 42704 for an environment there is not.
pub fn route(
    spi: &Connection,
    env: &EnvName,
    path: &FunctionPath,
) -> Result<Option<(LiveSchema, LiveFunctionName)>> {
    let environment = Environment::get(spi, env)?;
    let rows = spi.run(
        "SELECT f.live_function::text FROM stopgap.deployment AS d \
         CROSS JOIN LATERAL jsonb_array_elements_text(d.manifest -> 'functions') AS listed (version) \
         JOIN stopgap.fn_version AS f ON f.id = listed.version::bigint WHERE d.id = $1 AND f.path = $2",
        &[environment.active_deployment.map_or(Value::Null, Value::BigInt), text(&path.to_string())],
    )?;
    match rows.into_iter().next() {
        None => Ok(None),
        Some(row) => {
            let name = LiveFunctionName::parse(&Row::new(row).text()?).map_err(reported)?;
            Ok(Some((environment.live_schema, name)))
        }
    }
}
