//! `plts.check_artifacts` and `plts.import_artifacts`: whether artifacts are what their hashes say, in the table and on their
//! way into it.

use std::collections::{BTreeMap, BTreeSet};

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use plts_compile::Options;
use plts_core::artifact::{ArtifactHash, StoredArtifact, content_hashes, source_hash};
use plts_core::{SqlState, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::artifact::{ABI, Draft, Store};
use crate::function::reported;
use crate::runtime;

/// The roots `$1` and all that they import. The caller needs SELECT on the table.
const REACHED: &str = "WITH RECURSIVE reached (hash) AS (\
     SELECT root COLLATE \"C\" FROM pg_catalog.jsonb_array_elements_text($1) AS root \
     UNION SELECT edge.value COLLATE \"C\" FROM reached \
     JOIN plts.artifact AS a ON a.artifact_hash OPERATOR(pg_catalog.=) reached.hash \
     CROSS JOIN LATERAL pg_catalog.jsonb_each_text(a.imports) AS edge) \
     SELECT reached.hash, pg_catalog.jsonb_build_object('artifact_hash', a.artifact_hash, 'source_hash', a.source_hash, \
         'abi', a.abi, 'filename', a.filename, 'source_ts', a.source_ts, 'compiled_js', a.compiled_js, \
         'source_map', a.source_map, 'compiler_opts', a.compiler_opts, \
         'compiler_fingerprint', a.compiler_fingerprint, 'imports', a.imports, 'exports', a.exports, \
         'can_catch', a.can_catch, 'runtime_version', a.runtime_version, 'created_at', a.created_at) \
     FROM reached LEFT JOIN plts.artifact AS a ON a.artifact_hash OPERATOR(pg_catalog.=) reached.hash \
     WHERE a.artifact_hash IS NOT NULL OR reached.hash IS NOT NULL";

/// An artifact as `plts.get_artifact` gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    artifact_hash: ArtifactHash,
    source_hash: String,
    abi: i32,
    filename: String,
    source_ts: String,
    compiled_js: String,
    source_map: Option<String>,
    compiler_opts: Json,
    compiler_fingerprint: String,
    imports: BTreeMap<String, ArtifactHash>,
    exports: BTreeSet<String>,
    can_catch: bool,
    #[serde(default, rename = "runtime_version")]
    _runtime_version: Option<String>,
    #[serde(default, rename = "created_at")]
    _created_at: Option<String>,
}

impl Row {
    fn stored(&self) -> StoredArtifact {
        StoredArtifact {
            artifact_hash: self.artifact_hash.clone(),
            filename: self.filename.clone(),
            fingerprint: self.compiler_fingerprint.clone(),
            options_json: canonical(&self.compiler_opts),
            source: self.source_ts.clone(),
            js: self.compiled_js.clone(),
            source_map: self.source_map.clone().unwrap_or_default(),
            imports: self.imports.clone(),
        }
    }

    /// Whether what the hash does not cover follows from what it does.
    fn agrees_with_its_source(&self) -> bool {
        self.source_hash == source_hash(&self.source_ts)
            && self.compiler_opts.get("filename").and_then(Json::as_str) == Some(&self.filename)
    }
}

/// `plts.check_artifacts(hashes jsonb) → jsonb`: rehashes artifacts and all that they import.
///
/// Errors: 22023 for what is no array of hashes; 42501 without SELECT on `plts.artifact`.
pub fn check_artifacts(call: &Call) -> Result<Datum> {
    let roots: Vec<ArtifactHash> = serde_json::from_value(call.json(0, "hashes")?)
        .map_err(|_| misshapen("hashes must be a JSON array of artifact hashes"))?;
    let spi = Connection::open(false)?;
    let rows = spi.run(REACHED, &[Value::Json(json!(roots).to_string().into())])?;
    let (mut found, mut missing, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let mut row = row.into_iter();
        let (Some(Value::Text(hash)), Some(Value::Json(artifact))) = (row.next(), row.next()) else {
            return Err(Box::new(ErrorReport::internal("plts.artifact cannot be read")));
        };
        let artifact: Json = serde_json::from_str(&artifact).unwrap_or_default();
        if artifact["artifact_hash"].is_null() {
            missing.push(hash.into_owned());
        } else {
            match serde_json::from_value::<Row>(artifact) {
                Ok(artifact) => found.push(artifact),
                Err(_) => unreadable.push(json!({ "artifact_hash": hash, "computed": null })),
            }
        }
    }
    spi.finish()?;
    let stored: Vec<StoredArtifact> = found.iter().map(Row::stored).collect();
    let computed = content_hashes(&stored, runtime::SPECIFIER).map_err(reported)?;
    let checked = found.len() + unreadable.len();
    let mut differ = unreadable;
    differ.extend(found.iter().zip(computed).filter_map(|(one, computed)| {
        (one.artifact_hash != computed || !one.agrees_with_its_source())
            .then(|| json!({ "artifact_hash": one.artifact_hash, "computed": computed }))
    }));
    missing.sort();
    call.return_json(&json!({ "checked": checked, "missing": missing, "differ": differ }))
}

