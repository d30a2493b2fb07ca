//! Live schemas: pointer functions that `stopgap_owner` owns and the environment's application role may call.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use stopgap_core::estate::LiveSet;
use stopgap_core::names::{quote_identifier, quote_literal};
use stopgap_core::{ActiveFunction, EnvName, LiveDeclaration, LiveSchema, RoleName, Step};

use crate::caller::OWNER;
use crate::catalog::row::{Row, text};
use crate::catalog::{Environment, environment};
use crate::shape::EVERYBODY;

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

/// The live function in the live schema of an environment, as it is declared.
pub fn declared<'a>(environment: &'a Environment, active: &'a ActiveFunction) -> LiveDeclaration<'a> {
    LiveDeclaration::new(active, &environment.env, &environment.live_schema, OWNER, &environment.app_role)
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
    for live in functions.values() {
        let declaration = declared(environment, &live.active);
        if declaration.callers().contains(&&environment.app_role) {
            let target = declaration.target();
            spi.run_commands(&format!(
                "REVOKE ALL ON FUNCTION {target} FROM {from}; GRANT EXECUTE ON FUNCTION {target} TO {to}"
            ))?;
        }
    }
    Ok(())
}

/// Does in one live schema what was decided.
///
/// Errors: 2BP01 when something depends on a function that would go or be made anew, naming what.
pub fn carry_out(spi: &Connection, environment: &Environment, steps: &[Step]) -> Result<()> {
    let mut created = Vec::new();
    for step in steps {
        match step {
            Step::Create { after } => {
                let after = declared(environment, &after.active);
                put(spi, &after)?;
                created.push(after);
            }
            Step::Replace { before, after } => {
                let after = declared(environment, &after.active);
                put(spi, &after)?;
                change_callers(spi, &declared(environment, &before.active), &after)?;
            }
            Step::MakeAnew { before, after } => {
                let before = declared(environment, &before.active);
                make_anew(spi, &before, &declared(environment, &after.active))?;
            }
            Step::Drop { before } => drop_function(spi, &declared(environment, &before.active))?,
        }
    }
    restrict(spi, &created)?;
    let touched = steps.iter().flat_map(|step| [step.before(), step.after()]).flatten();
    let roles: BTreeSet<&RoleName> = touched.flat_map(|one| &one.active.function.annotations.roles).collect();
    roles.into_iter().try_for_each(|role| open_to(spi, environment, role))
}

/// Who may call the former version by declaration, and not the new one, no longer may; who comes may.
fn change_callers(spi: &Connection, before: &LiveDeclaration<'_>, after: &LiveDeclaration<'_>) -> Result<()> {
    let target = after.target();
    for gone in before.callers().iter().filter(|role| !after.callers().contains(role)) {
        spi.run_commands(&format!("REVOKE ALL ON FUNCTION {target} FROM {} CASCADE", gone.quoted()))?;
    }
    for come in after.callers().iter().filter(|role| !before.callers().contains(role)) {
        spi.run_commands(&format!("GRANT EXECUTE ON FUNCTION {target} TO {}", come.quoted()))?;
    }
    Ok(())
}

