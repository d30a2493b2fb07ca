//! The address of a source text: opaque here, compared and never computed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::NameError;

/// `sha256:` and 64 lower-case hexadecimal digits: the address of a source text. It is no artifact's address: the
/// same source compiled twice may give two artifacts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceHash(Arc<str>);

impl SourceHash {
    /// Reads a hash; 22023 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let is_hash = text.strip_prefix("sha256:").is_some_and(|digits| {
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        });
        if is_hash { Ok(Self(text.into())) } else { Err(NameError::SourceHash { text: text.to_owned() }) }
    }

    /// The hash as text, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SourceHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SourceHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_are_hashes() {
        let good = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(SourceHash::parse(&good).unwrap().as_str(), good);
        for text in [
            "",
            "sha256:",
            &good[7..],
            &good[..70],
            &format!("{good}0"),
            &good.to_uppercase(),
            &good.replace('a', "g"),
        ] {
            assert!(SourceHash::parse(text).is_err(), "{text}");
        }
    }
}
