//! The folders that packages lie in, and the prefixes under which their files go into a bundle.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A package on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// The real path of its folder.
    pub(super) folder: PathBuf,
    /// `npm/<name>@<version>/`. Should one version of a package lie in two folders, whose imports may lead elsewhere,
    /// the second is `npm/<name>@<version>+2/`.
    pub(super) prefix: String,
}

/// The packages met so far.
#[derive(Debug, Default)]
pub(super) struct Packages {
    by_folder: HashMap<PathBuf, Package>,
    prefixes: BTreeSet<String>,
}

/// What of a `package.json` counts here.
#[derive(Debug, Deserialize)]
struct Description {
    name: Option<String>,
    version: Option<String>,
}

impl Packages {
    /// The package that a file, by its real path, belongs to.
    ///
    /// Errors: what is wrong with its `package.json`, or that there is none.
    pub(super) fn of(&mut self, file: &Path) -> Result<Package, String> {
        let folder = folder_of(file)
            .ok_or_else(|| format!("`{}` belongs to no package: no package.json names it", file.display()))?;
        if let Some(package) = self.by_folder.get(&folder) {
            return Ok(package.clone());
        }
        let description = describe(&folder)?;
        let name = match description.name {
            Some(name) => name,
            None => folder_name(&folder),
        };
        let version = description.version.unwrap_or_else(|| "0.0.0".to_owned());
        let mut prefix = format!("npm/{name}@{version}/");
        let mut copies = 1;
        while !self.prefixes.insert(prefix.clone()) {
            copies += 1;
            prefix = format!("npm/{name}@{version}+{copies}/");
        }
        let package = Package { folder: folder.clone(), prefix };
        self.by_folder.insert(folder, package.clone());
        Ok(package)
    }
}

/// The folder of the package of a file: below the last `node_modules`, else, for one that a symbolic link leads to, the
/// nearest with a `package.json` that has a name.
fn folder_of(file: &Path) -> Option<PathBuf> {
    let parts: Vec<_> = file.components().collect();
    if let Some(last) = parts.iter().rposition(|part| part.as_os_str() == "node_modules") {
        let is_scoped = parts.get(last + 1)?.as_os_str().to_str()?.starts_with('@');
        let end = last + if is_scoped { 3 } else { 2 };
        return (end < parts.len()).then(|| parts[..end].iter().collect());
    }
    file.ancestors()
        .skip(1)
        .find(|folder| describe(folder).is_ok_and(|description| description.name.is_some()))
        .map(Path::to_owned)
}

/// The name of a package whose `package.json` has none: the folder's, with the scope before it.
fn folder_name(folder: &Path) -> String {
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = last(folder).unwrap_or_default();
    match folder.parent().and_then(last).filter(|parent| parent.starts_with('@')) {
        Some(scope) => format!("{scope}/{name}"),
        None => name,
    }
}

fn describe(folder: &Path) -> Result<Description, String> {
    let path = folder.join("package.json");
    let text = fs::read(&path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("`{}`: {error}", path.display()))
}
