//! A module as the engine takes it: JavaScript with its edges resolved to content addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source_map::SourceMapText;

/// The source of one module. Two modules with the same `hash` are the same module.
#[derive(Clone, Debug)]
pub struct ModuleSource {
    /// The key under which it is cached.
    pub hash: String,
    /// The name in stack frames, for example `users.ts`.
    pub name: String,
    /// The compiled JavaScript. V8 shares it where it is ASCII.
    pub js: Arc<str>,
    pub source_map: Option<SourceMapText>,
    /// From the specifiers in `js` to the hashes of the modules they name.
    pub imports: BTreeMap<String, String>,
    /// Whether its own code could observe that a statement failed.
    pub can_catch: bool,
}
