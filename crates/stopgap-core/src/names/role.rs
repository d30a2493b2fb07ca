//! Roles that an environment names.

use std::sync::Arc;

use super::{MAX_IDENTIFIER_BYTES, quote_identifier, text_newtype};
use crate::error::NameError;

/// A role an environment may be given: any PostgreSQL identifier except the predefined roles (`pg_…`) and the two
/// words that are no roles (`public`, `none`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(Arc<str>);

impl RoleName {
    /// Reads a name; 42602 when it is not allowed. Whether the role exists is for the database to say.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = |reason| Err(NameError::Role { name: text.to_owned(), reason });
        if text.is_empty() || text.contains('\0') {
            return refuse("It must not be empty or contain a NUL character.");
        }
        if text.len() > MAX_IDENTIFIER_BYTES {
            return refuse("It is longer than 63 bytes.");
        }
        if text.starts_with("pg_") || matches!(text, "public" | "none") {
            return refuse("It is reserved by PostgreSQL.");
        }
        Ok(Self(text.into()))
    }

    /// The name as a quoted SQL identifier.
    pub fn quoted(&self) -> String {
        quote_identifier(&self.0)
    }
}

text_newtype!(RoleName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        for name in ["app_user", "App User", "o\"neil", "rôle"] {
            assert_eq!(RoleName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(RoleName::parse("o\"neil").unwrap().quoted(), "\"o\"\"neil\"");
        let too_long = "r".repeat(64);
        for name in ["", "public", "none", "pg_monitor", "a\0b", &too_long] {
            assert!(RoleName::parse(name).is_err(), "{name:?}");
        }
    }
}
