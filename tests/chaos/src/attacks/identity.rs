//! Roles changed in one statement: what one role's code keeps in memory is never seen by another's.

use crate::attack::Work::{Sql, Steps};
use crate::attack::{Attack, Ground, Step, end::*, must};

/// A caller's function and a definer's in one statement, in any order and depth: each sees its own state only.
fn in_one_statement(ground: &mut Ground<'_>) -> Step {
    let role = *ground.random.pick(&["chaos_alice", "chaos_bob"]);
    ground.session.batch_execute(&format!("SET LOCAL ROLE {role}"))?;
    for _ in 0..ground.random.within(1, 10) {
        let row = ground.session.query_one(
            "SELECT chaos.whose(1), chaos.whose_definer(2), chaos.whose(3), chaos.whose_definer(0), current_user::text",
            &[],
        )?;
        for (column, owner) in [(0, role), (1, "chaos_carol"), (2, role), (3, "chaos_carol"), (4, role)] {
            let found: &str = row.get(column);
            must(found == owner, || format!("column {column} ran with the state of {found}, not {owner}"))?;
        }
    }
    ground.session.batch_execute("RESET ROLE")?;
    Ok(())
}

/// A failing subtransaction in which the role was changed: the role is what it was, and so is the state.
fn undone(ground: &mut Ground<'_>) -> Step {
    ground.session.batch_execute("SET LOCAL ROLE chaos_alice; SAVEPOINT role")?;
    let failed = ground.session.batch_execute("SET LOCAL ROLE chaos_bob; SELECT chaos.whose(0), 1 / 0");
    match failed {
        Err(error) if error.code().is_some_and(|code| code.code() == "22012") => {}
        Err(error) => return Err(error.into()),
        Ok(()) => return must(false, || "a division by zero went through".to_owned()),
    }
    ground.session.batch_execute("ROLLBACK TO SAVEPOINT role")?;
    let found: String = ground.session.query_one("SELECT chaos.whose(0)", &[])?.get(0);
    must(found == "chaos_alice", || format!("after a failed change of role it is {found}'s"))
}

/// A role that is dropped and made again is another role: nothing of the first is left for it.
fn made_again(ground: &mut Ground<'_>) -> Step {
    let role = format!("chaos_brief_{}", ground.number);
    for round in 0..3 {
        ground.session.batch_execute(&format!(
            "CREATE ROLE {role}; GRANT USAGE ON SCHEMA chaos TO {role}; SET LOCAL ROLE {role}"
        ))?;
        let count: i32 = ground.session.query_one("SELECT chaos.count_up()", &[])?.get(0);
        must(count == 1, || format!("round {round}: a new role finds the count at {count}"))?;
        ground.session.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"))?;
    }
    Ok(())
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("roles in one statement", &[DONE], Steps(in_one_statement)),
    Attack::ending("role changed in a failed subtransaction", &[DONE], Steps(undone)),
    Attack::ending("role dropped and made again", &[DONE, "XX000"], Steps(made_again)),
    Attack::ending("role changed inside a function", &[DONE], Sql(
        "SET LOCAL ROLE chaos_alice; DO LANGUAGE plts $js$
           for (const role of ['chaos_alice', 'none']) { await ctx.db.exec(`set local role ${role}`); await ctx.db.query('select chaos.whose(0)') } $js$; RESET ROLE")),
    Attack::ending("definer changes the role", &["42501"], Sql("SET LOCAL ROLE chaos_alice; SELECT chaos.definer_changes_role()")),
    Attack::ending("language without the right", &["42501"], Sql("SET LOCAL ROLE chaos_nobody; DO LANGUAGE plts 'return'")),
    Attack::ending("limit set by one who may not", &["42501"], Sql("SET LOCAL ROLE chaos_alice; SET plts.max_heap_mb = 16000")),
    Attack::ending("artifacts read by one who may not", &["42501"], Sql("SET LOCAL ROLE chaos_alice; SELECT source_ts FROM plts.artifact")),
];
