//! The PostgreSQL that the workspace is built against, installed into and tested with.

pub mod account;
pub mod cluster;
pub mod config;
pub mod install;
mod place;
