//! Reading `plts.artifact`, which `stopgap_owner` may.

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::Value;
use serde_json::Value as Json;
use stopgap_core::ArtifactHash;

use super::row::{Row, texts};

/// The hashes `$1` and all that they import, as a query to be put before another.
const REACHED: &str = "WITH RECURSIVE reached (hash) AS (\
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
    let roots = texts(roots.into_iter().map(ArtifactHash::as_str));
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

/// Artifacts and all that they import, the runtime included, as `plts.get_artifact` gives them.
pub fn rows(spi: &Connection, roots: &[String]) -> Result<Vec<Json>> {
    let roots = texts(roots.iter().map(String::as_str));
    spi.run(
        &format!(
            "{REACHED} SELECT plts.get_artifact(reached.hash) - 'created_at' - 'runtime_version' FROM reached ORDER BY reached.hash"
        ),
        &[roots],
    )?
    .into_iter()
    .map(|row| Row::new(row).json())
    .collect()
}

/// Deletes artifacts that no version and no function runs any more, and that are older than so many seconds; gives their
/// number and how many bytes of code and source they had. Whoever stores artifacts at the same time is kept away.
///
/// Errors: 55P03 when somebody is storing artifacts.
pub fn delete_unused(spi: &Connection, min_age: i64) -> Result<(i64, i64)> {
    spi.run_commands("LOCK TABLE plts.artifact IN SHARE ROW EXCLUSIVE MODE NOWAIT")?;
    let rows = spi.run(
        "WITH RECURSIVE used (hash) AS (\
             SELECT root.hash COLLATE \"C\" FROM (\
                 SELECT artifact_hash FROM stopgap.fn_version \
                 UNION ALL \
                 SELECT found.pointer[1] FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang \
                 CROSS JOIN LATERAL regexp_matches(p.prosrc, 'sha256:[0-9a-f]{64}', 'g') AS found (pointer) \
                 WHERE l.lanname = 'plts') AS root (hash) \
             UNION SELECT edge.value COLLATE \"C\" FROM used \
             JOIN plts.artifact AS a ON a.artifact_hash = used.hash CROSS JOIN LATERAL jsonb_each_text(a.imports) AS edge \
         ), deleted AS (\
             DELETE FROM plts.artifact AS a WHERE a.runtime_version IS NULL \
                AND a.created_at <= clock_timestamp() - $1::bigint::float8 * interval '1 second' \
                AND a.artifact_hash NOT IN (SELECT hash FROM used) \
             RETURNING octet_length(a.source_ts) + octet_length(a.compiled_js) + coalesce(octet_length(a.source_map), 0) AS bytes \
         ) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM deleted",
        &[Value::BigInt(min_age)],
    )?;
    let mut row = Row::new(rows.into_iter().next().unwrap_or_default());
    Ok((row.bigint()?, row.bigint()?))
}
