//! Which PostgreSQL: the one that `pg_config` names.
//!
//! `PG_CONFIG` in the environment wins over the search path. Versions 15 to 18 are served.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Result, refused};

/// A major version that the extensions support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Major(u32);

impl Major {
    const SUPPORTED: std::ops::RangeInclusive<u32> = 15..=18;

    /// `number` as a supported version; an error names the supported ones.
    pub fn new(number: u32) -> Result<Major> {
        if Major::SUPPORTED.contains(&number) {
            return Ok(Major(number));
        }
        let (first, last) = (Major::SUPPORTED.start(), Major::SUPPORTED.end());
        Err(refused(format!("PostgreSQL {number} is not supported; versions {first} to {last} are")))
    }

    /// Reads what `pg_config --version` prints, such as `PostgreSQL 15.20 (Debian 15.20-0+deb12u1)`.
    fn parse(version: &str) -> Result<Major> {
        let digits = version.strip_prefix("PostgreSQL ").unwrap_or_default();
        let number = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let number =
            number.parse().map_err(|_| refused(format!("pg_config gave no version: \"{version}\"")))?;
        Major::new(number)
    }

    /// The cargo features that select this version in the extensions, for `--features`.
    pub fn features(self) -> String {
        format!("plts/pg{self},stopgap/pg{self}")
    }
}

impl fmt::Display for Major {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One PostgreSQL installation, as its `pg_config` describes it.
#[derive(Debug, Clone)]
pub struct PgConfig {
    /// The `pg_config` program itself.
    pub program: PathBuf,
    /// The full version text.
    pub version: String,
    /// The major version.
    pub major: Major,
    /// `initdb`, `postgres`, `psql`.
    pub bindir: PathBuf,
    /// Where shared libraries of extensions go.
    pub pkglibdir: PathBuf,
    /// Where `extension/` is, with control files and scripts.
    pub sharedir: PathBuf,
    /// The headers for server code.
    pub includedir_server: PathBuf,
}

impl PgConfig {
    /// The `pg_config` to ask, when there is one: `PG_CONFIG`, else the search path.
    pub fn program() -> Option<PathBuf> {
        match std::env::var_os("PG_CONFIG") {
            Some(program) if !program.is_empty() => Some(PathBuf::from(program)),
            _ => shell::find_program("pg_config"),
        }
    }

    /// Asks `program` for everything.
    pub fn ask(program: &Path) -> Result<PgConfig> {
        let ask = |option: &str| shell::capture(Command::new(program).arg(option));
        let version = ask("--version")?;
        let major = Major::parse(&version)?;
        Ok(PgConfig {
            program: program.to_owned(),
            version,
            major,
            bindir: ask("--bindir")?.into(),
            pkglibdir: ask("--pkglibdir")?.into(),
            sharedir: ask("--sharedir")?.into(),
            includedir_server: ask("--includedir-server")?.into(),
        })
    }

    /// A program of this installation.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.bindir.join(name)
    }

    /// The regression test driver that server-side builds bring.
    pub fn pg_regress(&self) -> PathBuf {
        self.pkglibdir.join("pgxs/src/test/regress/pg_regress")
    }

    /// Where control files and scripts of extensions are.
    pub fn extension_dir(&self) -> PathBuf {
        self.sharedir.join("extension")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(Major::parse("PostgreSQL 15.20 (Debian 15.20-0+deb12u1)").unwrap(), Major(15));
        assert_eq!(Major::parse("PostgreSQL 18beta1").unwrap(), Major(18));
        assert_eq!(Major(17).features(), "plts/pg17,stopgap/pg17");
    }

    #[test]
    fn other_versions_are_refused_by_name() {
        let error = Major::parse("PostgreSQL 14.2").unwrap_err().to_string();
        assert!(error.contains("14") && error.contains("15 to 18"), "{error}");
        assert!(Major::parse("EnterpriseDB").is_err());
    }
}
