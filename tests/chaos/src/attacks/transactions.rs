//! Subtransactions, savepoints and procedures that end transactions, and what of them must be there afterwards.

use crate::attack::Work::{Alone, JavaScript, Made, Steps};
use crate::attack::{Attack, Ground, Step, end::*, must};
use e2e::random::Random;

/// Subtransactions nested to some depth, of which each level may fail; more than a backend keeps in shared memory.
fn nested(random: &mut Random) -> String {
    format!(
        "DO LANGUAGE plts $js$
           const down = async (n) => {{
             if (n === 0) {{ await ctx.db.exec('select 1/0'); return }}
             try {{ await ctx.db.savepoint(async () => {{ await ctx.db.exec('insert into chaos.scratch values ($1)', [n]); await down(n - 1) }}) }}
             catch (error) {{ if (error.sqlstate !== '22012' || n % {}) throw error }}
           }};
           await down({}) $js$",
        random.within(1, 5),
        random.within(1, 150) * 5
    )
}

/// What an undone savepoint wrote is gone, what the others wrote is there.
fn counted(ground: &mut Ground<'_>) -> Step {
    let rounds = i32::try_from(ground.random.within(1, 60)).expect("a small number");
    let sql = "SELECT chaos.subtransactions($1), (SELECT count(*)::int FROM chaos.scratch)";
    let before: i32 = ground.session.query_one("SELECT count(*)::int FROM chaos.scratch", &[])?.get(0);
    let kept: i32 = ground.session.query_one(sql, &[&rounds])?.get(0);
    let after: i32 = ground.session.query_one("SELECT count(*)::int FROM chaos.scratch", &[])?.get(0);
    must(after - before == kept, || format!("{kept} rows were kept, {} are there", after - before))
}

/// A procedure that commits and rolls back: what it committed is there, whatever happens afterwards.
fn procedure(ground: &mut Ground<'_>) -> Step {
    let id = i64::try_from(ground.number).expect("a number of an attack");
    let steps = i32::try_from(ground.random.within(1, 30)).expect("a small number");
    let ended = ground.session.execute("CALL chaos.in_steps($1, $2)", &[&id, &steps]);
    let rows = ground.second.query("SELECT step FROM chaos.stepped WHERE id = $1 ORDER BY step", &[&id])?;
    let found: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    let all: Vec<i32> = (1..=steps).filter(|step| step % 3 != 0).collect();
    let whole = match &ended {
        Ok(_) => found == all,
        // Ended from outside: the steps up to some point, and none behind it.
        Err(_) => all.starts_with(&found),
    };
    must(whole, || format!("of {steps} steps are there: {found:?}"))?;
    Ok(ended.map(drop)?)
}

/// A cursor that lives on over commits, with subtransactions in between.
fn held_cursor(ground: &mut Ground<'_>) -> Step {
    ground.session.batch_execute(
        "DO LANGUAGE plts $js$
           let n = 0;
           for await (const row of ctx.db.cursor('select generate_series(1, 500) as n', [], { fetchSize: 50 })) {
             n += row.n;
             if (row.n % 100 === 0) await ctx.db.commit();
             if (row.n % 130 === 0) await ctx.db.rollback();
           }
           if (n !== 125250) throw new Error(String(n)) $js$",
    )?;
    Ok(())
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("nested subtransactions", &[DONE, "22012", STACK], Made(nested)),
    Attack::ending("savepoints and failures, counted", &[DONE], Steps(counted)),
    Attack::ending(
        "two hundred failures in one call",
        &[DONE],
        JavaScript(
            "let n = 0; for (let i = 0; i < 200; i++) { try { await ctx.db.exec(i % 2 ? 'select 1/0' : 'insert into chaos.positive_only values (-1)') } catch { n++ } } if (n !== 200) throw new Error(String(n))",
        ),
    ),
    Attack::ending(
        "a failure that was not guarded is not hidden",
        &["22012", "25P02"],
        JavaScript("const p = ctx.db.exec('select 1/0'); return 'never'"),
    ),
    Attack::ending("commit inside a transaction block", &["2D000"], JavaScript("await ctx.db.commit()")),
    Attack::ending(
        "transaction statements as texts",
        &["0A000"],
        JavaScript("await ctx.db.exec('rollback to savepoint attacked')"),
    ),
    Attack::ending("procedure that commits in steps", &[DONE], Alone(procedure)),
    Attack::ending("cursor over the end of transactions", &[DONE], Alone(held_cursor)),
];
