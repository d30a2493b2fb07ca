//! Settings of plts, registered with PostgreSQL.

use pg_boundary::error::Result;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

/// Megabytes that V8 and its buffers may take in one backend.
static MAX_HEAP_MB: GucSetting<i32> = GucSetting::<i32>::new(256);

/// Plans that a backend keeps for the statements of `ctx.db`.
static PLAN_CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(512);

/// Registers every setting; called once, when the library is loaded.
pub fn register() -> Result<()> {
    GucRegistry::define_int_guc(
        c"plts.max_heap_mb",
        c"Sets the memory that JavaScript may use in a session.",
        c"It covers the heap and array buffers. A call that goes over it ends with an error; the session lives on.",
        &MAX_HEAP_MB,
        16,
        16_384,
        GucContext::Suset,
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_int_guc(
        c"plts.plan_cache_size",
        c"Sets how many prepared statements a session keeps for ctx.db.",
        c"When there are more, those that were used longest ago are dropped, and planned again when needed.",
        &PLAN_CACHE_SIZE,
        1,
        65_536,
        GucContext::Userset,
        GucFlags::default(),
    );
    Ok(())
}

/// `plts.max_heap_mb`, in bytes. It is read when the engine starts.
pub fn max_heap_bytes() -> usize {
    usize::try_from(MAX_HEAP_MB.get()).unwrap_or(256).saturating_mul(1024 * 1024)
}

/// `plts.plan_cache_size`, as it is now.
pub fn plan_cache_size() -> usize {
    usize::try_from(PLAN_CACHE_SIZE.get()).unwrap_or(512)
}
