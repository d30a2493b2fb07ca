//! `plts.check_artifacts` and `plts.import_artifacts`: whether artifacts are what their hashes say, in the table and on their
//! way into it.

use std::collections::{BTreeMap, BTreeSet};

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Datum;
use pg_boundary::spi::Connection;
use plts_compile::{Options, graph};
use plts_core::artifact::{ArtifactHash, StoredArtifact, content_hashes, source_hash};
use plts_core::{SqlState, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::artifact::{ABI, Draft, Store};
use crate::function::reported;
use crate::runtime::{self, RuntimeBuild};

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

/// `plts.import_artifacts(artifacts jsonb, options jsonb) → jsonb`: stores artifacts of another database under their own
/// hashes. What claims to be compiled by this compiler is compiled again and must come out the same; what that cannot be said
/// of (another compiler, JavaScript of elsewhere, an unknown runtime) is stored only with the option `unverified`, and never
/// passes for compiled code in a later build. What follows from the code is worked out anew, not believed.
///
/// Errors: 22023 for another shape, contents that give another hash, or code that its source does not give; 0A000 for one made
/// for a later library; 42601 for JavaScript that does not parse; 55000 when something that one of them imports is neither
/// among them nor here, or for one that cannot be verified.
pub fn import_artifacts(call: &Call) -> Result<Datum> {
    let rows: Vec<Row> = serde_json::from_value(call.json(0, "artifacts")?)
        .map_err(|error| misshapen(format!("the artifacts cannot be read: {error}")))?;
    let accepts_unverified = accepts_unverified(call.optional_json(1)?)?;
    let stored: Vec<StoredArtifact> = rows.iter().map(Row::stored).collect();
    let computed = content_hashes(&stored, runtime::SPECIFIER).map_err(reported)?;
    for (row, computed) in rows.iter().zip(&computed) {
        check(row, computed)?;
    }
    let mut filenames: BTreeMap<&ArtifactHash, String> =
        rows.iter().map(|row| (&row.artifact_hash, row.filename.clone())).collect();
    let store = Store::open(FunctionRow::lookup(call.function())?.owner)?;
    store.hold()?;
    for hash in rows.iter().flat_map(|row| row.imports.values()) {
        if filenames.contains_key(hash) {
            continue;
        }
        let Some(filename) = store.filename(hash)? else {
            return Err(Box::new(ErrorReport::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("artifact {hash} is imported, but it is neither here nor among the artifacts"),
            )));
        };
        filenames.insert(hash, filename);
    }
    let runtimes: BTreeSet<ArtifactHash> = RuntimeBuild::all().iter().map(RuntimeBuild::hash).collect();
    let mut findings = Vec::with_capacity(rows.len());
    let mut unverified = 0;
    for (row, stored) in rows.iter().zip(&stored) {
        match verify(row, stored, &filenames, &runtimes)? {
            Verdict::Compiled(found) => findings.push(found),
            Verdict::Runtime => findings.push(None),
            Verdict::Unknown if accepts_unverified => {
                unverified += 1;
                findings.push(None);
            }
            Verdict::Unknown => return Err(unverifiable(row)),
        }
    }
    let drafts = rows
        .iter()
        .zip(&stored)
        .zip(findings)
        .map(|((row, stored), findings)| draft(row, stored, findings))
        .collect::<Result<Vec<_>>>()?;
    let written = store.insert(&drafts)?;
    drop(store);
    call.return_json(&json!({ "artifacts": rows.len(), "stored": written, "unverified": unverified }))
}

/// Errors: 0A000 for an abi of later; 22023 when the contents do not have the hash.
fn check(row: &Row, computed: &ArtifactHash) -> Result<()> {
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
    Ok(())
}

/// What can be said of where an artifact's code comes from.
enum Verdict {
    /// It is what this compiler makes of its source, and this is what it found.
    Compiled(Option<Json>),
    /// It is a build of the runtime that this library holds.
    Runtime,
    /// Nothing: somebody else made it.
    Unknown,
}

/// Errors: 22023 for an artifact that claims to be compiled from its source by this compiler, and is not.
fn verify(
    row: &Row,
    stored: &StoredArtifact,
    filenames: &BTreeMap<&ArtifactHash, String>,
    runtimes: &BTreeSet<ArtifactHash>,
) -> Result<Verdict> {
    if runtimes.contains(&row.artifact_hash) {
        return Ok(Verdict::Runtime);
    }
    if row.compiler_fingerprint != plts_compile::fingerprint() {
        return Ok(Verdict::Unknown);
    }
    let refused = |detail: String| {
        Box::new(
            ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("artifact {} is not what its source compiles to", row.artifact_hash),
            )
            .with_detail(detail),
        )
    };
    let options = Options::from_json(&row.compiler_opts).map_err(reported)?;
    let again = graph::recompile(&options, &row.source_ts).map_err(|diagnostics| {
        refused(diagnostics.first().map(|one| format!("{one}.")).unwrap_or_default())
    })?;
    if again.code.js != row.compiled_js || again.code.source_map != stored.source_map {
        return Err(refused(format!("The code of module \"{}\" was changed.", row.filename)));
    }
    for (specifier, hash) in &row.imports {
        let leads_there = if specifier == runtime::SPECIFIER {
            runtimes.contains(hash)
        } else if graph::is_relative(specifier) {
            filenames.get(hash).is_some_and(|filename| graph::may_lead(&row.filename, specifier, filename))
        } else {
            // The import map that said where it leads is gone.
            true
        };
        if !leads_there || !again.specifiers.contains(specifier) {
            return Err(refused(format!(
                "Import \"{specifier}\" of module \"{}\" leads somewhere else.",
                row.filename
            )));
        }
    }
    Ok(Verdict::Compiled(again.findings.map(|found| found.to_json())))
}

fn unverifiable(row: &Row) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("artifact {} cannot be verified", row.artifact_hash),
        )
        .with_detail(format!(
            "Module \"{}\" was made by \"{}\", so nothing here says that its code is what its source compiles to.",
            row.filename, row.compiler_fingerprint
        ))
        .with_hint("Deploy its sources, or import it as it is with the option unverified."),
    )
}

/// Errors: 22023.
fn accepts_unverified(options: Option<Json>) -> Result<bool> {
    let options = match options {
        None => return Ok(false),
        Some(Json::Object(options)) => options,
        Some(_) => return Err(misshapen("options must be a JSON object")),
    };
    if let Some(key) = options.keys().find(|key| *key != "unverified") {
        return Err(misshapen(format!("unknown option \"{key}\"")));
    }
    match options.get("unverified") {
        None => Ok(false),
        Some(Json::Bool(accepts)) => Ok(*accepts),
        Some(_) => Err(misshapen("option \"unverified\" must be true or false")),
    }
}

fn draft<'a>(row: &'a Row, stored: &'a StoredArtifact, findings: Option<Json>) -> Result<Draft<'a>> {
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
    Ok(Draft {
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
        findings,
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
