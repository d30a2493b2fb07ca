//! Ends from outside: locks and idle limits that time out, sessions that end themselves or each other, clients that die,
//! databases that are dropped under a running function. Cancel and terminate at random moments come upon every attack.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use e2e::Role;

use crate::attack::Work::{Alone, JavaScript, Sql, Steps};
use crate::attack::{Attack, End, Ground, Step, end::*, must};

/// A lock that the bystander holds all the time; the failure is caught, and the function goes on.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '20ms';
DO LANGUAGE plts $js$
  for (let i = 0; i < 3; i++) {
    try { await ctx.db.exec('lock table chaos.held in access exclusive mode'); throw new Error('locked') }
    catch (error) { if (error.sqlstate !== '55P03') throw error }
  }
  if ((await ctx.db.one('select 42 as n')).n !== 42) throw new Error('lost') $js$";

/// A session that is ended for being idle in a transaction.
fn idle(ground: &mut Ground<'_>) -> Step {
    ground.session.batch_execute(
        "SET idle_in_transaction_session_timeout = '20ms'; BEGIN; SELECT chaos.count_up(); INSERT INTO chaos.scratch VALUES (1)",
    )?;
    thread::sleep(Duration::from_millis(60));
    ground.session.batch_execute("SELECT chaos.count_up(); COMMIT")?;
    Ok(())
}

/// A client that is killed while its function runs: the backend notices, though JavaScript never waits for a client.
fn dead_client(ground: &mut Ground<'_>) -> Step {
    let name = format!("dead {}", ground.number);
    let mut psql: Command = ground.server.program("psql");
    let mut client = psql
        .args(["-X", "-q", "-d", ground.database])
        .env("PGAPPNAME", &name)
        .args(["-c", "SET client_connection_check_interval = '20ms'"])
        .args(["-c", "DO LANGUAGE plts $js$ for (;;) { try { for (;;) {} } catch {} } $js$"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql starts");
    let mut alive = |wanted: bool| -> Result<bool, postgres::Error> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            let sql =
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'DO %'";
            let found: i64 = ground.second.query_one(sql, &[&name])?.get(0);
            if (found > 0) == wanted {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    };
    let began = alive(true);
    thread::sleep(Duration::from_millis(ground.random.within(0, 60)));
    client.kill().expect("psql is killed");
    client.wait().expect("psql is waited for");
    must(began?, || "the client's function never began".to_owned())?;
    must(alive(false)?, || "a backend goes on without its client".to_owned())
}

/// A database that is dropped while its functions run; the sessions in it are terminated, and no other.
fn drop_database(ground: &mut Ground<'_>) -> Step {
    let name = format!("chaos_dropped_{}", ground.number);
    ground.second.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE chaos_template"))?;
    let mut victims = Vec::new();
    for work in [
        "DO LANGUAGE plts $js$ for (;;) { try { for (;;) {} } catch {} } $js$",
        "DO LANGUAGE plts $js$ for (;;) { try { await ctx.db.savepoint(async () => { await ctx.db.exec('create temp table if not exists t (n int)'); await ctx.db.exec('insert into t values (1)') }) } catch {} } $js$",
    ] {
        let mut victim = ground.server.connect(&name, Role::Superuser);
        victims.push(thread::spawn(move || victim.batch_execute(work)));
    }
    thread::sleep(Duration::from_millis(ground.random.within(0, 150)));
    let dropped = ground.second.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    for victim in victims {
        let end = match victim.join().expect("a victim's thread") {
            Ok(()) => End::Done,
            Err(error) => End::from(&error),
        };
        must(matches!(end.name(), TERMINATED | GONE), || format!("a session of a dropped database: {end}"))?;
    }
    Ok(dropped?)
}

/// A setting that another session changes for everybody, while functions run.
fn reload(ground: &mut Ground<'_>) -> Step {
    let megabytes = ground.random.within(64, 160);
    ground.second.batch_execute(&format!("ALTER SYSTEM SET plts.max_heap_mb = {megabytes}"))?;
    ground.second.batch_execute("SELECT pg_reload_conf()")?;
    for _ in 0..20 {
        let sum: i32 = ground.session.query_one("SELECT chaos.add(1, 2)", &[])?.get(0);
        must(sum == 3, || format!("1 + 2 is {sum}"))?;
    }
    Ok(())
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("lock_timeout, caught", &[DONE], Sql(LOCK_TIMEOUT)),
    Attack::ending(
        "lock_timeout, not caught",
        &["55P03"],
        Sql(
            "SET LOCAL lock_timeout = '20ms'; DO LANGUAGE plts $js$ await ctx.db.exec('lock table chaos.held in access exclusive mode') $js$",
        ),
    ),
    Attack::ending(
        "statement_timeout set inside",
        &[CANCELED, DONE],
        JavaScript(
            "await ctx.db.exec(\"set local statement_timeout = '30ms'\"); for (let i = 0; i < 1e9; i++) ;",
        ),
    ),
    Attack::ending("a time limit of the function's own", &[CANCELED], Sql("SELECT chaos.limited()")),
    Attack::ending(
        "a time limit behind a handler",
        &[DONE, CANCELED],
        Sql(
            "DO $do$ BEGIN FOR i IN 1..3 LOOP BEGIN PERFORM chaos.limited(); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; PERFORM chaos.add(1, 2); END $do$",
        ),
    ),
    Attack::ending(
        "cancels itself",
        &[CANCELED],
        JavaScript("await ctx.db.query('select pg_cancel_backend(pg_backend_pid())'); for (;;) {}"),
    ),
    Attack::ending(
        "cancels itself behind catch",
        &[CANCELED],
        JavaScript(
            "for (;;) { try { await ctx.db.query('select pg_cancel_backend(pg_backend_pid()), pg_sleep(1)') } catch {} finally { continue } }",
        ),
    ),
    Attack::ending(
        "terminates itself",
        &[TERMINATED, GONE],
        JavaScript("await ctx.db.query('select pg_terminate_backend(pg_backend_pid())'); for (;;) {}"),
    ),
    Attack::ending(
        "terminates itself behind plpgsql",
        &[TERMINATED, GONE],
        Sql(
            "DO $do$ BEGIN LOOP BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), chaos.spin(); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $do$",
        ),
    ),
    Attack::ending("idle in a transaction", &["25P03", GONE], Alone(idle)),
    Attack::ending("client killed", &[DONE], Alone(dead_client)),
    Attack::heavy("database dropped", &[DONE], Alone(drop_database)),
    Attack::ending("settings reloaded", &[DONE], Steps(reload)),
];
