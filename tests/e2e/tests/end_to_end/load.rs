//! Switching under load: clients call a live function all the time while releases and rollbacks go on. No call fails, each
//! answer is of a version that was active while the call ran, and calls do not get much slower.
//!
//! `E2E_LOAD_SECONDS` and `E2E_LOAD_SWITCHES` make it longer; the limit of the slowdown is held from 30 seconds on, where there
//! is enough to measure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use e2e::bundle::{constant, deploy};
use e2e::{Database, Role};
use serde_json::Value;

const CLIENTS: usize = 8;
/// How much slower the slowest hundredth of calls may be while releases run.
const SLOWDOWN: f64 = 3.0;
/// From so many seconds on the slowdown is judged.
const ENOUGH_SECONDS: u64 = 30;

/// One call: when it began and ended, and the version it answered.
struct Call {
    began: Instant,
    ended: Instant,
    version: usize,
}

/// A version that was active, at the least from the end of the statement that made it so to the beginning of the next
/// one, at the most from the beginning of its statement to the end of the next.
struct Active {
    version: usize,
    from: Instant,
    until: Option<Instant>,
}

#[test]
fn no_call_fails_while_releases_run() {
    let setting =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let seconds = setting("E2E_LOAD_SECONDS", 3);
    let switches = setting("E2E_LOAD_SWITCHES", 15);
    let database = Database::create("load");
    let mut deployer = database.connect(Role::Deployer);
    let release = |deployer: &mut postgres::Client, version: usize| {
        let sources = [("a.ts", constant(&version.to_string())), ("b.ts", constant("b"))];
        let modules: Vec<(&str, &str)> = sources.iter().map(|(path, text)| (*path, text.as_str())).collect();
        deploy(deployer, "load", &modules).unwrap();
    };
    release(&mut deployer, 0);
    let begun = Instant::now();

    let (quiet, _) = call_while(&database, || thread::sleep(Duration::from_secs(seconds.div_ceil(2))));
    let (busy, active) = call_while(&database, || {
        let pause = Duration::from_secs(seconds) / u32::try_from(switches).unwrap();
        let mut active = vec![Active { version: 0, from: begun, until: None }];
        let mut history = vec![0];
        for number in 1..=usize::try_from(switches).unwrap() {
            let from = Instant::now();
            // Two forward, one back.
            let version = if number % 3 == 0 && history.len() > 1 {
                deployer.query_one("SELECT stopgap.rollback('load')", &[]).unwrap();
                history.pop();
                *history.last().unwrap()
            } else {
                release(&mut deployer, number);
                history.push(number);
                number
            };
            active.last_mut().unwrap().until = Some(Instant::now());
            active.push(Active { version, from, until: None });
            thread::sleep(pause.saturating_sub(from.elapsed()));
        }
        active
    });

    for call in &busy {
        let fits = |one: &Active| {
            one.version == call.version
                && one.from <= call.ended
                && one.until.is_none_or(|until| until >= call.began)
        };
        assert!(active.iter().any(fits), "version {} was not active during the call", call.version);
    }
    assert!(quiet.iter().all(|call| call.version == 0));
    let seen: std::collections::BTreeSet<usize> = busy.iter().map(|call| call.version).collect();
    assert!(seen.len() > 3, "the calls saw the versions {seen:?} only");

    let (before, during) = (percentile(&quiet), percentile(&busy));
    let slowdown = during.as_secs_f64() / before.as_secs_f64();
    println!(
        "switch under load: {CLIENTS} clients, {} calls in {seconds} s beside {switches} switches, 0 failed; \
         p99 {before:?} without, {during:?} with releases: {slowdown:.2} x; versions seen: {}",
        busy.len(),
        seen.len()
    );
    assert!(seconds < ENOUGH_SECONDS || slowdown <= SLOWDOWN, "p99 is {slowdown:.2} times as long");
}

/// Calls from all clients until `work` has ended; gives the calls, and what the work gave.
fn call_while<T>(database: &Database, work: impl FnOnce() -> T) -> (Vec<Call>, T) {
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (mut client, is_over) = (database.connect(Role::App), Arc::clone(&is_over));
            let statement = client.prepare("SELECT live_load.a_get(), live_load.b_get()").unwrap();
            client.query_one(&statement, &[]).unwrap();
            thread::spawn(move || {
                let mut calls = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    let row = client.query_one(&statement, &[]).expect("no call fails");
                    let (a, b): (Value, Value) = (row.get(0), row.get(1));
                    assert_eq!(b, "b");
                    let version = a.as_str().unwrap().parse().unwrap();
                    calls.push(Call { began, ended: Instant::now(), version });
                }
                calls
            })
        })
        .collect();
    let result = work();
    is_over.store(true, Ordering::Relaxed);
    (clients.into_iter().flat_map(|client| client.join().expect("no client fails")).collect(), result)
}

fn percentile(calls: &[Call]) -> Duration {
    let mut times: Vec<Duration> = calls.iter().map(|call| call.ended - call.began).collect();
    times.sort_unstable();
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}
