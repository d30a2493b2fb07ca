//! The names a release is made of, each a type whose every value is valid.
//!
//! From a module and an export (`users/admin.ts`, `getAll`) come the path (`api.users.admin.getAll`) and, from the path
//! alone, the live function (`users_admin_get_all`). So two functions with one path always have one live name, and a
//! check of live names finds every collision.

mod environment;
mod function_path;
mod live_function;
mod module_path;
mod role;
mod tag;

pub use environment::{EnvName, LiveSchema};
pub use function_path::{ExportName, FunctionPath};
pub use live_function::{LiveFunctionName, LiveNames, Origin};
pub use module_path::{ModuleKind, ModulePath};
pub use role::RoleName;
pub use tag::TagName;

/// The longest identifier PostgreSQL keeps, in bytes (`NAMEDATALEN` - 1).
pub const MAX_IDENTIFIER_BYTES: usize = 63;

/// `name` as a quoted SQL identifier; always quoted, so that no keyword list is needed.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a literal under `standard_conforming_strings`, which our statements run with.
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Serde through `parse` and `as_str`, `Display`, `AsRef<str>` and `FromStr` for a newtype of `String`.
macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::error::NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_newtype;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_leaves_no_way_out() {
        assert_eq!(quote_identifier("users"), "\"users\"");
        assert_eq!(quote_identifier("a\"; drop schema x; --"), "\"a\"\"; drop schema x; --\"");
    }
}
