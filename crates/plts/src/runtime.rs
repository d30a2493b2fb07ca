//! `@stopgap/runtime` as the database has it: builds of the npm package, stored as artifacts by the install scripts.
//!
//! A build is stored as it is, so that its hash depends on nothing but its text: a new compiler changes no runtime.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use plts_core::artifact::{ArtifactFields, ArtifactHash, artifact_hash};

/// The specifier that modules import.
pub const SPECIFIER: &str = "@stopgap/runtime";
/// The fingerprint under which builds of the runtime are stored.
pub const FINGERPRINT: &str = "runtime";

/// One build of the package.
pub struct RuntimeBuild {
    pub version: &'static str,
    pub js: &'static str,
}

/// Every build that was ever released, oldest first. Old ones stay: artifacts of old deployments import them.
const BUILDS: [RuntimeBuild; 1] =
    [RuntimeBuild { version: "0.1.0", js: include_str!("../../../packages/runtime/embedded/runtime.js") }];

/// The install script stores them in databases of every encoding.
const _: () = {
    let mut index = 0;
    while index < BUILDS.len() {
        assert!(BUILDS[index].js.is_ascii(), "a build of the runtime must be ASCII");
        index += 1;
    }
};

impl RuntimeBuild {
    /// All builds that this library holds.
    pub fn all() -> &'static [Self] {
        &BUILDS
    }

    /// The build of that version.
    pub fn of_version(version: &str) -> Option<&'static Self> {
        BUILDS.iter().find(|build| build.version == version)
    }

    /// The build that new deployments import.
    pub fn current() -> &'static Self {
        let [.., newest] = &BUILDS;
        newest
    }

    /// Its name in stacks.
    pub fn filename(&self) -> String {
        format!("{SPECIFIER}@{}.js", self.version)
    }

    /// The options it is stored with.
    pub fn options_json(&self) -> String {
        serde_json::json!({ "filename": self.filename() }).to_string()
    }

    /// Its content address.
    pub fn hash(&self) -> ArtifactHash {
        let (filename, options_json) = (self.filename(), self.options_json());
        let fields = ArtifactFields {
            filename: &filename,
            fingerprint: FINGERPRINT,
            options_json: &options_json,
            source: self.js,
            js: self.js,
            source_map: "",
            runtime_hash: None,
            imports: BTreeMap::new(),
        };
        artifact_hash(&fields, &BTreeMap::new())
    }
}

/// The content address of the current build.
pub fn current_hash() -> &'static ArtifactHash {
    static HASH: OnceLock<ArtifactHash> = OnceLock::new();
    HASH.get_or_init(|| RuntimeBuild::current().hash())
}

/// The current build as a graph pins it.
pub fn for_graphs() -> plts_compile::graph::Runtime {
    plts_compile::graph::Runtime { specifier: SPECIFIER.to_owned(), hash: current_hash().clone() }
}
