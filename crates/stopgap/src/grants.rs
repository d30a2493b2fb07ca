//! What the roles of an environment need of stopgap itself: its owner hands it on, having been given it for that.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;

use crate::caller::{DEPLOYER, OWNER};
use crate::catalog::Environment;
use crate::catalog::row::text;

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
