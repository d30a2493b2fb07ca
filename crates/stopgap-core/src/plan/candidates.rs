//! Which exports of a build become functions, and which do not and why.
//!
//! From a bundle, handlers made by `query()` or `mutation()` do. From a schema, so does a function's default export
//! without a brand, as a mutation: that is how a plts function is written there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plts_core::artifact::ArtifactHash;
use plts_core::body::{Conduct, PointerBody};
use serde::{Serialize, Serializer};

use super::{Function, HandlerKind, Release, Standing};
use crate::build::{Build, BuiltExport, BuiltModule, ExportKind};
use crate::error::{ExportError, PlanError};
use crate::manifest::DeploymentSource;
use crate::names::{EnvName, ExportName, FunctionPath, LiveFunctionName, LiveNames, ModulePath, Origin};
use crate::schema::Schema;
use crate::signature::{Signature, Types};
use crate::source_hash::SourceHash;

/// Why an export becomes no function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It is neither a query nor a mutation.
    NotAHandler,
}

impl Serialize for SkipReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::NotAHandler => "not a query or mutation",
        })
    }
}

/// An export that becomes no function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    pub module: ModulePath,
    pub export: String,
    pub reason: SkipReason,
}

/// A handler that has to pass before its release becomes active. It is no live function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub module: ModulePath,
    pub export: ExportName,
    pub artifact_hash: ArtifactHash,
}

impl Verification {
    /// What a temporary function that runs it points to.
    pub fn pointer(&self, env: &EnvName) -> PointerBody {
        PointerBody {
            artifact_hash: self.artifact_hash.clone(),
            export: self.export.to_string(),
            env: env.to_string(),
            conduct: Conduct::default(),
        }
    }
}

/// A build, and the functions it offers; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    build: Build,
    functions: Vec<Arc<Function>>,
    skipped: Vec<Skipped>,
    verifications: Vec<Verification>,
    standing: BTreeSet<i64>,
}

impl Candidates {
    /// Reads the entries of a build. The handlers of the modules in `verify` become verifications; entries that the build
    /// did not describe stand as they are. Errors: 22023 when no export becomes a function; 42723 when two have the same live
    /// name, naming both files; 42602 and 42622 when no name can be made, naming the file; those of a declared signature, naming
    /// file and export.
    pub fn from_build(
        build: Build,
        source: &DeploymentSource,
        verify: &BTreeSet<ModulePath>,
        types: &Types,
        standing: &Standing,
    ) -> Result<Self, PlanError> {
        let mut stands = BTreeSet::new();
        for module in build.undescribed() {
            stands.extend(standing.functions_of(module)?);
        }
        let mut verifications = Vec::new();
        let mut functions = Vec::new();
        let mut skipped = Vec::new();
        let mut live_names = LiveNames::default();
        for module in build.modules.iter().filter(|module| module.entry) {
            for export in module.exports.iter().flatten() {
                let Some(kind) = handler_kind(module, export, source)? else {
                    skipped.push(Skipped {
                        module: module.path.clone(),
                        export: export.name.clone(),
                        reason: SkipReason::NotAHandler,
                    });
                    continue;
                };
                if verify.contains(&module.path) {
                    verifications.push(Verification {
                        module: module.path.clone(),
                        export: export_name(module, export)?,
                        artifact_hash: module.artifact_hash.clone(),
                    });
                    continue;
                }
                let function = function_of(module, export, kind, types)?;
                let origin = Origin { module: module.path.clone(), export: function.export.clone() };
                live_names.take(function.live_function.clone(), origin)?;
                functions.push(Arc::new(function));
            }
        }
        if functions.is_empty() && stands.is_empty() {
            let from_bundle = matches!(source, DeploymentSource::Bundle { .. });
            return Err(PlanError::Empty { skipped: skipped.len(), from_bundle });
        }
        Ok(Self { build, functions, skipped, verifications, standing: stands })
    }

    /// The build they come from.
    pub fn build(&self) -> &Build {
        &self.build
    }

    /// The build alone.
    pub fn into_build(self) -> Build {
        self.build
    }

