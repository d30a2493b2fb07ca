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
mod killed;
mod load;
mod matrix;
mod memory;
mod metrics;
mod model;
mod packages;
mod pooled;
mod preload;
mod reference;
mod release;
mod replica;
mod robustness;
mod shortage;
mod teamwork;
mod tls;
mod types;
