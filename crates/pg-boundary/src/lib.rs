//! The one place that touches the C API of PostgreSQL.
//!
//! Guarantees: what is public here is safe to call from a backend's main thread. Every call that can raise an error
//! goes through the C shim (`shim/`), which catches it and hands it over whole as an [`ErrorReport`]; no longjmp crosses
//! a Rust frame, and no panic crosses a C frame. The one way back is the door in [`entry`].

pub mod call;
mod call_site;
pub mod context;
pub mod deadline;
pub mod entry;
pub mod error;
pub mod function;
pub mod heap;
pub mod identity;
pub mod log_level;
pub mod memory;
pub mod metrics;
pub mod module;
mod raw;
pub mod result_type;
pub mod session;
pub mod set;
pub mod spi;
pub mod text;
pub mod time_zone;
pub mod trigger;
pub mod typeio;
pub mod window;
pub mod worker;

pub use pgrx::pg_sys;
pub use plts_core::ErrorReport;
