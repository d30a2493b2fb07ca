//! One file for each command.

pub(crate) mod call;
pub(crate) mod deploy;
pub(crate) mod deployments;
pub(crate) mod diff;
pub(crate) mod env;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod rollback;
pub(crate) mod status;
