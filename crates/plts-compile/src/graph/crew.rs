//! Who compiles the modules of a graph: this crate starts no thread, and works in those that it is given.

/// Runs jobs, maybe several at a time.
pub trait Crew {
    /// Runs `job` once with each number below `count`, in any order and any thread, and returns when all have ended.
    ///
    /// Errors: why not all of them could be run.
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), String>;
}

/// The thread that asks, and nobody else.
pub struct Alone;

impl Crew for Alone {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), String> {
        (0..count).for_each(job);
        Ok(())
    }
}
