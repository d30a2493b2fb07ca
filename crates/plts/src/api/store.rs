//! `plts.compile_and_store`, `plts.upsert_artifact` and `plts.install_runtime`: single modules into the table.

use std::collections::BTreeMap;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Datum;
use pg_boundary::{ErrorReport, session};
use plts_compile::Options;
use plts_compile::graph::{self, Bundle, Graph, ModuleArtifact, NothingCompiled};
use plts_core::SqlState;
use plts_core::artifact::{ArtifactFields, artifact_hash, source_hash};
use serde_json::json;

use super::options;
use crate::artifact::{Draft, Store};
use crate::function::{graph_error, syntax_error};
use crate::runtime::{self, RuntimeBuild};
use crate::stored::StoredCatalog;

/// The fingerprint of JavaScript that was compiled elsewhere. It is part of the hash, so that such an artifact can never
/// take the place of one that was compiled here.
const EXTERNAL: &str = "external";

/// `plts.compile_and_store(source_ts text, compiler_opts jsonb) → text`: the hash.
///
/// Errors: 42601 for a source that does not parse or imports what there is not.
pub fn compile_and_store(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let options = options(call, 1)?;
    let graph = alone(&options.filename, &options, &source)?;
    let store = Store::open(FunctionRow::lookup(call.function())?.owner)?;
    store.insert(&graph.modules.iter().map(Draft::of).collect::<Vec<_>>())?;
    drop(store);
    call.return_text(entry(&graph, &options.filename)?.artifact_hash.as_str())
}

/// The graph of one module; the stored modules it imports are there by the caller's right.
fn alone(title: &str, options: &Options, source: &str) -> Result<Graph> {
    let bundle = Bundle {
        modules: BTreeMap::from([(options.filename.clone(), source.to_owned())]),
        ..Bundle::default()
    };
    let mut stored = StoredCatalog::of(session::current_user());
    graph::build(&bundle, &runtime::for_graphs(), &mut stored, &mut NothingCompiled).map_err(|diagnostics| {
        let failure = stored.take_failure(&diagnostics);
        failure.unwrap_or_else(|| graph_error(title, &options.filename, source, diagnostics))
    })
}

fn entry<'a>(graph: &'a Graph, path: &str) -> Result<&'a ModuleArtifact> {
    graph
        .modules
        .iter()
        .find(|module| module.path == path)
        .ok_or_else(|| Box::new(ErrorReport::internal("a module is missing from its own graph")))
}

/// `plts.upsert_artifact(source_ts text, compiled_js text, compiler_opts jsonb) → text`: the hash.
///
/// Errors: 42601 for JavaScript that does not parse, or that imports what there is not.
pub fn upsert_artifact(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let js = call.text(1, "compiled_js")?;
    let options = options(call, 2)?;
    let graph = alone("compiled_js", &Options::new("compiled.js"), &js)?;
    let compiled = entry(&graph, "compiled.js")?;
    let options_json = options.canonical_json();
    let imports = compiled.imports.iter().map(|(specifier, hash)| (specifier.as_str(), hash)).collect();
    let hash = artifact_hash(
        &ArtifactFields {
            filename: &options.filename,
            fingerprint: EXTERNAL,
            options_json: &options_json,
            source: &source,
            js: &js,
            source_map: "",
            runtime_hash: compiled.imports.get(runtime::SPECIFIER),
            imports: BTreeMap::new(),
        },
        &imports,
    );
    let store = Store::open(FunctionRow::lookup(call.function())?.owner)?;
    let source_hash = source_hash(&source);
    let mut drafts: Vec<Draft<'_>> =
        graph.modules.iter().filter(|module| module.path != compiled.path).map(Draft::of).collect();
    drafts.push(Draft {
        artifact_hash: &hash,
        source_hash: &source_hash,
        filename: &options.filename,
        source: &source,
        js: &js,
        options_json: &options_json,
        fingerprint: EXTERNAL,
        // Nobody compiled this source to this.
        findings: None,
        ..Draft::of(compiled)
    });
    store.insert(&drafts)?;
    drop(store);
    call.return_text(hash.as_str())
}

/// `plts.install_runtime(version text) → text`: the hash of that build of the runtime, now stored.
///
/// Errors: 22023 for a version that this library does not hold.
pub fn install_runtime(call: &Call) -> Result<Datum> {
    let version = call.text(0, "version")?;
    let Some(build) = RuntimeBuild::of_version(&version) else {
        return Err(Box::new(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("this library holds no @stopgap/runtime of version \"{version}\""),
        )));
    };
    let hash = build.hash();
    let analysis = plts_compile::analyze(build.js, &Options::new("runtime.js"))
        .map_err(|diagnostics| syntax_error("@stopgap/runtime", build.js, &diagnostics))?;
    let owner = FunctionRow::lookup(call.function())?.owner;
    let (source_hash, filename, options_json) =
        (source_hash(build.js), build.filename(), build.options_json());
    Store::open(owner)?.insert(&[Draft {
        artifact_hash: &hash,
        source_hash: &source_hash,
        filename: &filename,
        source: build.js,
        js: build.js,
        source_map: "",
        imports: json!({}),
        description: None,
        exports: json!(analysis.exports),
        // The package calls a handler and returns what it returns; its tests hold that it never looks at a failure.
        can_catch: false,
        options_json: &options_json,
        fingerprint: runtime::FINGERPRINT,
        runtime_version: Some(build.version),
        findings: None,
    }])?;
    call.return_text(hash.as_str())
}
