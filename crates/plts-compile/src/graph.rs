//! Whole bundles: every module compiled, every import resolved, every module hashed with all it reaches.
//!
//! Guarantees: a graph is whole or it is an error; every import of every module in it leads to a module of the graph
//! or to the runtime, and asks it for names that it exports; the same bundle gives the same graph.

mod build;
mod bundle;
mod data_url;
mod json;
mod link;
mod resolve;
mod stored;
mod unit;

pub use build::{Graph, ModuleArtifact, RelativeImports, build, build_alone};
pub use bundle::{Bundle, ModuleDiagnostic, Runtime};
pub use resolve::{candidates, is_relative};
pub use stored::{Importer, NoStoredModules, StoredModules, not_found as stored_module_not_found};
pub use unit::ModuleKind;
