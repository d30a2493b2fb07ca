//! The referee: the server never restarts, its log tells of no crash, no attack goes on beyond its time, and the sessions
//! that nobody attacks keep all they have. It looks several times a second while the attacks run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use e2e::{Database, Role};
use postgres::{Client, Error};

use crate::bystander::Bystander;
use crate::tally::Tally;

/// What the log never says of a server that nothing has crashed.
const CRASHES: [&str; 5] = [
    "terminated by signal",
    "PANIC:",
    "database system was interrupted",
    "was not properly shut down",
    "TRAP:",
];

/// How long an attack may take beyond what its statements may, on a machine that does other things too.
const GRACE: Duration = Duration::from_secs(60);

/// What the attacking threads are doing, so that nothing hangs unseen.
#[derive(Default)]
pub struct Watch(Mutex<BTreeMap<usize, (Instant, String)>>);

impl Watch {
    /// A worker begins an attack.
    pub fn begin(&self, worker: usize, what: String) {
        self.working().insert(worker, (Instant::now(), what));
    }

    /// A worker has ended it.
    pub fn end(&self, worker: usize) {
        self.working().remove(&worker);
    }

    /// What has been going on for too long.
    fn overdue(&self) -> Option<String> {
        let working = self.working();
        working.values().find(|(began, _)| began.elapsed() > GRACE).map(|(_, what)| what.clone())
    }

    fn working(&self) -> MutexGuard<'_, BTreeMap<usize, (Instant, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The referee and its sessions.
pub struct Referee<'a> {
    database: &'a Database,
    session: Client,
    bystanders: Vec<Bystander>,
    started: SystemTime,
    log_seen: usize,
    pub looks: AtomicUsize,
}

impl<'a> Referee<'a> {
    /// Takes its seat before the attacks begin.
    pub fn sit_down(database: &'a Database) -> Result<Self, Error> {
        let mut session = database.connect(Role::Superuser);
        session.batch_execute("SET application_name = 'referee'")?;
        let started = started(&mut session)?;
        let bystanders = (1..=3)
            .map(|number| Bystander::begin(database, number, number == 1))
            .collect::<Result<_, _>>()?;
        let log_seen = database.server.log().len();
        Ok(Self { database, session, bystanders, started, log_seen, looks: AtomicUsize::new(0) })
    }

    /// Looks until told to stop. A hanging attack ends the program: nothing else could be trusted.
    pub fn watch(&mut self, tally: &Tally, watch: &Watch, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            for wrong in self.look() {
                tally.failed(wrong);
            }
            if let Some(what) = watch.overdue() {
                tally.failed(format!("does not end: {what}"));
                tally.report();
                std::process::exit(1);
            }
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// One look at everything.
    pub fn look(&mut self) -> Vec<String> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let mut wrong = self.crashes();
        match started(&mut self.session) {
            Ok(time) if time == self.started => {}
            Ok(time) => {
                wrong.push(format!("the server was started again: {time:?}, first {:?}", self.started))
            }
            Err(error) => wrong.push(format!("the referee's session: {error}")),
        }
        for (number, bystander) in (1..).zip(&mut self.bystanders) {
            wrong.extend(bystander.check(number));
        }
        wrong
    }

    /// Crashes in the log since the last look.
    fn crashes(&mut self) -> Vec<String> {
        let log = self.database.server.log();
        let from = log.floor_char_boundary(self.log_seen.min(log.len()));
        let wrong = log[from..].lines().filter(|line| CRASHES.iter().any(|crash| line.contains(crash)));
        let wrong = wrong.map(|line| format!("the server's log: {line}")).collect();
        self.log_seen = log.len();
        wrong
    }

    /// Sessions that attacks have left behind, after a moment for them to go.
    pub fn left_behind(&mut self) -> Result<Vec<String>, Error> {
        let began = Instant::now();
        loop {
            let rows = self.session.query(
                "SELECT coalesce(datname, ''), application_name, state, left(query, 60) FROM pg_stat_activity
                 WHERE backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid()
                   AND application_name NOT IN ('bystander', 'referee')",
                &[],
            )?;
            if rows.is_empty() || began.elapsed() > Duration::from_secs(20) {
                return Ok(rows
                    .iter()
                    .map(|row| format!("left: {} {}", row.get::<_, &str>(1), row.get::<_, &str>(3)))
                    .collect());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn started(session: &mut Client) -> Result<SystemTime, Error> {
    Ok(session.query_one("SELECT pg_postmaster_start_time()", &[])?.get(0))
}
