//! What is, or will be, live: functions, and what they were built from and with.

use std::collections::BTreeMap;
use std::sync::Arc;

use plts_core::artifact::ArtifactHash;
use plts_core::body::PointerBody;
use serde::{Deserialize, Serialize};

use crate::annotation::Annotations;
use crate::compatibility::Schemas;
use crate::error::PlanError;
use crate::names::{EnvName, ExportName, FunctionPath, LiveFunctionName, ModulePath};
use crate::retirement::{self, Moment};
use crate::schema::Schema;
use crate::signature::Signature;
use crate::source_hash::SourceHash;

/// What a handler may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HandlerKind {
    /// Reads only.
    Query,
    /// May write.
    Mutation,
}

impl HandlerKind {
    /// The kind as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
        }
    }

    /// Reads a stored kind.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Query, Self::Mutation].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A function of a deployment; what one `fn_version` row holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub path: FunctionPath,
    pub live_function: LiveFunctionName,
    pub module: ModulePath,
    pub export: ExportName,
    pub kind: HandlerKind,
    pub artifact_hash: ArtifactHash,
    pub source_hash: SourceHash,
    /// JSON Schema of the arguments, when the handler has one.
    pub args: Option<Schema>,
    /// JSON Schema of the result, when the handler has one.
    pub returns: Option<Schema>,
    /// What its live function takes and gives.
    pub signature: Signature,
    /// What its annotations ask for.
    pub annotations: Annotations,
}

impl Function {
    /// What it takes and gives, as far as it says so.
    pub fn schemas(&self) -> Schemas<'_> {
        Schemas { args: self.args.as_ref(), returns: self.returns.as_ref() }
    }

    /// True when both come from the same export of the same module.
    pub(super) fn is_same_export_as(&self, other: &Self) -> bool {
        self.path == other.path && self.module == other.module && self.export == other.export
    }

    /// True when a version row of one serves the other. The schemas are not compared: they follow from the artifact. The
    /// signature does not: its types are those that were found when it was deployed.
    pub(super) fn is_same_release_as(&self, other: &Self) -> bool {
        self.is_same_export_as(other)
            && self.kind == other.kind
            && self.artifact_hash == other.artifact_hash
            && self.signature == other.signature
            && self.annotations == other.annotations
    }
}

/// A function of a deployment, with the id of its `fn_version` row.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveFunction {
    pub id: i64,
    pub function: Arc<Function>,
    /// Until when it stays, if the deployment's release left it out.
    pub retired_until: Option<Moment>,
}

impl ActiveFunction {
    /// The body of its live function in `env`.
    pub fn pointer(&self, env: &EnvName) -> PointerBody {
        let mut conduct = self.function.annotations.conduct();
        if let Some(until) = &self.retired_until {
            conduct.deprecated = Some(retirement::notice(until, conduct.deprecated.as_deref()));
        }
        PointerBody {
            artifact_hash: self.function.artifact_hash.clone(),
            export: self.function.export.to_string(),
            env: env.to_string(),
            conduct,
        }
    }

    /// True when a live function made of one serves for the other: it runs the same export of the same artifact.
    pub fn is_live_as(&self, other: &Self) -> bool {
        self.retired_until == other.retired_until
            && self.function.artifact_hash == other.function.artifact_hash
            && self.function.export == other.function.export
            && self.function.signature == other.function.signature
            && self.function.annotations == other.function.annotations
    }
}

/// What a deployment was built from and with; a manifest holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub fingerprint: String,
    pub runtime_hash: Option<ArtifactHash>,
    /// Source hash of every module, by path.
    pub sources: BTreeMap<ModulePath, SourceHash>,
}

/// A deployment as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployed {
    pub id: i64,
    pub release: Release,
    pub functions: Vec<ActiveFunction>,
}

impl Deployed {
    /// Its functions by live name; XX000 when two share one, which no plan allows.
    pub(super) fn by_live_function(&self) -> Result<BTreeMap<&LiveFunctionName, &ActiveFunction>, PlanError> {
        let mut by_name = BTreeMap::new();
        for active in &self.functions {
            let name = &active.function.live_function;
            if by_name.insert(name, active).is_some() {
                return Err(PlanError::DuplicateActive { name: name.to_string() });
            }
        }
        Ok(by_name)
    }
}
