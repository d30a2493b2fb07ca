//! Follows the imports of a project into its packages.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveError, ResolveOptions, Resolver};
use plts_compile::graph::{candidates, is_relative};
use plts_compile::{Import, ImportKind, Options};
use stopgap_core::bundle::RUNTIME_SPECIFIER;
use stopgap_core::{ImportMap, ModuleKind, ModulePath};

use super::folder::{self, Package};
use super::problem::{PackagesError, Problem};
use crate::project::Project;

/// The conditions of `exports` and `imports` that hold: a build of a package for this database, then what Node takes
/// for an `import`. Not `node`: a build that needs Node's own modules is of no use here.
const CONDITIONS: [&str; 4] = ["stopgap", "import", "module-sync", "default"];

const INSTALL: &str = "install the project's packages, for example with `npm ci`, and look at its spelling";
const NO_NODE: &str =
    "only what runs without Node.js can run in the database; look for another build or package";
const NO_COMMONJS: &str =
    "look for a version of the package with ES modules; `npm ls` shows who depends on it";
const FULL_NAME: &str = "in a package, a relative import is the full name of a file, extension included";

/// What packages add to a bundle.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// Sources by path.
    pub(crate) modules: BTreeMap<ModulePath, String>,
    /// Where the project's own imports lead.
    pub(crate) imports: ImportMap,
    /// Where those of packages lead, when that is elsewhere.
    pub(crate) scopes: BTreeMap<String, ImportMap>,
}

/// The packages that the modules of `project`, which lie in `root`, import.
pub(crate) fn collect(root: &Path, project: &Project) -> Result<Packages, PackagesError> {
    let mut walk = Walk {
        resolver: Resolver::new(ResolveOptions {
            condition_names: CONDITIONS.map(str::to_owned).to_vec(),
            extensions: vec![".js".to_owned()],
            fully_specified: true,
            main_fields: vec!["main".to_owned()],
            builtin_modules: true,
            ..ResolveOptions::default()
        }),
        folders: folder::Packages::default(),
        placed: HashMap::new(),
        waiting: VecDeque::new(),
        found: Packages::default(),
        problems: Vec::new(),
    };
    for path in project.modules.keys() {
        let on_disk = root.join(path.as_str());
        // Read a moment ago; a file that is gone since is left to the next run.
        if let Ok(real) = fs::canonicalize(&on_disk) {
            walk.placed.insert(real.clone(), path.clone());
            walk.waiting.push_back(File { real, path: path.clone(), package: None });
        }
    }
    while let Some(file) = walk.waiting.pop_front() {
        let source = match &file.package {
            None => project.modules.get(&file.path),
            Some(_) => walk.found.modules.get(&file.path),
        };
        if let Some(source) = source.cloned() {
            walk.follow(&file, &source);
        }
    }
    if walk.problems.is_empty() { Ok(walk.found.without_needless_scopes()) } else { Err(walk.into_error()) }
}

impl Packages {
    /// Drops what a scope says that the import map says too.
    fn without_needless_scopes(mut self) -> Self {
        for (scope, map) in &mut self.scopes {
            // The scope of one file is there to differ from its folder's.
            if scope.ends_with('/') {
                map.retain(|specifier, target| self.imports.get(specifier) != Some(target));
            }
        }
        self.scopes.retain(|_, map| !map.is_empty());
        self
    }
}

/// A file whose imports are to be followed.
struct File {
    real: PathBuf,
    path: ModulePath,
    /// None for a file of the project.
    package: Option<Package>,
}

struct Walk {
    resolver: Resolver,
    folders: folder::Packages,
    /// The files met, by their real paths.
    placed: HashMap<PathBuf, ModulePath>,
    waiting: VecDeque<File>,
    found: Packages,
    problems: Vec<Problem>,
}

