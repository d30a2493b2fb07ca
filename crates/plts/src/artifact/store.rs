//! Writing artifacts: as the owner of the table, since the ones who build may not write it themselves. A row that is
//! there already is left as it is: its hash says that it is the same.

use std::collections::BTreeMap;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::identity::{AssumedRole, LocalSettings};
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::Connection;
use plts_compile::graph::{Code, Findings, ModuleArtifact};
use plts_core::Value;
use plts_core::artifact::ArtifactHash;
use plts_js::ModuleSource;

use super::ABI;

/// A row of `plts.artifact` on its way in.
pub struct Draft<'a> {
    pub artifact_hash: &'a ArtifactHash,
    pub source_hash: &'a str,
    pub filename: &'a str,
    pub source: &'a str,
    pub js: &'a str,
    pub source_map: &'a str,
    pub imports: serde_json::Value,
    pub exports: serde_json::Value,
    /// What evaluating it found, if it was.
    pub description: Option<&'a str>,
    pub can_catch: bool,
    pub options_json: &'a str,
    pub fingerprint: &'a str,
    pub runtime_version: Option<&'a str>,
    /// What compiling it found: only of a source that was compiled here, or compiled again.
    pub findings: Option<serde_json::Value>,
}

impl<'a> Draft<'a> {
    /// A module of a graph as a row.
    pub fn of(module: &'a ModuleArtifact) -> Self {
        Self {
            artifact_hash: &module.artifact_hash,
            source_hash: &module.source_hash,
            filename: &module.path,
            source: &module.source,
            js: &module.js,
            source_map: &module.source_map,
            imports: imports_json(&module.imports),
            exports: serde_json::json!(module.exports),
            description: None,
            can_catch: module.can_catch,
            options_json: &module.options_json,
            fingerprint: module.fingerprint,
            runtime_version: None,
            findings: module.findings.as_ref().map(Findings::to_json),
        }
    }
}

/// Where the imports of a module lead, by specifier.
pub fn imports_json(imports: &BTreeMap<String, ArtifactHash>) -> serde_json::Value {
    serde_json::json!(imports)
}

/// A module of a graph as the engine takes it.
pub fn module_source(module: &ModuleArtifact) -> ModuleSource {
    ModuleSource {
        hash: module.artifact_hash.as_str().to_owned(),
        name: module.path.clone(),
        js: module.js.as_str().into(),
        source_map: (!module.source_map.is_empty()).then(|| module.source_map.as_str().into()),
        imports: module
            .imports
            .iter()
            .map(|(specifier, hash)| (specifier.clone(), hash.as_str().to_owned()))
            .collect(),
        can_catch: module.can_catch,
    }
}

/// An open door to the table. While it is open, the current user is the extension's owner.
pub struct Store {
    connection: Connection,
    _settings: LocalSettings,
    _role: AssumedRole,
}

/// How many rows one statement writes.
const ROWS_AT_ONCE: usize = 200;

impl Store {
    /// Opens the table as `owner`, who owns the extension's functions.
    pub fn open(owner: Oid) -> Result<Self> {
        let role = AssumedRole::assume(owner);
        let settings = LocalSettings::with_safe_search_path()?;
        Ok(Self { connection: Connection::open(false)?, _settings: settings, _role: role })
    }

    /// Keeps away whoever deletes artifacts, until the transaction ends: what is there stays.
    pub fn hold(&self) -> Result<()> {
        self.connection.run_commands("LOCK TABLE plts.artifact IN ROW EXCLUSIVE MODE")
    }

    /// The filename of the artifact of that hash, if it is there.
    pub fn filename(&self, hash: &ArtifactHash) -> Result<Option<String>> {
        let rows = self.connection.run(
            "SELECT filename FROM plts.artifact WHERE artifact_hash = $1",
            &[Value::Text(hash.as_str().into())],
        )?;
        rows.into_iter().next().map(|row| all_texts(row).map(|[filename]| filename)).transpose()
    }

