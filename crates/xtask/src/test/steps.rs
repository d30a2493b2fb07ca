//! The steps that need no server, or one of their own.

use std::path::Path;
use std::process::Command;

use super::outcome::Outcome;
use crate::setup::Setup;
use crate::shell::{self, Result, refused};
use crate::{chaos, docs, tidy};

/// The test target that needs a server.
pub const END_TO_END: &str = "end_to_end";

/// The Node.js that the package is tested with, at least.
const NODE: u32 = 20;

/// `cargo fmt --check` on every crate.
pub fn format(setup: &Setup) -> Result<Outcome> {
    let mut cargo = setup.cargo();
    cargo.args(["fmt", "--all", "--", "--check"]);
    shell::run_lines(&mut cargo, |_| ()).map(Outcome::of)
}

/// clippy on everything, with warnings as errors.
pub fn clippy(setup: &Setup) -> Result<Outcome> {
    let mut cargo = setup.workspace_cargo("clippy");
    cargo.args(["--all-targets", "--", "-D", "warnings"]);
    shell::run_lines(&mut cargo, |_| ()).map(Outcome::of)
}

/// The house rules.
pub fn rules(setup: &Setup) -> Result<Outcome> {
    tidy::check(&setup.workspace).map(Outcome::of)
}

/// Every test that needs no server: what a bare `cargo test` runs, and the tests of the tools.
pub fn pure(setup: &Setup) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut cargo = setup.workspace_cargo("test");
    cargo.args(["--no-fail-fast", "--lib", "--bins"]);
    for target in setup.workspace.test_targets()? {
        if target != END_TO_END {
            cargo.args(["--test", &target]);
        }
    }
    let success = shell::run_lines(&mut cargo, |line| outcome.see_cargo(line))?;
    Ok(outcome.with_status(success))
}

/// The tests of `@stopgap/runtime`, with exactly the dependencies of its lock file.
pub fn package(setup: &Setup) -> Result<Outcome> {
    let folder = setup.workspace.path("packages/runtime");
    require_node()?;
    if !is_installed(&folder) {
        shell::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    }
    let mut outcome = Outcome::default();
    let mut npm = Command::new("npm");
    npm.arg("test").current_dir(&folder);
    let success = shell::run_lines(&mut npm, |line| outcome.see_node(line))?;
    Ok(outcome.with_status(success))
}

/// The documents' links.
pub fn docs(setup: &Setup) -> Result<Outcome> {
    docs::check(&setup.workspace).map(Outcome::of)
}

/// The short form of the attacks, on a server of their own.
pub fn chaos(setup: &Setup) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let success = chaos::attack(setup, &chaos::Options::short(), |line| outcome.see_closing(line))?;
    Ok(outcome.with_status(success))
}

fn require_node() -> Result<()> {
    let version = shell::capture(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(found) if found >= NODE => Ok(()),
        _ => Err(refused(format!("Node.js {NODE} or newer is needed, found {version}"))),
    }
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether npm has installed since the lock file was last written.
fn is_installed(folder: &Path) -> bool {
    let written = |file: &str| folder.join(file).metadata().and_then(|meta| meta.modified());
    match (written("node_modules/.package-lock.json"), written("package-lock.json")) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_says_its_version() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20"), None);
    }
}
