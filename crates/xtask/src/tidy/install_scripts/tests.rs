//! Each rule finds its fault, and leaves alone what is right.

use super::*;

const HEAD: &str = "\\echo Use \"CREATE EXTENSION e\" to load this file. \\quit\nSET LOCAL search_path = pg_catalog, pg_temp;\n";

fn messages(statements: &str) -> Vec<String> {
    inspect(&format!("{HEAD}{statements}"), false).into_iter().map(|(_, message)| message).collect()
}

/// That one fault is found, on the third line, and that its mended form passes.
fn finds(part: &str, faulty: &str, mended: &str) {
    let found = inspect(&format!("{HEAD}{faulty}"), false);
    assert_eq!(found.len(), 1, "{faulty}: {found:?}");
    assert!(found[0].1.contains(part), "{faulty}: {found:?}");
    assert_eq!(found[0].0, 3, "{faulty}");
    assert_eq!(messages(mended), [""; 0], "{mended}");
}

#[test]
fn a_script_begins_as_it_should() {
    assert_eq!(messages("SELECT 1;"), [""; 0]);
    let without_guard = HEAD.lines().nth(1).unwrap();
    assert!(inspect(without_guard, false)[0].1.contains("psql"));
    for path in [
        "",
        "SET LOCAL search_path = pg_catalog;",
        "SET LOCAL search_path = pg_catalog, public, pg_temp;",
        "SET LOCAL search_path = pg_catalog, pg_temp, public;",
        "SET search_path = pg_catalog, pg_temp;",
        "SELECT 1; SET LOCAL search_path = pg_catalog, pg_temp;",
    ] {
        let script = format!("{}\n{path}", HEAD.lines().next().unwrap());
        assert!(
            inspect(&script, false).iter().any(|(_, message)| message.contains("first statement")),
            "{path}"
        );
    }
    finds("once", "SET search_path = public;", "SET work_mem = '1MB';");
}

#[test]
fn nothing_is_taken_over() {
    finds("OR REPLACE", "CREATE OR REPLACE VIEW e.v AS SELECT 1;", "CREATE VIEW e.v AS SELECT 1;");
    finds("IF NOT EXISTS", "CREATE TABLE IF NOT EXISTS e.t (a int);", "CREATE TABLE e.t (a int);");
    finds(
        "IF NOT EXISTS",
        "ALTER TABLE e.t ADD COLUMN IF NOT EXISTS a int;",
        "ALTER TABLE e.t ADD COLUMN a int;",
    );
    finds("control file", "CREATE SCHEMA e;", "SELECT 1;");
    finds("temporary", "CREATE TEMP TABLE e.t (a int);", "CREATE TABLE e.t (a int);");
    // What an upgrade replaces is the extension's own already: PostgreSQL refuses anything else.
    let upgrade = format!("{HEAD}CREATE OR REPLACE VIEW e.v AS SELECT 1;");
    assert_eq!(inspect(&upgrade, true), []);
}

