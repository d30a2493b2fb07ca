//! Whole commands of the tool against temporary projects, without a database.
//!
//! What a command does in a database is tested where there is one; here are its words, its exit codes, its files, and
//! what it says when the database cannot be reached.

mod harness;

mod connection;
mod help;
mod init;
mod project;
mod usage;
