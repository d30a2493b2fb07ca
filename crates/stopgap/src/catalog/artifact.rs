//! Reading `plts.artifact`, which `stopgap_owner` may.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use stopgap_core::ArtifactHash;

use super::row::{Row, text};

/// The hashes `$1` and all that they import, as a query to be put before another.
pub const REACHED: &str = "WITH RECURSIVE reached (hash) AS (\
     SELECT (root COLLATE \"C\")::text COLLATE \"C\" FROM unnest($1::text[]) AS root \
     UNION SELECT edge.value COLLATE \"C\" FROM reached \
     JOIN plts.artifact AS a ON a.artifact_hash = reached.hash CROSS JOIN LATERAL jsonb_each_text(a.imports) AS edge)";

/// A module's name and source.
pub struct ModuleSource {
    pub filename: String,
    pub source_hash: String,
    pub source: String,
}

/// The modules that artifacts are made of, without the runtime, in the order of their names.
pub fn sources<'a>(
    spi: &Connection,
    roots: impl IntoIterator<Item = &'a ArtifactHash>,
) -> Result<Vec<ModuleSource>> {
    let roots = Value::Array(roots.into_iter().map(|hash| text(hash.as_str())).collect());
    spi.run(
        &format!(
            "{REACHED} SELECT a.filename, a.source_hash, a.source_ts FROM reached \
             JOIN plts.artifact AS a ON a.artifact_hash = reached.hash \
             WHERE a.compiler_fingerprint <> 'runtime' ORDER BY a.filename COLLATE \"C\", a.artifact_hash"
        ),
        &[roots],
    )?
    .into_iter()
    .map(|row| {
        let mut row = Row::new(row);
        Ok(ModuleSource { filename: row.text()?, source_hash: row.text()?, source: row.text()? })
    })
    .collect()
}
