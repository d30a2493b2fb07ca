//! A temporary project, and the tool run in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A folder of its own for one test.
pub(crate) struct TestProject {
    folder: TempDir,
}

impl TestProject {
    /// An empty project.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Writes a file, with its folders.
    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    /// The project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the tool there, with nothing of the caller's own settings, and gives its exit code and both outputs.
    /// The project's folder reads `[project]`.
    pub(crate) fn stopgap(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_stopgap"))
            .args(arguments)
            .current_dir(self.path())
            .env_remove("STOPGAP_DB")
            .env_remove("STOPGAP_ENV")
            .env_remove("PGSERVICE")
            .env_remove("PGHOST")
            .env_remove("PGHOSTADDR")
            .env_remove("PGDATABASE")
            .env("HOME", self.path())
            .output()
            .unwrap();
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let real = self.path().canonicalize().unwrap();
            text.replace(real.to_str().unwrap(), "[project]")
                .replace(self.path().to_str().unwrap(), "[project]")
        };
        format!(
            "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            output.status.code().unwrap(),
            shown(&output.stdout),
            shown(&output.stderr)
        )
    }
}
