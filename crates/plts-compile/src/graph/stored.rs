//! Modules that are kept outside of any bundle, and imported as `plts:name`.

/// How their specifiers, and the paths of their artifacts, begin.
pub(super) const PREFIX: &str = "plts:";

/// Who imports a stored module: whose right to do so counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importer<'a> {
    /// A module of the bundle, or the function that is compiled.
    Bundle,
    /// The stored module of that name.
    Stored(&'a str),
}

/// Where stored modules are kept. A build asks once for each import of each importer.
pub trait StoredModules {
    /// The TypeScript of module `name`, the specifier without its `plts:`.
    ///
    /// Errors: the message of a diagnostic at the import.
    fn source(&mut self, name: &str, importer: Importer<'_>) -> Result<String, String>;
}

/// There are none.
pub struct NoStoredModules;

impl StoredModules for NoStoredModules {
    fn source(&mut self, name: &str, _: Importer<'_>) -> Result<String, String> {
        Err(not_found(name))
    }
}

/// The message for a stored module that there is not.
pub fn not_found(name: &str) -> String {
    format!("cannot find module \"{PREFIX}{name}\"")
}

/// The path of its artifact.
pub(super) fn path(name: &str) -> String {
    format!("{PREFIX}{name}.ts")
}
