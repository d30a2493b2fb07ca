//! Whole bundles: every module compiled, every import resolved, every module hashed with all it reaches.
//!
//! Guarantees: a graph is whole or it is an error; every import of every module in it leads to a module of the graph
//! or to the runtime, and asks it for names that it exports; the same bundle gives the same graph.

mod build;
mod bundle;
mod json;
mod link;
mod resolve;

pub use build::{Graph, ModuleArtifact, ModuleKind, build};
pub use bundle::{Bundle, ModuleDiagnostic, Runtime};
