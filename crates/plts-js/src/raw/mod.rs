//! Everything that the type system cannot vouch for. Each block says who guarantees what it relies on.
//!
//! What it relies on throughout: an engine belongs to one thread, the one that started it. V8 runs JavaScript, and
//! with it every callback in here, on that thread only; the watchdog thread touches atomics and V8's own
//! thread-safe handle.

pub(crate) mod allocator;
pub(crate) mod bytes;
pub(crate) mod callbacks;
pub(crate) mod clock;
pub(crate) mod current;
pub(crate) mod fatal;
pub(crate) mod fork;
pub(crate) mod home;
pub(crate) mod icu;
pub(crate) mod isolate;
pub(crate) mod machine;
mod main_stack;
pub(crate) mod private_name;
pub(crate) mod shared_text;
pub(crate) mod shortcut;
pub(crate) mod signals;
pub(crate) mod static_text;
