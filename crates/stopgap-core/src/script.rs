//! SQL files that a release carries beside its modules: migrations, hooks and functions.
//!
//! A migration runs once in each environment, in the order of the names; its checksum is kept, and a file that was changed
//! after it ran is refused. A function file runs when its text is not the one that the active deployment has.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{NameError, ScriptError};
use crate::names::text_newtype;

/// The name of an SQL file: letters, digits, `_`, `-` and `.`, ending in `.sql`, at most 128 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScriptName(Arc<str>);

impl ScriptName {
    /// The longest name, in bytes.
    const MAX_BYTES: usize = 128;

    /// Reads a name; 42602 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let stem = text.strip_suffix(".sql").unwrap_or_default();
        if stem.is_empty()
            || stem.starts_with('.')
            || text.len() > Self::MAX_BYTES
            || !text.bytes().all(is_allowed)
        {
            return Err(NameError::Script { name: text.to_owned() });
        }
        Ok(Self(text.into()))
    }
}

text_newtype!(ScriptName);

/// SQL files by name, in the order in which they run.
pub type SqlFiles = BTreeMap<ScriptName, String>;

/// The SQL of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// Run once in each environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub migrations: SqlFiles,
    /// Statements that create functions, in any language; run when they have changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: SqlFiles,
    /// Run at each deploy, before the migrations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Run at each deploy, when the new functions are in place and verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Scripts {
    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All of them together, in bytes.
    pub fn bytes(&self) -> usize {
        let files = self.migrations.values().chain(self.functions.values());
        files.chain(&self.before).chain(&self.after).map(String::len).sum()
    }

    /// The checksum of each function file.
    pub fn function_checksums(&self) -> BTreeMap<ScriptName, String> {
        self.functions.iter().map(|(name, text)| (name.clone(), checksum(text))).collect()
    }
}

/// The checksum of an SQL file: `sha256:` and 64 hexadecimal digits.
pub fn checksum(text: &str) -> String {
    plts_core::artifact::source_hash(text)
}

/// The migrations that have yet to run, in order. `applied` are those that ran in the environment, with the checksums
/// that they had; one that a release does not bring any more is left in peace.
///
/// Errors: 55000 for a migration that was changed after it ran, and for a new one that belongs before one that ran.
pub fn pending<'a>(
    files: &'a SqlFiles,
    applied: &BTreeMap<ScriptName, String>,
) -> Result<Vec<&'a ScriptName>, ScriptError> {
    let last = applied.keys().next_back();
    let mut pending = Vec::new();
    for (name, text) in files {
        match applied.get(name) {
            Some(known) if *known == checksum(text) => {}
            Some(_) => return Err(ScriptError::Changed { name: name.to_string() }),
            None => match last.filter(|last| name < *last) {
                Some(last) => {
                    return Err(ScriptError::OutOfOrder { name: name.to_string(), last: last.to_string() });
                }
                None => pending.push(name),
            },
        }
    }
    Ok(pending)
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;

    use super::*;

    fn files(names: &[&str]) -> SqlFiles {
        names.iter().map(|name| (ScriptName::parse(name).unwrap(), format!("-- {name}"))).collect()
    }

    fn applied(names: &[&str]) -> BTreeMap<ScriptName, String> {
        files(names).into_iter().map(|(name, text)| (name, checksum(&text))).collect()
    }

    #[test]
    fn names() {
        for name in ["001_users.sql", "2026-01-31.users.sql", "a.sql"] {
            assert_eq!(ScriptName::parse(name).unwrap().as_str(), name);
        }
        let too_long = format!("{}.sql", "a".repeat(125));
        for name in ["", ".sql", "..sql", "a", "a.txt", "a/b.sql", "../a.sql", "a b.sql", "ä.sql", &too_long]
        {
            assert!(ScriptName::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn each_runs_once_and_in_order() {
        for (bundled, ran, expected) in [
            (&["1.sql", "2.sql"][..], &[][..], &["1.sql", "2.sql"][..]),
            (&["1.sql", "2.sql"][..], &["1.sql"][..], &["2.sql"][..]),
            (&["1.sql", "2.sql"][..], &["1.sql", "2.sql"][..], &[][..]),
            // Old ones may be left out of later releases.
            (&["3.sql"][..], &["1.sql", "2.sql"][..], &["3.sql"][..]),
        ] {
            let bundled = files(bundled);
            let found: Vec<&str> =
                pending(&bundled, &applied(ran)).unwrap().into_iter().map(ScriptName::as_str).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_ran_does_not_change() {
        let mut changed = files(&["1.sql", "2.sql"]);
        changed.insert(ScriptName::parse("1.sql").unwrap(), "-- something else".to_owned());
        let error = pending(&changed, &applied(&["1.sql"])).unwrap_err();
        assert_eq!(error.sqlstate().as_str(), "55000");
        assert!(error.to_string().contains("1.sql"));
        let late = files(&["1.sql", "2.sql", "3.sql"]);
        let error = pending(&late, &applied(&["1.sql", "3.sql"])).unwrap_err();
        assert!(error.to_string().contains("2.sql"), "{error}");
    }
}
