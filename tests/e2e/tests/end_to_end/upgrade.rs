//! An extension that was updated is one that was installed: every object of it, with its definition, rights, comments and
//! what is dumped, is compared with a fresh installation. And a library serves the scripts of all versions before it.
//!
//! There is one version so far, and so no script between two. The comparison is tried on planted differences instead, and
//! takes up whatever versions and scripts are installed.

use std::collections::BTreeSet;

use e2e::{Database, Role};
use postgres::Client;

const EXTENSIONS: [&str; 3] = ["plts", "plts_plv8", "stopgap"];

/// Each member object of the extension `$1`, and what belongs to it, a line each.
const CATALOG: &str = r#"
WITH member AS (
    SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = $1
), relation AS (
    SELECT m.name, c.* FROM member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
)
SELECT 'member ' || name FROM member
UNION ALL SELECT 'comment on ' || m.name || ': ' || d.description FROM member m JOIN pg_description d
    ON d.classoid = m.classid AND d.objoid = m.objid AND d.objsubid = 0
UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) || ' of ' || p.proowner::regrole || ' for ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(p.proacl) x), 'all')
    FROM member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid WHERE p.prokind IN ('f', 'p')
UNION ALL SELECT 'relation ' || r.name || ' ' || r.relkind::text || r.relpersistence::text || r.relreplident::text || r.relrowsecurity || ' of '
    || r.relowner::regrole || ' for ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(r.relacl) x), 'owner') || ' with ' || coalesce(r.reloptions::text, '') FROM relation r
UNION ALL SELECT 'view ' || r.name || ': ' || pg_get_viewdef(r.oid) FROM relation r WHERE r.relkind = 'v'
UNION ALL SELECT 'sequence ' || r.name || ' ' || s.seqtypid::regtype || ' ' || s.seqstart || ' ' || s.seqincrement || ' ' || s.seqcycle
    FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL SELECT 'column ' || r.name || '.' || a.attname || ' ' || row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum) || ' '
    || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || a.attstorage::text || a.attidentity::text || ' '
    || a.attcollation::regcollation || ' ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(a.attacl) x), '') || ' '
    || coalesce(pg_get_expr(x.adbin, x.adrelid), '') || ' ' || coalesce(col_description(r.oid, a.attnum), '')
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef x ON x.adrelid = r.oid AND x.adnum = a.attnum WHERE r.relkind IN ('r', 'v', 'p', 'f')
UNION ALL SELECT 'constraint ' || r.name || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
    FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM relation r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
    FROM pg_trigger t JOIN member m ON m.classid = 'pg_proc'::regclass AND t.tgfoid = m.objid WHERE NOT t.tgisinternal
UNION ALL SELECT 'event trigger ' || v.evtname || ' ' || v.evtevent || ' ' || v.evtfoid::regprocedure || ' ' || v.evtenabled::text || ' '
    || coalesce(v.evttags::text, '') FROM member m JOIN pg_event_trigger v ON m.classid = 'pg_event_trigger'::regclass AND v.oid = m.objid
UNION ALL SELECT 'language ' || l.lanname || ' ' || l.lanpltrusted || ' ' || l.lanplcallfoid::regproc || ' ' || l.laninline::regproc || ' '
    || l.lanvalidator::regproc || ' for ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(l.lanacl) x), 'all')
    FROM member m JOIN pg_language l ON m.classid = 'pg_language'::regclass AND l.oid = m.objid
UNION ALL SELECT 'type ' || m.name || ' ' || t.typtype::text || ' ' || format_type(t.typbasetype, t.typtypmod) || ' ' || t.typnotnull || ' for '
    || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(t.typacl) x), 'all') || ' ' || coalesce((SELECT string_agg(pg_get_constraintdef(c.oid), ', ' ORDER BY c.conname)
                                                            FROM pg_constraint c WHERE c.contypid = t.oid), '')
    FROM member m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
UNION ALL SELECT 'schema ' || n.nspname || ' for ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(n.nspacl) x), 'owner')
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1
UNION ALL SELECT 'extension ' || e.extversion || ' ' || e.extrelocatable || ' ' || e.extowner::regrole FROM pg_extension e WHERE e.extname = $1
UNION ALL SELECT 'dumped ' || c.oid::regclass || ' ' || c.condition
    FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS c (oid, condition) WHERE e.extname = $1
ORDER BY 1
"#;

fn catalog(session: &mut Client, extension: &str) -> BTreeSet<String> {
    session.query(CATALOG, &[&extension]).unwrap().iter().map(|row| row.get(0)).collect()
}

