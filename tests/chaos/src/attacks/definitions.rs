//! Definitions that change under what uses them: functions that replace or drop themselves, types and tables altered
//! between two rows, from this session and from another.

use std::thread;
use std::time::Duration;

use e2e::{Role, sqlstate};

use crate::attack::Work::{Alone, Steps};
use crate::attack::{Attack, Ground, Step, end::*, must};

/// A function that replaces itself while it runs: the call goes on with the old version, the next one has the new.
fn replaces_itself(ground: &mut Ground<'_>) -> Step {
    let name = format!("chaos.self_{}", ground.number);
    let body = |version: u32| {
        format!(
            "CREATE OR REPLACE FUNCTION {name}(again text) RETURNS int LANGUAGE plts AS $js$ if ($1) await ctx.db.exec($1); return {version} $js$"
        )
    };
    ground.session.batch_execute(&body(1))?;
    for version in 2..6_u32 {
        let row = ground
            .session
            .query_one(&format!("SELECT {name}($1), {name}(NULL), {name}(NULL)"), &[&body(version)])?;
        let found: [i32; 3] = [row.get(0), row.get(1), row.get(2)];
        let (old, new) = (version as i32 - 1, version as i32);
        // PostgreSQL looks a function up once a statement; a later call site may have either.
        must(found[0] == old && found[1..].iter().all(|one| [old, new].contains(one)), || {
            format!("version {version} made inside: {found:?}")
        })?;
        let next: i32 = ground.session.query_one(&format!("SELECT {name}(NULL)"), &[])?.get(0);
        must(next == new, || format!("after the change: {next}, not {new}"))?;
    }
    ground.session.query(&format!("SELECT {name}('DROP FUNCTION {name}(text)')"), &[])?;
    Ok(())
}

/// Another session replaces, drops and makes the function and alters its row type, while this one calls it.
fn from_another_session(ground: &mut Ground<'_>) -> Step {
    let schema = format!("chaos_ddl_{}", ground.number);
    let setup = format!(
        "CREATE SCHEMA {schema}; CREATE TYPE {schema}.pair AS (a int, b int);
         CREATE TABLE {schema}.rows (id int); INSERT INTO {schema}.rows SELECT generate_series(1, 20);
         CREATE FUNCTION {schema}.f(p {schema}.pair) RETURNS {schema}.pair LANGUAGE plts AS 'return {{ a: p.b, b: p.a }}';
         CREATE FUNCTION {schema}.g() RETURNS int LANGUAGE plts AS $js$ return (await ctx.db.query('select * from {schema}.rows')).length $js$;"
    );
    ground.second.batch_execute(&setup)?;
    let mut other = ground.server.connect(ground.database, Role::Superuser);
    let changes = {
        let schema = schema.clone();
        thread::spawn(move || -> Result<(), postgres::Error> {
            for round in 0..8 {
                other.batch_execute(&format!(
                    "CREATE OR REPLACE FUNCTION {schema}.f(p {schema}.pair) RETURNS {schema}.pair LANGUAGE plts AS 'return {{ a: p.b, b: {round} }}';
                     ALTER TABLE {schema}.rows ADD COLUMN c{round} text DEFAULT 'x';
                     ALTER TYPE {schema}.pair ADD ATTRIBUTE c{round} int"
                ))?;
                thread::sleep(Duration::from_millis(5));
                other.batch_execute(&format!(
                    "ALTER TYPE {schema}.pair DROP ATTRIBUTE c{round}; ALTER TABLE {schema}.rows DROP COLUMN c{round};
                     ALTER FUNCTION {schema}.g() COST {}",
                    round + 1
                ))?;
            }
            other.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        })
    };
    let mut outcome = Ok(());
    while !changes.is_finished() {
        let sql = format!("SELECT ({schema}.f(ROW(1, 2)::{schema}.pair)).a, {schema}.g()");
        match ground.session.query(&sql, &[]) {
            Ok(rows) => {
                let found: (i32, i32) = (rows[0].get(0), rows[0].get(1));
                outcome = must(found == (2, 20), || format!("{found:?} instead of (2, 20)"));
            }
            Err(error) => {
                // A row of fewer columns, a type of another shape or a schema that is gone.
                let legal = ["42846", "3F000", "42883", "42P01", "0A000", "42804", "42703", "42704"];
                let code = sqlstate(&error);
                // PostgreSQL itself, between looking up a name and taking the lock, while the schema is being dropped.
                let own = [
                    "could not open relation with OID",
                    "cache lookup failed for function",
                    "cache lookup failed for type",
                ];
                let raced = error.as_db_error().is_some_and(|error| {
                    error.where_().is_none() && own.iter().any(|start| error.message().starts_with(start))
                });
                if error.as_db_error().is_none() || matches!(code.as_str(), CANCELED | TERMINATED) {
                    outcome = Err(error.into());
                } else {
                    outcome =
                        must(raced || legal.contains(&code.as_str()), || format!("under changes: {error:?}"));
                }
            }
        }
        if outcome.is_err() {
            break;
        }
    }
    let changed = changes.join().expect("the changing thread");
    if changed.is_err() {
        ground.second.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))?;
    }
    outcome?;
    // Two sessions that change one row of a catalog are PostgreSQL's own conflict.
    Ok(changed?)
}

