//! The ledger: money moved inside of the attacked transactions, and what the clients know of it.
//!
//! Each attack moves an amount in the transaction that it attacks. The client notes whether the commit went through. In the
//! end the tables must say the same: every committed transfer is there, no undone one is, and the balances are what the
//! transfers make of them. Where a connection was lost during the commit, either is right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use postgres::{Client, Error};

/// Each account's balance at the start.
const START: i64 = 1000;

/// What a client knows of a transfer that it tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Committed,
    Undone,
    /// The connection was lost while it was committed.
    Unknown,
}

/// The fates of all transfers, by number of attack.
#[derive(Default)]
pub struct Ledger(Mutex<BTreeMap<i64, Fate>>);

/// How many there were, of each fate.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub committed: usize,
    pub undone: usize,
    pub unknown: usize,
}

impl Ledger {
    /// Notes what became of a transfer.
    pub fn note(&self, id: i64, fate: Fate) {
        self.fates().insert(id, fate);
    }

    /// How many of each fate.
    pub fn count(&self) -> Count {
        self.fates().values().fold(Count::default(), |mut count, fate| {
            match fate {
                Fate::Committed => count.committed += 1,
                Fate::Undone => count.undone += 1,
                Fate::Unknown => count.unknown += 1,
            }
            count
        })
    }

    /// Compares the tables with the model; gives what differs.
    pub fn check(&self, session: &mut Client) -> Result<Vec<String>, Error> {
        let mut found = BTreeSet::new();
        let mut balances: BTreeMap<i32, i64> = BTreeMap::new();
        for row in session.query("SELECT id, source, target, amount FROM chaos.transfer", &[])? {
            found.insert(row.get::<_, i64>(0));
            *balances.entry(row.get(1)).or_insert(START) -= row.get::<_, i64>(3);
            *balances.entry(row.get(2)).or_insert(START) += row.get::<_, i64>(3);
        }
        let mut wrong = differences(&self.fates(), &found);
        for row in session.query("SELECT id, balance FROM chaos.account", &[])? {
            let (id, balance): (i32, i64) = (row.get(0), row.get(1));
            let expected = balances.get(&id).copied().unwrap_or(START);
            if balance != expected {
                wrong.push(format!("account {id} has {balance}, its transfers make {expected}"));
            }
        }
        Ok(wrong)
    }

    fn fates(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Fate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn differences(fates: &BTreeMap<i64, Fate>, found: &BTreeSet<i64>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, fate) in fates {
        match (fate, found.contains(id)) {
            (Fate::Committed, false) => wrong.push(format!("transfer {id} was committed and is lost")),
            (Fate::Undone, true) => wrong.push(format!("transfer {id} was undone and is there")),
            _ => {}
        }
    }
    for id in found {
        if !fates.contains_key(id) {
            wrong.push(format!("transfer {id} was never tried and is there"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_differ_is_seen() {
        let fates = [(1, Fate::Committed), (2, Fate::Undone), (3, Fate::Unknown), (4, Fate::Unknown)];
        let fates = BTreeMap::from(fates);
        assert_eq!(differences(&fates, &BTreeSet::from([1, 3])), Vec::<String>::new());
        assert_eq!(differences(&fates, &BTreeSet::from([2, 4, 9])).len(), 3);
    }
}
