//! The bundle: the sources of one release, as the command-line tool sends them (format 1).
//!
//! Guarantees of a [`Bundle`]: every path is valid, every import and entry names a module of the bundle, sizes are
//! within the limits below, and there is at least one entry. Unknown keys are refused, so that a newer tool never has a
//! part of its bundle ignored. The tool builds its bundle through this same type, so both sides agree on what is valid.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::BundleError;
use crate::names::{ModuleKind, ModulePath};
use crate::script::Scripts;

/// The format this crate reads and writes.
const FORMAT: u64 = 1;
/// The most modules a bundle may have.
pub const MAX_MODULES: usize = 10_000;
/// The largest module, in bytes of UTF-8.
pub const MAX_MODULE_BYTES: usize = 8 * 1024 * 1024;
/// All modules together, in bytes of UTF-8.
pub const MAX_BUNDLE_BYTES: usize = 64 * 1024 * 1024;
/// The specifier that plts itself resolves.
pub const RUNTIME_SPECIFIER: &str = "@stopgap/runtime";

const KEYS: [&str; 8] = ["format", "modules", "imports", "scopes", "entries", "source", "scripts", "verify"];

/// Where bare specifiers lead: to a module's path, or, for a key that ends in `/`, from prefix to prefix.
pub type ImportMap = BTreeMap<String, String>;

/// Where a bundle was made; kept in the manifest, never interpreted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleSource {
    /// The folder, relative to the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The commit checked out there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
}

impl BundleSource {
    /// The longest value, in bytes.
    const MAX_BYTES: usize = 1024;

    fn check(&self) -> Result<(), BundleError> {
        for (key, value) in [("source.root", &self.root), ("source.git_commit", &self.git_commit)] {
            if value.as_ref().is_some_and(|value| value.len() > Self::MAX_BYTES) {
                return Err(BundleError::TooLarge {
                    what: format!("{key} is over {} bytes", Self::MAX_BYTES),
                });
            }
        }
        Ok(())
    }
}

/// A valid bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    modules: BTreeMap<ModulePath, String>,
    imports: ImportMap,
    scopes: BTreeMap<String, ImportMap>,
    /// As given; None means the default.
    entries: Option<BTreeSet<ModulePath>>,
    source: Option<BundleSource>,
    scripts: Scripts,
    /// Modules whose handlers are run to verify the release; they become no functions.
    verify: BTreeSet<ModulePath>,
}

impl Bundle {
    /// A bundle of these parts, checked.
    pub fn new(
        modules: BTreeMap<ModulePath, String>,
        imports: ImportMap,
        scopes: BTreeMap<String, ImportMap>,
        entries: Option<BTreeSet<ModulePath>>,
        source: Option<BundleSource>,
    ) -> Result<Self, BundleError> {
        let (scripts, verify) = (Scripts::default(), BTreeSet::new());
        let bundle = Self { modules, imports, scopes, entries, source, scripts, verify };
        bundle.check_sizes()?;
        bundle.check_imports(&bundle.imports)?;
        bundle.check_scopes()?;
        bundle.check_entries()?;
        if let Some(source) = &bundle.source {
            source.check()?;
        }
        Ok(bundle)
    }

    /// The bundle with SQL of its own, and modules that verify it.
    ///
    /// Errors: 54000 when it is too large; 22023 for a module that it does not have.
    pub fn with_scripts(
        mut self,
        scripts: Scripts,
        verify: BTreeSet<ModulePath>,
    ) -> Result<Self, BundleError> {
        self.scripts = scripts;
        self.verify = verify;
        self.check_sizes()?;
        for module in &self.verify {
            if !self.modules.contains_key(module) || module.kind() == ModuleKind::Json {
                let reason = "the bundle has no such module";
                return Err(BundleError::Entry { path: module.to_string(), reason });
            }
        }
        Ok(self)
    }