/// What the scripts put into the tables: the builds of the runtime.
fn builds(session: &mut Client) -> Vec<String> {
    let rows = session
        .query("SELECT runtime_version || ' ' || artifact_hash FROM plts.artifact WHERE runtime_version IS NOT NULL ORDER BY 1", &[])
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What there is after these commands, alone in the database; nothing is, afterwards.
fn installed(session: &mut Client, extension: &str, commands: &str) -> (BTreeSet<String>, Vec<String>) {
    session.batch_execute(commands).unwrap_or_else(|error| panic!("{commands}: {error:?}"));
    let found = (catalog(session, extension), builds(session));
    session.batch_execute("DROP EXTENSION IF EXISTS stopgap, plts_plv8, plts CASCADE").unwrap();
    found
}

#[test]
fn an_updated_extension_is_a_fresh_one() {
    let database = Database::create_empty("upgrade");
    let mut session = database.connect(Role::Superuser);
    let rows = session
        .query(
            "SELECT name::text, version FROM pg_available_extension_versions WHERE name = ANY ($1) ORDER BY 1, 2",
            &[&EXTENSIONS.as_slice()],
        )
        .unwrap();
    let versions: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for extension in EXTENSIONS {
        // The first version that is released stays installable for ever: its script is frozen, and a way leads on from it.
        let first = (extension.to_owned(), "0.1.0".to_owned());
        assert!(versions.contains(&first), "{versions:?}");
        let fresh = installed(&mut session, extension, &format!("CREATE EXTENSION {extension} CASCADE"));
        assert!(fresh.0.len() > 10 && !fresh.1.is_empty(), "nothing to compare: {fresh:?}");
        for (_, version) in versions.iter().filter(|(name, _)| name == extension) {
            let commands = format!(
                "CREATE EXTENSION {extension} VERSION '{version}' CASCADE; ALTER EXTENSION {extension} UPDATE"
            );
            assert_eq!(installed(&mut session, extension, &commands), fresh, "{extension} from {version}");
        }
    }
}

#[test]
fn the_comparison_sees_every_difference() {
    let database = Database::create("upgrade_differs");
    let mut session = database.connect(Role::Superuser);
    session.batch_execute("CREATE EXTENSION plts_plv8").unwrap();
    let expected = EXTENSIONS.map(|extension| catalog(&mut session, extension));
    for (extension, change) in [
        ("plts", "COMMENT ON FUNCTION plts.version() IS 'another'"),
        ("plts", "COMMENT ON COLUMN plts.artifact.imports IS 'another'"),
        ("plts", "GRANT EXECUTE ON FUNCTION plts.build(jsonb, jsonb) TO PUBLIC"),
        ("plts", "REVOKE USAGE ON SCHEMA plts FROM PUBLIC"),
        ("plts", "REVOKE USAGE ON LANGUAGE plts FROM PUBLIC"),
        ("plts", "ALTER TABLE plts.artifact ALTER created_at DROP NOT NULL"),
        ("plts", "ALTER TABLE plts.code_cache ALTER code SET STORAGE EXTENDED"),
        ("plts", "ALTER TABLE plts.artifact ADD CHECK (abi > 0)"),
        ("plts", "DROP INDEX plts.code_cache_artifact"),
        ("plts", "ALTER FUNCTION plts.version() VOLATILE"),
        ("plts", "ALTER FUNCTION plts.describe(text) OWNER TO stopgap_owner"),
        ("plts", "ALTER DOMAIN plts.module SET NOT NULL"),
        ("plts", "ALTER EXTENSION plts DROP FUNCTION plts.warm(text)"),
        ("plts", "UPDATE pg_extension SET extcondition = ARRAY[''] WHERE extname = 'plts'"),
        ("plts_plv8", "ALTER EXTENSION plts_plv8 DROP DOMAIN plv8_int2array"),
        ("plts_plv8", "GRANT EXECUTE ON FUNCTION plv8_info() TO PUBLIC"),
        ("stopgap", "ALTER TABLE stopgap.deployment DISABLE TRIGGER never_deleted"),
        ("stopgap", "DROP TRIGGER stopgap_keeps ON plts.artifact"),
        ("stopgap", "ALTER EVENT TRIGGER stopgap_guard_drops DISABLE"),
        ("stopgap", "ALTER TABLE stopgap.tag ALTER created_by SET DEFAULT 'nobody'"),
        ("stopgap", "GRANT DELETE ON stopgap.deployment TO stopgap_owner"),
        ("stopgap", "ALTER SEQUENCE stopgap.deployment_id_seq INCREMENT 2"),
        ("stopgap", "ALTER VIEW stopgap.overview RENAME COLUMN failed TO failures"),
    ] {
        session.batch_execute("BEGIN").unwrap();
        session.batch_execute(change).unwrap_or_else(|error| panic!("{change}: {error:?}"));
        let place = EXTENSIONS.iter().position(|one| *one == extension).expect("one of ours");
        assert_ne!(catalog(&mut session, extension), expected[place], "{change}");
        session.batch_execute("ROLLBACK").unwrap();
    }
    assert_eq!(EXTENSIONS.map(|extension| catalog(&mut session, extension)), expected);
}

#[test]
fn a_library_serves_the_scripts_of_all_versions() {
    let database = Database::create("upgrade_symbols");
    let mut session = database.connect(Role::Superuser);
    let mut found = 0;
    for library in ["plts", "stopgap"] {
        for path in std::fs::read_dir(e2e::cli::repository(&format!("crates/{library}/sql"))).unwrap() {
            let script = std::fs::read_to_string(path.unwrap().path()).unwrap();
            for part in script.split("'MODULE_PATHNAME', '").skip(1) {
                let symbol = part.split('\'').next().unwrap();
                // PostgreSQL looks it up, and asks it for its calling convention.
                let sql = format!(
                    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE c AS '$libdir/{library}', '{symbol}'; DROP FUNCTION pg_temp.f()"
                );
                session
                    .batch_execute(&sql)
                    .unwrap_or_else(|error| panic!("{symbol} of {library}: {error:?}"));
                found += 1;
            }
        }
        let missing = format!(
            "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE c AS '$libdir/{library}', 'no_such_symbol'"
        );
        let error = session.batch_execute(&missing).unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42883", "what is missing is seen");
    }
    assert!(found > 40, "{found}");
}
