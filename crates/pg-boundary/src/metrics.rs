//! Counts of what happened: in memory that all backends share when the library is preloaded, else in this backend's own.
//!
//! What a backend counts often it counts in a slot of its own, by a plain addition; what is rare is added up atomically where
//! all see it. Nothing here can fail, and nothing is undone with a transaction.

use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::Duration;

use plts_core::SqlState;
use serde_json::{Value as Json, json};

use crate::raw;

/// How many kinds of operation there is room for.
pub const OPERATIONS: usize = 4;
/// How many numbers a backend keeps of what is so now, and of what it has counted.
pub const NUMBERS: usize = 4;
/// Upper bounds of the buckets of a latency, in microseconds; the last bucket has none.
pub const BUCKETS_US: [u64; 9] = [10, 30, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, u64::MAX];
/// SQLSTATE classes: two of `0-9A-Z`.
const CLASSES: usize = 36 * 36;

/// How long an operation took, each time that it was measured.
#[repr(C)]
pub struct Latency {
    sum_us: AtomicU64,
    max_us: AtomicU64,
    buckets: [AtomicU64; BUCKETS_US.len()],
}

/// What happened of one kind of operation.
#[repr(C)]
pub struct Operation {
    calls: AtomicU64,
    latency: Latency,
    errors: [AtomicU64; CLASSES],
}

/// What all backends count together.
#[repr(C)]
struct Common {
    operations: [Operation; OPERATIONS],
}

/// What one backend counts.
#[repr(C, align(64))]
struct Slot {
    gauges: [AtomicU64; NUMBERS],
    calls: AtomicU64,
    counts: [AtomicU64; NUMBERS],
}

impl Latency {
    const fn new() -> Self {
        Self {
            sum_us: AtomicU64::new(0),
            max_us: AtomicU64::new(0),
            buckets: [const { AtomicU64::new(0) }; BUCKETS_US.len()],
        }
    }

    fn add(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
        self.max_us.fetch_max(micros, Ordering::Relaxed);
        let bucket = BUCKETS_US.iter().position(|bound| micros <= *bound).unwrap_or(BUCKETS_US.len() - 1);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
    }
}

impl Operation {
    const fn new() -> Self {
        Self {
            calls: AtomicU64::new(0),
            latency: Latency::new(),
            errors: [const { AtomicU64::new(0) }; CLASSES],
        }
    }

    /// It has happened once more.
    pub fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// It has failed.
    pub fn count_error(&self, sqlstate: SqlState) {
        if let Some(class) = class_of(sqlstate) {
            self.errors[class].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// It has taken so long.
    pub fn measure(&self, took: Duration) {
        self.latency.add(took);
    }

    /// How often it was counted by [`Self::count`].
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// What is known of it. Without bounds that nothing fell under, and without classes that nothing failed with.
    pub fn to_json(&self, calls: u64) -> Json {
        let (sum_us, max_us, counts) = self.latency();
        let buckets: Vec<Json> = BUCKETS_US
            .iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(bound, count)| match *bound {
                u64::MAX => json!({ "count": count }),
                bound => json!({ "at_most_us": bound, "count": count }),
            })
            .collect();
        json!({
            "calls": calls,
            "errors": self.errors().map(|(class, count)| (class, json!(count))).collect::<serde_json::Map<_, _>>(),
            "latency": { "count": counts.iter().sum::<u64>(), "sum_us": sum_us, "max_us": max_us, "buckets": buckets },
        })
    }

    /// Failures by SQLSTATE class, those that there were.
    pub fn errors(&self) -> impl Iterator<Item = (String, u64)> {
        let digit = |number: usize| char::from_digit(number as u32, 36).unwrap_or('0').to_ascii_uppercase();
        self.errors.iter().enumerate().filter_map(move |(class, count)| match count.load(Ordering::Relaxed) {
            0 => None,
            count => Some(([digit(class / 36), digit(class % 36)].iter().collect(), count)),
        })
    }

    /// Sum and maximum in microseconds, and how many there were in each bucket of [`BUCKETS_US`].
    pub fn latency(&self) -> (u64, u64, [u64; BUCKETS_US.len()]) {
        let Latency { sum_us, max_us, buckets } = &self.latency;
        let mut counts = [0; BUCKETS_US.len()];
        for (count, bucket) in counts.iter_mut().zip(buckets) {
            *count = bucket.load(Ordering::Relaxed);
        }
        (sum_us.load(Ordering::Relaxed), max_us.load(Ordering::Relaxed), counts)
    }
}

fn class_of(sqlstate: SqlState) -> Option<usize> {
    let mut digits = sqlstate.as_str().chars().map(|digit| digit.to_digit(36));
    Some(digits.next()?? as usize * 36 + digits.next()?? as usize)
}

static OWN_COMMON: Common = Common { operations: [const { Operation::new() }; OPERATIONS] };
static OWN_SLOT: Slot = Slot {
    gauges: [const { AtomicU64::new(0) }; NUMBERS],
    calls: AtomicU64::new(0),
    counts: [const { AtomicU64::new(0) }; NUMBERS],
};

/// Null until [`settle`] has found where to count.
static COMMON: AtomicPtr<Common> = AtomicPtr::new(std::ptr::null_mut());
static SLOT: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());

