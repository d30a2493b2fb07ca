//! An attacking thread: takes the next attack, runs it in its session, and judges how it ended.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use e2e::{Database, Role};
use postgres::{Client, Error};

use crate::attack::{Attack, End, Ground, Limit, Stop, Weight, Work, end};
use crate::ledger::{Fate, Ledger};
use crate::referee::Watch;
use crate::tally::Tally;
use e2e::random::Random;

/// How many heavy attacks run at a time.
const HEAVY: usize = 2;

/// What the attacking threads share.
pub struct Field<'a> {
    pub database: &'a Database,
    pub seed: u64,
    /// The attacks of one round; each round has another order.
    pub attacks: &'a [Attack],
    pub next: AtomicU64,
    pub until: Instant,
    /// How many attacks there are at most.
    pub at_most: u64,
    pub tally: &'a Tally,
    pub ledger: &'a Ledger,
    pub watch: &'a Watch,
    pub heavy: Turnstile,
}

impl Field<'_> {
    /// The next attack and its number, until time or count is up.
    fn draw(&self) -> Option<(u64, Attack)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.at_most || Instant::now() > self.until {
            return None;
        }
        let round = self.attacks.len() as u64;
        let mut order: Vec<usize> = (0..self.attacks.len()).collect();
        Random::of(self.seed, u64::MAX - number / round).shuffle(&mut order);
        let index = usize::try_from(number % round).expect("an index of a table");
        Some((number, self.attacks[order[index]]))
    }
}

/// Lets a few in at a time.
#[derive(Default)]
pub struct Turnstile {
    inside: Mutex<usize>,
    left: Condvar,
}

impl Turnstile {
    fn enter(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        while *inside >= HEAVY {
            inside = self.left.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        *inside += 1;
    }

    fn leave(&self) {
        *self.inside.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.left.notify_one();
    }
}

/// What comes upon an attack from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hunt {
    Cancel,
    Terminate,
}

impl Hunt {
    fn explains(self, found: &End) -> bool {
        match self {
            Hunt::Cancel => found.name() == end::CANCELED,
            Hunt::Terminate => matches!(found.name(), end::TERMINATED | end::GONE),
        }
    }
}

/// Runs attacks until there are no more.
pub fn work(field: &Field<'_>, worker: usize) {
    let connect = || field.database.connect(Role::Superuser);
    let mut session = connect();
    let (mut second, mut hunter) = (connect(), connect());
    field.tally.session();
    while let Some((number, attack)) = field.draw() {
        if attack.weight == Weight::Heavy {
            field.heavy.enter();
        }
        field.watch.begin(worker, format!("attack {number}, {}", attack.name));
        let mut random = Random::of(field.seed, number);
        let mut sessions = Sessions { session: &mut session, second: &mut second, hunter: &mut hunter };
        let found = sessions.attack(field, worker, number, &attack, &mut random);
        match found.and_then(|(hunt, found)| judge(&attack, hunt, &found).map(|()| found)) {
            Ok(found) => field.tally.passed(attack.name, found.name()),
            Err(what) => {
                field.tally.failed(format!("attack {number} (seed {}), {}: {what}", field.seed, attack.name))
            }
        }
        field.watch.end(worker);
        if attack.weight == Weight::Heavy {
            field.heavy.leave();
        }
        if session.is_closed() || !is_well(&mut session, field, &attack) {
            session = connect();
            field.tally.session();
        }
    }
}

/// Whether an attack may end like that.
fn judge(attack: &Attack, hunt: Option<Hunt>, found: &End) -> Result<(), String> {
    let legal = attack.legal.contains(&found.name())
        || found.is_of_a_small_heap()
        || hunt.is_some_and(|hunt| hunt.explains(found));
    if legal {
        Ok(())
    } else {
        Err(format!("{found}{}", hunt.map_or(String::new(), |hunt| format!(" ({hunt:?})"))))
    }
}

/// A session that is still there works, with its JavaScript; if not, that is a failure.
fn is_well(session: &mut Client, field: &Field<'_>, attack: &Attack) -> bool {
    let sum = session
        .batch_execute("ROLLBACK")
        .and_then(|()| session.batch_execute("DISCARD ALL"))
        .and_then(|()| session.query_one("SELECT chaos.add(40, 2)", &[]))
        .map(|row| row.get::<_, i32>(0));
    match sum {
        Ok(42) => true,
        // A backend that was told to go may see it only now.
        Err(error) if matches!(End::from(&error).name(), end::GONE | end::TERMINATED) => false,
        other => {
            field.tally.failed(format!("the session after {}: {other:?}", attack.name));
            false
        }
    }
}

struct Sessions<'a> {
    session: &'a mut Client,
    second: &'a mut Client,
    hunter: &'a mut Client,
}

