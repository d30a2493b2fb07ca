//! What of the active deployment stays as it is without being looked at: the functions of modules that a build gives with
//! the artifact they had. So the work of a deploy is proportional to what changes.
//!
//! A module's functions follow from its artifact (but for declared signatures, whose modules never stand) and from where a deployment's functions come from (a bundle or a schema),
//! so both must be the same, and the module must offer functions before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plts_core::artifact::ArtifactHash;

use crate::build::{Build, BuiltModule};
use crate::bundle::Bundle;
use crate::error::{NameError, PlanError};
use crate::manifest::DeploymentSource;
use crate::names::{LiveFunctionName, ModulePath, Origin};

use super::Function;

/// A module of the active deployment that offers functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingModule {
    pub artifact_hash: ArtifactHash,
    /// The ids of the versions of its functions; at least one.
    pub functions: BTreeSet<i64>,
}

/// The modules of the active deployment that offer functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    modules: BTreeMap<ModulePath, StandingModule>,
}

impl Standing {
    /// What may stand of a deployment made from `before` in one that is made from `after`.
    pub fn of(
        modules: BTreeMap<ModulePath, StandingModule>,
        before: &DeploymentSource,
        after: &DeploymentSource,
    ) -> Self {
        if before.is_of_schema() == after.is_of_schema() { Self { modules } } else { Self::default() }
    }

    /// The artifacts that entries of a bundle may still have, by path. Handlers that verify were no functions.
    pub fn known(&self, bundle: &Bundle) -> BTreeMap<&ModulePath, &ArtifactHash> {
        let entries = bundle.evaluated();
        self.modules
            .iter()
            .filter(|(path, _)| entries.contains(path) && !bundle.verify().contains(*path))
            .map(|(path, one)| (path, &one.artifact_hash))
            .collect()
    }

    /// The versions of the functions of a module that a build did not describe.
    ///
    /// Errors: XX000 when the module is not what it was.
    pub(super) fn functions_of(&self, module: &BuiltModule) -> Result<&BTreeSet<i64>, PlanError> {
        match self.modules.get(&module.path) {
            Some(standing) if standing.artifact_hash == module.artifact_hash => Ok(&standing.functions),
            _ => Err(PlanError::NotDescribed { module: module.path.to_string() }),
        }
    }
}

/// Refuses new functions whose live names functions of modules that stand have; `standing` are those.
///
/// Errors: 42723, naming both files.
pub fn check_names(
    functions: &[Arc<Function>],
    standing: impl IntoIterator<Item = (LiveFunctionName, Origin)>,
) -> Result<(), PlanError> {
    let by_name: BTreeMap<&LiveFunctionName, &Arc<Function>> =
        functions.iter().map(|function| (&function.live_function, function)).collect();
    for (name, origin) in standing {
        if let Some(function) = by_name.get(&name) {
            let new = Origin { module: function.module.clone(), export: function.export.clone() };
            let (first, second) = if origin.module < new.module { (origin, new) } else { (new, origin) };
            let (first, second) = (Box::new(first), Box::new(second));
            return Err(NameError::Collision { name: name.to_string(), first, second }.into());
        }
    }
    Ok(())
}

impl Build {
    /// The entries that were not described because they stand.
    pub(super) fn undescribed(&self) -> impl Iterator<Item = &BuiltModule> {
        self.modules.iter().filter(|module| module.entry && module.exports.is_none())
    }
}
