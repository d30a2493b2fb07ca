//! The code cache: what V8 made of a module, kept in `plts.code_cache` for the backends to come.
//!
//! Only the owner of the table writes it, through `plts.warm`; an entry is found by the module's hash and the version
//! of V8 with its flags, so that no other code can be taken for it.

use pg_boundary::error::Result;
use pg_boundary::identity::{AssumedRole, LocalSettings};
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::Connection;
use pg_boundary::{heap, session};
use plts_core::Value;

use crate::engine;

/// The code of an artifact for this V8, if it was kept.
pub fn load(hash: &str) -> Result<Option<Vec<u8>>> {
    let Some(engine) = engine::running_engine() else { return Ok(None) };
    // Installed by an earlier version of the extension, which had no such table.
    let Some(table) = session::relation("plts", "code_cache")? else { return Ok(None) };
    let code = heap::fetch(table, &entry(hash, &engine.code_version()), |row| match row {
        [_entry, Value::Bytes(code)] => Some(code.into_owned()),
        _ => None,
    })?;
    Ok(code.flatten())
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

    /// Keeps the code of an artifact; false when another session has done so by now, or the artifact is gone.
    pub fn insert(&self, hash: &str, code: Vec<u8>) -> Result<bool> {
        let rows = self.connection.run(
            "INSERT INTO plts.code_cache (entry, code, artifact_hash, code_version) \
             SELECT $1, $2, a.artifact_hash, $4 FROM plts.artifact AS a WHERE a.artifact_hash = $3 FOR KEY SHARE \
             ON CONFLICT (entry) DO NOTHING RETURNING true",
            &[
                Value::Text(entry(hash, &self.version).into()),
                Value::Bytes(code.into()),
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
