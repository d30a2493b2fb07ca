//! Errors raised by the server, and who can put them right.

use tokio_postgres::error::DbError;

use crate::exit::ExitCode;

/// An ERROR or FATAL of the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ServerError {
    pub(crate) sqlstate: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) context: Option<String>,
}

/// Classes of SQLSTATE that are no fault of the request: connection, authorization, no such database, serialization,
/// resources, operator intervention, system, configuration file, foreign data wrappers, internal.
const ENVIRONMENT_CLASSES: [&str; 10] = ["08", "28", "3D", "40", "53", "57", "58", "F0", "HV", "XX"];

impl ServerError {
    /// 2 for the classes above, 1 for any other: the sources, the arguments or the state of the environment.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if ENVIRONMENT_CLASSES.iter().any(|class| self.sqlstate.starts_with(class)) {
            ExitCode::Environment
        } else {
            ExitCode::Failure
        }
    }

    /// True when the session ended with the statement: shutdown, crash, termination by an administrator.
    pub(crate) fn ends_session(&self) -> bool {
        self.sqlstate.starts_with("57P") || self.sqlstate.starts_with("08")
    }

    /// True when the statement was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.sqlstate == "57014"
    }
}

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> Self {
        Self {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: error.where_().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_decide_the_exit_code() {
        for (sqlstate, expected) in [
            ("42601", ExitCode::Failure),
            ("42501", ExitCode::Failure),
            ("22023", ExitCode::Failure),
            ("23505", ExitCode::Failure),
            ("38000", ExitCode::Failure),
            ("55000", ExitCode::Failure),
            ("55P03", ExitCode::Failure),
            ("54000", ExitCode::Failure),
            ("P0002", ExitCode::Failure),
            ("APP01", ExitCode::Failure),
            ("08006", ExitCode::Environment),
            ("28P01", ExitCode::Environment),
            ("3D000", ExitCode::Environment),
            ("3F000", ExitCode::Failure),
            ("40001", ExitCode::Environment),
            ("53200", ExitCode::Environment),
            ("57014", ExitCode::Environment),
            ("58030", ExitCode::Environment),
            ("XX000", ExitCode::Environment),
        ] {
            let error = ServerError {
                sqlstate: sqlstate.to_owned(),
                message: String::new(),
                detail: None,
                hint: None,
                context: None,
            };
            assert_eq!(error.exit_code(), expected, "{sqlstate}");
        }
    }
}
