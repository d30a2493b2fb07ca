//! Pure core of stopgap: names, bundles, deployment states, plans and rollback targets.
//!
//! Guarantees: no IO, no `unsafe`, no clock, no randomness, no PostgreSQL. A deploy and a rollback are decided here
//! and carried out by the extension; both ways into a deployment (a bundle, a schema) go through the same [`plan`].
#![forbid(unsafe_code)]

pub mod annotation;
pub mod archive;
pub mod build;
pub mod bundle;
pub mod canonical;
pub mod collect;
pub mod compare;
pub mod compatibility;
pub mod declaration;
pub mod drift;
pub mod environment;
pub mod error;
pub mod estate;
pub mod lineage;
pub mod manifest;
pub mod model;
pub mod names;
pub mod plan;
pub mod prospect;
pub mod retirement;
pub mod rollback;
pub mod schema;
pub mod script;
pub mod signature;
pub mod source_hash;
pub mod state;
pub mod text_diff;

pub use annotation::Annotations;
pub use archive::Archive;
pub use build::{Build, BuildAnswer, Diagnostic, ExportKind, Severity};
pub use bundle::{Bundle, BundleSource, ImportMap};
pub use compatibility::Compatibility;
pub use declaration::LiveDeclaration;
pub use environment::EnvironmentChanges;
pub use error::{
    AnnotationError, ArchiveError, BuildError, BundleError, LineageError, ManifestError, NameError,
    PlanError, ProspectError, RollbackError, ScriptError, SettingsError, SignatureError, StateError,
};
pub use estate::{Estate, LiveFunction, SchemaChange, Step};
pub use lineage::Lineage;
pub use manifest::{DeploymentSource, Manifest};
pub use names::{
    EnvName, ExportName, FunctionPath, LiveFunctionName, LiveSchema, ModuleKind, ModulePath, RoleName,
    TagName,
};
pub use plan::{ActiveFunction, Candidates, Function, HandlerKind, Plan, Release};
pub use plts_core::artifact::ArtifactHash;
pub use prospect::{PlanDigest, Prospect};
pub use retirement::{GracePeriod, Moment, Removal};
pub use rollback::{Activation, ActivationKind, RollbackAim, RollbackRequest};
pub use schema::Schema;
pub use script::{ScriptName, Scripts};
pub use signature::Signature;
pub use source_hash::SourceHash;
pub use state::DeploymentState;
