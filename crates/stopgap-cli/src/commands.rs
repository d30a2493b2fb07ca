//! One file for each command.

pub(crate) mod call;
pub(crate) mod compare;
pub(crate) mod completion;
pub(crate) mod deploy;
pub(crate) mod deployments;
pub(crate) mod diff;
pub(crate) mod env;
pub(crate) mod export;
pub(crate) mod gc;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod pin;
pub(crate) mod plan;
pub(crate) mod promote;
pub(crate) mod prune;
pub(crate) mod rollback;
pub(crate) mod status;
pub(crate) mod switch;
pub(crate) mod tag;
pub(crate) mod verify;