/// A composite type altered by the function that has values of it in its hands.
fn own_type(ground: &mut Ground<'_>) -> Step {
    let schema = format!("chaos_own_{}", ground.number);
    ground.session.batch_execute(&format!(
        "CREATE SCHEMA {schema}; CREATE TYPE {schema}.pair AS (a int, b int);
         CREATE FUNCTION {schema}.f(p {schema}.pair) RETURNS SETOF {schema}.pair LANGUAGE plts AS $js$
           yield p;
           await ctx.db.exec('alter type {schema}.pair add attribute c int');
           yield {{ a: 1, b: 2, c: 3 }};
         $js$"
    ))?;
    ground.session.batch_execute(&format!("SELECT * FROM {schema}.f(ROW(1, 2)::{schema}.pair)"))?;
    Ok(())
}

/// The table a trigger belongs to is altered or dropped by its trigger.
fn trigger_on_its_table(ground: &mut Ground<'_>) -> Step {
    let table = format!("chaos.table_{}", ground.number);
    let what = ground.random.pick(&["DROP TABLE", "ALTER TABLE", "TRUNCATE"]);
    let rest = if *what == "ALTER TABLE" { " ADD COLUMN late int" } else { "" };
    ground.session.batch_execute(&format!(
        "CREATE TABLE {table} (n int);
         CREATE FUNCTION {table}_fires() RETURNS trigger LANGUAGE plts AS $js$ await ctx.db.exec('{what} {table}{rest}') $js$;
         CREATE TRIGGER fires BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_fires();
         INSERT INTO {table} VALUES (1)"
    ))?;
    Ok(())
}

/// A temporary table that goes at commit, made again for each call, under one kept plan.
fn temporary(ground: &mut Ground<'_>) -> Step {
    for round in 0..5_i64 {
        ground.session.batch_execute("BEGIN")?;
        let count: i64 = ground.session.query_one("SELECT chaos.with_temporary($1)", &[&round])?.get(0);
        must(count == round, || format!("{round} rows made, {count} found"))?;
        ground.session.batch_execute("COMMIT")?;
    }
    Ok(())
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("function that replaces and drops itself", &[DONE], Steps(replaces_itself)),
    Attack::ending(
        "definitions changed by another session",
        &[DONE, "XX000", "40P01"],
        Alone(from_another_session),
    ),
    Attack::ending(
        "type altered by its function",
        &["55006", "0A000", "42703", "42804", DONE],
        Steps(own_type),
    ),
    Attack::ending("table altered by its trigger", &["55006"], Steps(trigger_on_its_table)),
    Attack::ending("temporary tables under one plan", &[DONE], Alone(temporary)),
];
