//! Environments: made, changed, listed and dropped, each with its live schema. What a child should hold of its parent's
//! is put there, and taken away, in the same transaction.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use serde_json::{Value as Json, json};
use stopgap_core::{EnvName, EnvironmentChanges, Estate, GracePeriod, Lineage, LiveSchema, RoleName};

use crate::caller::{self, Caller, DEPLOYER};
use crate::catalog::audit::{self, Action};
use crate::catalog::{Environment, deployment, script, tag};
use crate::options::{Options, reported};
use crate::{grants, live, lock, switch};

/// The role that may call live functions of an environment that names no other.
const APPLICATION: &str = "app_user";

/// Makes an environment.
///
/// Errors: 42501 for who may not deploy; 42710 when there is one of that name; 42704 for a parent or role there is not;
/// 42P06 when the schema is somebody else's; 54000 for too many generations; 55P03 while the parent is being released.
pub fn create(env: &EnvName, settings: &EnvironmentChanges, options: &Options) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    caller.must_be_member_of(DEPLOYER, &format!("create environment \"{env}\""))?;
    let parent = settings.parent.clone().flatten();
    let lineage = lock::take_new(&caller, &spi, env, parent.as_ref(), options.wait)?;
    let shown = caller.as_owner(|| {
        if Environment::find(&spi, env)?.is_some() {
            return Err(Box::new(ErrorReport::new(
                SqlState::DUPLICATE_OBJECT,
                format!("environment \"{env}\" already exists"),
            )));
        }
        let after = lineage.with(env, parent.as_ref()).map_err(reported)?;
        let environment = applied(default(env, settings.live_schema.as_ref())?, settings);
        check_roles(&caller, &spi, &environment)?;
        establish(&spi, &environment)?;
        follow_parent(&spi, &lineage, &after, env)?;
        let shown = shown(&environment);
        audit::record(&spi, &caller, Some(env), Action::CreateEnvironment, None, &shown)?;
        Ok(shown)
    })?;
    spi.finish()?;
    Ok(shown)
}

/// Changes settings.
///
/// Errors: 42704 for an environment, parent or role there is not; 42501; 22023 for a parent that inherits from it;
/// 0A000 for another live schema; 2BP01 when something depends on a function that another parent does not have.
pub fn alter(env: &EnvName, settings: &EnvironmentChanges, options: &Options) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let (lineage, before) = lock::allowed(
        || administered(&caller, &spi, env, "alter"),
        || match settings.parent {
            Some(_) => lock::take_tree(&caller, &spi, options.wait),
            None => lock::take(&caller, &spi, env, options.wait),
        },
    )?;
    let shown = caller.as_owner(|| {
        if settings.live_schema.as_ref().is_some_and(|schema| *schema != before.live_schema) {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "the live schema of an environment cannot be changed",
                )
                .with_hint("Applications call its functions by that name; make another environment."),
            ));
        }
        let environment = applied(before.clone(), settings);
        let after = lineage.with(env, environment.parent.as_ref()).map_err(reported)?;
        check_roles(&caller, &spi, &environment)?;
        environment.update(&spi)?;
        grants::to_roles_of(&spi, &environment)?;
        grants::take_back(&spi, [&before.deployer_role, &before.app_role])?;
        if environment.app_role != before.app_role {
            let held = switch::estate(&spi, &lineage, &lineage.line(env), None)?.live(env);
            live::hand_over(&spi, &before, &held, &environment.app_role)?;
        }
        follow_parent(&spi, &lineage, &after, env)?;
        let (from, to) = (shown(&before), shown(&environment));
        let detail = json!({ "from": from, "to": to });
        audit::record(&spi, &caller, Some(env), Action::AlterEnvironment, None, &detail)?;
        Ok(to)
    })?;
    spi.finish()?;
    Ok(shown)
}

/// Drops an environment and its live schema. Its deployments and its log stay.
///
/// Errors: 42704, 42501; 55000 for a protected one; 2BP01 when others inherit from it, when something depends on one of
/// its functions, or when somebody put something into its live schema.
pub fn drop(env: &EnvName, options: &Options) -> Result<()> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || administered(&caller, &spi, env, "drop");
    let (lineage, environment) =
        lock::allowed(must_be_allowed, || lock::take_tree(&caller, &spi, options.wait))?;
    caller.as_owner(|| {
        if environment.protected {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                    format!("environment \"{env}\" is protected"),
                )
                .with_hint("Set its setting protected to false first."),
            ));
        }
        let heirs = lineage.descendants(env);
        if !heirs.is_empty() {
            let names: Vec<String> = heirs.iter().map(|heir| format!("\"{heir}\"")).collect();
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::DEPENDENT_OBJECTS_STILL_EXIST,
                    format!("environment \"{env}\" cannot be dropped because others inherit from it"),
                )
                .with_detail(format!("They are {}.", names.join(", ")))
                .with_hint("Give them another parent, or drop them first."),
            ));
        }
        let before = switch::estate(&spi, &lineage, &lineage.line(env), None)?;
        let changes = before.changes(&Estate::new(lineage.without(env)), env);
        let of_its_own: Vec<_> = changes.into_iter().filter(|change| change.env == *env).collect();
        switch::carry_out(&spi, &of_its_own)?;
        live::drop_schema(&spi, &environment)?;
        deployment::retire_active(&spi, &environment)?;
        tag::delete_all(&spi, env)?;
        script::forget(&spi, env)?;
        environment.delete(&spi)?;
        grants::take_back(&spi, [&environment.deployer_role, &environment.app_role])?;
        audit::record(&spi, &caller, Some(env), Action::DropEnvironment, None, &shown(&environment))
    })?;
    spi.finish()
}

