//! Where a release comes from: a bundle, or the functions of a schema, which the caller must be allowed to use.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::Value as Json;
use stopgap_core::{Bundle, DeploymentSource, ModulePath};

use crate::options::reported;

/// What a release was asked to be made of.
pub enum Source {
    Bundle(Json),
    Schema(String),
}

impl Source {
    /// As a deployment shows it, before it was read.
    pub fn describe(&self) -> String {
        match self {
            Self::Bundle(_) => "bundle".to_owned(),
            Self::Schema(name) => DeploymentSource::Schema { name: name.clone() }.describe(),
        }
    }

    /// Reads the modules, with the rights of the caller.
    ///
    /// Errors: 22023 for a bundle of another shape; 3F000, 42501, 42723 and 42P13 for a schema.
    pub fn read(&self, spi: &Connection) -> Result<(Bundle, DeploymentSource)> {
        match self {
            Self::Bundle(json) => {
                let bundle = Bundle::from_json(json.clone()).map_err(reported)?;
                let origin = bundle.source().cloned().unwrap_or_default();
                Ok((bundle, DeploymentSource::Bundle { origin }))
            }
            Self::Schema(name) => {
                let bundle = bundle_of_schema(spi, name)?;
                Ok((bundle, DeploymentSource::Schema { name: name.clone() }))
            }
        }
    }
}

/// The functions of a schema in language plts, each a module of its name. Stored modules are not deployed: what imports
/// them takes them along.
fn bundle_of_schema(spi: &Connection, schema: &str) -> Result<Bundle> {
    check_schema(spi, schema)?;
    let rows = spi.run(
        "SELECT p.proname::text, p.prosrc, has_function_privilege(p.oid, 'EXECUTE'), \
                p.prokind = 'f' AND NOT p.proretset AND p.prorettype = 'jsonb'::regtype \
                AND p.pronargs = 1 AND p.proargtypes[0] = 'jsonb'::regtype AND p.proallargtypes IS NULL, \
                p.oid::regprocedure::text, coalesce(plts.analyze_ts(p.prosrc) ->> 'form', 'unknown') = 'body' \
         FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang JOIN pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname = $1::text::name AND l.lanname = 'plts' \
           AND p.prorettype IS DISTINCT FROM to_regtype('plts.module') ORDER BY p.proname, p.oid",
        &[text(schema)],
    )?;
    let mut modules: BTreeMap<ModulePath, String> = BTreeMap::new();
    for row in rows {
        let [
            Value::Text(name),
            Value::Text(source),
            Value::Bool(executable),
            Value::Bool(fits),
            Value::Text(signature),
            Value::Bool(is_body),
        ] = row.as_slice()
        else {
            return Err(Box::new(ErrorReport::internal("pg_proc cannot be read")));
        };
        if !executable {
            return Err(Box::new(ErrorReport::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                format!("permission denied for function {signature}"),
            )));
        }
        if !fits {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::INVALID_FUNCTION_DEFINITION,
                    format!("function {signature} cannot be deployed"),
                )
                .with_detail("A deployed function takes one argument of type jsonb and returns jsonb."),
            ));
        }
        if *is_body {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::INVALID_FUNCTION_DEFINITION,
                    format!("function {signature} is not a module"),
                )
                .with_hint("A deployed function exports what it runs: write \"export default\" before it."),
            ));
        }
        let path = ModulePath::parse(&format!("{name}.ts")).map_err(reported)?;
        if modules.insert(path, source.to_string()).is_some() {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::parse("42723").unwrap_or(SqlState::DUPLICATE_FUNCTION),
                    format!("function {name} of schema \"{schema}\" is overloaded"),
                )
                .with_detail("Each function of the schema becomes one module of its name."),
            ));
        }
    }
    if modules.is_empty() {
        return Err(Box::new(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("schema \"{schema}\" has no function in language plts"),
        )));
    }
    Bundle::new(modules, BTreeMap::new(), BTreeMap::new(), None, None).map_err(reported)
}

/// Errors: 3F000 when there is no such schema, 42501 when the caller may not use it.
fn check_schema(spi: &Connection, schema: &str) -> Result<()> {
    let rows = spi.run(
        "SELECT has_schema_privilege(n.oid, 'USAGE') FROM pg_namespace AS n WHERE n.nspname = $1::text::name",
        &[text(schema)],
    )?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Bool(true)) => Ok(()),
        Some(_) => Err(Box::new(ErrorReport::new(
            SqlState::INSUFFICIENT_PRIVILEGE,
            format!("permission denied for schema {schema}"),
        ))),
        None => Err(Box::new(ErrorReport::new(
            SqlState::INVALID_SCHEMA_NAME,
            format!("schema \"{schema}\" does not exist"),
        ))),
    }
}

fn text(value: &str) -> Value<'_> {
    Value::Text(value.into())
}