/// A problem that has no place yet.
type Refusal = (String, Option<&'static str>);

impl Walk {
    fn follow(&mut self, file: &File, source: &str) {
        if file.path.kind() == ModuleKind::Json {
            return;
        }
        match plts_compile::analyze(source, &Options::new(file.path.as_str())) {
            Ok(analysis) => {
                for import in &analysis.imports {
                    self.import(file, import);
                }
            }
            // The server says what is wrong with the project's own modules.
            Err(_) if file.package.is_none() => {}
            Err(diagnostics) => {
                for diagnostic in diagnostics {
                    let is_commonjs = diagnostic.message.starts_with("CommonJS");
                    self.problems.push(Problem {
                        file: shown(&file.real),
                        line: diagnostic.line,
                        column: diagnostic.column,
                        message: diagnostic.message,
                        hint: is_commonjs.then_some(NO_COMMONJS),
                    });
                }
            }
        }
    }

    fn import(&mut self, file: &File, import: &Import) {
        let specifier = import.specifier.as_str();
        let outcome = match (Specifier::of(specifier), &file.package) {
            // The server resolves these, and has a message for each that leads nowhere.
            (Specifier::Servers, _) | (Specifier::Relative | Specifier::Unsupported, None) => return,
            (Specifier::Relative, Some(package)) => self.relative(file, package, specifier).map(drop),
            (Specifier::Unsupported, Some(_)) => {
                Err((format!("unsupported import \"{specifier}\""), Some(NO_NODE)))
            }
            (Specifier::Node, _) => Err(node(specifier)),
            (Specifier::Bare, _) => {
                self.bare(file, specifier).map(|target| self.found.map(file, specifier, target))
            }
        };
        let Err((message, hint)) = outcome else { return };
        // Packages ask for what may be there, and go on without it; the server warns of it.
        if import.kind == ImportKind::Dynamic && file.package.is_some() {
            return;
        }
        let (file, line, column) = (shown_file(file), import.line, import.column);
        self.problems.push(Problem { file, line, column, message, hint });
    }

    /// Where a bare or `#` specifier leads by Node's rules.
    fn bare(&mut self, file: &File, specifier: &str) -> Result<ModulePath, Refusal> {
        let folder = file.real.parent().unwrap_or(&file.real);
        match self.resolver.resolve(folder, specifier) {
            Ok(resolution) => self.place(resolution.into_path_buf(), specifier),
            Err(ResolveError::Builtin { .. }) => Err(node(specifier)),
            Err(ResolveError::PackagePathNotExported { .. }) => {
                Err((format!("cannot find module \"{specifier}\": the package does not export it"), None))
            }
            Err(ResolveError::NotFound(_)) => {
                Err((format!("cannot find module \"{specifier}\""), Some(INSTALL)))
            }
            Err(error) => Err((format!("cannot find module \"{specifier}\": {error}"), Some(INSTALL))),
        }
    }

    /// Where a relative specifier of a package leads. It must stay within the package: outside, nothing has a path.
    fn relative(&mut self, file: &File, package: &Package, specifier: &str) -> Result<ModulePath, Refusal> {
        let path = file.real.parent().unwrap_or(&file.real).join(specifier);
        let is_file = |path: &PathBuf| path.is_file();
        let found = match (file.path.kind(), path.to_str()) {
            // TypeScript that a link leads to, written as the project's own.
            (ModuleKind::TypeScript, Some(text)) => candidates(text).map(PathBuf::from).find(is_file),
            _ => Some(path).filter(is_file),
        };
        let real = found.and_then(|path| fs::canonicalize(path).ok());
        match real {
            Some(real) if real.starts_with(&package.folder) => self.place(real, specifier),
            Some(_) => Err((format!("module \"{specifier}\" is outside of its package"), None)),
            None => Err((format!("cannot find module \"{specifier}\""), Some(FULL_NAME))),
        }
    }

    /// The path of a file in the bundle; a file that was not met before is read, and its imports wait to be followed.
    fn place(&mut self, real: PathBuf, specifier: &str) -> Result<ModulePath, Refusal> {
        if let Some(path) = self.placed.get(&real) {
            return Ok(path.clone());
        }
        let refuse = |message: String, hint| Err((format!("\"{specifier}\": {message}"), hint));
        match real.extension().and_then(|extension| extension.to_str()) {
            Some("cjs" | "cts") => {
                return refuse(
                    format!("`{}` is CommonJS, which is not supported", shown(&real)),
                    Some(NO_COMMONJS),
                );
            }
            Some("js" | "mjs" | "ts" | "mts" | "json") => {}
            _ => return refuse(format!("`{}` is no module", shown(&real)), Some(NO_NODE)),
        }
        let package = match self.folders.of(&real) {
            Ok(package) => package,
            Err(reason) => return refuse(reason, None),
        };
        let inside = real.strip_prefix(&package.folder).ok().and_then(Path::to_str);
        let path =
            inside.and_then(|inside| ModulePath::parse(&[package.prefix.as_str(), inside].concat()).ok());
        let Some(path) = path else {
            return refuse(format!("the name of `{}` cannot be a module's", shown(&real)), None);
        };
        let source = match fs::read(&real).map(String::from_utf8) {
            Ok(Ok(source)) => source,
            Ok(Err(_)) => return refuse(format!("`{}` is not UTF-8", shown(&real)), None),
            Err(error) => return refuse(format!("cannot read `{}`: {error}", shown(&real)), None),
        };
        self.found.modules.insert(path.clone(), source);
        self.placed.insert(real.clone(), path.clone());
        self.waiting.push_back(File { real, path: path.clone(), package: Some(package) });
        Ok(path)
    }

    fn into_error(self) -> PackagesError {
        PackagesError { problems: self.problems }
    }
}

impl Packages {
    /// Notes where a specifier of a file leads: for its whole package, else, when another file of it means something
    /// else by it, for the file alone.
    fn map(&mut self, file: &File, specifier: &str, target: ModulePath) {
        let map = match &file.package {
            None => &mut self.imports,
            Some(package) => self.scopes.entry(package.prefix.clone()).or_default(),
        };
        match map.get(specifier) {
            None => {
                map.insert(specifier.to_owned(), target.to_string());
            }
            Some(known) if known == target.as_str() => {}
            Some(_) => {
                let own = self.scopes.entry(file.path.to_string()).or_default();
                own.insert(specifier.to_owned(), target.to_string());
            }
        }
    }
}

/// What kind of specifier a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Specifier {
    Relative,
    /// A package, or a name of the importing package's own.
    Bare,
    /// The runtime, a `data:` URL, a stored module.
    Servers,
    Node,
    /// A path from the root, or a URL.
    Unsupported,
}

impl Specifier {
    fn of(text: &str) -> Self {
        match text.split_once(':').map(|(scheme, _)| scheme) {
            _ if text == RUNTIME_SPECIFIER => Self::Servers,
            _ if is_relative(text) => Self::Relative,
            Some("data" | "plts") => Self::Servers,
            Some("node") => Self::Node,
            Some(_) => Self::Unsupported,
            None if text.starts_with('/') || text.is_empty() => Self::Unsupported,
            None => Self::Bare,
        }
    }
}

fn node(specifier: &str) -> Refusal {
    (
        format!("cannot find module \"{specifier}\": Node's own modules do not exist in the database"),
        Some(NO_NODE),
    )
}

/// How a file is called in a problem: one of the project by its path in the bundle, as the server does.
fn shown_file(file: &File) -> String {
    match file.package {
        None => file.path.to_string(),
        Some(_) => shown(&file.real),
    }
}

/// A path from where the user is, if it leads there.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize).ok();
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    short.unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests;
