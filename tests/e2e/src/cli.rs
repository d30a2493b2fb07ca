//! The command-line tool, run as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a run of it gave.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Its stdout as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {:?}; stderr: {}", self.stdout, self.stderr))
    }

    /// Itself, when the run succeeded.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Runs `stopgap` in a folder.
pub fn stopgap(folder: &Path, url: &str, arguments: &[&str]) -> Run {
    let program = std::env::var("PLTS_TEST_STOPGAP")
        .expect("PLTS_TEST_STOPGAP is not set: run these tests by `cargo xtask test e2e`");
    let Output { status, stdout, stderr } = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("STOPGAP_DB", url)
        .env("NO_COLOR", "1")
        .output()
        .expect("stopgap runs");
    Run {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(stderr).expect("stderr is UTF-8"),
    }
}

/// A folder of the repository: the one that is tested, which need not be the one a cached build was made in.
pub fn repository(path: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    Path::new(&package).join("../..").join(path)
}
