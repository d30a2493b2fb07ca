//! What the roles of an environment need of stopgap itself: its owner hands it on, having been given it for that, and takes it
//! back when no environment needs it any more, so that the roles can be dropped.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use stopgap_core::RoleName;

use crate::caller::{DEPLOYER, OWNER};
use crate::catalog::Environment;
use crate::catalog::row::{Row, text};

/// Lets the deployer role of an environment call what deployers may, and its application role `stopgap.call`. The
/// functions themselves check whose environment it is. As `stopgap_owner`.
pub fn to_roles_of(spi: &Connection, environment: &Environment) -> Result<()> {
    let deployer = environment.deployer_role.quoted();
    let application = environment.app_role.quoted();
    let missing = |role: &str, function_filter: &str| {
        let sql = format!(
            "SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) \
             FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
             WHERE n.nspname IN ('stopgap', 'plts') \
               AND has_function_privilege('{OWNER}', p.oid, 'EXECUTE WITH GRANT OPTION') \
               AND {function_filter} AND NOT has_function_privilege($1::text::name, p.oid, 'EXECUTE') ORDER BY 1"
        );
        spi.run(&sql, &[text(role)])
    };
    let to_deployer = format!("has_function_privilege('{DEPLOYER}', p.oid, 'EXECUTE')");
    for (role, quoted, filter) in [
        (&environment.deployer_role, deployer, to_deployer.as_str()),
        (&environment.app_role, application, "p.proname = 'call'"),
    ] {
        let functions: Vec<String> = missing(role.as_str(), filter)?
            .into_iter()
            .flatten()
            .filter_map(|value| match value {
                plts_core::Value::Text(name) => Some(name.into_owned()),
                _ => None,
            })
            .collect();
        if !functions.is_empty() {
            spi.run_commands(&format!(
                "GRANT USAGE ON SCHEMA stopgap TO {quoted}; GRANT EXECUTE ON FUNCTION {} TO {quoted}",
                functions.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// Takes back from roles that an environment had what was handed to them, but for what other environments need. What others
/// have granted stays. As `stopgap_owner`, when the catalog says what is.
pub fn take_back(spi: &Connection, roles: [&RoleName; 2]) -> Result<()> {
    for role in roles {
        let handed_on = spi.run(
            "SELECT format('FUNCTION %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) \
             FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace CROSS JOIN LATERAL aclexplode(p.proacl) AS a \
             WHERE n.nspname IN ('stopgap', 'plts') AND a.grantor = $1::text::regrole AND a.grantee = to_regrole($2) \
             UNION ALL SELECT format('SCHEMA %I', n.nspname) \
             FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a \
             WHERE n.nspname = 'stopgap' AND a.grantor = $1::text::regrole AND a.grantee = to_regrole($2) ORDER BY 1",
            &[text(OWNER), text(&role.quoted())],
        )?;
        for row in handed_on {
            let target = Row::new(row).text()?;
            spi.run_commands(&format!("REVOKE ALL ON {target} FROM {}", role.quoted()))?;
        }
        for environment in Environment::all(spi)? {
            if [&environment.deployer_role, &environment.app_role].contains(&role) {
                to_roles_of(spi, &environment)?;
            }
        }
    }
    Ok(())
}
