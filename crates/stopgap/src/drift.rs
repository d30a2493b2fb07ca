//! Drift: what is in a live schema beside what should be there, and putting it right.

use std::collections::BTreeSet;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use serde_json::{Value as Json, json};
use stopgap_core::drift::{Difference, DriftKind, Objects, differences};
use stopgap_core::estate::LiveSet;
use stopgap_core::{EnvName, Lineage};

use crate::caller::{Caller, OWNER};
use crate::catalog::audit::{self, Action};
use crate::catalog::row::Row;
use crate::catalog::{Environment, activation, environment};
use crate::options::{Options, take_flag};
use crate::{live, lock, shape, switch};

/// Properties that `CREATE OR REPLACE` does not change.
const NEEDS_ANOTHER: [&str; 3] = ["owner", "result", "arguments"];
/// How often to look again when a release was committed while looking.
const ATTEMPTS: usize = 5;

/// What is and what should be.
struct Examination {
    differences: Vec<Difference>,
    live: LiveSet,
    artifacts: u64,
}

impl Examination {
    fn to_json(&self, environment: &Environment) -> Json {
        json!({
            "env": environment.env,
            "live_schema": environment.live_schema,
            "deployment_id": environment.active_deployment,
            "ok": self.differences.is_empty(),
            "checked": { "functions": self.live.len(), "artifacts": self.artifacts },
            "differences": self.differences,
        })
    }

    /// The objects of a class that differ.
    fn of_class(&self, class: &str) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(move |one| one.class == class)
    }
}

/// Compares an environment's live schema and artifacts with what its deployments say. Changes nothing and takes no lock.
///
/// Errors: 42704 for an environment there is not; 42501 for one that the caller may not release to.
pub fn verify(env: &EnvName) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment = caller.as_owner(|| Environment::get(&spi, env))?;
    caller.must_see(&environment)?;
    let answer = caller.as_owner(|| {
        // Each statement sees what was committed before it: a switch in between would look like drift.
        for _ in 1..ATTEMPTS {
            let before = activation::last(&spi)?;
            let environment = Environment::get(&spi, env)?;
            let examination = examine(&spi, &environment, &environment::lineage(&spi)?)?;
            if activation::last(&spi)? == before {
                return Ok(examination.to_json(&environment));
            }
        }
        let environment = Environment::get(&spi, env)?;
        Ok(examine(&spi, &environment, &environment::lineage(&spi)?)?.to_json(&environment))
    })?;
    spi.finish()?;
    Ok(answer)
}

/// Puts right what [`verify`] finds, and says what was and what is left. What stopgap did not put there stays, unless
/// `drop_extra`; what belongs to somebody else may need that role's rights, which are the caller's.
///
/// Errors: those of a switch; 2BP01 when something depends on a function that must be made anew; 42501 for a schema that
/// was given away, unless the caller may take it back.
pub fn repair(env: &EnvName, drop_extra: bool, options: &Options) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || caller.must_release_to(&spi, env, &format!("repair environment \"{env}\""));
    let (lineage, environment) =
        lock::allowed(must_be_allowed, || lock::take(&caller, &spi, env, options.wait))?;
    options.check_confirmed(&environment)?;
    let before = caller.as_owner(|| examine(&spi, &environment, &lineage))?;
    put_schema_right(&caller, &spi, &environment, &before)?;
    let answer = caller.as_owner(|| {
        put_functions_right(&spi, &environment, &before, drop_extra)?;
        let after = examine(&spi, &environment, &lineage)?;
        let mut answer = after.to_json(&environment);
        let repaired: Vec<&Difference> =
            before.differences.iter().filter(|one| !after.differences.contains(one)).collect();
        answer["repaired"] = json!(repaired);
        if !repaired.is_empty() {
            let detail = json!({ "repaired": repaired, "left": after.differences.len() });
            audit::record(&spi, &caller, Some(env), Action::Repair, environment.active_deployment, &detail)?;
        }
        Ok(answer)
    })?;
    spi.finish()?;
    Ok(answer)
}

fn examine(spi: &Connection, environment: &Environment, lineage: &Lineage) -> Result<Examination> {
    let env = &environment.env;
    let live = switch::estate(spi, lineage, &lineage.line(env), None)?.live(env);
    let found_schema = shape::found_schema(spi, environment)?;
    let mut all = differences("schema", &shape::expected_schema(environment, &live), &found_schema);
    all.extend(differences(
        "function",
        &shape::expected_functions(environment, &live),
        &shape::found_functions(spi, environment)?,
    ));
    all.extend(differences("other", &Objects::new(), &shape::found_others(spi, environment)?));
    let artifacts = check_artifacts(spi, &live, &mut all)?;
    Ok(Examination { differences: all, live, artifacts })
}

