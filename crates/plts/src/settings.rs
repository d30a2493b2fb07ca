//! Settings of plts, registered with PostgreSQL. What limits a session is for superusers to set, and for whom they let.

use pg_boundary::error::Result;
pub use pg_boundary::log_level::LogLevel;
use pg_boundary::session;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

/// Megabytes that V8 and its buffers may take in one backend.
static MAX_HEAP_MB: GucSetting<i32> = GucSetting::<i32>::new(256);

/// Milliseconds that an outermost call may take; 0 is no limit.
static MAX_RUNTIME_MS: GucSetting<i32> = GucSetting::<i32>::new(0);

/// Bytes that a statement of `ctx.db` may have.
static MAX_SQL_BYTES: GucSetting<i32> = GucSetting::<i32>::new(1 << 20);

/// Parameters that a statement of `ctx.db` may have.
static MAX_PARAMS: GucSetting<i32> = GucSetting::<i32>::new(65_535);

/// Rows that a statement of `ctx.db` may give; 0 is no limit.
static MAX_QUERY_ROWS: GucSetting<i32> = GucSetting::<i32>::new(0);

/// Plans that a backend keeps for the statements of `ctx.db`.
static PLAN_CACHE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(512);

/// Whether V8 starts with the server when the library is preloaded.
static START_WITH_SERVER: GucSetting<bool> = GucSetting::<bool>::new(true);

/// Which of its own events plts writes to the server's log.
static LOG_LEVEL: GucSetting<LogLevel> = GucSetting::<LogLevel>::new(LogLevel::Warning);

/// Whether bodies in LANGUAGE plts are read as those of plv8.
static PLV8_COMPAT: GucSetting<bool> = GucSetting::<bool>::new(false);

/// Registers every setting; called once, when the library is loaded.
pub fn register() -> Result<()> {
    GucRegistry::define_int_guc(
        c"plts.max_heap_mb",
        c"Sets the memory that JavaScript may use in a session.",
        c"It covers the heap and array buffers. A call that goes over it ends with an error; the session lives on.",
        &MAX_HEAP_MB,
        16,
        2_048,
        GucContext::Suset,
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_int_guc(
        c"plts.max_runtime_ms",
        c"Sets the time that a call of a plts function may take.",
        c"It covers the statements that the call runs. Zero leaves it to statement_timeout.",
        &MAX_RUNTIME_MS,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"plts.max_sql_bytes",
        c"Sets the length that a statement of ctx.db may have.",
        c"A longer one is refused before it is parsed.",
        &MAX_SQL_BYTES,
        1,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_BYTE,
    );
    GucRegistry::define_int_guc(
        c"plts.max_params",
        c"Sets how many parameters a statement of ctx.db may have.",
        c"A statement with more is refused before it runs.",
        &MAX_PARAMS,
        0,
        65_535,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"plts.max_query_rows",
        c"Sets how many rows a statement of ctx.db may give to JavaScript.",
        c"One that gives more fails. Each fetch of a cursor counts by itself. Zero is no limit.",
        &MAX_QUERY_ROWS,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::default(),
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
    GucRegistry::define_bool_guc(
        c"plts.start_with_server",
        c"Starts V8 with the server, so that sessions need not.",
        c"It has an effect when plts is in shared_preload_libraries.",
        &START_WITH_SERVER,
        // PostgreSQL refuses to define a setting of the postmaster's later on, when this one means nothing any more.
        if session::is_preloading() { GucContext::Postmaster } else { GucContext::Sighup },
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"plts.log_level",
        c"Sets which of its own events plts writes to the server's log.",
        c"Messages of functions, by ctx.log and console, are not among them.",
        &LOG_LEVEL,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"plts.plv8_compat",
        c"Reads function bodies in LANGUAGE plts as those of plv8.",
        c"They are sloppy JavaScript with the object plv8 and the conversions of plv8. Modules and deployed functions stay \
          what they are.",
        &PLV8_COMPAT,
        // Who could set it for a call of another's function would change what the function does.
        GucContext::Suset,
        GucFlags::default(),
    );
    session::reserve_settings(c"plts");
    Ok(())
}

/// `plts.start_with_server`.
pub fn starts_with_server() -> bool {
    START_WITH_SERVER.get()
}

/// `plts.max_heap_mb`, as it is now.
#[inline]
pub fn max_heap_mb() -> i32 {
    session::value_of(&MAX_HEAP_MB)
}

/// A number of megabytes, in bytes.
pub fn bytes_of(megabytes: i32) -> usize {
    usize::try_from(megabytes).unwrap_or(256).saturating_mul(1024 * 1024)
}

/// `plts.max_runtime_ms`, if it is a limit.
#[inline]
pub fn max_runtime_ms() -> Option<i32> {
    match session::value_of(&MAX_RUNTIME_MS) {
        0 => None,
        limit => Some(limit),
    }
}

/// `plts.max_sql_bytes`, as it is now.
#[inline]
pub fn max_sql_bytes() -> usize {
    usize::try_from(session::value_of(&MAX_SQL_BYTES)).unwrap_or(usize::MAX)
}

/// `plts.max_params`, as it is now.
#[inline]
pub fn max_params() -> usize {
    usize::try_from(session::value_of(&MAX_PARAMS)).unwrap_or(usize::MAX)
}

/// `plts.max_query_rows`, if it is a limit.
#[inline]
pub fn max_query_rows() -> Option<u64> {
    u64::try_from(session::value_of(&MAX_QUERY_ROWS)).ok().filter(|limit| *limit > 0)
}

/// `plts.plv8_compat`, as it is now.
#[inline]
pub fn plv8_compat() -> bool {
    session::value_of(&PLV8_COMPAT)
}

/// `plts.plan_cache_size`, as it is now.
pub fn plan_cache_size() -> usize {
    usize::try_from(PLAN_CACHE_SIZE.get()).unwrap_or(512)
}

/// Whether events of that level are logged.
#[inline]
pub fn logs(level: LogLevel) -> bool {
    level <= LOG_LEVEL.get()
}
