//! The npm packages that a project imports, resolved from `node_modules` as Node does for ES modules.
//!
//! Guarantees: only files that are reached by an import which is left when the types are gone are taken; each lies
//! under `npm/<name>@<version>/`; what Node would not find, and what the database could not run, is an error with file,
//! line and column. Nothing is run, and nothing is downloaded.

mod folder;
mod problem;
mod walk;

pub(crate) use problem::PackagesError;
pub(crate) use walk::{Packages, collect};
