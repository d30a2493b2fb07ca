//! Memory: what JavaScript may use, inside V8's heap and outside of it.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// What V8 must have room for after it has said that the heap is full: the largest object there is (an array of 2^27
/// elements, a string of 2^29 characters), and some more to unwind. V8 ends the process if the one allocation it is in
/// the middle of does not fit; only after it the JavaScript can be ended.
const LAST_ALLOCATION_BYTES: usize = (1 << 30) + (64 << 20);

/// The limit to go on with for the moment it takes to end the JavaScript that filled the heap.
pub(crate) fn raised_limit(current: usize) -> usize {
    current.saturating_add(LAST_ALLOCATION_BYTES)
}

/// The largest that V8 takes for one of the two halves of its young generation.
const LARGEST_HALF: usize = 32 << 20;

/// The most bytes of V8's young generation in a heap of that size. V8's own share for it, a 32nd, is meant for many tabs of
/// a browser; with it, the rows of a result of some size are copied twice and then marked, also when they are garbage soon.
/// It grows to its size only where much survives.
pub(crate) fn young_generation(heap: usize) -> usize {
    let half = (heap / 16).min(LARGEST_HALF);
    // V8 takes a power of two, and would take the next larger one.
    let half = if half.is_power_of_two() { half } else { half.next_power_of_two() / 2 };
    // What a generation of two halves is counted as: a third of the like is for large objects.
    3 * half
}

/// The most bytes of the old generation, so that both are no more than the heap. The young one may have been made for a
/// larger heap; half of this one is the old one's all the same, and of the young one only a third is ever in use by objects.
pub(crate) fn old_generation(heap: usize, young: usize) -> usize {
    heap - young.min(heap / 2)
}

/// Bytes used against bytes allowed: `ArrayBuffer` memory as it is, the heap as it was after the last collection.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: AtomicUsize,
    external: AtomicUsize,
    heap: AtomicUsize,
    refusal: AtomicU8,
}

/// No buffer was refused since the last one that was given.
const NO_REFUSAL: u8 = 0;
/// V8 was refused a buffer and collects garbage.
const REFUSED: u8 = 1;
/// It has said so; it asks once more, for the last time.
const LAST_ATTEMPT: u8 = 2;

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: AtomicUsize::new(limit),
            external: AtomicUsize::new(0),
            heap: AtomicUsize::new(0),
            refusal: AtomicU8::new(NO_REFUSAL),
        }
    }

    /// Takes `bytes` of external memory if they fit.
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        if self.has_room(bytes) {
            self.external.fetch_add(bytes, Ordering::Relaxed);
            self.refusal.store(NO_REFUSAL, Ordering::Relaxed);
            return true;
        }
        let refusal = if self.refusal.load(Ordering::Relaxed) == LAST_ATTEMPT { NO_REFUSAL } else { REFUSED };
        self.refusal.store(refusal, Ordering::Relaxed);
        false
    }

    /// V8 says that its heap is full. It says so, too, when a buffer was refused, before its last attempt; then the
    /// JavaScript gets a RangeError and need not end.
    pub(crate) fn is_about_buffers(&self) -> bool {
        self.refusal.compare_exchange(REFUSED, LAST_ATTEMPT, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Gives back what was charged.
    pub(crate) fn refund(&self, bytes: usize) {
        self.external.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether `bytes` more would fit.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        // Only the engine's thread takes memory; V8 may give it back on any.
        self.external
            .load(Ordering::Relaxed)
            .checked_add(self.heap.load(Ordering::Relaxed))
            .and_then(|used| used.checked_add(bytes))
            .is_some_and(|total| total <= self.limit())
    }

    /// What a collection left on the heap.
    pub(crate) fn set_heap(&self, bytes: usize) {
        self.heap.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn external(&self) -> usize {
        self.external.load(Ordering::Relaxed)
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// Changes what is allowed. What is used already stays.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Whether more is used than is allowed: the heap has grown since the buffers were given. While a buffer is asked for
    /// it is that buffer which does not fit.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.refusal.load(Ordering::Relaxed) == NO_REFUSAL && !self.has_room(0)
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
    /// Those that went because their heap was full.
    pub isolates_discarded: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generations_share_the_heap() {
        for megabytes in [16, 17, 32, 96, 192, 256, 300, 1000, 2048] {
            let heap = megabytes << 20;
            let young = young_generation(heap);
            assert_eq!(young + old_generation(heap, young), heap, "{megabytes}");
            assert!(
                (young / 3).is_power_of_two() && young / 3 <= LARGEST_HALF && young <= heap / 5,
                "{megabytes}"
            );
        }
        // Made for more, and made to do with less.
        assert_eq!(old_generation(32 << 20, young_generation(256 << 20)), 16 << 20);
    }

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
    fn a_limit_can_change() {
        let budget = Budget::new(100);
        assert!(budget.charge(80));
        budget.set_limit(50);
        assert!(budget.is_exceeded());
        // Now it is about a buffer.
        assert!(!budget.charge(1) && !budget.is_exceeded());
        budget.set_limit(90);
        assert!(budget.charge(10) && !budget.charge(1));
    }

    #[test]
    fn a_refused_buffer_is_told_from_a_full_heap() {
        let budget = Budget::new(100);
        assert!(!budget.is_about_buffers());
        assert!(!budget.charge(101));
        assert!(!budget.charge(101));
        assert!(budget.is_about_buffers());
        // Said again in the same attempt, it is the heap.
        assert!(!budget.is_about_buffers());
        assert!(!budget.charge(101));
        assert!(!budget.is_about_buffers());
        assert!(!budget.charge(101));
        assert!(budget.charge(50));
        assert!(!budget.is_about_buffers());
    }

    #[test]
    fn the_young_generation_has_a_share() {
        assert_eq!(young_generation(16 << 20), 3 << 20);
        assert_eq!(young_generation(256 << 20), 48 << 20);
        assert_eq!(young_generation(2 << 30), 96 << 20);
    }

    #[test]
    fn a_limit_is_always_raised() {
        assert!(raised_limit(64 << 20) > (64 << 20) + (1 << 30));
        assert_eq!(raised_limit(usize::MAX), usize::MAX);
    }
}
