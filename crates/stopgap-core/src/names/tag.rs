//! Names that people give to deployments.

use std::sync::Arc;

use super::text_newtype;
use crate::error::NameError;

/// A tag: a letter, then at most 62 letters, digits, `.`, `_`, `/`, `-` and `+`, as in `v1.4.0` and `release/2026-07`.
/// It is never a number, so that a deployment's id and a tag cannot be taken for one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(Arc<str>);

impl TagName {
    /// Reads a name; 42602 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let goes_on_well = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-+".contains(&byte);
        let mut bytes = text.bytes();
        if bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(goes_on_well)
            && text.len() <= 63
        {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Tag { name: text.to_owned() })
        }
    }
}

text_newtype!(TagName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for name in ["v1", "v1.4.0", "release/2026-07", "R", "a+b_c"] {
            assert_eq!(TagName::parse(name).unwrap().as_str(), name);
        }
        let too_long = "t".repeat(64);
        for name in ["", "1", "7a", ".v1", "v 1", "v1\n", "vé", &too_long] {
            assert!(TagName::parse(name).is_err(), "{name:?}");
        }
    }
}
