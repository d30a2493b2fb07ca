//! Writing artifacts: as the owner of the table, since the ones who build may not write it themselves. A row that is
//! there already is left as it is: its hash says that it is the same.

use std::collections::BTreeMap;

use pg_boundary::error::Result;
use pg_boundary::identity::{AssumedRole, LocalSettings};
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::{Connection, Plan, Purpose};
use plts_compile::graph::ModuleArtifact;
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
    pub description: Option<&'a serde_json::Value>,
    pub can_catch: bool,
    pub options_json: &'a str,
    pub fingerprint: &'a str,
    pub runtime_version: Option<&'a str>,
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
            imports: imports_json(module),
            exports: serde_json::json!(module.exports),
            description: None,
            can_catch: module.can_catch,
            options_json: &module.options_json,
            fingerprint: module.fingerprint,
            runtime_version: None,
        }
    }
}

/// Where the imports of a module lead, by specifier.
pub fn imports_json(module: &ModuleArtifact) -> serde_json::Value {
    module
        .imports
        .iter()
        .map(|(specifier, hash)| (specifier.clone(), serde_json::Value::String(hash.as_str().to_owned())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A module of a graph as the engine takes it.
pub fn module_source(module: &ModuleArtifact) -> ModuleSource {
    ModuleSource {
        hash: module.artifact_hash.as_str().to_owned(),
        name: module.path.clone(),
        js: module.js.clone(),
        source_map: (!module.source_map.is_empty()).then(|| module.source_map.clone()),
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
    insert: Plan,
    connection: Connection,
    _settings: LocalSettings,
    _role: AssumedRole,
}

impl Store {
    /// Opens the table as `owner`, who owns the extension's functions.
    pub fn open(owner: Oid) -> Result<Self> {
        let role = AssumedRole::assume(owner);
        let settings = LocalSettings::with_safe_search_path()?;
        let connection = Connection::open(false)?;
        let insert = Plan::prepare(
            "INSERT INTO plts.artifact (artifact_hash, source_hash, abi, filename, compiled_js, source_map, imports, \
             can_catch, exports, source_ts, compiler_opts, compiler_fingerprint, runtime_version, description) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (artifact_hash) DO NOTHING \
             RETURNING true",
            Purpose::Statement,
        )?;
        Ok(Self { insert, connection, _settings: settings, _role: role })
    }

    /// Whether there is a row of that hash.
    pub fn has(&self, hash: &ArtifactHash) -> Result<bool> {
        let rows = self.connection.run(
            "SELECT true FROM plts.artifact WHERE artifact_hash = $1",
            &[Value::Text(hash.as_str().into())],
        )?;
        Ok(!rows.is_empty())
    }

    /// Writes a row; false when it is there already.
    pub fn insert(&self, draft: &Draft<'_>) -> Result<bool> {
        let optional_text =
            |text: Option<&'_ str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned().into()));
        let rows = self.connection.run_plan(
            &self.insert,
            &[
                Value::Text(draft.artifact_hash.as_str().into()),
                Value::Text(draft.source_hash.into()),
                Value::Int(ABI),
                Value::Text(draft.filename.into()),
                Value::Text(draft.js.into()),
                optional_text(Some(draft.source_map).filter(|map| !map.is_empty())),
                Value::Json(draft.imports.to_string().into()),
                Value::Bool(draft.can_catch),
                Value::Json(draft.exports.to_string().into()),
                Value::Text(draft.source.into()),
                Value::Json(draft.options_json.into()),
                Value::Text(draft.fingerprint.into()),
                optional_text(draft.runtime_version),
                draft.description.map_or(Value::Null, |found| Value::Json(found.to_string().into())),
            ],
        )?;
        Ok(!rows.is_empty())
    }

    /// What evaluating these artifacts found when they were stored, for those of which it is known. An artifact's hash
    /// covers all that it is made of, so it would be found again.
    pub fn descriptions(&self, hashes: &[&str]) -> Result<BTreeMap<String, serde_json::Value>> {
        let wanted = Value::Array(hashes.iter().map(|hash| Value::Text((*hash).into())).collect());
        let rows = self.connection.run(
            "SELECT artifact_hash, description FROM plts.artifact \
             WHERE artifact_hash = ANY ($1::text[]) AND description IS NOT NULL",
            &[wanted],
        )?;
        let read = |row: Vec<Value<'static>>| match row.as_slice() {
            [Value::Text(hash), Value::Json(json)] => {
                Some((hash.to_string(), serde_json::from_str(json).ok()?))
            }
            _ => None,
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}
