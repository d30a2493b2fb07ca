//! `stopgap.environment`.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use stopgap_core::{
    EnvName, FunctionPath, GracePeriod, Lineage, LiveFunctionName, LiveSchema, RoleName, Signature,
};

use super::row::{Row, optional_text, text, texts};
use crate::options::reported;

/// A row.
#[derive(Clone)]
pub struct Environment {
    pub env: EnvName,
    pub live_schema: LiveSchema,
    pub parent: Option<EnvName>,
    pub deployer_role: RoleName,
    pub app_role: RoleName,
    pub protected: bool,
    pub default_label: Option<String>,
    pub keep_last: Option<i32>,
    /// How long functions stay that a release leaves out.
    pub retire_for: Option<GracePeriod>,
    pub active_deployment: Option<i64>,
}

const COLUMNS: &str = "env, live_schema::text, parent, deployer_role::text, app_role::text, protected, default_label, \
                       keep_last::bigint, retire_s::bigint, active_deployment_id";

impl Environment {
    /// The environment of that name, if there is one.
    pub fn find(spi: &Connection, env: &EnvName) -> Result<Option<Self>> {
        Ok(Self::of(spi, std::slice::from_ref(env))?.pop())
    }

    /// Those of these names that there are, in the order of their names.
    pub fn of(spi: &Connection, envs: &[EnvName]) -> Result<Vec<Self>> {
        if envs.is_empty() {
            return Ok(Vec::new());
        }
        let names = texts(envs.iter().map(EnvName::as_str));
        spi.run(
            &format!("SELECT {COLUMNS} FROM stopgap.environment WHERE env = ANY ($1::text[]) ORDER BY env"),
            &[names],
        )?
        .into_iter()
        .map(|row| Self::read(Row::new(row)))
        .collect()
    }