/// Lets a role that functions name into the live schema, or keeps it out when none does any more.
fn open_to(spi: &Connection, environment: &Environment, role: &RoleName) -> Result<()> {
    if *role == environment.app_role {
        return Ok(());
    }
    let may_call = !spi
        .run(
            "SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
             CROSS JOIN LATERAL aclexplode(p.proacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee \
             WHERE n.nspname = $1::text::name AND r.rolname = $2::text::name LIMIT 1",
            &[text(environment.live_schema.as_str()), text(role.as_str())],
        )?
        .is_empty();
    let (schema, role) = (environment.live_schema.quoted(), role.quoted());
    spi.run_commands(&match may_call {
        true => format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
        false => format!("REVOKE USAGE ON SCHEMA {schema} FROM {role}"),
    })
}

/// The roles that may use the live schema: the application role, and those that functions name.
pub fn guests<'a>(environment: &'a Environment, live: &'a LiveSet) -> BTreeSet<&'a RoleName> {
    let named = live.values().flat_map(|one| &one.active.function.annotations.roles);
    named.chain([&environment.app_role]).collect()
}

/// How many functions one GRANT names.
const RESTRICTED_AT_ONCE: usize = 250;

/// Creates a live function, or makes it what it should be; its owner and its rights stay.
pub fn put(spi: &Connection, declaration: &LiveDeclaration<'_>) -> Result<()> {
    spi.run_commands(&declaration.create())
}

/// Gives new live functions the rights they should have, and no others, whatever the default privileges are.
pub fn restrict(spi: &Connection, declarations: &[LiveDeclaration<'_>]) -> Result<()> {
    let mut by_callers: BTreeMap<Vec<&RoleName>, Vec<String>> = BTreeMap::new();
    for one in declarations {
        by_callers.entry(one.callers().to_vec()).or_default().push(one.target());
    }
    let uninvited = match declarations {
        [] => Vec::new(),
        _ => given_by_default(spi)?,
    };
    for (callers, targets) in by_callers {
        let callers = callers.iter().map(|role| role.quoted()).collect::<Vec<_>>().join(", ");
        for targets in targets.chunks(RESTRICTED_AT_ONCE) {
            let targets = targets.join(", ");
            for grantee in &uninvited {
                spi.run_commands(&format!("REVOKE ALL ON FUNCTION {targets} FROM {grantee} CASCADE"))?;
            }
            spi.run_commands(&format!(
                "REVOKE ALL ON FUNCTION {targets} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {targets} TO {callers}"
            ))?;
        }
    }
    Ok(())
}

/// Whom ALTER DEFAULT PRIVILEGES lets call new functions of `stopgap_owner`, beside PUBLIC.
fn given_by_default(spi: &Connection) -> Result<Vec<String>> {
    let rows = spi.run(
        "SELECT DISTINCT grantee.rolname::text FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a \
         JOIN pg_roles AS grantee ON grantee.oid = a.grantee \
         WHERE d.defaclrole = to_regrole($1) AND d.defaclobjtype = 'f' AND a.grantee <> d.defaclrole",
        &[text(OWNER)],
    )?;
    rows.into_iter().map(|row| Row::new(row).text().map(|role| quote_identifier(&role))).collect()
}

/// Puts a function with another signature in the place of one. Whoever could call it still can, and its comment stays.
///
/// Errors: 2BP01 when something depends on the former, naming what.
pub fn make_anew(spi: &Connection, before: &LiveDeclaration<'_>, after: &LiveDeclaration<'_>) -> Result<()> {
    let kept = Kept::of(spi, before)?;
    drop_function(spi, before)?;
    put(spi, after)?;
    restrict(spi, std::slice::from_ref(after))?;
    kept.give_to(spi, before, after)
}

/// What was added to a live function by hand and outlives it.
#[derive(Default)]
struct Kept {
    /// Grantees that are neither the owner nor PUBLIC, with whether they may hand it on.
    grantees: Vec<(String, bool)>,
    to_public: bool,
    comment: Option<String>,
}

impl Kept {
    fn of(spi: &Connection, declaration: &LiveDeclaration<'_>) -> Result<Self> {
        let mut kept = Self::default();
        let Some(target) = find(spi, declaration)? else { return Ok(kept) };
        let rows = spi.run(
            "SELECT r.rolname::text, a.is_grantable, obj_description(p.oid, 'pg_proc') FROM pg_proc AS p \
             LEFT JOIN LATERAL aclexplode(p.proacl) AS a ON a.grantee <> p.proowner \
             LEFT JOIN pg_roles AS r ON r.oid = a.grantee \
             WHERE p.oid = $1::text::regprocedure AND (r.oid IS NOT NULL OR a.grantee IS NULL OR a.grantee = 0)",
            &[text(&target)],
        )?;
        for row in rows {
            let mut row = Row::new(row);
            let (grantee, may_hand_on) = (row.optional_text()?, row.optional_boolean()?);
            match (grantee, may_hand_on) {
                (Some(grantee), may_hand_on) => {
                    kept.grantees.push((grantee, may_hand_on.unwrap_or(false)));
                }
                (None, Some(_)) => kept.to_public = true,
                (None, None) => {}
            }
            kept.comment = row.optional_text()?;
        }
        Ok(kept)
    }

    fn give_to(
        &self,
        spi: &Connection,
        before: &LiveDeclaration<'_>,
        after: &LiveDeclaration<'_>,
    ) -> Result<()> {
        let target = after.target();
        let was_declared = |name: &str| before.callers().iter().any(|role| role.as_str() == name);
        for (grantee, may_hand_on) in &self.grantees {
            // Who could call it by declaration can only if the new one says so too.
            if !was_declared(grantee) || *may_hand_on {
                let option = if *may_hand_on { " WITH GRANT OPTION" } else { "" };
                spi.run_commands(&format!(
                    "GRANT EXECUTE ON FUNCTION {target} TO {}{option}",
                    quote_identifier(grantee)
                ))?;
            }
        }
        if self.to_public {
            spi.run_commands(&format!("GRANT EXECUTE ON FUNCTION {target} TO PUBLIC"))?;
        }
        match &self.comment {
            Some(comment) => {
                spi.run_commands(&format!("COMMENT ON FUNCTION {target} IS {}", quote_literal(comment)))
            }
            None => Ok(()),
        }
    }
}

/// Drops a live function.
///
/// Errors: 2BP01 when something depends on it, naming what.
pub fn drop_function(spi: &Connection, declaration: &LiveDeclaration<'_>) -> Result<()> {
    // RESTRICT is PostgreSQL's own check of dependents, and its error lists them. A function that somebody dropped by
    // hand is gone already.
    if declaration.is_plain() {
        return spi.run_commands(&format!("DROP FUNCTION IF EXISTS {} RESTRICT", declaration.target()));
    }
    match find(spi, declaration)? {
        Some(target) => spi.run_commands(&format!("DROP FUNCTION {target} RESTRICT")),
        None => Ok(()),
    }
}

/// What PostgreSQL calls the live function now, if it is there: a type of its may have another name since it was
/// declared, and then it is known by its body.
fn find(spi: &Connection, declaration: &LiveDeclaration<'_>) -> Result<Option<String>> {
    let rows = spi.run(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname = $1::text::name AND p.proname = $2::text::name AND p.prokind = 'f' \
           AND (oidvectortypes(p.proargtypes) = $3 OR p.prosrc = $4) \
         ORDER BY oidvectortypes(p.proargtypes) = $3 DESC LIMIT 1",
        &[
            text(declaration.schema().as_str()),
            text(declaration.name().as_str()),
            text(&declaration.identity()),
            text(declaration.body()),
        ],
    )?;
    rows.into_iter().next().map(|row| Row::new(row).text()).transpose()
}

/// Takes away all rights that somebody was given.
pub fn withdraw(spi: &Connection, target: &str, rights: &Json) -> Result<()> {
    for grantee in rights.as_object().into_iter().flat_map(|rights| rights.keys()) {
        let grantee = if grantee == EVERYBODY { "PUBLIC".to_owned() } else { quote_identifier(grantee) };
        spi.run_commands(&format!("REVOKE ALL ON {target} FROM {grantee} CASCADE"))?;
    }
    Ok(())
}
