//! Memory: what JavaScript may use, inside V8's heap and outside of it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The least that a limit is raised by, so that V8 can unwind.
const LEAST_RAISE_BYTES: usize = 32 << 20;

/// The limit to go on with for the moment it takes to end the JavaScript that filled the heap.
pub(crate) fn raised_limit(current: usize) -> usize {
    current.saturating_add((current / 4).max(LEAST_RAISE_BYTES))
}

/// Bytes used against bytes allowed: `ArrayBuffer` memory as it is, the heap as it was after the last collection.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    external: AtomicUsize,
    heap: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, external: AtomicUsize::new(0), heap: AtomicUsize::new(0) }
    }

    /// Takes `bytes` of external memory if they fit.
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        let heap = self.heap.load(Ordering::Relaxed);
        self.external
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                let total = used.checked_add(bytes)?;
                (total.checked_add(heap)? <= self.limit).then_some(total)
            })
            .is_ok()
    }

    /// Gives back what was charged.
    pub(crate) fn refund(&self, bytes: usize) {
        self.external.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether `bytes` more would fit.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        if !self.charge(bytes) {
            return false;
        }
        self.refund(bytes);
        true
    }

    /// What a collection left on the heap.
    pub(crate) fn set_heap(&self, bytes: usize) {
        self.heap.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn external(&self) -> usize {
        self.external.load(Ordering::Relaxed)
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }
}

/// Memory of the engine, in bytes, and how it came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapStatistics {
    /// Live and not yet collected objects on V8's heap.
    pub used_bytes: usize,
    /// What V8's heap takes from the system.
    pub total_bytes: usize,
    /// Memory of `ArrayBuffer`s, outside the heap.
    pub external_bytes: usize,
    /// Contexts alive: one per role and nesting depth in use so far.
    pub contexts: usize,
    /// Isolates made since the process started; more than one after the heap limit was hit.
    pub isolates_made: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_shared_by_heap_and_buffers() {
        let budget = Budget::new(100);
        assert!(budget.charge(60));
        assert!(!budget.charge(41));
        assert!(budget.has_room(40));
        budget.set_heap(30);
        assert!(!budget.has_room(11));
        budget.refund(60);
        assert_eq!(budget.external(), 0);
        assert!(budget.charge(70));
        assert!(!budget.charge(usize::MAX));
    }

    #[test]
    fn a_limit_is_always_raised() {
        assert!(raised_limit(1) > LEAST_RAISE_BYTES);
        assert_eq!(raised_limit(1 << 30), (1 << 30) + (1 << 28));
    }
}
