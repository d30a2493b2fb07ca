//! Paths by which functions are called: `api.<module path with dots>.<export>`.

use std::fmt;
use std::sync::Arc;

use super::{ModulePath, text_newtype};
use crate::error::NameError;

/// The name of an export: a JavaScript identifier, `default` included. (ECMAScript also allows any string as an
/// export name; such an export has no path and is refused.)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportName(Arc<str>);

impl ExportName {
    /// Reads a name; 42602 when it is no identifier.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut characters = text.chars();
        let starts_well =
            characters.next().is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '$'));
        if starts_well && characters.all(|next| next.is_alphanumeric() || matches!(next, '_' | '$')) {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Export { name: text.to_owned() })
        }
    }

    /// True for the default export, whose name vanishes from the live function.
    pub fn is_default(&self) -> bool {
        self.as_str() == "default"
    }
}

text_newtype!(ExportName);

/// A function's path, `api.users.admin.getAll`: the word `api`, the module's path with its extension dropped and
/// `/` written as `.`, and the export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionPath {
    /// The word, at least one segment, of which none is empty or holds a dot, and the export.
    text: Arc<str>,
    export: ExportName,
}

impl FunctionPath {
    const PREFIX: &'static str = "api";

    /// The path of an export. A dot in a file's name separates as `/` does, so `users.admin.ts` and
    /// `users/admin.ts` have the same path (and collide).
    pub fn of(module: &ModulePath, export: &ExportName) -> Result<Self, NameError> {
        let segments = module.stem().replace('/', ".");
        if segments.split('.').any(str::is_empty) {
            return Err(NameError::Module {
                path: module.to_string(),
                reason: "A path for its functions needs a name between any two dots or slashes.",
            });
        }
        Ok(Self { text: format!("{}.{segments}.{export}", Self::PREFIX).into(), export: export.clone() })
    }

    /// Reads `api.<module>.<export>`; 42602 when it is not of that form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = || NameError::FunctionPath { path: text.to_owned() };
        let segments: Vec<&str> = text.split('.').collect();
        let [Self::PREFIX, module_segments @ .., export] = segments.as_slice() else { return Err(refuse()) };
        let well_formed = |segment: &&str| {
            !segment.is_empty() && !segment.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'))
        };
        if module_segments.is_empty() || !module_segments.iter().all(well_formed) {
            return Err(refuse());
        }
        Ok(Self { text: text.into(), export: ExportName::parse(export).map_err(|_| refuse())? })
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The segments between `api` and the export.
    pub fn module_segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        let inner = Self::PREFIX.len() + 1..self.text.len() - self.export.as_str().len() - 1;
        self.text[inner].split('.')
    }

    /// The export at the end of the path.
    pub fn export(&self) -> &ExportName {
        &self.export
    }
}

impl fmt::Display for FunctionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for FunctionPath {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl serde::Serialize for FunctionPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for FunctionPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(module: &str, export: &str) -> FunctionPath {
        FunctionPath::of(&ModulePath::parse(module).unwrap(), &ExportName::parse(export).unwrap()).unwrap()
    }

    #[test]
    fn prints_and_reads_back() {
        for (module, export, text) in [
            ("users.ts", "getUser", "api.users.getUser"),
            ("users/admin.ts", "getAll", "api.users.admin.getAll"),
            ("index.ts", "default", "api.index.default"),
            ("user-list.ts", "$all", "api.user-list.$all"),
            ("users.admin.ts", "getAll", "api.users.admin.getAll"),
            ("größe.ts", "maß", "api.größe.maß"),
        ] {
            let made = path(module, export);
            assert_eq!(made.to_string(), text);
            assert_eq!(FunctionPath::parse(text).unwrap(), made);
        }
    }

    #[test]
    fn refuses_what_is_no_path() {
        for text in [
            "",
            "api",
            "api.users",
            "api..get",
            "api.users.",
            ".users.get",
            "users.get",
            "API.users.get",
            "api.a/b.get",
            "api.users.get()",
            "api.users.2get",
            "api.us\0ers.get",
        ] {
            assert!(FunctionPath::parse(text).is_err(), "{text:?}");
        }
        assert!(
            FunctionPath::of(&ModulePath::parse("a..b.ts").unwrap(), &ExportName::parse("x").unwrap())
                .is_err()
        );
        for name in ["", "a-b", "1a", "a b", "a.b"] {
            assert!(ExportName::parse(name).is_err(), "{name:?}");
        }
    }
}
