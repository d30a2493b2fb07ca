//! Settings of stopgap, registered with PostgreSQL.

use pg_boundary::error::Result;
pub use pg_boundary::log_level::LogLevel;
use pg_boundary::session;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

/// Which of its own events stopgap writes to the server's log.
static LOG_LEVEL: GucSetting<LogLevel> = GucSetting::<LogLevel>::new(LogLevel::Warning);

/// Registers every setting; called once, when the library is loaded.
pub fn register() -> Result<()> {
    GucRegistry::define_enum_guc(
        c"stopgap.log_level",
        c"Sets which of its own events stopgap writes to the server's log.",
        c"Deploys, rollbacks and diffs that failed are warnings, those that did not are of level info.",
        &LOG_LEVEL,
        GucContext::Suset,
        GucFlags::default(),
    );
    session::reserve_settings(c"stopgap");
    Ok(())
}

/// Whether events of that level are logged.
pub fn logs(level: LogLevel) -> bool {
    level <= LOG_LEVEL.get()
}