#[test]
fn everything_has_a_schema() {
    finds("no schema", "CREATE TABLE t (a int);", "CREATE TABLE e.t (a int);");
    finds(
        "no schema",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x';",
        "CREATE FUNCTION e.f() RETURNS int LANGUAGE c AS 'x';",
    );
    finds("no schema", "CREATE DOMAIN d AS text;", "CREATE DOMAIN e.d AS text;");
    finds("table's name", "CREATE UNIQUE INDEX i ON t (a);", "CREATE UNIQUE INDEX i ON e.t (a);");
    finds(
        "table's name",
        "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION e.f();",
        "CREATE TRIGGER g BEFORE INSERT ON e.t EXECUTE FUNCTION e.f();",
    );
    assert_eq!(messages("CREATE EVENT TRIGGER g ON sql_drop EXECUTE FUNCTION e.f();"), [""; 0]);
    finds(
        "\"t\" has no schema",
        "CREATE VIEW e.v AS SELECT * FROM t;",
        "CREATE VIEW e.v AS SELECT * FROM e.t;",
    );
    finds("\"u\" has no schema", "SELECT FROM e.t JOIN u USING (a);", "SELECT FROM e.t JOIN e.u USING (a);");
    finds("\"t\" has no schema", "INSERT INTO t VALUES (1);", "INSERT INTO e.t VALUES (1);");
    finds("\"t\" has no schema", "UPDATE t SET a = 1;", "UPDATE e.t SET a = 1;");
    finds(
        "\"t\" has no schema",
        "DO $$ BEGIN DELETE FROM ONLY t; END $$;",
        "DO $$ BEGIN DELETE FROM ONLY e.t; END $$;",
    );
    assert_eq!(
        messages(
            "WITH c (a) AS (SELECT 1), d AS (SELECT 2) SELECT a IS DISTINCT FROM 1 FROM c, LATERAL f(a) JOIN d ON true;
             REVOKE ALL ON FUNCTION e.f() FROM PUBLIC; SELECT * FROM jsonb_each('{}');
             CREATE TRIGGER g AFTER DELETE ON e.t REFERENCING OLD TABLE AS gone EXECUTE FUNCTION e.f();
             DO $$ BEGIN PERFORM FROM gone; END $$;"
        ),
        [""; 0]
    );
}

#[test]
fn functions_look_names_up_where_they_should() {
    let safe = "SET search_path = pg_catalog, pg_temp";
    finds(
        "looks up names",
        "CREATE FUNCTION e.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;",
        &format!("CREATE FUNCTION e.f() RETURNS int LANGUAGE sql {safe} AS $$ SELECT 1 $$;"),
    );
    finds(
        "looks up names",
        "CREATE FUNCTION e.f() RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$ BEGIN RETURN 1; END $$;",
        "CREATE FUNCTION e.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;",
    );
    let revoke = "REVOKE ALL ON FUNCTION e.f() FROM PUBLIC;";
    finds(
        "SECURITY DEFINER without",
        &format!("CREATE FUNCTION e.f() RETURNS int LANGUAGE c SECURITY DEFINER AS 'x'; {revoke}"),
        &format!("CREATE FUNCTION e.f() RETURNS int LANGUAGE c SECURITY DEFINER {safe} AS 'x'; {revoke}"),
    );
    finds(
        "PUBLIC may call",
        &format!("CREATE FUNCTION e.f() RETURNS int LANGUAGE c SECURITY DEFINER {safe} AS 'x';"),
        &format!(
            "CREATE FUNCTION e.f() RETURNS int LANGUAGE c SECURITY DEFINER {safe} AS 'x';
             REVOKE ALL ON ALL FUNCTIONS IN SCHEMA e FROM PUBLIC;"
        ),
    );
    assert_eq!(
        messages(&format!(
            "CREATE FUNCTION e.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {safe} AS $$ $$;"
        )),
        [""; 0]
    );
}

#[test]
fn dynamic_sql_quotes() {
    for faulty in [
        "'a ' || b",
        "b",
        "format('%s', b)",
        "pg_catalog.format('%I %1$s', b)",
        "format('%I %', b)",
        "'a' || 'b'",
    ] {
        finds(
            "dynamic SQL",
            &format!("DO $$ BEGIN EXECUTE {faulty}; END $$;"),
            "DO $$ BEGIN EXECUTE 'a' USING b; EXECUTE pg_catalog.format('%I %L 100%% %I', a, b, c); END $$;",
        );
    }
}

#[test]
fn dumped_tables_refer_to_nothing() {
    let dumped = "SELECT pg_catalog.pg_extension_config_dump('e.t', '');";
    finds(
        "foreign key",
        &format!("CREATE TABLE e.t (a int REFERENCES e.u); {dumped}"),
        &format!("CREATE TABLE e.t (a int); CREATE TABLE e.u (a int REFERENCES e.t); {dumped}"),
    );
}
