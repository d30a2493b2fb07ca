//! Functions in parallel workers: right sums, errors that reach the leader, limits that hold there too.

use crate::attack::Work::{Sql, Steps};
use crate::attack::{Attack, Ground, Step, end::*, must};

/// Makes PostgreSQL plan in parallel wherever it may.
const ALWAYS: &str = "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0;
    SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2;";

fn sum(ground: &mut Ground<'_>) -> Step {
    ground.session.batch_execute(ALWAYS)?;
    let found: i64 =
        ground.session.query_one("SELECT sum(chaos.par_add(n, 1))::bigint FROM chaos.many", &[])?.get(0);
    must(found == 20_000 * 20_001 / 2 + 20_000, || format!("a parallel sum is {found}"))?;
    let found: i64 = ground
        .session
        .query_one("SELECT count(*) FROM chaos.many WHERE chaos.par_reads(n) % 2 = 0", &[])?
        .get(0);
    must(found == 10_000, || format!("a parallel count is {found}"))
}

fn with(ground: &mut Ground<'_>, sql: &str) -> Step {
    ground.session.batch_execute(ALWAYS)?;
    Ok(ground.session.batch_execute(sql)?)
}

pub const ATTACKS: &[Attack] = &[
    Attack::heavy("parallel sum", &[DONE], Steps(sum)),
    Attack::heavy(
        "error in a worker",
        &["PW001"],
        Steps(|ground| with(ground, "SELECT sum(chaos.par_throws(n)) FROM chaos.many")),
    ),
    Attack::heavy(
        "loop in a worker",
        &[CANCELED],
        Steps(|ground| with(ground, "SELECT sum(chaos.par_spins(n)) FROM chaos.many")),
    )
    .hurried(),
    Attack::heavy(
        "memory bomb in a worker",
        &[HEAP, CANCELED],
        Steps(|ground| with(ground, "SELECT sum(chaos.par_eats(n)) FROM chaos.many")),
    ),
    Attack::heavy(
        "write in a worker",
        &["25000", "25006", "0A000"],
        Steps(|ground| with(ground, "SELECT sum(chaos.par_writes(n)) FROM chaos.many")),
    ),
    Attack::heavy(
        "failure caught in a worker",
        &[DONE, "25P02", "22012", "25000"],
        Steps(|ground| with(ground, "SELECT sum(chaos.par_catches(n)) FROM chaos.many")),
    ),
    Attack::heavy(
        "death of V8 in a worker",
        &[HEAP, CANCELED, INTERNAL, GONE, "57P01", "55000"],
        Sql("SET LOCAL force_parallel_mode = on; SELECT chaos.par_dies(1)"),
    ),
];
