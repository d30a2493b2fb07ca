//! Prepared statements, plans and cursors over DEALLOCATE, DISCARD and definitions that change.

use crate::attack::Work::{Alone, JavaScript, Steps};
use crate::attack::{Attack, Ground, Step, end::*, must};

fn one(ground: &mut Ground<'_>, sql: &str) -> Result<i32, postgres::Error> {
    Ok(ground.session.query_one(sql, &[])?.get(0))
}

/// Statements prepared by SQL, by the protocol and by functions, over everything that throws plans away.
fn discarded(ground: &mut Ground<'_>) -> Step {
    let prepared = ground.session.prepare("SELECT chaos.reads_plan($1)")?;
    for round in 0..8_i32 {
        let away = *ground.random.pick(&[
            "DISCARD PLANS",
            "DEALLOCATE ALL",
            "DISCARD ALL",
            "DISCARD SEQUENCES",
            "RESET ALL",
        ]);
        ground.session.batch_execute("PREPARE chaos_plan(int) AS SELECT chaos.reads_plan($1)")?;
        let found = one(ground, &format!("EXECUTE chaos_plan({round})"))?;
        must(found == round, || format!("a prepared call gave {found}, not {round}"))?;
        ground.session.batch_execute(away)?;
        // DEALLOCATE and DISCARD ALL take the client's statements too; 26000 says so.
        match ground.session.query_one(&prepared, &[&round]) {
            Ok(row) => {
                let found: i32 = row.get(0);
                must(found == round, || format!("after {away}: {found}, not {round}"))?;
            }
            Err(error) => {
                let gone = error.code().is_some_and(|code| code.code() == "26000");
                if !gone {
                    return Err(error.into());
                }
                must(away.contains("ALL") && away != "RESET ALL", || format!("{away} took a statement"))?;
                ground.session.batch_execute("DISCARD ALL")?;
                return Ok(());
            }
        }
        if away != "RESET ALL" && away.contains("ALL") {
            return must(false, || format!("{away} left a statement"));
        }
        ground.session.batch_execute("DEALLOCATE chaos_plan")?;
    }
    Ok(())
}

/// A prepared call of a function that is replaced, dropped and made again.
fn replaced(ground: &mut Ground<'_>) -> Step {
    let name = format!("chaos.prepared_{}", ground.number);
    let make = |n: i32| format!("CREATE FUNCTION {name}() RETURNS int LANGUAGE plts AS 'return {n}'");
    ground.session.batch_execute(&make(1))?;
    let prepared = ground.session.prepare(&format!("SELECT {name}()"))?;
    for n in 2..10_i32 {
        ground.session.batch_execute(&format!("DROP FUNCTION {name}(); {}", make(n)))?;
        let found: i32 = ground.session.query_one(&prepared, &[])?.get(0);
        must(found == n, || format!("a prepared call gave {found} of an earlier function, not {n}"))?;
    }
    ground.session.batch_execute(&format!("DROP FUNCTION {name}()"))?;
    Ok(())
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("plans thrown away", &[DONE], Alone(discarded)),
    Attack::ending(
        "plans thrown away inside a function",
        &[DONE],
        JavaScript(
            "for (let i = 0; i < 20; i++) { const [{ n }] = await ctx.db.query('select $1::int + 1 as n', [i]); if (n !== i + 1) throw new Error(String(n)); await ctx.db.exec(i % 2 ? 'discard plans' : 'deallocate all') }",
        ),
    ),
    Attack::ending(
        "DISCARD ALL inside a function",
        &["25001"],
        JavaScript("await ctx.db.exec('discard all')"),
    ),
    Attack::ending(
        "statements prepared inside",
        &[DONE],
        JavaScript(
            "await ctx.db.exec('prepare chaos_inner as select 7 as n'); for (let i = 0; i < 3; i++) await ctx.db.query('execute chaos_inner'); await ctx.db.exec('deallocate chaos_inner')",
        ),
    ),
    Attack::ending("prepared call of a replaced function", &[DONE], Steps(replaced)),
    Attack::ending(
        "more plans than are kept",
        &[DONE],
        JavaScript(
            "await ctx.db.exec('set local plts.plan_cache_size = 3'); for (let round = 0; round < 3; round++) for (let i = 0; i < 20; i++) { const [{ n }] = await ctx.db.query(`select ${i} as n`); if (n !== i) throw new Error(String(n)) }",
        ),
    ),
];
