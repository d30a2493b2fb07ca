//! The manifest stored with a deployment: one JSON document (format 1) that says what it is made of.
//!
//! Functions are listed by the ids of their immutable `fn_version` rows, which deployments share; so a deployment
//! costs one row plus what changed.

use std::collections::{BTreeMap, BTreeSet};

use plts_core::artifact::ArtifactHash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::BundleSource;
use crate::error::ManifestError;
use crate::names::{EnvName, ModulePath};
use crate::plan::Release;
use crate::retirement::Moment;
use crate::script::ScriptName;
use crate::source_hash::SourceHash;

const FORMAT: u64 = 1;

/// What a deployment was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum DeploymentSource {
    /// `stopgap.deploy_bundle`, with what the bundle says of itself.
    Bundle {
        #[serde(default)]
        origin: BundleSource,
    },
    /// `stopgap.deploy`, from the functions of a schema.
    Schema { name: String },
    /// `stopgap.promote`, from what was active in another environment.
    Promotion { env: EnvName, deployment_id: i64, of: Box<DeploymentSource> },
    /// `stopgap.import`, from a deployment of another database.
    Archive { env: EnvName, deployment_id: i64, of: Box<DeploymentSource> },
    /// `stopgap.prune`, from the deployment that was active, without functions that it had retired.
    Pruning { deployment_id: i64, of: Box<DeploymentSource> },
}

impl DeploymentSource {
    /// The source as a deployment object shows it: `bundle`, or `schema <name>`.
    pub fn describe(&self) -> String {
        match self {
            Self::Bundle { .. } => "bundle".to_owned(),
            Self::Schema { name } => format!("schema {name}"),
            Self::Promotion { env, deployment_id, .. } => format!("deployment {deployment_id} of {env}"),
            Self::Archive { env, deployment_id, .. } => {
                format!("archive of deployment {deployment_id} of {env}")
            }
            Self::Pruning { deployment_id, .. } => format!("pruned deployment {deployment_id}"),
        }
    }

    /// The source of what a pruning makes of the deployment `id`, whose source this is.
    pub fn pruned(&self, id: i64) -> Self {
        let of = match self {
            Self::Pruning { of, .. } => of.clone(),
            other => Box::new(other.clone()),
        };
        Self::Pruning { deployment_id: id, of }
    }

    /// Whether its functions were those of a schema, however far back: then a default export needs no kind of its own.
    pub fn is_of_schema(&self) -> bool {
        match self {
            Self::Bundle { .. } => false,
            Self::Schema { .. } => true,
            Self::Promotion { of, .. } | Self::Archive { of, .. } | Self::Pruning { of, .. } => {
                of.is_of_schema()
            }
        }
    }

    /// The commit that its sources come from, however far back.
    pub fn git_commit(&self) -> Option<&str> {
        match self {
            Self::Bundle { origin } => origin.git_commit.as_deref(),
            Self::Schema { .. } => None,
            Self::Promotion { of, .. } | Self::Archive { of, .. } | Self::Pruning { of, .. } => {
                of.git_commit()
            }
        }
    }
}

/// What a deployment is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u64,
    pub source: DeploymentSource,
    pub label: Option<String>,
    /// The compiler that built it.
    pub fingerprint: String,
    /// The runtime it was built against, if any.
    pub runtime_hash: Option<ArtifactHash>,
    /// Source hash of every module, by path; for a schema, of every function.
    pub sources: BTreeMap<ModulePath, SourceHash>,
    /// Ids of its `fn_version` rows.
    pub functions: BTreeSet<i64>,
    /// Those of its functions that its release left out, with the time until which they stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retired: BTreeMap<i64, Moment>,
    /// Its SQL files that create functions, with their checksums.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sql_functions: BTreeMap<ScriptName, String>,
}

impl Manifest {
    /// A manifest of the current format.
    pub fn new(
        source: DeploymentSource,
        label: Option<String>,
        release: Release,
        functions: impl IntoIterator<Item = i64>,
    ) -> Self {
        Self {
            format: FORMAT,
            source,
            label,
            fingerprint: release.fingerprint,
            runtime_hash: release.runtime_hash,
            sources: release.sources,
            functions: functions.into_iter().collect(),
            retired: BTreeMap::new(),
            sql_functions: BTreeMap::new(),
        }
    }

    /// The manifest with these of its functions retired.
    #[must_use]
    pub fn with_retired(mut self, retired: BTreeMap<i64, Moment>) -> Self {
        self.retired = retired;
        self
    }

    /// The manifest without functions that are retired: what its release has.
    #[must_use]
    pub fn without_retired(mut self) -> Self {
        let retired = std::mem::take(&mut self.retired);
        self.functions.retain(|id| !retired.contains_key(id));
        self
    }

