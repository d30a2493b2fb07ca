//! The startup snapshot that build.rs made of the prelude, and the sources that it refers to.

use deno_core::v8;

use crate::natives;
use crate::raw::static_text::StaticText;

/// Read-only pages of the library, shared by all backends.
pub(crate) static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

/// Under which index the prelude's shared object is in the context of the snapshot.
pub(crate) const INTERNALS: usize = 0;

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// What the snapshot refers to by its place in this list: the native functions, then the sources.
pub(crate) fn references() -> Vec<v8::ExternalReference> {
    let sources = SOURCES.iter().map(|source| v8::ExternalReference {
        // V8 reads it only, as the type says.
        pointer: std::ptr::from_ref(source.as_v8()).cast_mut().cast(),
    });
    natives::references().into_iter().chain(sources).collect()
}
