//! The V8 static library: the archive that is in the repository, and how to build it again.

pub mod archive;
pub mod build;
pub mod patches;
pub mod precompiled;
pub mod shortcuts;
pub mod sources;