/// Has plts rehash what the live functions run, and gives the number of artifacts.
fn check_artifacts(spi: &Connection, live: &LiveSet, differences: &mut Vec<Difference>) -> Result<u64> {
    let roots: BTreeSet<&str> = live.values().map(|one| one.active.function.artifact_hash.as_str()).collect();
    let rows = spi.run("SELECT plts.check_artifacts($1)", &[Value::Json(json!(roots).to_string().into())])?;
    let answer = match rows.into_iter().next() {
        Some(row) => Row::new(row).json()?,
        None => return Err(Box::new(ErrorReport::internal("plts.check_artifacts gave no answer"))),
    };
    let difference = |object: &str, kind, found: &Json| Difference {
        class: "artifact",
        object: object.to_owned(),
        kind,
        property: None,
        expected: Json::Null,
        found: found.clone(),
    };
    for hash in answer["missing"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        differences.push(difference(hash, DriftKind::Missing, &Json::Null));
    }
    for one in answer["differ"].as_array().into_iter().flatten() {
        let hash = one["artifact_hash"].as_str().unwrap_or_default();
        differences.push(difference(hash, DriftKind::Damaged, &one["computed"]));
    }
    Ok(answer["checked"].as_u64().unwrap_or_default())
}

fn put_schema_right(
    caller: &Caller,
    spi: &Connection,
    environment: &Environment,
    examination: &Examination,
) -> Result<()> {
    let schema = environment.live_schema.quoted();
    for difference in examination.of_class("schema") {
        match (difference.kind, difference.property.as_deref()) {
            (DriftKind::Missing, _) => {
                let roles = guests(environment, examination);
                caller.as_owner(|| {
                    spi.run_commands(&format!(
                        "CREATE SCHEMA {schema}; REVOKE ALL ON SCHEMA {schema} FROM PUBLIC; \
                         GRANT USAGE ON SCHEMA {schema} TO {roles}"
                    ))
                })?;
            }
            // Only who owns it, or is above all, can give it back: that is for the caller's own rights to say.
            (_, Some("owner")) => spi.run_commands(&format!("ALTER SCHEMA {schema} OWNER TO {OWNER}"))?,
            _ => {}
        }
    }
    for difference in examination.of_class("schema") {
        if difference.property.as_deref() == Some("rights") {
            let roles = guests(environment, examination);
            caller.as_owner(|| {
                live::withdraw(spi, &format!("SCHEMA {schema}"), &difference.found)?;
                spi.run_commands(&format!(
                    "GRANT ALL ON SCHEMA {schema} TO {OWNER}; GRANT USAGE ON SCHEMA {schema} TO {roles}"
                ))
            })?;
        }
    }
    Ok(())
}

/// The roles that may use the live schema, as GRANT lists them.
fn guests(environment: &Environment, examination: &Examination) -> String {
    let roles: Vec<String> =
        live::guests(environment, &examination.live).into_iter().map(|role| role.quoted()).collect();
    roles.join(", ")
}

fn put_functions_right(
    spi: &Connection,
    environment: &Environment,
    examination: &Examination,
    drop_extra: bool,
) -> Result<()> {
    for one in examination.live.values() {
        let declaration = live::declared(environment, &one.active);
        let object = declaration.object_name();
        let differing: Vec<&Difference> =
            examination.of_class("function").filter(|difference| difference.object == object).collect();
        if differing.is_empty() {
            continue;
        }
        let property = |name: &str| differing.iter().find(|one| one.property.as_deref() == Some(name));
        let is_missing = differing.iter().any(|one| one.kind == DriftKind::Missing);
        let needs_another = NEEDS_ANOTHER.iter().any(|name| property(name).is_some());
        if needs_another {
            // The owner of the schema may drop what others own in it.
            live::drop_function(spi, &declaration)?;
        }
        live::put(spi, &declaration)?;
        if let Some(rights) = property("rights").filter(|_| !needs_another) {
            let target = format!("FUNCTION {}", declaration.target());
            live::withdraw(spi, &target, &rights.found)?;
            spi.run_commands(&format!("GRANT EXECUTE ON {target} TO {OWNER}"))?;
        }
        if is_missing || needs_another || property("rights").is_some() {
            live::restrict(spi, std::slice::from_ref(&declaration))?;
        }
    }
    if drop_extra {
        for extra in examination.of_class("function").filter(|one| one.kind == DriftKind::Extra) {
            drop_function(spi, environment, &extra.object)?;
        }
    }
    Ok(())
}

/// Drops a function, aggregate or procedure that PostgreSQL itself names.
fn drop_function(spi: &Connection, environment: &Environment, object: &str) -> Result<()> {
    let rows = spi.run(
        "SELECT format('DROP ROUTINE %I.%I(%s) RESTRICT', n.nspname, p.proname, \
            pg_get_function_identity_arguments(p.oid)) \
         FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname = $1::text::name AND p.proname || '(' || oidvectortypes(p.proargtypes) || ')' = $2",
        &[Value::Text(environment.live_schema.as_str().into()), Value::Text(object.into())],
    )?;
    for row in rows {
        spi.run_commands(&Row::new(row).text()?)?;
    }
    Ok(())
}

/// The options of a repair: those of a release, and `drop_extra`.
///
/// Errors: 22023.
pub fn read_options(mut json: Option<Json>) -> Result<(bool, Options)> {
    Ok((take_flag(&mut json, "drop_extra")?, Options::read(json)?))
}