    /// All of them, in the order of their names.
    pub fn all(spi: &Connection) -> Result<Vec<Self>> {
        spi.run(&format!("SELECT {COLUMNS} FROM stopgap.environment ORDER BY env"), &[])?
            .into_iter()
            .map(|row| Self::read(Row::new(row)))
            .collect()
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

    fn read(mut row: Row) -> Result<Self> {
        Ok(Self {
            env: EnvName::parse(&row.text()?).map_err(reported)?,
            live_schema: LiveSchema::parse(&row.text()?).map_err(reported)?,
            parent: row.optional_text()?.map(|name| EnvName::parse(&name)).transpose().map_err(reported)?,
            deployer_role: RoleName::parse(&row.text()?).map_err(reported)?,
            app_role: RoleName::parse(&row.text()?).map_err(reported)?,
            protected: row.boolean()?,
            default_label: row.optional_text()?,
            keep_last: row.optional_bigint()?.and_then(|count| i32::try_from(count).ok()),
            retire_for: row
                .optional_bigint()?
                .and_then(|seconds| GracePeriod::of_seconds(u64::try_from(seconds).ok()?)),
            active_deployment: row.optional_bigint()?,
        })
    }

    /// Adds a row for an environment without a deployment. Its schema is the caller's affair.
    pub fn insert(&self, spi: &Connection) -> Result<()> {
        spi.run(
            "INSERT INTO stopgap.environment (env, live_schema, parent, deployer_role, app_role, protected, \
             default_label, keep_last, retire_s) \
             VALUES ($1, $2::text::name, $3, $4::text::name, $5::text::name, $6, $7, $8::int, $9::bigint::int)",
            &self.settings(),
        )
        .map(drop)
    }

    /// Writes its settings; its name, its schema and what is active stay.
    pub fn update(&self, spi: &Connection) -> Result<()> {
        spi.run(
            "UPDATE stopgap.environment SET parent = $3, deployer_role = $4::text::name, app_role = $5::text::name, \
             protected = $6, default_label = $7, keep_last = $8::int, retire_s = $9::bigint::int, updated_at = clock_timestamp() \
             WHERE env = $1 AND live_schema = $2::text::name",
            &self.settings(),
        )
        .map(drop)
    }

    fn settings(&self) -> [Value<'_>; 9] {
        [
            text(self.env.as_str()),
            text(self.live_schema.as_str()),
            optional_text(self.parent.as_ref().map(EnvName::as_str)),
            text(self.deployer_role.as_str()),
            text(self.app_role.as_str()),
            Value::Bool(self.protected),
            optional_text(self.default_label.as_deref()),
            self.keep_last.map_or(Value::Null, Value::Int),
            self.retire_for.map_or(Value::Null, |period| Value::BigInt(period.seconds().into())),
        ]
    }

    /// Removes the row. Its deployments and its log stay.
    pub fn delete(&self, spi: &Connection) -> Result<()> {
        spi.run("DELETE FROM stopgap.environment WHERE env = $1", &[text(self.env.as_str())]).map(drop)
    }

    /// Guards its live schema, or no longer; false when it was so already.
    pub fn set_guarded(&self, spi: &Connection, guarded: bool) -> Result<bool> {
        let rows = spi.run(
            "UPDATE stopgap.environment SET guarded = $2, updated_at = clock_timestamp() \
             WHERE env = $1 AND guarded <> $2 RETURNING env",
            &[text(self.env.as_str()), Value::Bool(guarded)],
        )?;
        Ok(!rows.is_empty())
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

/// Who inherits from whom.
pub fn lineage(spi: &Connection) -> Result<Lineage> {
    let all = Environment::all(spi)?;
    Lineage::new(all.into_iter().map(|one| (one.env, one.parent))).map_err(reported)
}

/// Whether some environment has that schema for its live schema.
pub fn is_live_schema(spi: &Connection, schema: &LiveSchema) -> Result<bool> {
    let rows = spi.run(
        "SELECT true FROM stopgap.environment WHERE live_schema = $1::text::name",
        &[text(schema.as_str())],
    )?;
    Ok(!rows.is_empty())
}

/// Where a path leads.
pub struct Route {
    pub function: LiveFunctionName,
    pub signature: Signature,
}

/// The live function of a path: the environment's own, or the one of the nearest that it inherits from. A function of
/// that path which another one of the same live name hides is not live. What is retired is further away than all that is not.
pub fn route(spi: &Connection, environment: &Environment, path: &FunctionPath) -> Result<Option<Route>> {
    let rows = spi.run(
        "WITH RECURSIVE line (env, parent, active, generation) AS ( \
             SELECT e.env, e.parent, e.active_deployment_id, 0 FROM stopgap.environment AS e WHERE e.env = $1 \
             UNION ALL \
             SELECT e.env, e.parent, e.active_deployment_id, l.generation + 1 \
             FROM line AS l JOIN stopgap.environment AS e ON e.env = l.parent \
         ), manifests AS MATERIALIZED ( \
             SELECT l.generation, d.manifest -> 'functions' AS functions, coalesce(d.manifest -> 'retired', '{}') AS retired \
             FROM line AS l JOIN stopgap.deployment AS d ON d.id = l.active \
         ), own AS ( \
             SELECT ROW(m.retired ? listed.version, m.generation) AS distance, f.path, f.live_function, f.signature \
             FROM manifests AS m CROSS JOIN LATERAL jsonb_array_elements_text(m.functions) AS listed (version) \
             JOIN stopgap.fn_version AS f ON f.id = listed.version::bigint \
         ) \
         SELECT o.live_function::text, o.signature FROM own AS o WHERE o.path = $2 AND NOT EXISTS ( \
             SELECT FROM own AS nearer WHERE nearer.live_function = o.live_function \
                 AND nearer.distance < o.distance AND nearer.path <> o.path) \
         ORDER BY o.distance LIMIT 1",
        &[text(environment.env.as_str()), text(&path.to_string())],
    )?;
    rows.into_iter()
        .next()
        .map(|row| {
            let mut row = Row::new(row);
            let function = LiveFunctionName::parse(&row.text()?).map_err(reported)?;
            Ok(Route { function, signature: Signature::from_json(row.optional_json()?).map_err(reported)? })
        })
        .transpose()
}