    /// Reads a bundle from its JSON.
    pub fn from_json(bundle: Value) -> Result<Self, BundleError> {
        let Value::Object(mut keys) = bundle else { return Err(shape("it must be a JSON object")) };
        match keys.get("format") {
            Some(Value::Number(format)) if format.as_u64() == Some(FORMAT) => {}
            Some(Value::Number(format)) if format.as_u64().is_some() => {
                return Err(BundleError::Format { found: format.as_u64().unwrap_or_default() });
            }
            _ => return Err(shape("\"format\" must be a number")),
        }
        if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(BundleError::UnknownKey { key: key.clone() });
        }
        let modules = match keys.remove("modules") {
            Some(Value::Object(modules)) => read_modules(modules)?,
            _ => return Err(shape("\"modules\" must be an object")),
        };
        let imports = read_optional(&mut keys, "imports", "an object of strings")?.unwrap_or_default();
        let scopes =
            read_optional(&mut keys, "scopes", "an object of objects of strings")?.unwrap_or_default();
        let entries: Option<Vec<String>> = read_optional(&mut keys, "entries", "an array of strings")?;
        let entries = entries.map(read_entries).transpose()?;
        let source = read_optional(&mut keys, "source", "an object with \"root\" and \"git_commit\"")?;
        let scripts = read_optional(&mut keys, "scripts", "an object of SQL files")?.unwrap_or_default();
        let verify: Option<Vec<String>> = read_optional(&mut keys, "verify", "an array of strings")?;
        let verify = verify.map(read_entries).transpose()?.unwrap_or_default();
        Self::new(modules, imports, scopes, entries, source)?.with_scripts(scripts, verify)
    }

    /// The bundle's JSON, which [`Bundle::from_json`] reads back.
    pub fn to_json(&self) -> Value {
        let mut bundle = json!({ "format": FORMAT, "modules": self.modules, "imports": self.imports });
        if let Value::Object(keys) = &mut bundle {
            if !self.scopes.is_empty() {
                keys.insert("scopes".to_owned(), json!(self.scopes));
            }
            if let Some(entries) = &self.entries {
                keys.insert("entries".to_owned(), json!(entries));
            }
            if let Some(source) = &self.source {
                keys.insert("source".to_owned(), json!(source));
            }
            if !self.scripts.is_empty() {
                keys.insert("scripts".to_owned(), json!(self.scripts));
            }
            if !self.verify.is_empty() {
                keys.insert("verify".to_owned(), json!(self.verify));
            }
        }
        bundle
    }

    /// Sources by path.
    pub fn modules(&self) -> &BTreeMap<ModulePath, String> {
        &self.modules
    }

    /// Bare specifiers and prefixes (keys that end in `/`), and where they lead.
    pub fn imports(&self) -> &ImportMap {
        &self.imports
    }

    /// Import maps for some modules only: by the path of one, or of a folder, with a `/` at its end.
    pub fn scopes(&self) -> &BTreeMap<String, ImportMap> {
        &self.scopes
    }

    /// The modules whose exports may become functions, by default every one that is code and not under `npm/`.
    pub fn entries(&self) -> Vec<&ModulePath> {
        match &self.entries {
            Some(entries) => entries.iter().collect(),
            None => self
                .modules
                .keys()
                .filter(|path| path.is_default_entry() && !self.verify.contains(*path))
                .collect(),
        }
    }

    /// The SQL that it brings.
    pub fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// The modules whose handlers verify it.
    pub fn verify(&self) -> &BTreeSet<ModulePath> {
        &self.verify
    }

    /// The modules to be evaluated: the entries, and those that verify.
    pub fn evaluated(&self) -> BTreeSet<&ModulePath> {
        self.entries().into_iter().chain(&self.verify).collect()
    }

    /// Where it was made.
    pub fn source(&self) -> Option<&BundleSource> {
        self.source.as_ref()
    }

    fn check_sizes(&self) -> Result<(), BundleError> {
        let too_large = |what: String| Err(BundleError::TooLarge { what });
        if self.modules.len() > MAX_MODULES {
            return too_large(format!("it has {} modules; the limit is {MAX_MODULES}", self.modules.len()));
        }
        let mut total = self.scripts.bytes();
        for (path, source) in &self.modules {
            if source.len() > MAX_MODULE_BYTES {
                return too_large(format!(
                    "module \"{path}\" has {} bytes; the limit is {MAX_MODULE_BYTES}",
                    source.len()
                ));
            }
            total += source.len();
        }
        if total > MAX_BUNDLE_BYTES {
            return too_large(format!("its files have {total} bytes; the limit is {MAX_BUNDLE_BYTES}"));
        }
        Ok(())
    }

    fn check_scopes(&self) -> Result<(), BundleError> {
        for (scope, imports) in &self.scopes {
            let is_there = self.modules.keys().any(|path| {
                path.as_str() == scope || (scope.ends_with('/') && path.as_str().starts_with(scope.as_str()))
            });
            if !is_there {
                return Err(BundleError::Scope { scope: scope.clone() });
            }
            self.check_imports(imports)?;
        }
        Ok(())
    }

    fn check_imports(&self, imports: &ImportMap) -> Result<(), BundleError> {
        let has_module =
            |target: &str| ModulePath::parse(target).is_ok_and(|path| self.modules.contains_key(&path));
        for (specifier, target) in imports {
            let refuse = |reason: String| Err(BundleError::Import { specifier: specifier.clone(), reason });
            if specifier.is_empty()
                || specifier.starts_with(['.', '/'])
                || specifier.contains(char::is_control)
            {
                return refuse("only bare specifiers can be mapped".to_owned());
            }
            if specifier == RUNTIME_SPECIFIER {
                return refuse("the runtime comes with the database".to_owned());
            }
            if specifier.ends_with('/') {
                let is_folder = target.ends_with('/')
                    && self.modules.keys().any(|path| path.as_str().starts_with(target.as_str()));
                if !is_folder {
                    return refuse(format!("\"{target}\" is no folder of the bundle"));
                }
            } else if !has_module(target) {
                return refuse(format!("the bundle has no module \"{target}\""));
            }
        }
        Ok(())
    }

    fn check_entries(&self) -> Result<(), BundleError> {
        for entry in self.entries.iter().flatten() {
            let refuse = |reason| Err(BundleError::Entry { path: entry.to_string(), reason });
            if !self.modules.contains_key(entry) {
                return refuse("the bundle has no such module");
            }
            if entry.kind() == ModuleKind::Json {
                return refuse("a JSON module has no functions");
            }
        }
        if self.entries().is_empty() { Err(BundleError::NoEntries) } else { Ok(()) }
    }
}

