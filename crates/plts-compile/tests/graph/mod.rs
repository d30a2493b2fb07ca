//! What the tests of graphs have in common.

use plts_compile::graph::{Bundle, Runtime};
use plts_core::artifact::{ArtifactHash, source_hash};

/// The runtime, with a hash that follows from the version.
pub fn runtime(version: &str) -> Runtime {
    Runtime {
        specifier: "@stopgap/runtime".to_owned(),
        hash: ArtifactHash::parse(&source_hash(version)).unwrap(),
    }
}

/// A bundle of modules, given by path and source.
pub fn bundle(modules: &[(&str, &str)]) -> Bundle {
    Bundle {
        modules: modules.iter().map(|(path, source)| ((*path).to_owned(), (*source).to_owned())).collect(),
        ..Bundle::default()
    }
}
