//! What the end-to-end tests share: a database of their own on the server that `cargo xtask test` started, sessions of
//! its roles, and the command-line tool.
//!
//! Each test makes its database and drops it at the end, so that tests run side by side. The roles belong to the server;
//! they are made once.

pub mod bundle;
pub mod cli;
pub mod cluster;
pub mod folder;
pub mod planted;
pub mod random;
pub mod schema;
pub mod server;

pub use cluster::Cluster;
pub use server::{Database, Role, Server};

/// The SQLSTATE of an error; empty when the server gave none.
pub fn sqlstate(error: &postgres::Error) -> String {
    error.code().map(|code| code.code().to_owned()).unwrap_or_default()
}