fn shape(reason: impl Into<String>) -> BundleError {
    BundleError::Shape { reason: reason.into() }
}

fn read_modules(modules: Map<String, Value>) -> Result<BTreeMap<ModulePath, String>, BundleError> {
    let mut read = BTreeMap::new();
    for (path, source) in modules {
        let path = ModulePath::parse(&path)?;
        let Value::String(source) = source else {
            return Err(shape(format!("the source of module \"{path}\" must be a string")));
        };
        read.insert(path, source);
    }
    Ok(read)
}

fn read_entries(entries: Vec<String>) -> Result<BTreeSet<ModulePath>, BundleError> {
    let mut read = BTreeSet::new();
    for entry in entries {
        if !read.insert(ModulePath::parse(&entry)?) {
            return Err(BundleError::Entry { path: entry, reason: "it is listed twice" });
        }
    }
    Ok(read)
}

/// Takes `key` out of `keys`; None when it is absent or null.
fn read_optional<T: serde::de::DeserializeOwned>(
    keys: &mut Map<String, Value>,
    key: &str,
    expected: &str,
) -> Result<Option<T>, BundleError> {
    match keys.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value)
            .map(Some)
            .map_err(|_| shape(format!("\"{key}\" must be {expected}"))),
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;

    use super::*;

    fn refused(bundle: Value) -> (String, String) {
        let error = Bundle::from_json(bundle).unwrap_err();
        (error.sqlstate().as_str().to_owned(), error.to_string())
    }

    #[test]
    fn reads_and_writes() {
        let json = json!({
            "format": 1,
            "modules": {"users.ts": "export {}", "lib/slug.ts": "", "data.json": "{}", "npm/zod@4.1.0/index.js": ""},
            "imports": {"zod": "npm/zod@4.1.0/index.js", "zod/": "npm/zod@4.1.0/"},
            "scopes": {"lib/": {"zod": "users.ts"}, "lib/slug.ts": {}},
            "source": {"root": "stopgap", "git_commit": "abc"}
        });
        let bundle = Bundle::from_json(json.clone()).unwrap();
        let entries: Vec<&str> = bundle.entries().into_iter().map(ModulePath::as_str).collect();
        assert_eq!(entries, ["lib/slug.ts", "users.ts"]);
        assert_eq!(bundle.to_json(), json);
        let with_entries =
            json!({"format": 1, "modules": {"a.ts": "", "b.ts": ""}, "imports": {}, "entries": ["b.ts"]});
        let bundle = Bundle::from_json(with_entries.clone()).unwrap();
        assert_eq!(bundle.entries().len(), 1);
        assert_eq!(bundle.to_json(), with_entries);
    }

    #[test]
    fn refuses_with_a_reason() {
        let modules = json!({"a.ts": "", "d.json": "1"});
        for (bundle, sqlstate, part) in [
            (json!([]), "22023", "must be a JSON object"),
            (json!({"modules": {}}), "22023", "\"format\""),
            (json!({"format": "1", "modules": {}}), "22023", "\"format\""),
            (json!({"format": 1.5, "modules": {}}), "22023", "\"format\""),
            (json!({"format": 2, "modules": {}}), "0A000", "format 2"),
            (json!({"format": 1, "modules": modules, "files": {}}), "22023", "unknown key \"files\""),
            (json!({"format": 1}), "22023", "\"modules\""),
            (json!({"format": 1, "modules": {}}), "22023", "no module"),
            (json!({"format": 1, "modules": {"d.json": ""}}), "22023", "no module"),
            (json!({"format": 1, "modules": {"a.ts": 1}}), "22023", "\"a.ts\""),
            (json!({"format": 1, "modules": {"../a.ts": ""}}), "42602", "\"../a.ts\""),
            (json!({"format": 1, "modules": modules, "imports": []}), "22023", "\"imports\""),
            (
                json!({"format": 1, "modules": modules, "imports": {"z": "b.ts"}}),
                "22023",
                "no module \"b.ts\"",
            ),
            (json!({"format": 1, "modules": modules, "imports": {"z/": "npm/z/"}}), "22023", "no folder"),
            (json!({"format": 1, "modules": modules, "imports": {"./z": "a.ts"}}), "22023", "bare"),
            (
                json!({"format": 1, "modules": modules, "imports": {RUNTIME_SPECIFIER: "a.ts"}}),
                "22023",
                "runtime",
            ),
            (json!({"format": 1, "modules": modules, "scopes": {"a.ts": 1}}), "22023", "\"scopes\""),
            (json!({"format": 1, "modules": modules, "scopes": {"b/": {}}}), "22023", "scope \"b/\""),
            (json!({"format": 1, "modules": modules, "scopes": {"a": {}}}), "22023", "scope \"a\""),
            (
                json!({"format": 1, "modules": modules, "scopes": {"a.ts": {"z": "b.ts"}}}),
                "22023",
                "no module \"b.ts\"",
            ),
            (json!({"format": 1, "modules": modules, "entries": []}), "22023", "no module"),
            (json!({"format": 1, "modules": modules, "entries": ["b.ts"]}), "22023", "no such module"),
            (json!({"format": 1, "modules": modules, "entries": ["d.json"]}), "22023", "JSON"),
            (json!({"format": 1, "modules": modules, "entries": ["a.ts", "a.ts"]}), "22023", "twice"),
            (json!({"format": 1, "modules": modules, "source": {"who": "me"}}), "22023", "\"source\""),
        ] {
            let (code, message) = refused(bundle.clone());
            assert_eq!(code, sqlstate, "{bundle}: {message}");
            assert!(message.contains(part), "{bundle}: {message}");
        }
    }

    #[test]
    fn sizes_are_limited() {
        let (code, message) =
            refused(json!({"format": 1, "modules": {"a.ts": "x".repeat(MAX_MODULE_BYTES + 1)}}));
        assert_eq!(code, "54000", "{message}");
        assert!(message.contains("\"a.ts\"") && !message.contains("xxx"), "{message}");
        let many: Map<String, Value> = (0..=MAX_MODULES).map(|n| (format!("m{n}.ts"), json!(""))).collect();
        assert_eq!(refused(json!({"format": 1, "modules": many})).0, "54000");
        let large: Map<String, Value> =
            (0..9).map(|n| (format!("m{n}.ts"), json!("x".repeat(MAX_MODULE_BYTES)))).collect();
        assert_eq!(refused(json!({"format": 1, "modules": large})).0, "54000");
        let root = "r".repeat(1025);
        assert_eq!(
            refused(json!({"format": 1, "modules": {"a.ts": ""}, "source": {"root": root}})).0,
            "54000"
        );
    }
}
