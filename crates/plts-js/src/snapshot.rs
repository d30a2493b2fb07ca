//! The startup snapshot that build.rs made of the prelude.

/// Read-only pages of the library, shared by all backends.
pub(crate) static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

/// Under which index the prelude's shared object is in the context of the snapshot.
pub(crate) const INTERNALS: usize = 0;
