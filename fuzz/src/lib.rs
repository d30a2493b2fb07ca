//! Mutated input for what reads texts that others wrote. Coverage-guided fuzzers need a nightly compiler; this one runs on
//! the project's own: seeds from the tree, mutations of them by a seeded generator, and properties that every input must have.
//!
//! The same seed gives the same inputs, so that what fails can be run again.

pub mod mutate;
pub mod target;

use std::time::{Duration, Instant};

use mutate::Mutator;
use target::Target;

/// Whoever runs a target gives it the stack that a backend has.
pub const STACK_BYTES: usize = 8 << 20;

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Inputs that were tried.
    pub inputs: u64,
    /// Those that were taken, and not refused with an error.
    pub accepted: u64,
    /// The slowest of them.
    pub slowest: Duration,
}

/// Tries mutations of the target's seeds until the time is up. It panics with the input when a property does not hold.
pub fn run(target: Target, seeds: &[String], random: u64, time: Duration) -> Outcome {
    let mut mutator = Mutator::new(random, seeds);
    let mut outcome = Outcome::default();
    let begun = Instant::now();
    while begun.elapsed() < time {
        let input = mutator.next_input();
        let started = Instant::now();
        if target.check(&input) {
            outcome.accepted += 1;
            mutator.keep(input);
        }
        outcome.inputs += 1;
        outcome.slowest = outcome.slowest.max(started.elapsed());
    }
    outcome
}
