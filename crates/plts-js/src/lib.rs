//! V8 for plts: isolate, contexts, modules, calls, deadlines and stack traces, generic over [`Host`].
//!
//! Guarantees: JavaScript reaches nothing but the [`Host`] of its call. A panic, an endless loop, a full heap or an
//! endless recursion ends the call with an error and leaves the engine ready for the next one. No value is silently
//! lost between SQL and JavaScript. No thread but one, the watchdog, which takes no signals. `unsafe` is in `raw`
//! alone.

mod absent;
mod call;
mod code_cache;
mod compile;
mod context;
mod convert;
mod describe;
mod engine;
mod errors;
mod frame;
mod function;
mod heap;
mod host;
mod isolate;
mod kept_module;
mod module;
mod modules;
mod natives;
mod plv8;
mod raw;
mod set;
mod snapshot;
mod source_map;
mod spare_memory;
mod stack;
mod statements;
mod time_zone;
mod trigger;
mod watchdog;
mod window;

pub use describe::{DescribeLimits, ExportDescription, ExportKind};
pub use engine::{Engine, EngineConfig, current_stack};
pub use errors::{CallError, EngineError};
pub use function::{ArgumentStyle, Arguments, FunctionBody, FunctionSpec, Param, Plv8Parameters, SpecId};
pub use heap::HeapStatistics;
pub use host::{
    Access, Completion, CursorId, Host, HostError, HostSource, LogLevel, PreparedStatement, RowSink,
    SavepointKind, SavepointOutcome, StatementUse, TransactionEnd, Users,
};
pub use isolate::RoleId;
pub use kept_module::{KeptBuffer, KeptModule};
pub use module::ModuleSource;
pub use raw::fatal::{EndProcess, EngineFailure, FailureKind};
pub use raw::signals::with_signals_blocked;
pub use set::SetSink;
pub use source_map::{PackedText, SourceMapText};
pub use time_zone::SessionTimeZone;
pub use trigger::{FiredRows, Firing, RowAnswer, TriggerColumn, TriggerId, TriggerSpec};
pub use window::{WindowAnswer, WindowExtent, WindowQuestion, WindowSeek};
