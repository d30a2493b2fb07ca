//! Whole bundles: every module compiled, every import resolved, every module hashed with all it reaches.
//!
//! Guarantees: a graph is whole or it is an error; every import of every module in it leads to a module of the graph
//! or to the runtime, and asks it for names that it exports; the same bundle gives the same graph.

mod build;
mod bundle;
mod compiled;
mod crew;
mod data_url;
mod json;
mod keep;
mod link;
mod resolve;
mod stored;
mod unit;

pub use build::{Graph, KeptModule, ModuleArtifact, RelativeImports, build, build_alone, build_by};
pub use bundle::{Bundle, ModuleDiagnostic, Runtime};
pub use compiled::{
    Code, Compiled, CompiledModules, Findings, NothingCompiled, Recompiled, Version, recompile,
};
pub use crew::{Alone, Crew};
pub use resolve::{candidates, is_relative, may_lead};
pub use stored::{Importer, NoStoredModules, StoredModules, not_found as stored_module_not_found};
pub use unit::ModuleKind;
