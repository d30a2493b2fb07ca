//! The SQL functions of the extensions, as the catalogs of a server have them.

use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::shell::{Result, refused};

use super::cell;

const DATABASE: &str = "reference_pages";

/// Functions that a person calls: not those of the language, nor those of triggers.
const FUNCTIONS: &str = "
    SELECT n.nspname::text, p.proname::text, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
           obj_description(p.oid, 'pg_proc'),
           (SELECT string_agg(CASE a.grantee WHEN 0 THEN 'everybody' ELSE '`' || a.grantee::regrole || '`' END, ', '
                              ORDER BY a.grantee::regrole::text)
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner)
    FROM pg_extension AS e
    JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE e.extname = $1 AND p.prorettype NOT IN ('language_handler'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
      AND obj_description(p.oid, 'pg_proc') IS NOT NULL
    ORDER BY n.nspname, p.proname, pg_get_function_arguments(p.oid)";

/// The page.
pub fn page(cluster: &Cluster) -> Result<String> {
    cluster.execute("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
    let mut page = "# SQL functions\n\nEvery function of the extensions, with its arguments, its result and who may call it besides its owner.\nWhat they do in full is in the [SQL reference](../sql.md).\n".to_owned();
    // All of them first: one grants to the other's roles.
    for extension in install::EXTENSIONS {
        cluster.execute(DATABASE, &format!("CREATE EXTENSION {extension}"))?;
    }
    let mut client = cluster.connect(SUPERUSER, DATABASE)?;
    for extension in install::EXTENSIONS {
        page.push_str(&format!("\n## {extension}\n"));
        let rows = client.query(FUNCTIONS, &[&extension]).map_err(|error| refused(error.to_string()))?;
        for row in rows {
            let [schema, name, arguments, result] = [0, 1, 2, 3].map(|column| row.get::<_, String>(column));
            let (comment, callers): (String, Option<String>) = (row.get(4), row.get(5));
            let arguments = if arguments.is_empty() {
                "()".to_owned()
            } else {
                format!("(\n    {}\n)", arguments.replace(", ", ",\n    "))
            };
            page.push_str(&format!(
                "\n### {schema}.{name}\n\n```\n{schema}.{name} {arguments} → {result}\n```\n\n{}. May be called by {}.\n",
                cell(comment.trim_end_matches('.')),
                callers.as_deref().unwrap_or("superusers, until granted"),
            ));
        }
    }
    Ok(page)
}
