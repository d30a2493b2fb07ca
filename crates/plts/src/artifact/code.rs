//! The code cache: modules with what V8 made of them, kept in `plts.code_cache` for the backends to come.
//!
//! Only the owner of the table writes it, through `plts.warm`; an entry is found by the module's hash and the version
//! of V8 with its flags, so that no other code can be taken for it. An entry has all that a call needs of the artifact.

use pg_boundary::error::Result;
use pg_boundary::identity::{AssumedRole, LocalSettings};
use pg_boundary::pg_sys::{self, Oid};
use pg_boundary::spi::Connection;
use pg_boundary::{ErrorReport, heap, session};
use plts_core::Value;
use plts_js::{Engine, KeptModule, ModuleSource};

use super::ABI;
use crate::engine;

/// Puts what is kept of an artifact for this V8 into `kept`, as [`KeptModule::unseal`] takes it. Nothing if there is nothing.
pub fn load(hash: &str, kept: &mut Vec<u8>) -> Result<()> {
    let Some(engine) = engine::running_engine() else { return Ok(()) };
    // Installed by an earlier version of the extension, which had no such table.
    let Some(table) = session::relation("plts", "code_cache")? else { return Ok(()) };
    heap::fetch_parts(table, &entry(hash, &version(engine)), kept)
}

/// What an entry is good for: this V8, modules of this contract, entries of this form.
pub fn version(engine: &Engine) -> String {
    format!("{ABI}.{FORM}-{}", engine.code_version())
}

/// Another one whenever [`KeptModule`] changes.
const FORM: u32 = 2;

/// How many bytes a part has, so that a row with one fills a page and none lies out of line: reading a large value by pieces of
/// two kilobytes, from one more table with one more index, takes three times as long.
const PART_BYTES: usize = pg_sys::BLCKSZ as usize - 512;

fn not_stored() -> Box<ErrorReport> {
    Box::new(ErrorReport::internal("a module that is not an artifact was to be kept"))
}

/// The key of an entry.
fn entry(hash: &str, version: &str) -> String {
    format!("{hash}@{version}")
}

/// An open door to the cache for writing. While it is open, the current user is the extension's owner.
pub struct CodeStore {
    connection: Connection,
    version: String,
    _settings: LocalSettings,
    _role: AssumedRole,
}

impl CodeStore {
    /// Opens the cache as `owner`, who owns the extension's functions, for code of that version of V8.
    pub fn open(owner: Oid, version: String) -> Result<Self> {
        let role = AssumedRole::assume(owner);
        let settings = LocalSettings::with_safe_search_path()?;
        Ok(Self { connection: Connection::open(false)?, version, _settings: settings, _role: role })
    }

    /// The artifacts that have no code of this version: all of them, or those of one graph.
    pub fn missing(&self, graph_of: Option<&str>) -> Result<Vec<String>> {
        const OF_A_GRAPH: &str = "WITH RECURSIVE graph(hash) AS ( \
                SELECT $2::text COLLATE \"C\" \
                UNION \
                SELECT import.value COLLATE \"C\" FROM graph \
                JOIN plts.artifact AS a ON a.artifact_hash = graph.hash, jsonb_each_text(a.imports) AS import) \
            SELECT hash FROM graph \
            WHERE NOT EXISTS (SELECT FROM plts.code_cache AS c WHERE c.entry = hash || '@' || $1) ORDER BY hash";
        const OF_ALL: &str = "SELECT a.artifact_hash FROM plts.artifact AS a \
            WHERE NOT EXISTS (SELECT FROM plts.code_cache AS c WHERE c.entry = a.artifact_hash || '@' || $1) ORDER BY 1";
        let version = Value::Text(self.version.as_str().into());
        let rows = match graph_of {
            Some(hash) => self.connection.run(OF_A_GRAPH, &[version, Value::Text(hash.into())])?,
            None => self.connection.run(OF_ALL, &[version])?,
        };
        Ok(rows
            .into_iter()
            .filter_map(|row| match row.into_iter().next() {
                Some(Value::Text(hash)) => Some(hash.into_owned()),
                _ => None,
            })
            .collect())
    }

    /// Keeps an artifact with its code; false when another session has done so by now, or the artifact is gone.
    ///
    /// Errors: XX000 for a module that is not from the table.
    pub fn insert(&self, module: &ModuleSource, code: &[u8]) -> Result<bool> {
        let hash = module.hash.as_str();
        let source_map =
            module.source_map.as_ref().map(|map| map.packed().ok_or_else(not_stored)).transpose()?;
        let kept = KeptModule {
            name: &module.name,
            js: &module.js,
            source_map,
            imports: module.imports.iter().map(|(one, other)| (one.as_str(), other.as_str())).collect(),
            can_catch: module.can_catch,
            code,
        };
        // A field of PostgreSQL has less than four gigabytes.
        let kept = kept.seal().ok_or_else(not_stored)?;
        // One session at a time: parts of two would not fit together.
        self.connection.run(
            "SELECT FROM plts.artifact WHERE artifact_hash = $1 FOR NO KEY UPDATE",
            &[Value::Text(hash.into())],
        )?;
        let rows = self.connection.run(
            "INSERT INTO plts.code_cache (entry, part, code, artifact_hash, code_version) \
             SELECT $1, p.part, p.code, a.artifact_hash, $4 \
             FROM plts.artifact AS a, unnest($2::bytea[]) WITH ORDINALITY AS p (code, part) \
             WHERE a.artifact_hash = $3 AND NOT EXISTS (SELECT FROM plts.code_cache AS c WHERE c.entry = $1) \
             ON CONFLICT (entry, part) DO NOTHING RETURNING true",
            &[
                Value::Text(entry(hash, &self.version).into()),
                Value::Array(kept.chunks(PART_BYTES).map(|part| Value::Bytes(part.into())).collect()),
                Value::Text(hash.into()),
                Value::Text(self.version.as_str().into()),
            ],
        )?;
        Ok(!rows.is_empty())
    }

    /// Removes the code that other versions of V8, or other flags, have made.
    pub fn remove_others(&self) -> Result<()> {
        self.connection
            .run(
                "DELETE FROM plts.code_cache WHERE code_version <> $1",
                &[Value::Text(self.version.as_str().into())],
            )
            .map(drop)
    }
}
