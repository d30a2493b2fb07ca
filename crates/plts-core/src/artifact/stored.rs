//! Artifacts as they are stored, and the hashes that their contents give: whether a table or a file says what it claims.

use std::collections::BTreeMap;

use super::components::strongly_connected;
use super::{ArtifactFields, ArtifactHash, GraphHashError, ImportTarget, hash_graph};

/// What of a stored artifact enters its hash, and the hash it is stored under.
#[derive(Clone, Debug)]
pub struct StoredArtifact {
    pub artifact_hash: ArtifactHash,
    pub filename: String,
    pub fingerprint: String,
    /// Canonical JSON: sorted keys, no spaces.
    pub options_json: String,
    pub source: String,
    pub js: String,
    /// Empty if there is none.
    pub source_map: String,
    /// Where each specifier leads.
    pub imports: BTreeMap<String, ArtifactHash>,
}

/// The hashes of the contents, in the order given. An import of an artifact that is not among them counts with the hash
/// it is stored under; `runtime` is the specifier of the runtime.
///
/// Errors: two members of one cycle have the same filename, which no build gives.
pub fn content_hashes(
    artifacts: &[StoredArtifact],
    runtime: &str,
) -> Result<Vec<ArtifactHash>, GraphHashError> {
    let places: BTreeMap<&ArtifactHash, usize> =
        artifacts.iter().enumerate().map(|(index, one)| (&one.artifact_hash, index)).collect();
    let edges: Vec<Vec<usize>> = artifacts
        .iter()
        .map(|one| one.imports.values().filter_map(|hash| places.get(hash).copied()).collect())
        .collect();
    let mut hashes: Vec<Option<ArtifactHash>> = vec![None; artifacts.len()];
    // Artifacts of several builds may share filenames; the members of a cycle come from one, so each is hashed alone.
    for component in strongly_connected(&edges) {
        let members: Vec<ArtifactFields<'_>> =
            component.iter().map(|index| fields(&artifacts[*index], &component, &places, runtime)).collect();
        for (index, hash) in component.iter().zip(hash_graph(&members)?) {
            hashes[*index] = Some(hash);
        }
    }
    // Every artifact is in exactly one component.
    Ok(hashes.into_iter().flatten().collect())
}

fn fields<'a>(
    artifact: &'a StoredArtifact,
    component: &[usize],
    places: &BTreeMap<&ArtifactHash, usize>,
    runtime: &str,
) -> ArtifactFields<'a> {
    let target = |hash: &'a ArtifactHash| {
        let member = places.get(hash).and_then(|index| component.iter().position(|one| one == index));
        member.map_or(ImportTarget::Artifact(hash), ImportTarget::Module)
    };
    ArtifactFields {
        filename: &artifact.filename,
        fingerprint: &artifact.fingerprint,
        options_json: &artifact.options_json,
        source: &artifact.source,
        js: &artifact.js,
        source_map: &artifact.source_map,
        runtime_hash: artifact.imports.get(runtime),
        imports: artifact
            .imports
            .iter()
            .map(|(specifier, hash)| (specifier.as_str(), target(hash)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIME: &str = "@stopgap/runtime";

    /// Two modules in a cycle, one above them, and the runtime, hashed as a build does it.
    fn graph() -> Vec<StoredArtifact> {
        let runtime = ArtifactHash::parse(&format!("sha256:{}", "7".repeat(64))).unwrap();
        let names = ["a.ts", "b.ts", "top.ts"];
        let sources = ["a", "b", "top"];
        let targets: [&[(&str, usize)]; 3] = [&[("./b", 1)], &[("./a", 0)], &[("./a", 0)]];
        let options: Vec<String> = names.iter().map(|name| format!("{{\"filename\":\"{name}\"}}")).collect();
        let fields: Vec<ArtifactFields<'_>> = (0..3)
            .map(|index| {
                let mut imports: BTreeMap<&str, ImportTarget<'_>> =
                    targets[index].iter().map(|(name, to)| (*name, ImportTarget::Module(*to))).collect();
                let runtime_hash = (index == 2).then_some(&runtime);
                if let Some(hash) = runtime_hash {
                    imports.insert(RUNTIME, ImportTarget::Artifact(hash));
                }
                ArtifactFields {
                    filename: names[index],
                    fingerprint: "test",
                    options_json: &options[index],
                    source: sources[index],
                    js: sources[index],
                    source_map: "",
                    runtime_hash,
                    imports,
                }
            })
            .collect();
        let hashes = hash_graph(&fields).unwrap();
        fields
            .iter()
            .zip(&hashes)
            .map(|(one, hash)| StoredArtifact {
                artifact_hash: hash.clone(),
                filename: one.filename.to_owned(),
                fingerprint: one.fingerprint.to_owned(),
                options_json: one.options_json.to_owned(),
                source: one.source.to_owned(),
                js: one.js.to_owned(),
                source_map: String::new(),
                imports: one
                    .imports
                    .iter()
                    .map(|(name, target)| {
                        let hash = match target {
                            ImportTarget::Artifact(hash) => (*hash).clone(),
                            ImportTarget::Module(index) => hashes[*index].clone(),
                        };
                        ((*name).to_owned(), hash)
                    })
                    .collect(),
            })
            .collect()
    }

    fn stored(artifacts: &[StoredArtifact]) -> Vec<ArtifactHash> {
        artifacts.iter().map(|one| one.artifact_hash.clone()).collect()
    }

    #[test]
    fn what_was_built_hashes_to_what_it_is_stored_under() {
        let mut artifacts = graph();
        assert_eq!(content_hashes(&artifacts, RUNTIME).unwrap(), stored(&artifacts));
        artifacts.reverse();
        assert_eq!(content_hashes(&artifacts, RUNTIME).unwrap(), stored(&artifacts));
        // Without what it imports, an artifact outside of a cycle can still be checked.
        let top: Vec<StoredArtifact> = artifacts.into_iter().filter(|one| one.filename == "top.ts").collect();
        assert_eq!(content_hashes(&top, RUNTIME).unwrap(), stored(&top));
    }

    #[test]
    fn every_field_counts() {
        let change: [fn(&mut StoredArtifact); 6] = [
            |one| one.source.push('x'),
            |one| one.js.push('x'),
            |one| one.source_map.push('x'),
            |one| one.fingerprint.push('x'),
            |one| one.options_json.push('x'),
            |one| one.imports.clear(),
        ];
        for (number, change) in change.iter().enumerate() {
            for index in 0..3 {
                let mut artifacts = graph();
                change(&mut artifacts[index]);
                let computed = content_hashes(&artifacts, RUNTIME).unwrap();
                assert_ne!(computed[index], artifacts[index].artifact_hash, "change {number} of {index}");
            }
        }
    }
}