/// `plts.import_artifacts(artifacts jsonb) → jsonb`: stores artifacts of another database under their own hashes. What
/// follows from the code (exports, whether it can catch) is worked out anew, not believed.
///
/// Errors: 22023 for another shape or contents that give another hash; 0A000 for one made for a later library; 42601 for
/// JavaScript that does not parse; 55000 when something that one of them imports is neither among them nor here.
pub fn import_artifacts(call: &Call) -> Result<Datum> {
    let rows: Vec<Row> = serde_json::from_value(call.json(0, "artifacts")?)
        .map_err(|error| misshapen(format!("the artifacts cannot be read: {error}")))?;
    let stored: Vec<StoredArtifact> = rows.iter().map(Row::stored).collect();
    let computed = content_hashes(&stored, runtime::SPECIFIER).map_err(reported)?;
    for (row, computed) in rows.iter().zip(&computed) {
        if row.abi != ABI {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    format!(
                        "artifact {} needs abi {}, but this library has abi {ABI}",
                        row.artifact_hash, row.abi
                    ),
                )
                .with_hint("Install a newer version of plts."),
            ));
        }
        if row.artifact_hash != *computed || !row.agrees_with_its_source() {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::INVALID_PARAMETER_VALUE,
                    format!("artifact {} is not what its hash says", row.artifact_hash),
                )
                .with_detail(format!("Its contents have the hash {computed}.")),
            ));
        }
    }
    let store = Store::open(FunctionRow::lookup(call.function())?.owner)?;
    let known: BTreeSet<&ArtifactHash> = rows.iter().map(|row| &row.artifact_hash).collect();
    let outside: BTreeSet<&ArtifactHash> =
        rows.iter().flat_map(|row| row.imports.values()).filter(|hash| !known.contains(hash)).collect();
    for hash in outside {
        if !store.has(hash)? {
            return Err(Box::new(ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("artifact {hash} is imported, but it is neither here nor among the artifacts"),
            )));
        }
    }
    let mut written = 0;
    for (row, stored) in rows.iter().zip(&stored) {
        written += usize::from(write(&store, row, stored)?);
    }
    drop(store);
    call.return_json(&json!({ "artifacts": rows.len(), "stored": written }))
}

fn write(store: &Store, row: &Row, stored: &StoredArtifact) -> Result<bool> {
    let analysis =
        plts_compile::analyze(&row.compiled_js, &Options::new("module.js")).map_err(|diagnostics| {
            let place = diagnostics.first().map(ToString::to_string).unwrap_or_default();
            Box::new(ErrorReport::new(SqlState::SYNTAX_ERROR, format!("{}: {place}", row.filename)))
        })?;
    // The prelude calls into the runtime and never looks at a failure there, as where it is installed.
    let is_runtime = row.compiler_fingerprint == runtime::FINGERPRINT;
    let exports = if analysis.star_exports.is_empty() {
        json!(analysis.exports)
    } else {
        // The names behind `export *` stand in other modules: those that were worked out there are taken.
        json!(row.exports)
    };
    store.insert(&Draft {
        artifact_hash: &row.artifact_hash,
        source_hash: &row.source_hash,
        filename: &row.filename,
        source: &row.source_ts,
        js: &row.compiled_js,
        source_map: &stored.source_map,
        imports: json!(row.imports),
        exports,
        can_catch: !is_runtime && (analysis.can_catch || row.can_catch),
        options_json: &stored.options_json,
        fingerprint: &row.compiler_fingerprint,
        runtime_version: None,
        // What its exports are is for an evaluation here to say.
        description: None,
    })
}

/// JSON with sorted keys and no spaces, whatever order its maps keep.
fn canonical(json: &Json) -> String {
    match json {
        Json::Object(object) => {
            let sorted: BTreeMap<&String, &Json> = object.iter().collect();
            let members: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Json::String(key.clone()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn misshapen(message: impl Into<String>) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::INVALID_PARAMETER_VALUE, message))
}
