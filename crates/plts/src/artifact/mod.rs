//! The artifact table: reading rows for a call, writing rows for a build; and the code that V8 made of them.

pub mod code;
mod compiled;
mod load;
mod store;

pub use compiled::CompiledCatalog;
pub use load::{check_owner, load, load_with_code};
pub use store::{Draft, Store, imports_json, module_source};

/// The version of the contract between modules and the database that this library runs.
pub const ABI: i32 = 1;
