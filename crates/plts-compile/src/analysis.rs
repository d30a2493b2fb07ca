//! What a module's text tells without running it: its imports, its exports, and whether it can catch a failure.

pub(crate) mod catch;
pub(crate) mod commonjs;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod microtasks;
mod numeric;
