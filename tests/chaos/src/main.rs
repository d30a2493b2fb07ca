//! Attacks a private server from many sessions, while a referee watches that nobody else notices.
//!
//! `cargo xtask chaos` starts the server and this program. A run is decided by its seed: which attack has which number, and
//! all that is random in it. It is bounded in time and in count, and its last line counts what passed and what failed.

mod attack;
mod attacks;
mod bystander;
mod ledger;
mod referee;
mod tally;
mod worker;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use e2e::{Database, Role};

use ledger::Ledger;
use referee::{Referee, Watch};
use tally::Tally;
use worker::{Field, Turnstile};

#[derive(Parser)]
struct Arguments {
    /// What decides the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many rounds of all attacks at most
    #[arg(long, default_value_t = 1)]
    rounds: u64,
    /// How long to begin new attacks, in seconds
    #[arg(long, default_value_t = 90)]
    seconds: u64,
    /// How many sessions attack at a time
    #[arg(long, default_value_t = 8)]
    sessions: usize,
    /// Only attacks whose names contain this
    #[arg(long)]
    only: Option<String>,
}

/// The database that attacks copy and drop.
const TEMPLATE: &str = "CREATE DATABASE chaos_template TEMPLATE template0";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, postgres::Error> {
    let attacks = attacks::all(arguments.only.as_deref());
    println!("seed {}, {} attacks, {} sessions", arguments.seed, attacks.len(), arguments.sessions);
    let database = Database::create("chaos");
    database.sql(Role::Superuser, include_str!("ground.sql"));
    database.sql(Role::Superuser, &attacks::functions_at_the_boundary());
    database.sql(Role::Superuser, TEMPLATE);
    database.server.connect("chaos_template", Role::Superuser).batch_execute("CREATE EXTENSION plts")?;

    let (tally, ledger, watch) = (Tally::default(), Ledger::default(), Watch::default());
    let mut referee = Referee::sit_down(&database)?;
    let began = Instant::now();
    let field = Field {
        database: &database,
        seed: arguments.seed,
        attacks: &attacks,
        next: AtomicU64::new(0),
        until: began + Duration::from_secs(arguments.seconds),
        at_most: arguments.rounds.saturating_mul(attacks.len() as u64),
        tally: &tally,
        ledger: &ledger,
        watch: &watch,
        heavy: Turnstile::default(),
    };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.sessions)
            .map(|worker| {
                scope.spawn({
                    let field = &field;
                    move || worker::work(field, worker)
                })
            })
            .collect();
        let watching = scope.spawn(|| {
            referee.watch(&tally, &watch, &stop);
            referee
        });
        for worker in workers {
            if worker.join().is_err() {
                tally.failed("an attacking thread ended".to_owned());
            }
        }
        stop.store(true, Ordering::Relaxed);
        let mut referee = watching.join().expect("the referee's thread");
        tally.checked("sessions left behind", &referee.left_behind()?);
        tally.checked("the referee's last look", &referee.look());
        let mut session = database.connect(Role::Superuser);
        tally.checked("the ledger", &ledger.check(&mut session)?);
        let count = ledger.count();
        println!(
            "{} transfers committed, {} undone, {} in doubt; {} looks of the referee; {:.0} s",
            count.committed,
            count.undone,
            count.unknown,
            referee.looks.load(Ordering::Relaxed),
            began.elapsed().as_secs_f64()
        );
        Ok::<(), postgres::Error>(())
    })?;
    database.sql(Role::Superuser, "DROP DATABASE chaos_template WITH (FORCE)");
    Ok(tally.report())
}
