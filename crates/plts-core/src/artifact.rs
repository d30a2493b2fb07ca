//! Content addresses: the hash of a source, and the hash of an artifact with everything it imports.
//!
//! Guarantees: every field enters the hash with its length before it, so no two lists of fields run together; the
//! hash of a module changes when anything it reaches changes; modules that import one another in a cycle hash as
//! one unit; neither the order of the modules nor that of the imports matters. The format is stored in databases:
//! it never changes under one version.

use crate::{Reportable, SqlState};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

mod components;
mod stored;

pub use stored::{StoredArtifact, content_hashes};

/// The format tag: the first field of every artifact.
const ARTIFACT_TAG: &str = "plts-artifact";
/// The tag of the hash of one member of a cycle.
const MEMBER_TAG: &str = "plts-artifact-member";
/// The version of the format: the second field of every artifact.
pub const ARTIFACT_FORMAT_VERSION: u32 = 1;
const PREFIX: &str = "sha256:";

/// The address of an artifact: `sha256:` and 64 lower-case hexadecimal digits. Any value is well formed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ArtifactHash(Arc<str>);

/// A text that is no artifact hash.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid artifact hash")]
pub struct InvalidArtifactHash;

impl Reportable for InvalidArtifactHash {
    fn sqlstate(&self) -> SqlState {
        SqlState::INVALID_PARAMETER_VALUE
    }

    fn detail(&self) -> Option<String> {
        Some("An artifact hash is \"sha256:\" and 64 lower-case hexadecimal digits.".to_owned())
    }
}

impl ArtifactHash {
    /// The hash in `text`.
    ///
    /// Errors: 22023 when it is not `sha256:` and 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidArtifactHash> {
        let digits = text.strip_prefix(PREFIX).ok_or(InvalidArtifactHash)?;
        let well_formed =
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed { Ok(Self(text.into())) } else { Err(InvalidArtifactHash) }
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArtifactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ArtifactHash {
    type Error = InvalidArtifactHash;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl Serialize for ArtifactHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// `sha256:` and the SHA-256 of the source's UTF-8 bytes.
pub fn source_hash(source: &str) -> String {
    printed(&Sha256::digest(source.as_bytes()))
}

/// What of one module enters its hash.
#[derive(Clone, Debug)]
pub struct ArtifactFields<'a> {
    /// The module's name; it orders the members of a cycle and enters the hash through `options_json` only.
    pub filename: &'a str,
    /// The compiler's name and version, or `external`.
    pub fingerprint: &'a str,
    /// Canonical JSON: sorted keys, no spaces.
    pub options_json: &'a str,
    pub source: &'a str,
    pub js: &'a str,
    /// Empty if there is none.
    pub source_map: &'a str,
    /// The runtime that the graph is pinned to; `None` when the graph does not import it.
    pub runtime_hash: Option<&'a ArtifactHash>,
    /// Where each specifier leads.
    pub imports: BTreeMap<&'a str, ImportTarget<'a>>,
}

/// Where an import leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportTarget<'a> {
    /// To an artifact that is hashed already.
    Artifact(&'a ArtifactHash),
    /// To a module of the same graph, by its index.
    Module(usize),
}

/// A graph that cannot be hashed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GraphHashError {
    #[error("an import of module \"{filename}\" leads outside the graph")]
    NoSuchModule { filename: String },
    #[error("module \"{filename}\" is in the graph twice")]
    DuplicateModule { filename: String },
}

impl Reportable for GraphHashError {
    fn sqlstate(&self) -> SqlState {
        SqlState::INTERNAL_ERROR
    }
}

/// The hash of one artifact whose imports are all hashed already.
pub fn artifact_hash(fields: &ArtifactFields<'_>, imports: &BTreeMap<&str, &ArtifactHash>) -> ArtifactHash {
    let mut hasher = FieldHasher::new();
    add_fields(
        &mut hasher,
        fields,
        imports.iter().map(|(specifier, hash)| (*specifier, hash.as_str().to_owned())),
    );
    ArtifactHash(hasher.finish().into())
}