/// The environments that the caller may release to or administer.
pub fn list() -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let mut listed = Vec::new();
    for environment in caller.as_owner(|| Environment::all(&spi))? {
        if caller.is_member_of(DEPLOYER)? || caller.is_member_of(environment.deployer_role.as_str())? {
            listed.push(shown(&environment));
        }
    }
    spi.finish()?;
    Ok(Json::Array(listed))
}

/// An environment with its settings, as JSON.
pub fn shown(environment: &Environment) -> Json {
    json!({
        "env": environment.env,
        "live_schema": environment.live_schema,
        "parent": environment.parent,
        "deployer_role": environment.deployer_role,
        "app_role": environment.app_role,
        "protected": environment.protected,
        "default_label": environment.default_label,
        "keep_last": environment.keep_last,
        "retire_s": environment.retire_for.map(GracePeriod::seconds),
        "active_deployment_id": environment.active_deployment,
    })
}

/// An environment with the default settings, which is not there yet.
pub fn default(env: &EnvName, schema: Option<&LiveSchema>) -> Result<Environment> {
    Ok(Environment {
        env: env.clone(),
        live_schema: schema.cloned().unwrap_or_else(|| LiveSchema::default_of(env)),
        parent: None,
        deployer_role: RoleName::parse(DEPLOYER).map_err(reported)?,
        app_role: RoleName::parse(APPLICATION).map_err(reported)?,
        protected: false,
        default_label: None,
        keep_last: None,
        retire_for: None,
        active_deployment: None,
    })
}

/// The environment with these settings; its live schema stays.
fn applied(mut environment: Environment, settings: &EnvironmentChanges) -> Environment {
    let settings = settings.clone();
    environment.parent = settings.parent.unwrap_or(environment.parent);
    environment.deployer_role = settings.deployer_role.unwrap_or(environment.deployer_role);
    environment.app_role = settings.app_role.unwrap_or(environment.app_role);
    environment.protected = settings.protected.unwrap_or(environment.protected);
    environment.default_label = settings.default_label.unwrap_or(environment.default_label);
    environment.keep_last = settings.keep_last.unwrap_or(environment.keep_last);
    environment.retire_for = settings.retire_for.unwrap_or(environment.retire_for);
    environment
}

/// The environment as it is now, for a caller who may change it.
///
/// Errors: 42704 when there is none; 42501.
fn administered(caller: &Caller, spi: &Connection, env: &EnvName, verb: &str) -> Result<Environment> {
    let environment = caller.as_owner(|| Environment::get(spi, env))?;
    may_administer(caller, &environment, verb)?;
    Ok(environment)
}

/// Whoever may release to it may change it, and so may all deployers.
fn may_administer(caller: &Caller, environment: &Environment, verb: &str) -> Result<()> {
    if caller.is_member_of(DEPLOYER)? {
        return Ok(());
    }
    caller.must_be_member_of(
        environment.deployer_role.as_str(),
        &format!("{verb} environment \"{}\"", environment.env),
    )
}

/// Its roles exist, and the caller may release to its parent, whose functions it gets.
fn check_roles(caller: &Caller, spi: &Connection, environment: &Environment) -> Result<()> {
    caller::role(environment.deployer_role.as_str())?;
    caller::role(environment.app_role.as_str())?;
    match &environment.parent {
        Some(parent) => may_administer(caller, &Environment::get(spi, parent)?, "inherit from"),
        None => Ok(()),
    }
}

/// Makes the live schema and the row of a new environment. As `stopgap_owner`.
pub fn establish(spi: &Connection, environment: &Environment) -> Result<()> {
    live::create_schema(spi, &environment.env, &environment.live_schema, &environment.app_role)?;
    environment.insert(spi)?;
    grants::to_roles_of(spi, environment)
}

/// Puts into the live schemas of `env` and its heirs what it inherits after, and takes away what it did before.
fn follow_parent(spi: &Connection, before: &Lineage, after: &Lineage, env: &EnvName) -> Result<()> {
    if before.parent(env) == after.parent(env) {
        return Ok(());
    }
    let mut relatives = before.line(env);
    relatives.extend(after.ancestors(env).into_iter().cloned());
    relatives.extend(after.descendants(env));
    let from = switch::estate(spi, before, &relatives, None)?;
    let to = from.clone().with_lineage(after.clone());
    switch::carry_out(spi, &from.changes(&to, env))
}
