//! The end-to-end tests, one module a topic, in one binary: it links once, and `cargo test` can leave it out by name.

mod cli;
mod concurrency;
mod dump;
mod errors;
mod failure;
mod fatal;
mod globals;
mod matrix;
mod packages;
mod preload;
mod release;
mod robustness;
mod types;