/// The hashes of the modules of a graph, in the order given.
///
/// A module outside any cycle hashes over its fields and its imports' hashes. A cycle (a strongly connected
/// component, or a module that imports itself) hashes as one unit: its members sorted by filename, an edge inside it
/// written as `unit:<member index>`; a member's hash is that of the unit with its index.
///
/// Errors: an index that is not in `modules`, or a filename that is there twice.
pub fn hash_graph(modules: &[ArtifactFields<'_>]) -> Result<Vec<ArtifactHash>, GraphHashError> {
    let mut filenames = std::collections::BTreeSet::new();
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(modules.len());
    for module in modules {
        if !filenames.insert(module.filename) {
            return Err(GraphHashError::DuplicateModule { filename: module.filename.to_owned() });
        }
        let mut targets = Vec::new();
        for target in module.imports.values() {
            if let ImportTarget::Module(index) = target {
                if *index >= modules.len() {
                    return Err(GraphHashError::NoSuchModule { filename: module.filename.to_owned() });
                }
                targets.push(*index);
            }
        }
        edges.push(targets);
    }

    let mut hashes: Vec<Option<ArtifactHash>> = vec![None; modules.len()];
    // Components come with what they reach first, so every edge that leaves one leads to a hash.
    for mut component in components::strongly_connected(&edges) {
        component.sort_by_key(|index| modules[*index].filename);
        let is_cycle = component.len() > 1 || component.iter().any(|index| edges[*index].contains(index));
        let mut hasher = FieldHasher::new();
        for index in &component {
            let module = &modules[*index];
            let imports = module.imports.iter().map(|(specifier, target)| {
                let target = match target {
                    ImportTarget::Artifact(hash) => hash.as_str().to_owned(),
                    ImportTarget::Module(target) => {
                        match component.iter().position(|member| member == target) {
                            Some(member) => format!("unit:{member}"),
                            None => hashes[*target].as_ref().map(ArtifactHash::to_string).unwrap_or_default(),
                        }
                    }
                };
                (*specifier, target)
            });
            add_fields(&mut hasher, module, imports);
        }
        let unit = hasher.finish();
        for (member, index) in component.iter().enumerate() {
            hashes[*index] = Some(ArtifactHash(if is_cycle {
                member_hash(&unit, member).into()
            } else {
                unit.as_str().into()
            }));
        }
    }
    // Every module is in exactly one component.
    Ok(hashes.into_iter().flatten().collect())
}

fn member_hash(unit: &str, member: usize) -> String {
    let mut hasher = FieldHasher::new();
    hasher.add(MEMBER_TAG);
    hasher.add(unit);
    hasher.add(&member.to_string());
    hasher.finish()
}

fn add_fields<'a>(
    hasher: &mut FieldHasher,
    fields: &ArtifactFields<'_>,
    imports: impl ExactSizeIterator<Item = (&'a str, String)>,
) {
    hasher.add(ARTIFACT_TAG);
    hasher.add(&ARTIFACT_FORMAT_VERSION.to_string());
    hasher.add(fields.fingerprint);
    hasher.add(fields.options_json);
    hasher.add(fields.source);
    hasher.add(fields.js);
    hasher.add(fields.source_map);
    hasher.add(fields.runtime_hash.map(ArtifactHash::as_str).unwrap_or_default());
    hasher.add(&imports.len().to_string());
    for (specifier, target) in imports {
        hasher.add(specifier);
        hasher.add(&target);
    }
}

/// SHA-256 over fields, each with its length before it as eight bytes, most significant first.
struct FieldHasher(Sha256);

impl FieldHasher {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn add(&mut self, field: &str) {
        self.0.update((field.len() as u64).to_be_bytes());
        self.0.update(field.as_bytes());
    }

    fn finish(self) -> String {
        printed(&self.0.finalize())
    }
}

fn printed(digest: &[u8]) -> String {
    let mut text = String::with_capacity(PREFIX.len() + 2 * digest.len());
    text.push_str(PREFIX);
    for byte in digest {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }));
        }
    }
    text
}

#[cfg(test)]
mod tests;
