//! Memory that the C library keeps for what compiles next.
//!
//! glibc gives what is free at the top of its heap back to the kernel once that is 128 kB. V8 takes and frees as much for each module
//! that it compiles, so that a graph of twenty was fetched from the kernel page by page twenty times: a twentieth of its first call.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

/// glibc keeps twice this from then on, see mallopt(3) on `M_MMAP_THRESHOLD`.
const BYTES: usize = 512 * 1024;

static KEPT: AtomicBool = AtomicBool::new(false);

/// Has glibc keep more, by freeing a block that is large enough for it to take that for a habit. Setting the threshold itself would end
/// that glibc learns. Another C library takes it for a block like others.
pub(crate) fn keep_more() {
    if !KEPT.swap(true, Ordering::Relaxed) {
        drop(black_box(Vec::<u8>::with_capacity(BYTES)));
    }
}
