//! `plts.compile_and_store`, `plts.upsert_artifact` and `plts.install_runtime`: single modules into the table.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Datum;
use plts_compile::graph::{self, Bundle, NoStoredModules};
use plts_compile::{Compiled, Diagnostic, Options, Severity};
use plts_core::SqlState;
use plts_core::artifact::{ArtifactFields, ArtifactHash, ImportTarget, hash_graph, source_hash};
use serde_json::json;

use super::options;
use crate::artifact::{Draft, Store};
use crate::function::{reported, syntax_error};
use crate::runtime::{self, RuntimeBuild};

/// The fingerprint of JavaScript that was compiled elsewhere. It is part of the hash, so that such an artifact can never
/// take the place of one that was compiled here.
const EXTERNAL: &str = "external";

/// `plts.compile_and_store(source_ts text, compiler_opts jsonb) → text`: the hash.
///
/// Errors: 42601 for a source that does not parse or imports what there is not.
pub fn compile_and_store(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let options = options(call, 1)?;
    let bundle =
        Bundle { modules: BTreeMap::from([(options.filename.clone(), source.clone())]), ..Bundle::default() };
    let built =
        graph::build(&bundle, &runtime::for_graphs()?, &mut NoStoredModules).map_err(|diagnostics| {
            let diagnostics: Vec<Diagnostic> = diagnostics
                .into_iter()
                .map(|diagnostic| Diagnostic {
                    severity: diagnostic.severity,
                    message: diagnostic.message,
                    line: diagnostic.line,
                    column: diagnostic.column,
                })
                .collect();
            syntax_error(&options.filename, &source, &diagnostics)
        })?;
    let owner = FunctionRow::lookup(call.function())?.owner;
    let store = Store::open(owner)?;
    let Some(module) = built.modules.first() else {
        return Err(Box::new(ErrorReport::internal("a graph of one module came back empty")));
    };
    store.insert(&super::build::draft(module))?;
    let hash = module.artifact_hash.as_str().to_owned();
    drop(store);
    call.return_text(&hash)
}

/// `plts.upsert_artifact(source_ts text, compiled_js text, compiler_opts jsonb) → text`: the hash.
///
/// Errors: 42601 for JavaScript that does not parse, or that imports anything but the runtime.
pub fn upsert_artifact(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let js = call.text(1, "compiled_js")?;
    let options = options(call, 2)?;
    let parse_as = Options::new("compiled.js");
    let compiled = plts_compile::compile_module(&js, &parse_as)
        .map_err(|diagnostics| syntax_error("compiled_js", &js, &diagnostics))?;
    let runtime = runtime_import(&compiled, &js)?;
    let options_json = options.canonical_json();
    let hash = hash_one(&ArtifactFields {
        filename: &options.filename,
        fingerprint: EXTERNAL,
        options_json: &options_json,
        source: &source,
        js: &js,
        source_map: "",
        runtime_hash: runtime,
        imports: runtime.map(|hash| (runtime::SPECIFIER, ImportTarget::Artifact(hash))).into_iter().collect(),
    })?;
    let owner = FunctionRow::lookup(call.function())?.owner;
    Store::open(owner)?.insert(&Draft {
        artifact_hash: &hash,
        source_hash: &source_hash(&source),
        filename: &options.filename,
        source: &source,
        js: &js,
        source_map: "",
        imports: runtime.map_or_else(|| json!({}), |hash| json!({ runtime::SPECIFIER: hash.as_str() })),
        exports: json!(compiled.exports),
        can_catch: compiled.can_catch,
        options_json: &options_json,
        fingerprint: EXTERNAL,
        runtime_version: None,
    })?;
    call.return_text(hash.as_str())
}

/// The runtime, when the module imports it; any other import has nowhere to lead.
fn runtime_import(compiled: &Compiled, js: &str) -> Result<Option<&'static ArtifactHash>> {
    let mut runtime = None;
    for import in &compiled.imports {
        if import.specifier != runtime::SPECIFIER {
            let missing = Diagnostic {
                severity: Severity::Error,
                message: format!("cannot find module \"{}\"", import.specifier),
                line: import.line,
                column: import.column,
            };
            return Err(syntax_error("compiled_js", js, &[missing]));
        }
        runtime = Some(runtime::current_hash()?);
    }
    Ok(runtime)
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
    let hash = build.hash()?;
    let analysis = plts_compile::analyze(build.js, &Options::new("runtime.js"))
        .map_err(|diagnostics| syntax_error("@stopgap/runtime", build.js, &diagnostics))?;
    let owner = FunctionRow::lookup(call.function())?.owner;
    Store::open(owner)?.insert(&Draft {
        artifact_hash: &hash,
        source_hash: &source_hash(build.js),
        filename: &build.filename(),
        source: build.js,
        js: build.js,
        source_map: "",
        imports: json!({}),
        exports: json!(analysis.exports),
        // The package calls a handler and returns what it returns; its tests hold that it never looks at a failure.
        can_catch: false,
        options_json: &build.options_json(),
        fingerprint: runtime::FINGERPRINT,
        runtime_version: Some(build.version),
    })?;
    call.return_text(hash.as_str())
}

fn hash_one(fields: &ArtifactFields<'_>) -> Result<ArtifactHash> {
    hash_graph(std::slice::from_ref(fields))
        .map_err(reported)?
        .into_iter()
        .next()
        .ok_or_else(|| Box::new(ErrorReport::internal("a graph of one module has no hash")))
}
