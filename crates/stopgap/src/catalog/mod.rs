//! The tables of schema `stopgap`, one file each, and the clock. All statements are run with the rights of `stopgap_owner`, by the
//! caller of these functions.

pub mod activation;
pub mod artifact;
pub mod audit;
pub mod clock;
pub mod deployment;
pub mod environment;
pub mod function;
pub mod row;
pub mod script;
pub mod tag;

pub use environment::Environment;
