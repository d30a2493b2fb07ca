//! A deployment in one file: what it is made of, the artifacts it runs, and the hash of all that.
//!
//! The file is canonical JSON (format 1): `archive`, the content; `sha256`, of the content's canonical text; and, if
//! somebody signed it, `signature`. The hash guards against damage, a signature against exchange. Each artifact has its own
//! hash beside, which the receiving database works out anew.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::error::ArchiveError;
use crate::manifest::Manifest;
use crate::names::EnvName;
use crate::script::checksum;

const FORMAT: u64 = 1;
/// What a signature is made over comes after this, so that it means nothing elsewhere.
const SIGNED_PREFIX: &str = "stopgap-archive-1:";

/// The content of a file, checked against its hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Where it comes from.
    pub env: EnvName,
    pub deployment_id: i64,
    /// What it was made from and with. Its functions are the ids they had there.
    pub manifest: Manifest,
    /// The functions, as rows of `fn_version` without id, environment and time.
    pub functions: Vec<Value>,
    /// The artifacts, as `plts.get_artifact` gives them.
    pub artifacts: Vec<Value>,
    /// Files that create functions, by the checksums that the manifest has of them.
    pub sql_files: BTreeMap<String, String>,
}

impl Archive {
    /// The whole file.
    pub fn to_file(&self) -> Value {
        let content = json!({
            "format": FORMAT,
            "env": self.env,
            "deployment_id": self.deployment_id,
            "manifest": self.manifest.to_json(),
            "functions": self.functions,
            "artifacts": self.artifacts,
            "sql_files": self.sql_files,
        });
        json!({ "sha256": canonical::sha256(&content), "archive": content })
    }

    /// Reads a file. A signature is not looked at: who may sign is not for the file to say.
    ///
    /// Errors: 22023 when it is none or its hash is not that of its content; 0A000 for a later format.
    pub fn from_file(file: Value) -> Result<Self, ArchiveError> {
        check(&file)?;
        let shape = |reason: &str| ArchiveError::Shape { reason: reason.to_owned() };
        let Value::Object(mut content) = file["archive"].clone() else {
            return Err(shape("it has no content"));
        };
        let env = content
            .get("env")
            .and_then(Value::as_str)
            .ok_or_else(|| shape("\"env\" must be a string"))
            .and_then(|env| EnvName::parse(env).map_err(ArchiveError::Name))?;
        let deployment_id = content
            .get("deployment_id")
            .and_then(Value::as_i64)
            .ok_or_else(|| shape("\"deployment_id\" must be a whole number"))?;
        let manifest = content.remove("manifest").ok_or_else(|| shape("it has no manifest"))?;
        let manifest = Manifest::parse(&manifest.to_string())
            .map_err(|error| ArchiveError::Shape { reason: error.to_string() })?;
        let sql_files: BTreeMap<String, String> = content
            .remove("sql_files")
            .and_then(|files| serde_json::from_value(files).ok())
            .ok_or_else(|| shape("\"sql_files\" must be an object of strings"))?;
        if sql_files.iter().any(|(sum, source)| checksum(source) != *sum) {
            return Err(shape("an SQL file is not what its checksum says"));
        }
        if manifest.sql_functions.values().any(|sum| !sql_files.contains_key(sum)) {
            return Err(shape("an SQL file is missing"));
        }
        Ok(Self {
            env,
            deployment_id,
            manifest,
            sql_files,
            functions: objects(&mut content, "functions")?,
            artifacts: objects(&mut content, "artifacts")?,
        })
    }
}

/// The hash that a file has, which is that of its content, and its format is known.
///
/// Errors: as [`Archive::from_file`].
pub fn check(file: &Value) -> Result<&str, ArchiveError> {
    let shape = |reason: &str| ArchiveError::Shape { reason: reason.to_owned() };
    let members = file.as_object().ok_or_else(|| shape("it is no JSON object"))?;
    if let Some(key) = members.keys().find(|key| !["archive", "sha256", "signature"].contains(&key.as_str()))
    {
        return Err(ArchiveError::Shape { reason: format!("it has an unknown key \"{key}\"") });
    }
    let content = members.get("archive").ok_or_else(|| shape("it has no content"))?;
    match content.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(found) => return Err(ArchiveError::Format { found }),
        None => return Err(shape("it has no format")),
    }
    let claimed = members.get("sha256").and_then(Value::as_str).ok_or_else(|| shape("it has no sha256"))?;
    let found = canonical::sha256(content);
    if claimed == found {
        Ok(claimed)
    } else {
        Err(ArchiveError::Hash { claimed: claimed.to_owned(), found })
    }
}

/// The bytes that a signature of a file with that hash is made over.
pub fn signed_bytes(sha256: &str) -> Vec<u8> {
    [SIGNED_PREFIX, sha256].concat().into_bytes()
}

fn objects(content: &mut Map<String, Value>, key: &str) -> Result<Vec<Value>, ArchiveError> {
    match content.remove(key) {
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => Ok(items),
        _ => Err(ArchiveError::Shape { reason: format!("\"{key}\" must be an array of objects") }),
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;

    use super::*;
    use crate::manifest::DeploymentSource;
    use crate::plan::Release;

    fn archive() -> Archive {
        let release =
            Release { fingerprint: "c".to_owned(), runtime_hash: None, sources: Default::default() };
        Archive {
            env: EnvName::parse("prod").unwrap(),
            deployment_id: 7,
            manifest: Manifest::new(
                DeploymentSource::Schema { name: "app".to_owned() },
                Some("v1".to_owned()),
                release,
                [1, 2],
            ),
            functions: vec![json!({"path": "api.a.b"})],
            artifacts: vec![json!({"artifact_hash": "sha256:x"})],
            sql_files: BTreeMap::from([(checksum("SELECT 1"), "SELECT 1".to_owned())]),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let file = archive().to_file();
        assert_eq!(Archive::from_file(file.clone()).unwrap(), archive());
        // The order of keys and the spaces do not matter.
        let again: Value = serde_json::from_str(&serde_json::to_string_pretty(&file).unwrap()).unwrap();
        assert_eq!(Archive::from_file(again).unwrap(), archive());
    }

    #[test]
    fn refuses_what_is_not_what_was_written() {
        let mut damaged = archive().to_file();
        damaged["archive"]["functions"][0]["path"] = json!("api.a.c");
        assert!(matches!(Archive::from_file(damaged), Err(ArchiveError::Hash { .. })));
        let mut later = archive().to_file();
        later["archive"]["format"] = json!(2);
        assert_eq!(Archive::from_file(later).unwrap_err().sqlstate().as_str(), "0A000");
        let mut more = archive().to_file();
        more["more"] = json!(1);
        for file in [json!([]), json!({}), json!({"archive": {"format": 1}}), more] {
            assert_eq!(Archive::from_file(file.clone()).unwrap_err().sqlstate().as_str(), "22023", "{file}");
        }
    }
}
