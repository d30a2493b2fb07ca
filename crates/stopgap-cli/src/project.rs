//! Collects the modules of a project: every `.ts`, `.mts`, `.js`, `.mjs` and `.json` file under its root.
//!
//! SQL files go along from four places: `migrations/*.sql`, `functions/*.sql`, `hooks/before.sql` and `hooks/after.sql`. The
//! modules in `verify/` verify the release and become no functions.
//!
//! Left out: tests (`*.test.*`, `*.spec.*`), declaration files, names that start with a dot, `node_modules`, and the
//! settings of other tools (`package.json`, `package-lock.json`, `tsconfig*.json`). The result is in the order of the
//! paths and does not depend on the file system. A symbolic link is followed when it leads to a file inside the root;
//! any other is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use stopgap_core::{ModuleKind, ModulePath, NameError, ScriptName, Scripts};

/// A project that cannot be collected. Each error names the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    #[error("there is no folder `{}`", path.display())]
    NoRoot { path: PathBuf },
    #[error("there is no module in `{}`", path.display())]
    Empty { path: PathBuf },
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}` is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    #[error("the name of `{}` is not UTF-8", path.display())]
    NameNotUtf8 { path: PathBuf },
    #[error("symbolic link `{}` leads out of the root", path.display())]
    LinkLeaves { path: PathBuf },
    #[error("symbolic link `{}` leads to a folder", path.display())]
    LinkToFolder { path: PathBuf },
    #[error("`{}` cannot be an SQL file of the release: {source}", path.display())]
    Script { path: PathBuf, source: NameError },
    #[error("`{}` cannot be a module: {source}", path.display())]
    Path { path: PathBuf, source: NameError },
}

impl ProjectError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoRoot { .. } => {
                Some("`stopgap init` writes a starter project; `--root` names another folder".to_owned())
            }
            Self::Empty { .. } => Some("modules are .ts, .mts, .js, .mjs and .json files".to_owned()),
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".to_owned()),
            Self::LinkLeaves { .. } | Self::LinkToFolder { .. } => Some("copy what it leads to".to_owned()),
            Self::Path { source, .. } | Self::Script { source, .. } => plts_core::Reportable::detail(source),
            Self::Read { .. } | Self::NameNotUtf8 { .. } => None,
        }
    }
}

/// The modules of a project.
#[derive(Debug)]
pub(crate) struct Project {
    /// Sources by path.
    pub(crate) modules: BTreeMap<ModulePath, String>,
    /// SQL that the release runs.
    pub(crate) scripts: Scripts,
    /// Modules that verify it.
    pub(crate) verify: BTreeSet<ModulePath>,
    /// Files that were seen and left out, relative to the root.
    pub(crate) left_out: Vec<String>,
}

impl Project {
    /// Collects everything under `root`.
    pub(crate) fn collect(root: &Path) -> Result<Self, ProjectError> {
        if !root.is_dir() {
            return Err(ProjectError::NoRoot { path: root.to_owned() });
        }
        let read = |source| ProjectError::Read { path: root.to_owned(), source };
        let mut collector = Collector {
            real_root: fs::canonicalize(root).map_err(read)?,
            project: Self {
                modules: BTreeMap::new(),
                scripts: Scripts::default(),
                verify: BTreeSet::new(),
                left_out: Vec::new(),
            },
        };
        collector.visit(root, "")?;
        let mut project = collector.project;
        if project.modules.is_empty() {
            return Err(ProjectError::Empty { path: root.to_owned() });
        }
        project.left_out.sort();
        Ok(project)
    }
}

struct Collector {
    real_root: PathBuf,
    project: Project,
}

impl Collector {
    /// Visits `folder`; `prefix` is its path from the root, with a slash at its end unless it is the root.
    fn visit(&mut self, folder: &Path, prefix: &str) -> Result<(), ProjectError> {
        let read = |source| ProjectError::Read { path: folder.to_owned(), source };
        for entry in fs::read_dir(folder).map_err(read)? {
            let entry = entry.map_err(read)?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(ProjectError::NameNotUtf8 { path });
            };
            if name.starts_with('.') || name == "node_modules" {
                continue;
            }
            let relative = format!("{prefix}{name}");
            let kind =
                entry.file_type().map_err(|source| ProjectError::Read { path: path.clone(), source })?;
            if kind.is_dir() {
                self.visit(&path, &format!("{relative}/"))?;
            } else if !is_module(&name) && place_of(&relative).is_none() {
                self.project.left_out.push(relative);
            } else {
                if kind.is_symlink() {
                    self.check_link(&path)?;
                }
                match place_of(&relative) {
                    Some(place) => self.add_script(path, &place)?,
                    None => self.add(path, &relative)?,
                }
            }
        }
        Ok(())
    }

    fn check_link(&self, path: &Path) -> Result<(), ProjectError> {
        let target =
            fs::canonicalize(path).map_err(|source| ProjectError::Read { path: path.to_owned(), source })?;
        if !target.starts_with(&self.real_root) {
            return Err(ProjectError::LinkLeaves { path: path.to_owned() });
        }
        if target.is_dir() { Err(ProjectError::LinkToFolder { path: path.to_owned() }) } else { Ok(()) }
    }

    fn add_script(&mut self, path: PathBuf, place: &Place<'_>) -> Result<(), ProjectError> {
        let text = read_text(&path)?;
        let scripts = &mut self.project.scripts;
        let (files, name) = match place {
            Place::Before => {
                scripts.before = Some(text);
                return Ok(());
            }
            Place::After => {
                scripts.after = Some(text);
                return Ok(());
            }
            Place::Migration(name) => (&mut scripts.migrations, name),
            Place::Function(name) => (&mut scripts.functions, name),
        };
        match ScriptName::parse(name) {
            Ok(name) => files.insert(name, text),
            Err(source) => return Err(ProjectError::Script { path, source }),
        };
        Ok(())
    }

    fn add(&mut self, path: PathBuf, relative: &str) -> Result<(), ProjectError> {
        let module = match ModulePath::parse(relative) {
            Ok(module) => module,
            Err(source) => return Err(ProjectError::Path { path, source }),
        };
        let source = read_text(&path)?;
        if relative.starts_with("verify/") && module.kind() != ModuleKind::Json {
            self.project.verify.insert(module.clone());
        }
        self.project.modules.insert(module, source);
        Ok(())
    }
}

/// What an SQL file is, by where it lies.
enum Place<'a> {
    Migration(&'a str),
    Function(&'a str),
    Before,
    After,
}

fn place_of(relative: &str) -> Option<Place<'_>> {
    match relative.split_once('/')? {
        ("hooks", "before.sql") => Some(Place::Before),
        ("hooks", "after.sql") => Some(Place::After),
        ("migrations", name) if name.ends_with(".sql") => Some(Place::Migration(name)),
        ("functions", name) if name.ends_with(".sql") => Some(Place::Function(name)),
        _ => None,
    }
}

fn read_text(path: &Path) -> Result<String, ProjectError> {
    let bytes = fs::read(path).map_err(|source| ProjectError::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|_| ProjectError::NotUtf8 { path: path.to_owned() })
}

/// True for a file name that is a module of the project.
fn is_module(name: &str) -> bool {
    let Some((stem, kind)) = ModuleKind::EXTENSIONS
        .iter()
        .find_map(|(extension, kind)| Some((name.strip_suffix(extension)?, *kind)))
    else {
        return false;
    };
    let is_tool_setting = kind == ModuleKind::Json
        && (matches!(stem, "package" | "package-lock") || stem.starts_with("tsconfig"));
    !is_tool_setting && ![".test", ".spec", ".d"].iter().any(|suffix| stem.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("// {file}\n")).unwrap();
        }
        folder
    }

    #[test]
    fn collects_modules_and_leaves_out_the_rest() {
        let folder = folder(&[
            "users.ts",
            "lib/slug.mts",
            "lib/a.js",
            "z.mjs",
            "data.json",
            "users.test.ts",
            "users.spec.mjs",
            "types.d.ts",
            ".hidden.ts",
            ".git/x.ts",
            "node_modules/zod/index.js",
            "lib/node_modules/x.ts",
            "package.json",
            "tsconfig.build.json",
            "readme.md",
            "old.cjs",
            "testing.ts",
            "contest.ts",
        ]);
        let project = Project::collect(folder.path()).unwrap();
        let paths: Vec<&str> = project.modules.keys().map(ModulePath::as_str).collect();
        assert_eq!(
            paths,
            ["contest.ts", "data.json", "lib/a.js", "lib/slug.mts", "testing.ts", "users.ts", "z.mjs"]
        );
        assert_eq!(project.modules[&ModulePath::parse("users.ts").unwrap()], "// users.ts\n");
        assert_eq!(
            project.left_out,
            [
                "old.cjs",
                "package.json",
                "readme.md",
                "tsconfig.build.json",
                "types.d.ts",
                "users.spec.mjs",
                "users.test.ts"
            ]
        );
    }

    #[test]
    fn sql_goes_along_from_its_places() {
        let folder = folder(&[
            "a.ts",
            "migrations/001.sql",
            "migrations/002.sql",
            "functions/total.sql",
            "hooks/before.sql",
            "hooks/other.sql",
            "verify/checks.ts",
            "verify/data.json",
            "notes.sql",
        ]);
        let project = Project::collect(folder.path()).unwrap();
        let names: Vec<&str> = project.scripts.migrations.keys().map(ScriptName::as_str).collect();
        assert_eq!(names, ["001.sql", "002.sql"]);
        assert_eq!(project.scripts.functions.len(), 1);
        assert_eq!(project.scripts.before.as_deref(), Some("// hooks/before.sql\n"));
        assert_eq!(project.scripts.after, None);
        let verify: Vec<&str> = project.verify.iter().map(ModulePath::as_str).collect();
        assert_eq!(verify, ["verify/checks.ts"]);
        assert_eq!(project.left_out, ["hooks/other.sql", "notes.sql"]);
        fs::write(folder.path().join("migrations/a b.sql"), "").unwrap();
        assert!(matches!(Project::collect(folder.path()), Err(ProjectError::Script { .. })));
    }

    #[test]
    fn links_stay_inside() {
        let outside = folder(&["secret.ts"]);
        let inside = folder(&["a.ts", "lib/b.ts"]);
        symlink(inside.path().join("a.ts"), inside.path().join("lib/again.ts")).unwrap();
        assert_eq!(Project::collect(inside.path()).unwrap().modules.len(), 3);
        symlink(inside.path().join("lib"), inside.path().join("loop.ts")).unwrap();
        assert!(matches!(Project::collect(inside.path()), Err(ProjectError::LinkToFolder { .. })));
        fs::remove_file(inside.path().join("loop.ts")).unwrap();
        symlink(outside.path().join("secret.ts"), inside.path().join("s.ts")).unwrap();
        let error = Project::collect(inside.path()).unwrap_err();
        assert!(matches!(&error, ProjectError::LinkLeaves { path } if path.ends_with("s.ts")), "{error}");
    }

    #[test]
    fn only_utf8() {
        let folder = folder(&["a.ts"]);
        fs::write(folder.path().join("latin1.ts"), b"// caf\xe9").unwrap();
        let error = Project::collect(folder.path()).unwrap_err();
        assert!(matches!(&error, ProjectError::NotUtf8 { path } if path.ends_with("latin1.ts")), "{error}");
        fs::remove_file(folder.path().join("latin1.ts")).unwrap();
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.ts")), "").unwrap();
        assert!(matches!(Project::collect(folder.path()), Err(ProjectError::NameNotUtf8 { .. })));
    }

    #[test]
    fn nothing_to_collect() {
        let folder = folder(&["readme.md"]);
        assert!(matches!(Project::collect(folder.path()), Err(ProjectError::Empty { .. })));
        assert!(matches!(Project::collect(&folder.path().join("no")), Err(ProjectError::NoRoot { .. })));
    }
}
