//! Modules that this server compiled before, as the table has them: what a build does not have to do again.
//!
//! Only rows with findings count, and only what was compiled here has them: JavaScript of elsewhere (`external`, or of an
//! archive) never passes for what a source compiles to.

use std::collections::{BTreeMap, HashMap};

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Oid;
use plts_compile::Options;
use plts_compile::graph::{Code, Compiled, CompiledModules, Findings, Version};
use plts_core::artifact::{ArtifactHash, source_hash};

use super::Store;

/// The modules of a bundle that were compiled before.
pub struct CompiledCatalog {
    owner: Oid,
    /// By source hash and options.
    known: HashMap<(String, String), Compiled>,
    failure: Option<Box<ErrorReport>>,
}

impl CompiledCatalog {
    /// Looks for modules, given by path and source, with two statements at most. `owner` owns the extension's functions;
    /// `likely` says by path which artifacts they probably are: those are found by their key.
    pub fn of(
        owner: Oid,
        modules: &BTreeMap<String, String>,
        likely: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let store = Store::open(owner)?;
        let mut wanted: BTreeMap<&str, String> =
            modules.iter().map(|(path, source)| (path.as_str(), source_hash(source))).collect();
        let mut found =
            store.compiled_as(likely.values().map(String::as_str), plts_compile::fingerprint())?;
        found.retain(|[source_hash, filename, ..]| {
            let is_wanted = wanted.get(filename.as_str()) == Some(source_hash);
            if is_wanted {
                wanted.remove(filename.as_str());
            }
            is_wanted
        });
        found.extend(store.compiled(&wanted, plts_compile::fingerprint())?);
        let mut known: HashMap<(String, String), Compiled> = HashMap::new();
        for [source_hash, filename, hash, imports, findings] in found {
            let (Some(findings), Ok(artifact_hash), Ok(imports)) = (
                Findings::from_json(&findings),
                ArtifactHash::parse(&hash),
                serde_json::from_str::<BTreeMap<String, ArtifactHash>>(&imports),
            ) else {
                continue;
            };
            known
                .entry((source_hash, Options::new(filename).canonical_json()))
                .or_insert_with(|| Compiled { findings, versions: Vec::new() })
                .versions
                .push(Version { artifact_hash, imports });
        }
        Ok(Self { owner, known, failure: None })
    }

    /// What went wrong in the database, in place of the diagnostic that a build made of it.
    pub fn take_failure(&mut self) -> Option<Box<ErrorReport>> {
        self.failure.take()
    }
}

impl CompiledModules for CompiledCatalog {
    fn find(&mut self, source_hash: &str, options_json: &str) -> Option<Compiled> {
        self.known.remove(&(source_hash.to_owned(), options_json.to_owned()))
    }

    fn code(&mut self, wanted: &[&ArtifactHash]) -> std::result::Result<Vec<Code>, String> {
        Store::open(self.owner).and_then(|store| store.code(wanted)).map_err(|report| {
            let message = report.message.clone();
            self.failure = Some(report);
            message
        })
    }
}
