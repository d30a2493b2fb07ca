//! Every way a command fails: what it says, what to do about it, and the exit code.

use std::io;
use std::path::PathBuf;

use plts_core::Reportable;
use stopgap_core::{ArchiveError, BundleError, NameError};

use crate::connection::{Aftermath, ConnectionError};
use crate::exit::ExitCode;
use crate::packages::PackagesError;
use crate::project::ProjectError;
use crate::server_error::ServerError;
use crate::settings::SettingsError;
use crate::signature::SignatureError;

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Packages(#[from] PackagesError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Server(#[from] Box<ServerError>),
    #[error(transparent)]
    Path(#[from] NameError),
    #[error("the arguments are not valid JSON: {reason}")]
    Arguments { reason: String },
    #[error("cannot read the arguments from standard input: {source}")]
    Input { source: io::Error },
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("the file is no archive of a deployment: it is not JSON")]
    NoArchive,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("cannot write `{}`: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {source}")]
    Start { source: io::Error },
    #[error("the answer of the stopgap extension cannot be read: {reason}")]
    Answer { reason: String },
    /// Ctrl-C, and the server confirmed that it gave up.
    #[error("cancelled; environment `{env}` is as it was before")]
    Cancelled { env: String },
    /// Ctrl-C or a lost connection, and the server did not say how it ended.
    #[error("interrupted ({reason}); environment `{env}` {aftermath}")]
    Interrupted { env: String, reason: String, aftermath: Aftermath },
}

impl CliError {
    /// The code the process ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_)
            | Self::Project(_)
            | Self::Packages(_)
            | Self::Bundle(_)
            | Self::Path(_)
            | Self::Arguments { .. }
            | Self::Write { .. }
            | Self::Read { .. }
            | Self::Archive(_)
            | Self::NoArchive
            | Self::Signature(_)
            | Self::Cancelled { .. } => ExitCode::Failure,
            Self::Connection(error) => error.exit_code(),
            Self::Server(error) => error.exit_code(),
            Self::Input { .. }
            | Self::Output(_)
            | Self::Start { .. }
            | Self::Answer { .. }
            | Self::Interrupted { .. } => ExitCode::Environment,
        }
    }

    /// The SQLSTATE, when the server raised it.
    pub(crate) fn sqlstate(&self) -> Option<&str> {
        self.server().map(|error| error.sqlstate.as_str())
    }

    /// More about what happened.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.detail(),
            Self::Packages(error) => error.detail(),
            Self::Bundle(error) => error.detail(),
            Self::Path(error) => error.detail(),
            Self::Archive(error) => error.detail(),
            _ => self.server().and_then(|error| error.detail.clone()),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.hint(),
            Self::Project(error) => error.hint(),
            Self::Packages(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            Self::Archive(error) => error.hint(),
            Self::Connection(error) => error.hint(),
            Self::Server(error) => error.hint.clone(),
            Self::Answer { .. } => {
                Some("the command-line tool and the extension may be of different versions".to_owned())
            }
            Self::Interrupted { aftermath: Aftermath::StillWorking { .. } | Aftermath::Unknown { .. }, .. } => Some(
                "a switch is one transaction: either it is live as a whole or nothing changed; `stopgap status` shows which"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Where in the database it happened.
    pub(crate) fn context(&self) -> Option<&str> {
        self.server().and_then(|error| error.context.as_deref())
    }

    fn server(&self) -> Option<&ServerError> {
        match self {
            Self::Server(error) | Self::Connection(ConnectionError::Refused { error, .. }) => Some(error),
            _ => None,
        }
    }
}
