//! Environments and their live schemas.

use std::sync::Arc;

use super::{MAX_IDENTIFIER_BYTES, quote_identifier, text_newtype};
use crate::error::NameError;

/// An environment's name: `[a-z][a-z0-9_]{0,40}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(Arc<str>);

impl EnvName {
    /// Reads a name; 42602 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let goes_on_well =
            bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if starts_well && goes_on_well && text.len() <= 41 {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Environment { name: text.to_owned() })
        }
    }
}

text_newtype!(EnvName);

/// The schema that holds an environment's live functions: `[a-z_][a-z0-9_]*`, at most 63 bytes, and none of the
/// schemas that belong to PostgreSQL, plts, stopgap or everybody (`public`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveSchema(Arc<str>);

impl LiveSchema {
    /// `live_<env>`.
    pub fn default_of(env: &EnvName) -> Self {
        Self(format!("live_{env}").into())
    }

    /// Reads a name chosen by the user; 42602 when it is not allowed, 42622 when it is too long.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = |reason| Err(NameError::LiveSchema { name: text.to_owned(), reason });
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !starts_well
            || !bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        {
            return refuse(
                "It must start with a lower-case letter or \"_\" and go on with those and digits.",
            );
        }
        if text.len() > MAX_IDENTIFIER_BYTES {
            return refuse("It is longer than 63 bytes.");
        }
        if text.starts_with("pg_") || matches!(text, "information_schema" | "public" | "plts" | "stopgap") {
            return refuse("That schema belongs to somebody else.");
        }
        Ok(Self(text.into()))
    }

    /// The name as a quoted SQL identifier.
    pub fn quoted(&self) -> String {
        quote_identifier(&self.0)
    }
}

text_newtype!(LiveSchema);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments() {
        let longest = format!("a{}", "b".repeat(40));
        for name in ["p", "prod", "prod_2", "a_", longest.as_str()] {
            assert_eq!(EnvName::parse(name).unwrap().as_str(), name);
        }
        let too_long = format!("{longest}b");
        for name in
            ["", "Prod", "2prod", "_prod", "prod-eu", "prod ", "prod\0", "é", "prod\"", too_long.as_str()]
        {
            assert!(EnvName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn live_schemas() {
        let env = EnvName::parse("prod").unwrap();
        assert_eq!(LiveSchema::default_of(&env).as_str(), "live_prod");
        let longest = EnvName::parse(&format!("a{}", "b".repeat(40))).unwrap();
        assert!(LiveSchema::parse(LiveSchema::default_of(&longest).as_str()).is_ok());
        for name in ["api", "_live", "api_v2"] {
            assert_eq!(LiveSchema::parse(name).unwrap().quoted(), format!("\"{name}\""));
        }
        let too_long = "x".repeat(64);
        for name in [
            "",
            "Api",
            "public",
            "pg_catalog",
            "pg_x",
            "information_schema",
            "plts",
            "stopgap",
            "a.b",
            "a\"",
            &too_long,
        ] {
            assert!(LiveSchema::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn serde_goes_through_the_check() {
        assert!(serde_json::from_str::<EnvName>("\"prod\"").is_ok());
        let error = serde_json::from_str::<EnvName>("\"Prod\"").unwrap_err().to_string();
        assert!(error.contains("environment"), "{error}");
    }
}