    /// Writes rows, and gives the number of those that were not there yet.
    pub fn insert(&self, drafts: &[Draft<'_>]) -> Result<usize> {
        let mut written = 0;
        for drafts in drafts.chunks(ROWS_AT_ONCE) {
            let rows = self.connection.run(
                "INSERT INTO plts.artifact (artifact_hash, source_hash, abi, filename, compiled_js, source_map, imports, \
                 can_catch, exports, source_ts, compiler_opts, compiler_fingerprint, runtime_version, description, findings) \
                 SELECT d.artifact_hash, d.source_hash, $3, d.filename, d.js, d.source_map, d.imports, d.can_catch, \
                     d.exports, d.source, d.options, d.fingerprint, d.runtime_version, d.description, d.findings \
                 FROM ROWS FROM (unnest($1::text[]), unnest($2::text[]), unnest($4::text[]), unnest($5::text[]), \
                     unnest($6::text[]), unnest($7::jsonb[]), unnest($8::boolean[]), unnest($9::jsonb[]), \
                     unnest($10::text[]), unnest($11::jsonb[]), unnest($12::text[]), unnest($13::text[]), \
                     unnest($14::jsonb[]), unnest($15::jsonb[])) \
                 AS d (artifact_hash, source_hash, filename, js, source_map, imports, can_catch, exports, source, options, \
                     fingerprint, runtime_version, description, findings) \
                 ON CONFLICT (artifact_hash) DO NOTHING RETURNING true",
                &columns(drafts),
            )?;
            written += rows.len();
        }
        Ok(written)
    }

    /// What evaluating these artifacts found when they were stored, as JSON, for those of which it is known. An artifact's
    /// hash covers all that it is made of, so it would be found again.
    pub fn descriptions(&self, hashes: &[&str]) -> Result<BTreeMap<String, String>> {
        let rows = self.connection.run(
            "SELECT artifact_hash, description FROM plts.artifact \
             WHERE artifact_hash = ANY ($1::text[]) AND description IS NOT NULL",
            &[texts(hashes.iter().copied())],
        )?;
        let read = |row: Vec<Value<'static>>| match <[Value<'static>; 2]>::try_from(row) {
            Ok([Value::Text(hash), Value::Json(json)]) => Some((hash.into_owned(), json.into_owned())),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Those of these artifacts that this compiler made here: hash of the source, filename, hash, imports and findings of each.
    pub fn compiled_as<'a>(
        &self,
        hashes: impl ExactSizeIterator<Item = &'a str>,
        fingerprint: &str,
    ) -> Result<Vec<[String; 5]>> {
        if hashes.len() == 0 {
            return Ok(Vec::new());
        }
        let rows = self.connection.run(
            "SELECT source_hash, filename, artifact_hash, imports, findings FROM plts.artifact \
             WHERE artifact_hash = ANY ($1::text[]) AND compiler_opts = jsonb_build_object('filename', filename) \
                 AND compiler_fingerprint = $2 AND findings IS NOT NULL",
            &[texts(hashes), Value::Text(fingerprint.into())],
        )?;
        rows.into_iter().map(all_texts).collect()
    }

    /// As [`Self::compiled_as`], the latest versions of modules, given by path and source hash.
    pub fn compiled(&self, modules: &BTreeMap<&str, String>, fingerprint: &str) -> Result<Vec<[String; 5]>> {
        if modules.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.connection.run(
            "SELECT a.source_hash, a.filename, a.artifact_hash, a.imports, a.findings \
             FROM unnest($1::text[], $2::text[]) AS wanted (source_hash, filename) CROSS JOIN LATERAL ( \
                 SELECT c.* FROM plts.artifact AS c \
                 WHERE c.source_hash = wanted.source_hash AND c.filename = wanted.filename \
                     AND c.compiler_opts = jsonb_build_object('filename', c.filename) \
                     AND c.compiler_fingerprint = $3 AND c.findings IS NOT NULL \
                 ORDER BY c.created_at DESC, c.artifact_hash LIMIT $4) AS a",
            &[
                texts(modules.values().map(String::as_str)),
                texts(modules.keys().copied()),
                Value::Text(fingerprint.into()),
                Value::BigInt(MOST_VERSIONS),
            ],
        )?;
        rows.into_iter().map(all_texts).collect()
    }

    /// JavaScript and source map of artifacts, in the order given.
    ///
    /// Errors: XX000 when one is not there.
    pub fn code(&self, hashes: &[&ArtifactHash]) -> Result<Vec<Code>> {
        let rows = self.connection.run(
            "SELECT a.compiled_js, coalesce(a.source_map, '') FROM unnest($1::text[]) WITH ORDINALITY AS wanted (hash, place) \
             JOIN plts.artifact AS a ON a.artifact_hash = wanted.hash ORDER BY wanted.place",
            &[texts(hashes.iter().map(|hash| hash.as_str()))],
        )?;
        if rows.len() != hashes.len() {
            return Err(Box::new(ErrorReport::internal("an artifact went away while it was used")));
        }
        rows.into_iter().map(|row| all_texts(row).map(|[js, source_map]| Code { js, source_map })).collect()
    }
}

/// How many graphs of one module are looked at: beyond that it is hashed again, though not compiled.
const MOST_VERSIONS: i64 = 8;

/// The parameters of an insert: an array a column, and the abi.
fn columns<'a>(drafts: &'a [Draft<'a>]) -> [Value<'a>; 15] {
    let column = |of: &dyn Fn(&'a Draft<'a>) -> Value<'a>| Value::Array(drafts.iter().map(of).collect());
    let text = |text: &'a str| Value::Text(text.into());
    let json = |json: &serde_json::Value| Value::Json(json.to_string().into());
    [
        column(&|one| text(one.artifact_hash.as_str())),
        column(&|one| text(one.source_hash)),
        Value::Int(ABI),
        column(&|one| text(one.filename)),
        column(&|one| text(one.js)),
        column(&|one| if one.source_map.is_empty() { Value::Null } else { text(one.source_map) }),
        column(&|one| json(&one.imports)),
        column(&|one| Value::Bool(one.can_catch)),
        column(&|one| json(&one.exports)),
        column(&|one| text(one.source)),
        column(&|one| Value::Json(one.options_json.into())),
        column(&|one| text(one.fingerprint)),
        column(&|one| one.runtime_version.map_or(Value::Null, text)),
        column(&|one| one.description.map_or(Value::Null, |found| Value::Json(found.into()))),
        column(&|one| one.findings.as_ref().map_or(Value::Null, json)),
    ]
}

fn texts<'a>(all: impl Iterator<Item = &'a str>) -> Value<'a> {
    Value::Array(all.map(|text| Value::Text(text.into())).collect())
}

/// A row of texts, of which some may be JSON.
fn all_texts<const N: usize>(row: Vec<Value<'static>>) -> Result<[String; N]> {
    let unreadable = || Box::new(ErrorReport::internal("plts.artifact cannot be read"));
    let texts = row.into_iter().map(|value| match value {
        Value::Text(text) | Value::Json(text) => Ok(text.into_owned()),
        _ => Err(unreadable()),
    });
    texts.collect::<Result<Vec<_>>>()?.try_into().map_err(|_| unreadable())
}
