//! What came of the attacks: how often each ran, how it ended, and what must not have been.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shared by all threads.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// How often each attack ended in each way.
    ends: BTreeMap<&'static str, BTreeMap<String, usize>>,
    passed: usize,
    failures: Vec<String>,
    cancels: usize,
    terminations: usize,
    sessions: usize,
}

impl Tally {
    /// An attack that ended as it may.
    pub fn passed(&self, attack: &'static str, end: &str) {
        let mut counts = self.counts();
        counts.passed += 1;
        *counts.ends.entry(attack).or_default().entry(end.to_owned()).or_default() += 1;
    }

    /// Something that must not be; said at once.
    pub fn failed(&self, what: String) {
        println!("FAILED {what}");
        self.counts().failures.push(what);
    }

    /// A check at the end, with what it found wrong.
    pub fn checked(&self, what: &str, wrong: &[String]) {
        if wrong.is_empty() {
            self.counts().passed += 1;
        }
        for line in wrong {
            self.failed(format!("{what}: {line}"));
        }
    }

    /// A cancel that was sent.
    pub fn canceled(&self) {
        self.counts().cancels += 1;
    }

    /// A session that was terminated from outside.
    pub fn terminated(&self) {
        self.counts().terminations += 1;
    }

    /// A session that was begun to be attacked.
    pub fn session(&self) {
        self.counts().sessions += 1;
    }

    /// Prints how each attack ended, the sums, and the closing line. Gives whether nothing failed.
    pub fn report(&self) -> bool {
        let counts = self.counts();
        for (attack, ends) in &counts.ends {
            let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
            println!("{attack}: {}", ends.join(", "));
        }
        let runs: usize = counts.ends.values().flat_map(BTreeMap::values).sum();
        println!(
            "{runs} runs of {} attacks on {} sessions, {} cancels and {} terminations from outside",
            counts.ends.len(),
            counts.sessions,
            counts.cancels,
            counts.terminations
        );
        for failure in &counts.failures {
            println!("FAILED {failure}");
        }
        println!("{} passed, {} failed", counts.passed, counts.failures.len());
        counts.failures.is_empty()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