    /// The ids of its functions that are not retired, as runs of consecutive ones: the first and the last of each. What was
    /// deployed together is side by side.
    pub fn released_runs(&self) -> Vec<(i64, i64)> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for id in self.functions.iter().filter(|id| !self.retired.contains_key(id)) {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*id) => *last = *id,
                _ => runs.push((*id, *id)),
            }
        }
        runs
    }

    /// Its functions, each with the time until which it stays if it is retired.
    pub fn listed(&self) -> BTreeMap<i64, Option<&Moment>> {
        self.functions.iter().map(|id| (*id, self.retired.get(id))).collect()
    }

    /// The manifest with these SQL files.
    #[must_use]
    pub fn with_sql_functions(mut self, files: BTreeMap<ScriptName, String>) -> Self {
        self.sql_functions = files;
        self
    }

    /// Reads a stored manifest: 0A000 for a format this version does not know, XX000 for anything else that is wrong.
    pub fn parse(manifest: &str) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Version {
            format: Option<u64>,
        }
        let wrong = |error: serde_json::Error| ManifestError::Shape { reason: error.to_string() };
        match serde_json::from_str::<Version>(manifest).map_err(wrong)?.format {
            Some(FORMAT) => serde_json::from_str(manifest).map_err(wrong),
            Some(found) => Err(ManifestError::Format { found }),
            None => Err(ManifestError::Shape { reason: "it has no format".to_owned() }),
        }
    }

    /// The manifest as it is stored.
    pub fn to_json(&self) -> Value {
        serde_json::json!(self)
    }

    /// The part of it a plan compares.
    pub fn release(&self) -> Release {
        Release {
            fingerprint: self.fingerprint.clone(),
            runtime_hash: self.runtime_hash.clone(),
            sources: self.sources.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;
    use serde_json::json;

    use super::*;

    fn manifest() -> Manifest {
        let hash = SourceHash::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
        let release = Release {
            fingerprint: "plts-compile@0.1.0".to_owned(),
            runtime_hash: None,
            sources: BTreeMap::from([(ModulePath::parse("users.ts").unwrap(), hash)]),
        };
        let origin = BundleSource { root: Some("stopgap".to_owned()), git_commit: None };
        Manifest::new(DeploymentSource::Bundle { origin }, Some("v1".to_owned()), release, [9, 2])
    }

    #[test]
    fn reads_what_it_writes() {
        let json = manifest().to_json();
        assert_eq!(json["format"], 1);
        assert_eq!(json["functions"], json!([2, 9]));
        assert_eq!(json["source"], json!({"kind": "bundle", "origin": {"root": "stopgap"}}));
        assert_eq!(Manifest::parse(&json.to_string()).unwrap(), manifest());
    }

    #[test]
    fn ids_side_by_side_are_a_run() {
        let mut manifest = manifest();
        assert_eq!(manifest.released_runs(), [(2, 2), (9, 9)]);
        manifest.functions.extend([3, 4, 5, i64::MAX - 1, i64::MAX]);
        manifest.retired.insert(4, Moment::try_from("2026-12-01T00:00:00Z".to_owned()).unwrap());
        assert_eq!(manifest.released_runs(), [(2, 3), (5, 5), (9, 9), (i64::MAX - 1, i64::MAX)]);
        manifest.functions.clear();
        assert_eq!(manifest.released_runs(), []);
    }

    #[test]
    fn says_what_it_was_made_from() {
        assert_eq!(manifest().source.describe(), "bundle");
        assert_eq!(DeploymentSource::Schema { name: "app".to_owned() }.describe(), "schema app");
        let origin = BundleSource { root: None, git_commit: Some("c0ffee".to_owned()) };
        let env = EnvName::parse("staging").unwrap();
        let promoted = DeploymentSource::Promotion {
            env: env.clone(),
            deployment_id: 7,
            of: Box::new(DeploymentSource::Bundle { origin }),
        };
        assert_eq!(promoted.describe(), "deployment 7 of staging");
        let archived = DeploymentSource::Archive { env, deployment_id: 9, of: Box::new(promoted) };
        assert_eq!(archived.describe(), "archive of deployment 9 of staging");
        assert_eq!(archived.git_commit(), Some("c0ffee"));
        let json = serde_json::to_value(&archived).unwrap();
        assert_eq!(serde_json::from_value::<DeploymentSource>(json).unwrap(), archived);
    }

    #[test]
    fn refuses_other_formats() {
        let mut json = manifest().to_json();
        json["format"] = json!(2);
        assert_eq!(Manifest::parse(&json.to_string()).unwrap_err().sqlstate().as_str(), "0A000");
        let mut json = manifest().to_json();
        json["extra"] = json!(1);
        assert_eq!(Manifest::parse(&json.to_string()).unwrap_err().sqlstate().as_str(), "XX000");
        assert!(Manifest::parse("{}").is_err());
        assert!(Manifest::parse(r#"{"format": "1"}"#).is_err());
    }
}
