//! Makes the bundle of a project: its modules, and where they come from.

use std::path::Path;
use std::process::{Command, Stdio};

use stopgap_core::{Bundle, BundleError, BundleSource};

use crate::packages::Packages;
use crate::project::Project;

/// The bundle of `project`, whose modules lie in `root`, and of the packages that it imports.
pub(crate) fn build(project: Project, packages: Packages, root: &Path) -> Result<Bundle, BundleError> {
    let source = BundleSource { root: Some(root_name(root)), git_commit: git_commit(root) };
    let mut modules = project.modules;
    modules.extend(packages.modules);
    Bundle::new(modules, packages.imports, packages.scopes, None, Some(source))?
        .with_scripts(project.scripts, project.verify)
}

/// The last part of the path: what is kept in the database says nothing about the machine.
fn root_name(root: &Path) -> String {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The commit checked out at `root`, with `-dirty` when files there differ from it; None without git or a commit.
fn git_commit(root: &Path) -> Option<String> {
    let commit = git(root, &["rev-parse", "--verify", "--quiet", "HEAD"])?;
    let changes = git(root, &["status", "--porcelain", "--", "."])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}-dirty") })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(["--no-optional-locks", "-C"])
        .arg(root)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_bundle_says_where_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("functions");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a.ts"), "export {}").unwrap();
        let bundle = build(Project::collect(&root).unwrap(), Packages::default(), &root).unwrap();
        let source = bundle.source().unwrap();
        assert_eq!((source.root.as_deref(), source.git_commit.as_deref()), (Some("functions"), None));
        let in_git = |arguments: &[&str]| git(&root, arguments).unwrap();
        in_git(&["init", "--quiet"]);
        in_git(&["add", "."]);
        in_git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "one"]);
        let commit = git_commit(&root).unwrap();
        assert_eq!(commit.len(), 40, "{commit}");
        fs::write(root.join("a.ts"), "export const b = 1").unwrap();
        assert_eq!(git_commit(&root).unwrap(), format!("{commit}-dirty"));
    }
}
