//! Settings: arguments, else environment variables, else the profile of the nearest `stopgap.toml`, else a default.
//!
//! Paths in `stopgap.toml` are relative to its folder; paths on the command line to the current one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stopgap_core::{EnvName, NameError};

use crate::args::GlobalArgs;
use crate::connection::is_named_by_variables;

/// The name of the settings file.
pub(crate) const FILE_NAME: &str = "stopgap.toml";
/// The folder with the modules when nothing else says so.
pub(crate) const DEFAULT_ROOT: &str = "stopgap";

/// Settings that are missing or cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}` is not valid: {reason}", path.display())]
    Invalid { path: PathBuf, reason: String },
    #[error("there is no profile `{name}` in `{}`", path.display())]
    NoProfile { name: String, path: PathBuf },
    #[error("there is no `{FILE_NAME}` to take profile `{name}` from")]
    NoFile { name: String },
    #[error("no database is set")]
    NoDatabase,
    #[error("no environment is set")]
    NoEnvironment,
    #[error(transparent)]
    Environment(#[from] NameError),
}

impl SettingsError {
    /// More about what is wrong.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Environment(error) => plts_core::Reportable::detail(error),
            _ => None,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoDatabase => Some(
                "give `--db`, set `STOPGAP_DB` or PGHOST and the like, or write `db` in a profile of `stopgap.toml`; for \
                 example `postgres://localhost/app`"
                    .to_owned(),
            ),
            Self::NoEnvironment => Some(
                "give `--env`, set `STOPGAP_ENV`, or write `env` in a profile of `stopgap.toml`".to_owned(),
            ),
            Self::NoFile { .. } => Some("`stopgap init` writes one".to_owned()),
            Self::Environment(_) | Self::Read { .. } | Self::Invalid { .. } | Self::NoProfile { .. } => None,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    db: Option<String>,
    env: Option<String>,
    root: Option<PathBuf>,
}

/// What a command works with. Nothing is demanded before it is asked for.
#[derive(Debug)]
pub(crate) struct Settings {
    database: Option<String>,
    environment: Option<String>,
    /// Where the modules are when the command line does not say.
    default_root: PathBuf,
}

impl Settings {
    /// Reads the settings of the project that `directory` is in.
    pub(crate) fn resolve(global: &GlobalArgs, directory: &Path) -> Result<Self, SettingsError> {
        let (profile, folder) = match find_file(directory) {
            Some(path) => {
                let profile = read_profile(&path, &global.profile)?;
                (profile, path.parent().unwrap_or(directory).to_owned())
            }
            None if global.profile != "default" => {
                return Err(SettingsError::NoFile { name: global.profile.clone() });
            }
            None => (Profile::default(), directory.to_owned()),
        };
        let given = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
        Ok(Self {
            database: given(&global.db).or(profile.db),
            environment: given(&global.env).or(profile.env),
            default_root: folder.join(profile.root.unwrap_or_else(|| PathBuf::from(DEFAULT_ROOT))),
        })
    }

    /// The connection string.
    pub(crate) fn database(&self) -> Result<&str, SettingsError> {
        match &self.database {
            Some(database) => Ok(database),
            // libpq's variables say it.
            None if is_named_by_variables() => Ok(""),
            None => Err(SettingsError::NoDatabase),
        }
    }

    /// The environment.
    pub(crate) fn environment(&self) -> Result<EnvName, SettingsError> {
        let name = self.environment.as_deref().ok_or(SettingsError::NoEnvironment)?;
        Ok(EnvName::parse(name)?)
    }

    /// The folder with the modules; `given` is what the command line says.
    pub(crate) fn root<'a>(&'a self, given: Option<&'a PathBuf>) -> &'a Path {
        given.unwrap_or(&self.default_root)
    }
}

fn find_file(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

fn read_profile(path: &Path, name: &str) -> Result<Profile, SettingsError> {
    let text =
        fs::read_to_string(path).map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    // Only the message: the rendered error would quote the line, and the line may hold a password.
    let mut file: File = toml::from_str(&text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        SettingsError::Invalid { path: path.to_owned(), reason: format!("line {line}: {}", error.message()) }
    })?;
    match file.profile.remove(name) {
        Some(profile) => Ok(profile),
        None if name == "default" => Ok(Profile::default()),
        None => Err(SettingsError::NoProfile { name: name.to_owned(), path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(db: Option<&str>, env: Option<&str>, profile: &str) -> GlobalArgs {
        GlobalArgs {
            db: db.map(str::to_owned),
            env: env.map(str::to_owned),
            profile: profile.to_owned(),
            json: false,
            verbose: false,
            quiet: false,
        }
    }

    fn project(file: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("deep/er")).unwrap();
        fs::write(folder.path().join(FILE_NAME), file).unwrap();
        folder
    }

    #[test]
    fn arguments_win_over_the_profile() {
        let folder = project(
            "[profile.default]\ndb = \"a\"\nenv = \"dev\"\nroot = \"src\"\n[profile.ci]\nenv = \"ci\"\n",
        );
        let deep = folder.path().join("deep/er");
        let settings = Settings::resolve(&arguments(None, None, "default"), &deep).unwrap();
        assert_eq!(settings.database().unwrap(), "a");
        assert_eq!(settings.environment().unwrap().as_str(), "dev");
        assert_eq!(settings.root(None), folder.path().join("src"));
        assert_eq!(settings.root(Some(&PathBuf::from("x"))), Path::new("x"));
        let settings = Settings::resolve(&arguments(Some("b"), Some("prod"), "default"), &deep).unwrap();
        assert_eq!((settings.database().unwrap(), settings.environment().unwrap().as_str()), ("b", "prod"));
        let settings = Settings::resolve(&arguments(None, None, "ci"), &deep).unwrap();
        assert!(matches!(settings.database(), Err(SettingsError::NoDatabase)));
        assert_eq!(settings.root(None), folder.path().join("stopgap"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = project("[profile.default]\nenv = \"Prod\"\n");
        let settings = Settings::resolve(&arguments(None, None, "default"), folder.path()).unwrap();
        assert!(matches!(settings.environment(), Err(SettingsError::Environment(_))));
        let error = Settings::resolve(&arguments(None, None, "ci"), folder.path()).unwrap_err();
        assert!(matches!(error, SettingsError::NoProfile { .. }));
        let empty = tempfile::tempdir().unwrap();
        let error = Settings::resolve(&arguments(None, None, "ci"), empty.path()).unwrap_err();
        assert!(matches!(error, SettingsError::NoFile { .. }));
    }

    #[test]
    fn an_invalid_file_does_not_show_its_secrets() {
        let folder = project("[profile.default]\nenv = \"dev\"\npassword = \"hunter2\"\n");
        let error =
            Settings::resolve(&arguments(None, None, "default"), folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("unknown field"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
