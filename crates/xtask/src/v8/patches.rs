//! Our changes of V8's own sources, made to a copy of these.

use std::path::Path;
use std::process::Command;

use super::sources;
use crate::shell::{self, Result};
use crate::workspace::Workspace;

/// Makes each change to the tree in `source`, but for those that have been made there before.
pub fn apply(workspace: &Workspace, source: &Path) -> Result<()> {
    sources::patches(workspace)?.iter().try_for_each(|change| apply_one(change, source))
}

fn apply_one(change: &Path, source: &Path) -> Result<()> {
    // `--force`: it asks nothing, and does not take a change for its opposite where that would fit.
    let patch = |options: &[&str]| {
        let mut command = Command::new("patch");
        command.args(["-p1", "--force", "--fuzz=0"]).args(options).arg("-i").arg(change).current_dir(source);
        command
    };
    if shell::succeeds(&mut patch(&["--reverse", "--dry-run"])) {
        return Ok(());
    }
    shell::run(&mut patch(&[]))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    const CHANGE: &str = "--- a/v8/some.cc\n+++ b/v8/some.cc\n@@ -1,3 +1,3 @@\n one\n-two\n+three\n four\n";

    /// A tree with that text, and the change beside it.
    fn tree(name: &str, text: &str) -> (PathBuf, PathBuf) {
        let folder = std::env::temp_dir().join(format!("plts-patches-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("v8")).unwrap();
        fs::write(folder.join("v8/some.cc"), text).unwrap();
        fs::write(folder.join("some.patch"), CHANGE).unwrap();
        (folder.join("some.patch"), folder)
    }

    #[test]
    fn a_change_is_made_once() {
        let (change, source) = tree("once", "one\ntwo\nfour\n");
        for _ in 0..2 {
            apply_one(&change, &source).unwrap();
            assert_eq!(fs::read_to_string(source.join("v8/some.cc")).unwrap(), "one\nthree\nfour\n");
        }
        fs::remove_dir_all(source).unwrap();
    }

    #[test]
    fn a_change_that_does_not_fit_is_refused() {
        let (change, source) = tree("refused", "one\nfive\nfour\n");
        assert!(apply_one(&change, &source).is_err());
        assert_eq!(fs::read_to_string(source.join("v8/some.cc")).unwrap(), "one\nfive\nfour\n");
        fs::remove_dir_all(source).unwrap();
    }
}
