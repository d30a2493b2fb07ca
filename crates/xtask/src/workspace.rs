//! Where things are: the workspace's root, cargo's target directory and cargo itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::shell::{self, Result, refused};

/// The checkout and the places derived from it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The directory of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR`, or `target` in the root.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the workspace this binary was built from. Fails when the checkout has gone away.
    pub fn find() -> Result<Workspace> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("crates").is_dir())
            .ok_or_else(|| {
                refused("this is not the workspace: run it as \"cargo xtask\" inside the checkout")
            })?
            .to_owned();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(target) if !target.is_empty() => root.join(target),
            _ => root.join("target"),
        };
        Ok(Workspace { root, target })
    }

    /// Where the tasks keep clusters, logs and reports.
    pub fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// A path inside the checkout.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// `cargo`, the one that runs us, started in the root.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root);
        cargo
    }

    /// The names of the members' integration tests, each once.
    pub fn test_targets(&self) -> Result<BTreeSet<String>> {
        let mut cargo = self.cargo();
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        let metadata: Value = serde_json::from_str(&shell::capture(&mut cargo)?)
            .map_err(|error| refused(format!("cargo metadata: {error}")))?;
        let targets = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|package| package["targets"].as_array().into_iter().flatten());
        Ok(targets
            .filter(|target| {
                target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"))
            })
            .filter_map(|target| target["name"].as_str().map(str::to_owned))
            .collect())
    }

    /// Where cargo keeps its caches.
    pub fn cargo_home(&self) -> Result<PathBuf> {
        if let Some(home) = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()) {
            return Ok(PathBuf::from(home));
        }
        std::env::var_os("HOME")
            .map(|home| PathBuf::from(home).join(".cargo"))
            .ok_or_else(|| refused("neither CARGO_HOME nor HOME is set"))
    }

    /// The target triple that cargo builds for by default.
    pub fn host_triple(&self) -> Result<String> {
        let text = shell::capture(Command::new("rustc").arg("-vV").current_dir(&self.root))?;
        text.lines()
            .find_map(|line| line.strip_prefix("host: "))
            .map(str::to_owned)
            .ok_or_else(|| refused("\"rustc -vV\" names no host"))
    }
}