    /// The functions to be deployed.
    pub fn functions(&self) -> &[Arc<Function>] {
        &self.functions
    }

    /// The ids of the versions that stand: functions of the active deployment that no action is about.
    pub fn standing(&self) -> &BTreeSet<i64> {
        &self.standing
    }

    /// What has to pass before the release becomes active.
    pub fn verifications(&self) -> &[Verification] {
        &self.verifications
    }

    /// The exports that become no function.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// What the manifest of their deployment will hold.
    pub fn release(&self) -> Release {
        Release {
            fingerprint: self.build.fingerprint.clone(),
            runtime_hash: self.build.runtime_hash.clone(),
            sources: self.build.sources(),
        }
    }

    /// True when any source that `function` is made of is not the one in `sources`.
    pub(super) fn differs_in_source(
        &self,
        function: &Function,
        sources: &BTreeMap<ModulePath, SourceHash>,
    ) -> bool {
        if sources.get(&function.module) != Some(&function.source_hash) {
            return true;
        }
        let reached = self.build.reachable_from(&function.module);
        self.build.modules.iter().any(|module| {
            reached.contains(&module.path) && sources.get(&module.path) != Some(&module.source_hash)
        })
    }
}

/// What `export` is deployed as; None when it is not.
fn handler_kind(
    module: &BuiltModule,
    export: &BuiltExport,
    source: &DeploymentSource,
) -> Result<Option<HandlerKind>, PlanError> {
    let kind = export.kind.ok_or_else(|| PlanError::NotDescribed { module: module.path.to_string() })?;
    Ok(match (kind, source) {
        (ExportKind::Query, _) => Some(HandlerKind::Query),
        (ExportKind::Mutation, _) => Some(HandlerKind::Mutation),
        (ExportKind::Function, DeploymentSource::Schema { .. }) if export.name == "default" => {
            Some(HandlerKind::Mutation)
        }
        (ExportKind::Function | ExportKind::Value, _) => None,
    })
}

/// The names of a function's parameters, as far as it says them.
fn parameters(signature: &Signature, args: Option<&Schema>) -> Option<BTreeSet<String>> {
    match signature.sql() {
        // Its members are what is logged.
        Some(sql) if matches!(sql.parameters.as_slice(), [only] if only.is_object_of_arguments()) => None,
        Some(sql) => Some(sql.parameters.iter().map(|one| one.name.clone()).collect()),
        None => Some(args?.to_value()?.get("properties")?.as_object()?.keys().cloned().collect()),
    }
}

fn export_name(module: &BuiltModule, export: &BuiltExport) -> Result<ExportName, PlanError> {
    ExportName::parse(&export.name)
        .map_err(|_| PlanError::ExportName { module: module.path.to_string(), export: export.name.clone() })
}

fn function_of(
    module: &BuiltModule,
    export: &BuiltExport,
    kind: HandlerKind,
    types: &Types,
) -> Result<Function, PlanError> {
    let name = export_name(module, export)?;
    let wrong = |error: ExportError| PlanError::Export {
        module: module.path.to_string(),
        export: export.name.clone(),
        error: Box::new(error),
    };
    let signature = match &export.sql {
        None => Signature::Json,
        Some(declared) => {
            let resolved = declared.resolve(types).map_err(|error| wrong(error.into()))?;
            Signature::Sql(Box::new(resolved))
        }
    };
    let path = FunctionPath::of(&module.path, &name)?;
    let annotations = export.annotations.of_handler(kind).map_err(|error| wrong(error.into()))?;
    annotations
        .check_parameters(|| parameters(&signature, export.args.as_ref()))
        .map_err(|error| wrong(error.into()))?;
    Ok(Function {
        live_function: LiveFunctionName::of(&path, &module.path)?,
        path,
        module: module.path.clone(),
        export: name,
        kind,
        artifact_hash: module.artifact_hash.clone(),
        source_hash: module.source_hash.clone(),
        args: export.args.clone(),
        returns: export.returns.clone(),
        signature,
        annotations,
    })
}
