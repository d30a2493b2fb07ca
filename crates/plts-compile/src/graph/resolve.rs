//! From a specifier to a module of the bundle.

use super::bundle::{Bundle, Runtime};
use super::data_url::{self, DataModule};
use super::stored;
use super::unit::Home;
use std::collections::BTreeMap;

/// Where a specifier leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// To the module of the bundle at that path.
    Module(String),
    Runtime,
    Data(DataModule),
    /// To the stored module of that name, if there is one.
    Stored(String),
}

/// Tried after a path as it stands.
const EXTENSIONS: &[&str] = &[".ts", ".mts", ".js", ".mjs", ".json"];
/// What TypeScript authors write for what the file is called.
const WRITTEN_FOR: &[(&str, &str)] = &[(".js", ".ts"), (".mjs", ".mts")];
const INDEXES: &[&str] = &["/index.ts", "/index.mts", "/index.js", "/index.mjs"];

/// Resolves `specifier` as module `from` writes it.
///
/// Errors: the message of a diagnostic at the specifier.
pub(super) fn resolve(
    bundle: &Bundle,
    runtime: &Runtime,
    from: &str,
    home: &Home,
    specifier: &str,
) -> Result<Resolved, String> {
    if specifier == runtime.specifier {
        return Ok(Resolved::Runtime);
    }
    if is_relative(specifier) {
        let nowhere =
            |what: &str| Err(format!("cannot find module \"{specifier}\": {what} lies in no folder"));
        match home {
            Home::Bundle => {}
            Home::Data => return nowhere("a data: module"),
            Home::Stored(_) => return nowhere("a stored module"),
        }
        let path =
            join(from, specifier).ok_or_else(|| format!("module \"{specifier}\" is outside the bundle"))?;
        return find(bundle, &path)
            .map(Resolved::Module)
            .ok_or_else(|| format!("cannot find module \"{specifier}\""));
    }
    if specifier.starts_with(data_url::PREFIX) {
        return data_url::parse(specifier).map(Resolved::Data);
    }
    if let Some(name) = specifier.strip_prefix(stored::PREFIX) {
        return Ok(Resolved::Stored(name.to_owned()));
    }
    if let Some(target) = mapped(bundle, from, home, specifier) {
        return find(bundle, &target).map(Resolved::Module).ok_or_else(|| {
            format!("cannot find module \"{specifier}\"; the import map leads to \"{target}\", which is not in the bundle")
        });
    }
    Err(unknown(specifier))
}

/// True for a specifier that is a path from the module that writes it.
pub fn is_relative(specifier: &str) -> bool {
    matches!(specifier, "." | "..") || specifier.starts_with("./") || specifier.starts_with("../")
}

/// True when the relative specifier, written in module `from`, may lead to the module of path `to`.
pub fn may_lead(from: &str, specifier: &str, to: &str) -> bool {
    join(from, specifier).is_some_and(|path| candidates(&path).any(|candidate| candidate == to))
}

/// The target of a bare specifier: in the narrowest scope of module `from` that knows it, else in the import map.
fn mapped(bundle: &Bundle, from: &str, home: &Home, specifier: &str) -> Option<String> {
    // A name that is no path of the bundle could fall under a scope by accident only; a stored module's imports are
    // its own affair.
    let scopes = match home {
        Home::Bundle => &bundle.scopes,
        Home::Data => &BTreeMap::new(),
        Home::Stored(_) => return None,
    };
    // From the last to the first, of two prefixes of one path the longer comes first.
    scopes
        .iter()
        .rev()
        .filter(|(scope, _)| *scope == from || (scope.ends_with('/') && from.starts_with(scope.as_str())))
        .find_map(|(_, imports)| target(imports, specifier))
        .or_else(|| target(&bundle.imports, specifier))
}

/// Where an import map leads: by the exact key, else by the longest prefix.
fn target(imports: &BTreeMap<String, String>, specifier: &str) -> Option<String> {
    if let Some(target) = imports.get(specifier) {
        return normal(target);
    }
    let (prefix, target) = imports
        .iter()
        .filter(|(key, _)| key.ends_with('/') && specifier.starts_with(key.as_str()))
        .max_by_key(|(key, _)| key.len())?;
    let rest = &specifier[prefix.len()..];
    normal(&[target, "/", rest].concat())
}

/// The path that `specifier` means in module `from`; `None` when it leads above the root.
fn join(from: &str, specifier: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
    normal(&[folder, "/", specifier].concat())
}

