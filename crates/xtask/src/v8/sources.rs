//! What of ours goes into V8: the files in `crates/plts-js/v8`.

use std::path::{Path, PathBuf};

use super::archive;
use crate::shell::{self, Result};
use crate::workspace::Workspace;

/// Functions of our own beside V8's.
pub fn shortcuts(workspace: &Workspace) -> PathBuf {
    workspace.path("crates/plts-js/v8/shortcuts.cc")
}

/// Changes of V8's own sources, in the order of their names.
pub fn patches(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    files(&workspace.path("crates/plts-js/v8/patches"))
}

/// The SHA-256 of all that, one file after the other. The archive has it, and a test of `plts-js` compares.
pub fn digest(workspace: &Workspace) -> Result<String> {
    let mut all = Vec::new();
    for path in files(&workspace.path("crates/plts-js/v8"))? {
        all.extend(shell::read(&path)?);
    }
    Ok(archive::digest(&all))
}

/// The files of a folder and of the folders in it, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in shell::list_dir(folder)? {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}