impl Sessions<'_> {
    /// One attack, hunted or not. An error is one of ours, not of the attack.
    fn attack(
        &mut self,
        field: &Field<'_>,
        worker: usize,
        number: u64,
        attack: &Attack,
        random: &mut Random,
    ) -> Result<(Option<Hunt>, End), String> {
        let pid: i32 =
            self.session.query_one("SELECT pg_backend_pid()", &[]).map_err(|error| error.to_string())?.get(0);
        let hunt = (attack.hunted && random.chance(20))
            .then(|| if random.chance(50) { Hunt::Cancel } else { Hunt::Terminate });
        let delay = Duration::from_millis(random.within(0, 300));
        let commits = random.chance(70);
        let (over, is_over) = mpsc::channel::<()>();
        let Sessions { session, second, hunter } = self;
        let mut ground = Ground {
            server: &field.database.server,
            database: &field.database.name,
            session,
            second,
            random,
            number,
            worker,
        };
        thread::scope(|scope| {
            let hunting = hunt.map(|hunt| {
                let tally = field.tally;
                scope.spawn(move || {
                    if is_over.recv_timeout(delay).is_ok() {
                        return Ok(());
                    }
                    let sql = match hunt {
                        Hunt::Cancel => {
                            tally.canceled();
                            "SELECT pg_cancel_backend($1)"
                        }
                        Hunt::Terminate => {
                            tally.terminated();
                            "SELECT pg_terminate_backend($1)"
                        }
                    };
                    hunter.execute(sql, &[&pid]).map(drop)
                })
            });
            let found = match attack.work {
                Work::Alone(steps) => alone(&mut ground, attack, steps),
                _ => in_transaction(&mut ground, field, attack, commits),
            };
            // Nobody listens when the hunt is over already.
            let _ = over.send(());
            if let Some(hunting) = hunting {
                hunting
                    .join()
                    .expect("the hunting thread")
                    .map_err(|error| format!("the hunter: {error}"))?;
            }
            Ok((hunt, found))
        })
    }
}

fn limit(attack: &Attack, random: &mut Random) -> String {
    let milliseconds = match attack.limit {
        Limit::Short => random.within(30, 300),
        Limit::Long => 10_000,
    };
    format!("statement_timeout = '{milliseconds}ms'")
}

/// The attack's name, for the server's log.
fn named(attack: &Attack) -> String {
    format!("SET application_name = '{}'", attack.name.replace('\'', "''"))
}

fn alone(ground: &mut Ground<'_>, attack: &Attack, steps: fn(&mut Ground<'_>) -> Result<(), Stop>) -> End {
    let limit = limit(attack, ground.random);
    let begun = ground.session.batch_execute(&format!("{}; SET {limit}", named(attack)));
    outcome(begun.map_err(Stop::Sql).and_then(|()| steps(ground)))
}

fn outcome(result: Result<(), Stop>) -> End {
    match result {
        Ok(()) => End::Done,
        Err(Stop::Sql(error)) => End::from(&error),
        Err(Stop::Wrong(what)) => End::Wrong(what),
    }
}

/// The attack between a transfer and its commit; a failure is undone to a savepoint, and the transaction goes on.
fn in_transaction(ground: &mut Ground<'_>, field: &Field<'_>, attack: &Attack, commits: bool) -> End {
    let id = i64::try_from(ground.number).expect("a number of an attack");
    field.ledger.note(id, Fate::Undone);
    let found = transfer(ground, attack, id).and_then(|()| {
        let limit = limit(attack, ground.random);
        ground.session.batch_execute(&format!("SAVEPOINT attacked; SET LOCAL {limit}"))
    });
    if let Err(error) = found {
        return End::from(&error);
    }
    let found = run(ground, attack);
    if !found.leaves_session(ground.session) {
        return found;
    }
    if found != End::Done
        && let Err(error) = ground.session.batch_execute("ROLLBACK TO SAVEPOINT attacked")
    {
        return worse(found, &error);
    }
    let ending = if commits { "RESET ROLE; COMMIT" } else { "ROLLBACK" };
    match ground.session.batch_execute(ending) {
        Ok(()) if commits => field.ledger.note(id, Fate::Committed),
        Ok(()) => {}
        Err(error) => {
            if commits && End::from(&error).name() != end::CANCELED {
                field.ledger.note(id, Fate::Unknown);
            }
            return worse(found, &error);
        }
    }
    found
}

/// An error while an attack was cleaned up says more than how the attack ended, unless that was wrong.
fn worse(found: End, error: &Error) -> End {
    if matches!(found, End::Wrong(_)) { found } else { End::from(error) }
}

fn transfer(ground: &mut Ground<'_>, attack: &Attack, id: i64) -> Result<(), Error> {
    ground.session.batch_execute(&format!("{}; BEGIN", named(attack)))?;
    // Two accounts of this worker's own: attacks wait for what they attack, not for each other.
    let source = i32::try_from(ground.worker * 2).expect("a small number");
    let (source, target) = if ground.random.chance(50) { (source, source + 1) } else { (source + 1, source) };
    let amount = i32::try_from(ground.random.within(1, 100)).expect("a small number");
    ground.session.execute("SELECT chaos.transfer($1, $2, $3, $4)", &[&id, &source, &target, &amount])?;
    Ok(())
}

fn run(ground: &mut Ground<'_>, attack: &Attack) -> End {
    let statements = match attack.work {
        Work::Steps(steps) | Work::Alone(steps) => return outcome(steps(ground)),
        Work::JavaScript(text) => format!("DO LANGUAGE plts $attack$ {text} $attack$"),
        Work::Sql(text) => text.to_owned(),
        Work::Made(make) => make(ground.random),
    };
    outcome(ground.session.batch_execute(&statements).map_err(Stop::Sql))
}
