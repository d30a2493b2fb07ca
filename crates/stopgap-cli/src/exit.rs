//! Exit codes, which scripts may rely on.

use std::process;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// 0: done.
    Success,
    /// 1: the user can put it right: arguments, files, code, the state of an environment; also `diff --check` with
    /// differences.
    Failure,
    /// 2: the surroundings failed: no connection, no extension, a server in trouble.
    Environment,
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        match code {
            ExitCode::Success => Self::SUCCESS,
            ExitCode::Failure => Self::from(1),
            ExitCode::Environment => Self::from(2),
        }
    }
}
