//! Our changes of V8's own sources, made to a copy of these.

use std::path::Path;
use std::process::Command;

use super::sources;
use crate::shell::{self, Result};
use crate::workspace::Workspace;

/// Makes each change to the tree in `source`, but for those that have been made there before.
pub fn apply(workspace: &Workspace, source: &Path) -> Result<()> {
    for change in sources::patches(workspace)? {
        let patch = |options: &[&str]| {
            let mut command = Command::new("patch");
            command
                .args(["-p1", "--batch", "--fuzz=0"])
                .args(options)
                .arg("-i")
                .arg(&change)
                .current_dir(source);
            command
        };
        if !shell::succeeds(&mut patch(&["--reverse", "--dry-run"])) {
            shell::run(&mut patch(&["--forward"]))?;
        }
    }
    Ok(())
}
