//! How much an extension writes to the server's log about itself.

use pgrx::guc::PostgresGucEnum;

/// From nothing to everything: a setting with one of these logs what is of its level and of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, PostgresGucEnum)]
pub enum LogLevel {
    #[name = c"off"]
    Off,
    #[name = c"error"]
    Error,
    #[name = c"warning"]
    Warning,
    #[name = c"info"]
    Info,
    #[name = c"debug"]
    Debug,
}