/// The path without `.`, `..` and empty segments; `None` when it leads above the root.
fn normal(path: &str) -> Option<String> {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

fn find(bundle: &Bundle, path: &str) -> Option<String> {
    candidates(path).find(|candidate| bundle.modules.contains_key(candidate))
}

/// The paths that `path`, as an import writes it, may stand for, the best first.
pub fn candidates(path: &str) -> impl Iterator<Item = String> {
    let written_for = WRITTEN_FOR
        .iter()
        .filter_map(move |(written, real)| path.strip_suffix(written).map(|stem| [stem, real].concat()));
    std::iter::once(path.to_owned())
        .chain(EXTENSIONS.iter().map(move |extension| [path, extension].concat()))
        .chain(written_for)
        .chain(INDEXES.iter().map(move |index| [path, index].concat().trim_start_matches('/').to_owned()))
}

fn unknown(specifier: &str) -> String {
    let scheme = specifier.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some("node") => {
            format!("cannot find module \"{specifier}\"; Node's own modules do not exist in the database")
        }
        Some("http" | "https" | "file" | "npm" | "jsr" | "blob") => {
            format!("unsupported import \"{specifier}\"; modules are not loaded by URL")
        }
        _ if specifier.starts_with('/') => {
            format!("unsupported import \"{specifier}\"; write a path relative to this module")
        }
        _ if specifier.starts_with('#') => {
            format!("cannot find module \"{specifier}\"; add it to the imports of the bundle")
        }
        _ => format!(
            "cannot find module \"{specifier}\"; install the package, or write \"./{specifier}\" for a module of the bundle"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plts_core::artifact::{ArtifactHash, source_hash};

    fn bundle(paths: &[&str], imports: &[(&str, &str)]) -> Bundle {
        Bundle {
            modules: paths.iter().map(|path| ((*path).to_owned(), String::new())).collect(),
            imports: map(imports),
            ..Bundle::default()
        }
    }

    fn map(imports: &[(&str, &str)]) -> BTreeMap<String, String> {
        imports.iter().map(|(key, target)| ((*key).to_owned(), (*target).to_owned())).collect()
    }

    fn runtime() -> Runtime {
        Runtime {
            specifier: "@stopgap/runtime".to_owned(),
            hash: ArtifactHash::parse(&source_hash("runtime")).unwrap(),
        }
    }

    #[test]
    fn relative_specifiers() {
        let bundle = bundle(
            &[
                "users.ts",
                "users.js",
                "both.mts",
                "only.mts",
                "lib/x.ts",
                "lib/index.ts",
                "data.json",
                "deep/a/index.mjs",
                "index.ts",
                "dot.d.ts",
                "js.mjs",
                "js/index.ts",
            ],
            &[],
        );
        for (from, specifier, expected) in [
            ("a.ts", "./users", Some("users.ts")),
            ("a.ts", "./users.ts", Some("users.ts")),
            ("a.ts", "./users.js", Some("users.js")),
            ("a.ts", "./lib/x.js", Some("lib/x.ts")),
            ("a.ts", "./only.mjs", Some("only.mts")),
            ("a.ts", "./only", Some("only.mts")),
            ("a.ts", "./only.js", None),
            ("a.ts", "./lib", Some("lib/index.ts")),
            ("a.ts", "./lib/", Some("lib/index.ts")),
            ("a.ts", "./js", Some("js.mjs")),
            ("a.ts", "./data", Some("data.json")),
            ("a.ts", "./data.json", Some("data.json")),
            ("a.ts", "./deep/a", Some("deep/a/index.mjs")),
            ("a.ts", "./deep", None),
            ("lib/x.ts", "../users", Some("users.ts")),
            ("lib/x.ts", ".", Some("lib/index.ts")),
            ("lib/x.ts", "..", Some("index.ts")),
            ("lib/x.ts", "./x", Some("lib/x.ts")),
            ("deep/a/index.mjs", "../../lib/./x", Some("lib/x.ts")),
            ("a.ts", ".", Some("index.ts")),
            ("a.ts", "./nothing", None),
            ("a.ts", "./USERS", None),
            ("a.ts", "./users?x", None),
        ] {
            let found = resolve(&bundle, &runtime(), from, &Home::Bundle, specifier).ok();
            assert_eq!(found, expected.map(|path| Resolved::Module(path.to_owned())), "{from} {specifier}");
        }
    }

    #[test]
    fn nothing_leads_above_the_root() {
        let bundle = bundle(&["a.ts", "lib/b.ts"], &[("up/", "lib/../../")]);
        for (from, specifier) in
            [("a.ts", "../a"), ("lib/b.ts", "../../a"), ("a.ts", "./lib/../../a.ts"), ("a.ts", "..")]
        {
            assert_eq!(
                resolve(&bundle, &runtime(), from, &Home::Bundle, specifier),
                Err(format!("module \"{specifier}\" is outside the bundle"))
            );
        }
        assert!(resolve(&bundle, &runtime(), "a.ts", &Home::Bundle, "up/a.ts").is_err());
    }

    #[test]
    fn bare_specifiers_go_through_the_import_map() {
        let bundle = bundle(
            &["npm/zod@4/index.js", "npm/lodash/get.js", "npm/lodash/fp/get.js", "npm/own/a.ts"],
            &[
                ("zod", "npm/zod@4/index.js"),
                ("lodash/", "npm/lodash/"),
                ("lodash/fp/", "npm/lodash/fp"),
                ("#own", "./npm/own/a.ts"),
                ("broken", "npm/none.js"),
                ("@stopgap/runtime", "npm/zod@4/index.js"),
            ],
        );
        for (specifier, expected) in [
            ("zod", "npm/zod@4/index.js"),
            ("#own", "npm/own/a.ts"),
            ("lodash/get", "npm/lodash/get.js"),
            ("lodash/fp/get.js", "npm/lodash/fp/get.js"),
        ] {
            assert_eq!(
                resolve(&bundle, &runtime(), "deep/a.ts", &Home::Bundle, specifier),
                Ok(Resolved::Module(expected.to_owned())),
                "{specifier}"
            );
        }
        assert_eq!(
            resolve(&bundle, &runtime(), "a.ts", &Home::Bundle, "@stopgap/runtime"),
            Ok(Resolved::Runtime)
        );
        assert_eq!(
            resolve(&bundle, &runtime(), "a.ts", &Home::Bundle, "broken").unwrap_err(),
            "cannot find module \"broken\"; the import map leads to \"npm/none.js\", which is not in the bundle"
        );
    }

    #[test]
    fn the_narrowest_scope_counts() {
        let mut bundle = bundle(
            &[
                "npm/z@1/index.js",
                "npm/z@2/index.js",
                "npm/a@1/x.js",
                "npm/a@1/deep/y.js",
                "npm/z@3/index.js",
            ],
            &[("z", "npm/z@2/index.js"), ("other", "npm/z@2/index.js")],
        );
        bundle.scopes = BTreeMap::from([
            ("npm/a@1/".to_owned(), map(&[("z", "npm/z@1/index.js"), ("z/", "npm/z@1/")])),
            ("npm/a@1/deep/y.js".to_owned(), map(&[("z", "npm/z@3/index.js")])),
            ("npm/a@1/x".to_owned(), map(&[("z", "npm/none.js")])),
        ]);
        for (from, specifier, expected) in [
            ("a.ts", "z", "npm/z@2/index.js"),
            ("npm/a@1/x.js", "z", "npm/z@1/index.js"),
            ("npm/a@1/x.js", "z/index.js", "npm/z@1/index.js"),
            ("npm/a@1/x.js", "other", "npm/z@2/index.js"),
            ("npm/a@1/deep/y.js", "z", "npm/z@3/index.js"),
            ("npm/a@1/deep/y.js", "z/index.js", "npm/z@1/index.js"),
            ("npm/a@12/x.js", "z", "npm/z@2/index.js"),
        ] {
            let found = resolve(&bundle, &runtime(), from, &Home::Bundle, specifier);
            assert_eq!(found, Ok(Resolved::Module(expected.to_owned())), "{from} {specifier}");
        }
    }

    #[test]
    fn what_is_no_file_has_no_relative_imports() {
        let bundle = bundle(&["a.ts", "data:/a.ts"], &[("zod", "a.ts")]);
        let from = |home: &Home, specifier: &str| resolve(&bundle, &runtime(), "data:1.js", home, specifier);
        assert!(from(&Home::Data, "./a").unwrap_err().contains("a data: module lies in no folder"));
        let stored = Home::Stored("app.x".to_owned());
        assert!(from(&stored, "./a").unwrap_err().contains("a stored module lies in no folder"));
        assert_eq!(from(&Home::Data, "zod"), Ok(Resolved::Module("a.ts".to_owned())));
        assert!(from(&stored, "zod").is_err(), "a bundle does not decide what a stored module imports");
        assert_eq!(from(&stored, "plts:app.y"), Ok(Resolved::Stored("app.y".to_owned())));
    }

    #[test]
    fn what_leads_nowhere_says_what_to_do() {
        for (specifier, expected) in [
            ("zod", "cannot find module \"zod\"; install the package"),
            ("@stopgap/runtime/sub", "cannot find module \"@stopgap/runtime/sub\"; install"),
            ("node:fs", "cannot find module \"node:fs\"; Node's own modules"),
            ("https://example.com/x.js", "unsupported import \"https://example.com/x.js\""),
            ("/users", "unsupported import \"/users\"; write a path relative"),
            ("#x", "cannot find module \"#x\"; add it to the imports"),
            ("", "cannot find module \"\""),
        ] {
            let message =
                resolve(&bundle(&["a.ts"], &[]), &runtime(), "a.ts", &Home::Bundle, specifier).unwrap_err();
            assert!(message.starts_with(expected), "{specifier}: {message}");
        }
    }
}