/// Asks for shared memory of that name, when the library is being preloaded.
pub fn request(name: &'static CStr) {
    // SAFETY: a C string that lives for ever; sizes of what is laid out as C would, and valid when it is all zeros.
    unsafe {
        raw::pgb_shared_request(
            name.as_ptr(),
            size_of::<Common>().next_multiple_of(align_of::<Slot>()),
            size_of::<Slot>(),
            size_of::<[AtomicU64; NUMBERS]>(),
        );
    }
}

/// Whether the counts are the server's, and not this session's.
pub fn are_shared() -> bool {
    // SAFETY: reads a variable of the shim.
    !unsafe { raw::pgb_shared_area() }.is_null()
}

/// Whose counts they are, in a word.
pub fn scope() -> &'static str {
    if are_shared() { "server" } else { "session" }
}

#[cold]
fn settle() {
    // SAFETY: reads variables of the shim and of the backend.
    let (area, slot) = unsafe { (raw::pgb_shared_area(), raw::pgb_shared_slot()) };
    let (mut common, mut own) = (std::ptr::from_ref(&OWN_COMMON), std::ptr::from_ref(&OWN_SLOT));
    if !area.is_null() {
        common = area.cast_const().cast();
        if let Ok(slot) = usize::try_from(slot) {
            // SAFETY: the area has a slot of that number.
            own = unsafe { slots_of(area).add(slot) };
        }
    }
    COMMON.store(common.cast_mut(), Ordering::Relaxed);
    SLOT.store(own.cast_mut(), Ordering::Relaxed);
}

/// # Safety
/// `area` is the shared area.
unsafe fn slots_of(area: *mut std::ffi::c_void) -> *const Slot {
    // SAFETY: the slots follow the common part, aligned, as `request` has asked.
    unsafe { area.byte_add(size_of::<Common>().next_multiple_of(align_of::<Slot>())).cast_const().cast() }
}

/// One kind of operation, by a number below [`OPERATIONS`].
pub fn operation(number: usize) -> &'static Operation {
    if COMMON.load(Ordering::Relaxed).is_null() {
        settle();
    }
    // SAFETY: `settle` has stored the address of a static, or of shared memory that lives as long as the process and is
    // only ever used as this type, in which all zeros are valid.
    let common = unsafe { &*COMMON.load(Ordering::Relaxed) };
    &common.operations[number % OPERATIONS]
}

#[inline]
fn slot() -> &'static Slot {
    if SLOT.load(Ordering::Relaxed).is_null() {
        settle();
    }
    // SAFETY: as in `operation`.
    unsafe { &*SLOT.load(Ordering::Relaxed) }
}

/// Counts a call in this backend's slot, and gives its number.
#[inline]
pub fn count_call() -> u64 {
    let calls = &slot().calls;
    // Only this backend writes it.
    let number = calls.load(Ordering::Relaxed).wrapping_add(1);
    calls.store(number, Ordering::Relaxed);
    number
}

/// What this backend has of something now.
pub fn set_gauge(number: usize, value: u64) {
    slot().gauges[number % NUMBERS].store(value, Ordering::Relaxed);
}

/// Adds to what this backend has counted of something.
pub fn add_count(number: usize, more: u64) {
    slot().counts[number % NUMBERS].fetch_add(more, Ordering::Relaxed);
}

/// What all slots have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub calls: u64,
    pub gauges: [u64; NUMBERS],
    pub counts: [u64; NUMBERS],
}

/// Adds up the slots of all backends, or reads this one's when nothing is shared.
pub fn totals() -> Totals {
    // SAFETY: reads variables of the shim and of the server.
    let (area, count) = unsafe { (raw::pgb_shared_area(), raw::pgb_shared_slots()) };
    let own = std::slice::from_ref(slot());
    let slots = match usize::try_from(count) {
        // SAFETY: the area has so many slots, of atomics, which live as long as the process.
        Ok(count) if !area.is_null() => unsafe { std::slice::from_raw_parts(slots_of(area), count) },
        _ => own,
    };
    let mut totals = Totals::default();
    for slot in slots {
        totals.calls += slot.calls.load(Ordering::Relaxed);
        for (total, gauge) in totals.gauges.iter_mut().zip(&slot.gauges) {
            *total += gauge.load(Ordering::Relaxed);
        }
        for (total, count) in totals.counts.iter_mut().zip(&slot.counts) {
            *total += count.load(Ordering::Relaxed);
        }
    }
    totals
}
