//! Which modules of a graph are what they were in an earlier one, and the hashes of the others.
//!
//! A version that was stored is the module as it is now when each of its imports leads to such a version again: a hash
//! covers all that a module reaches, so a set of stored versions that lead to one another, of the same sources, is the graph
//! itself. The largest such set is looked for by striking out what cannot be in it; cycles need no care of their own.

use super::bundle::Runtime;
use super::compiled::{Code, CompiledModules, Version};
use super::unit::{Target, Unit, UnitCode};
use crate::fingerprint::fingerprint;
use plts_core::artifact::{ArtifactFields, ArtifactHash, ImportTarget, hash_graph};

/// The hash of a module.
pub(super) enum Hashed {
    /// It is in a stored artifact of that hash.
    Kept(ArtifactHash),
    /// It was hashed, and its code is here.
    Anew(ArtifactHash),
}

impl Hashed {
    pub(super) fn hash(&self) -> &ArtifactHash {
        match self {
            Self::Kept(hash) | Self::Anew(hash) => hash,
        }
    }
}

/// The hash of every unit. Units that are not what they were have their code here afterwards.
///
/// Errors: the code of one cannot be had, or the graph cannot be hashed.
pub(super) fn hashes(
    units: &mut [Unit],
    runtime: &Runtime,
    compiled: &mut dyn CompiledModules,
) -> Result<Vec<Hashed>, String> {
    let kept = kept(units, runtime);
    fetch(units, &kept, compiled)?;
    let anew: Vec<usize> = (0..units.len()).filter(|unit| kept[*unit].is_none()).collect();
    let place = |unit: usize| anew.binary_search(&unit).unwrap_or_default();
    let mut fields = Vec::with_capacity(anew.len());
    for unit in &anew {
        let unit = &units[*unit];
        let UnitCode::Here(code) = &unit.code else {
            return Err(format!("the code of module \"{}\" is not there", unit.path));
        };
        fields.push(ArtifactFields {
            filename: &unit.path,
            fingerprint: fingerprint(),
            options_json: &unit.options_json,
            source: &unit.source,
            js: &code.js,
            source_map: &code.source_map,
            runtime_hash: unit
                .targets
                .values()
                .any(|target| *target == Target::Runtime)
                .then_some(&runtime.hash),
            imports: unit
                .targets
                .iter()
                .map(|(specifier, target)| {
                    let target = match target {
                        Target::Runtime => ImportTarget::Artifact(&runtime.hash),
                        Target::Module(index) => match &kept[*index] {
                            Some(hash) => ImportTarget::Artifact(hash),
                            None => ImportTarget::Module(place(*index)),
                        },
                    };
                    (specifier.as_str(), target)
                })
                .collect(),
        });
    }
    let mut hashed = hash_graph(&fields).map_err(|error| error.to_string())?.into_iter();
    let hash = |kept: Option<ArtifactHash>| match kept {
        Some(hash) => Some(Hashed::Kept(hash)),
        None => hashed.next().map(Hashed::Anew),
    };
    // One hash for each unit that was not kept.
    Ok(kept.into_iter().filter_map(hash).collect())
}

/// The hash of each unit that is what it was; `None` for the others.
fn kept(units: &[Unit], runtime: &Runtime) -> Vec<Option<ArtifactHash>> {
    let mut possible: Vec<Vec<&Version>> = units
        .iter()
        .map(|unit| match &unit.code {
            UnitCode::Here(_) => Vec::new(),
            UnitCode::Kept(versions) => versions.iter().collect(),
        })
        .collect();
    let mut importers: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for (importer, unit) in units.iter().enumerate() {
        for target in unit.targets.values() {
            if let Target::Module(index) = target {
                importers[*index].push(importer);
            }
        }
    }
    let mut to_check: Vec<usize> = (0..units.len()).collect();
    while let Some(unit) = to_check.pop() {
        let before = possible[unit].len();
        let remaining: Vec<&Version> = possible[unit]
            .iter()
            .copied()
            .filter(|version| leads_there(version, &units[unit], &possible, runtime))
            .collect();
        possible[unit] = remaining;
        if possible[unit].len() < before {
            to_check.extend(&importers[unit]);
        }
    }
    possible.into_iter().map(|versions| versions.first().map(|one| one.artifact_hash.clone())).collect()
}

/// Whether each import of a version leads where the unit's does, as far as is known.
fn leads_there(version: &Version, unit: &Unit, possible: &[Vec<&Version>], runtime: &Runtime) -> bool {
    version.imports.len() == unit.targets.len()
        && unit.targets.iter().all(|(specifier, target)| {
            let Some(hash) = version.imports.get(specifier) else { return false };
            match target {
                Target::Runtime => *hash == runtime.hash,
                Target::Module(index) => possible[*index].iter().any(|one| one.artifact_hash == *hash),
            }
        })
}

/// Fetches the code of what was compiled before but leads elsewhere now.
fn fetch(
    units: &mut [Unit],
    kept: &[Option<ArtifactHash>],
    compiled: &mut dyn CompiledModules,
) -> Result<(), String> {
    let mut wanted: Vec<(usize, ArtifactHash)> = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        if let (UnitCode::Kept(versions), None) = (&unit.code, &kept[index])
            && let Some(version) = versions.first()
        {
            wanted.push((index, version.artifact_hash.clone()));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&ArtifactHash> = wanted.iter().map(|(_, hash)| hash).collect();
    let found: Vec<Code> = compiled.code(&hashes)?;
    for ((unit, _), code) in wanted.into_iter().zip(found) {
        units[unit].code = UnitCode::Here(code);
    }
    Ok(())
}
