//! The end-to-end tests, one module a topic, in one binary: it links once, and `cargo test` can leave it out by name.

mod cli;
mod concurrency;
mod dump;
mod errors;
mod failure;
mod fatal;
mod globals;
mod hostile;
mod inputs;
mod matrix;
mod packages;
mod preload;
mod release;
mod replica;
mod robustness;
mod types;
