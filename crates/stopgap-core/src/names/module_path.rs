//! Paths of modules inside a bundle.

use std::sync::Arc;

use super::text_newtype;
use crate::error::NameError;

/// A module's path inside its bundle, with `/` between segments and a known extension: `users.ts`, `lib/slug.mjs`,
/// `data/countries.json`. It never leaves the root: no `..`, no absolute path, no backslash, no control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(Arc<str>);

/// What a module's extension says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// `.ts`, `.mts`
    TypeScript,
    /// `.js`, `.mjs`
    JavaScript,
    /// `.json`
    Json,
}

impl ModuleKind {
    /// Known extensions, with their dot.
    pub const EXTENSIONS: [(&'static str, Self); 5] = [
        (".ts", Self::TypeScript),
        (".mts", Self::TypeScript),
        (".js", Self::JavaScript),
        (".mjs", Self::JavaScript),
        (".json", Self::Json),
    ];
}

/// Where packages lie in a bundle; modules under it are never entries by default.
const PACKAGES_FOLDER: &str = "npm/";

impl ModulePath {
    /// The longest path, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Reads a path; 42602 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = |reason| Err(NameError::Module { path: text.to_owned(), reason });
        if text.is_empty() || text.len() > Self::MAX_BYTES {
            return refuse("A module path has between 1 and 1024 bytes.");
        }
        if text.contains('\\') {
            return refuse("Segments are separated by \"/\", and a backslash is not allowed.");
        }
        if text.chars().any(char::is_control) {
            return refuse("Control characters are not allowed.");
        }
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            return refuse("It must be relative to the root of the bundle.");
        }
        if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return refuse("Empty segments, \".\" and \"..\" are not allowed.");
        }
        if text.ends_with(".d.ts") || text.ends_with(".d.mts") {
            return refuse("A declaration file holds types only; leave it out of the bundle.");
        }
        let path = Self(text.into());
        if path.split_extension().is_none() {
            return refuse("The extension must be .ts, .mts, .js, .mjs or .json.");
        }
        Ok(path)
    }

    /// The path without its extension, and the kind the extension stands for.
    fn split_extension(&self) -> Option<(&str, ModuleKind)> {
        ModuleKind::EXTENSIONS.iter().find_map(|(extension, kind)| {
            let stem = self.0.strip_suffix(extension)?;
            (!stem.is_empty() && !stem.ends_with('/')).then_some((stem, *kind))
        })
    }

    /// The path without its extension: `users/admin` of `users/admin.ts`.
    pub fn stem(&self) -> &str {
        self.split_extension().map_or(&self.0, |(stem, _)| stem)
    }

    /// What the extension says the module is.
    pub fn kind(&self) -> ModuleKind {
        self.split_extension().map_or(ModuleKind::TypeScript, |(_, kind)| kind)
    }

    /// True for a module whose exports may become functions when the bundle names no entries: code, not data, and
    /// not part of a package.
    pub fn is_default_entry(&self) -> bool {
        self.kind() != ModuleKind::Json && !self.0.starts_with(PACKAGES_FOLDER)
    }
}

text_newtype!(ModulePath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_paths() {
        for (text, stem, kind, entry) in [
            ("users.ts", "users", ModuleKind::TypeScript, true),
            ("lib/slug.mts", "lib/slug", ModuleKind::TypeScript, true),
            ("a/b/c.js", "a/b/c", ModuleKind::JavaScript, true),
            ("a.b.mjs", "a.b", ModuleKind::JavaScript, true),
            ("data/countries.json", "data/countries", ModuleKind::Json, false),
            ("npm/zod@4.1.0/index.js", "npm/zod@4.1.0/index", ModuleKind::JavaScript, false),
            ("npm.ts", "npm", ModuleKind::TypeScript, true),
            ("my list.ts", "my list", ModuleKind::TypeScript, true),
        ] {
            let path = ModulePath::parse(text).unwrap();
            assert_eq!((path.stem(), path.kind(), path.is_default_entry()), (stem, kind, entry), "{text}");
        }
    }

    #[test]
    fn bad_paths() {
        let too_long = format!("{}.ts", "x".repeat(1024));
        for text in [
            "",
            "/users.ts",
            "../users.ts",
            "a/../b.ts",
            "a/./b.ts",
            "./a.ts",
            "a//b.ts",
            "a\\b.ts",
            "C:/a.ts",
            "C:a.ts",
            "a\0.ts",
            "a\n.ts",
            "users",
            "users.tsx",
            "users.cjs",
            "users.cts",
            "types.d.ts",
            ".ts",
            "a/.ts",
            "a.ts/",
            &too_long,
        ] {
            assert!(ModulePath::parse(text).is_err(), "{text:?}");
        }
    }
}
