//! What a live schema and its functions look like to PostgreSQL: as they should, and as they do.
//!
//! What is expected of a function is what it was declared as, [`stopgap_core::LiveDeclaration`]; what is found is written
//! the same way.

use std::collections::BTreeMap;

use pg_boundary::error::Result;
use pg_boundary::identity::LocalSettings;
use pg_boundary::spi::Connection;
use serde_json::{Value as Json, json};
use stopgap_core::drift::{Objects, Properties};
use stopgap_core::estate::LiveSet;

use crate::caller::OWNER;
use crate::catalog::Environment;
use crate::catalog::row::{Row, text};
use crate::live::{declared, guests};

/// What everybody is called among grantees: PostgreSQL reserves that name, so it is no role's.
pub const EVERYBODY: &str = "public";

/// Rights by grantee, [`EVERYBODY`] among them, each with a `*` when it may be handed on.
const RIGHTS: &str = "(SELECT jsonb_object_agg(granted.grantee, granted.rights) FROM (\
    SELECT coalesce(r.rolname, 'public') AS grantee, \
        jsonb_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END ORDER BY a.privilege_type) AS rights \
    FROM aclexplode({acl}) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee GROUP BY 1) AS granted)";

/// The schema as it should be.
pub fn expected_schema(environment: &Environment, live: &LiveSet) -> Objects {
    let mut rights: BTreeMap<&str, Vec<&str>> =
        guests(environment, live).into_iter().map(|role| (role.as_str(), vec!["USAGE"])).collect();
    rights.insert(OWNER, vec!["CREATE", "USAGE"]);
    let properties: Properties =
        BTreeMap::from([("owner".to_owned(), json!(OWNER)), ("rights".to_owned(), json!(rights))]);
    BTreeMap::from([(environment.live_schema.to_string(), properties)])
}

/// The functions as they should be.
pub fn expected_functions(environment: &Environment, live: &LiveSet) -> Objects {
    live.values()
        .map(|live| {
            let declaration = declared(environment, &live.active);
            (declaration.object_name(), declaration.expected())
        })
        .collect()
}

/// The schema as it is.
pub fn found_schema(spi: &Connection, environment: &Environment) -> Result<Objects> {
    let rights = RIGHTS.replace("{acl}", "coalesce(n.nspacl, acldefault('n', n.nspowner))");
    objects(
        spi,
        environment,
        &format!(
            "SELECT n.nspname::text, jsonb_build_object('owner', pg_get_userbyid(n.nspowner), 'rights', {rights}) \
             FROM pg_namespace AS n WHERE n.nspname = $1::text::name"
        ),
    )
}

/// A name of a parameter or column, as a signature shows it.
const SHOWN_NAME: &str = "CASE WHEN one.name ~ '^[a-z_][a-z0-9_]*$' THEN one.name \
    ELSE '\"' || replace(one.name, '\"', '\"\"') || '\"' END";

/// Parameters and columns of a function `p`: place, name, type and mode.
const PARAMETERS: &str = "unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes) \
    WITH ORDINALITY AS one (type, name, mode, place)";

/// The functions that are in the schema, whoever put them there.
pub fn found_functions(spi: &Connection, environment: &Environment) -> Result<Objects> {
    // Defaults are printed as they were declared.
    let _settings = LocalSettings::with_fixed_output()?;
    let rights = RIGHTS.replace("{acl}", "coalesce(p.proacl, acldefault('f', p.proowner))");
    objects(
        spi,
        environment,
        &format!(
            "SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')', jsonb_build_object(\
                'arguments', (SELECT coalesce(string_agg(concat_ws(' ', \
                        CASE one.mode WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 'v' THEN 'VARIADIC' END, {SHOWN_NAME}, \
                        format_type(one.type, NULL), \
                        'DEFAULT ' || pg_get_function_arg_default(p.oid, one.place::integer)), ', ' ORDER BY one.place), '') \
                    FROM {PARAMETERS} WHERE one.mode IS DISTINCT FROM 't'), \
                'result', CASE WHEN 't' = ANY (p.proargmodes) THEN (SELECT 'TABLE(' || string_agg( \
                        {SHOWN_NAME} || ' ' || format_type(one.type, NULL), ', ' ORDER BY one.place) || ')' \
                    FROM {PARAMETERS} WHERE one.mode = 't') ELSE pg_get_function_result(p.oid) END, \
                'language', l.lanname, 'body', p.prosrc, 'owner', pg_get_userbyid(p.proowner), 'rights', {rights}, \
                'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END, \
                'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END, \
                'strict', p.proisstrict, 'security_definer', p.prosecdef, 'leakproof', p.proleakproof, \
                'settings', to_jsonb(p.proconfig), 'cost', p.procost) \
             FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
             JOIN pg_language AS l ON l.oid = p.prolang WHERE n.nspname = $1::text::name"
        ),
    )
}

/// Tables, views, types of their own and the like in the schema, which is for functions.
pub fn found_others(spi: &Connection, environment: &Environment) -> Result<Objects> {
    objects(
        spi,
        environment,
        "SELECT c.relname::text, '{}'::jsonb FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1::text::name AND c.relkind NOT IN ('i', 'I', 't') \
         UNION ALL \
         SELECT t.typname::text, '{}'::jsonb FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace \
         WHERE n.nspname = $1::text::name AND t.typrelid = 0 AND t.typelem = 0",
    )
}

fn objects(spi: &Connection, environment: &Environment, sql: &str) -> Result<Objects> {
    let mut objects = Objects::new();
    for row in spi.run(sql, &[text(environment.live_schema.as_str())])? {
        let mut row = Row::new(row);
        let name = row.text()?;
        if let Json::Object(properties) = row.json()? {
            objects.insert(name, properties.into_iter().collect());
        }
    }
    Ok(objects)
}
