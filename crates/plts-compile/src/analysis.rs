//! What a module's text tells without running it: its imports, its exports, whether it can catch a failure, and what
//! it touches of a trigger's rows.

pub(crate) mod bare;
pub(crate) mod catch;
pub(crate) mod commonjs;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod microtasks;
mod numeric;
pub(crate) mod touched;
