//! Pure core of plts: what can be decided without PostgreSQL and without V8.
//!
//! Guarantees: no IO, no `unsafe`, no clock, no randomness. Everything here is tested with plain `#[test]`.
#![forbid(unsafe_code)]

pub mod artifact;
pub mod body;
pub mod date;
pub mod dialect;
pub mod error;
pub mod identifier;
pub mod jsonb;
pub mod sqlstate;
pub mod trigger;
pub mod types;
pub mod uuid;
pub mod value;

pub use dialect::Dialect;
pub use error::{ErrorReport, Reportable};
pub use sqlstate::SqlState;
pub use types::{CompositeShape, FieldShape, TypeShape};
pub use value::{ArrayValue, CompositeValue, Dimension, NumberArray, RangeValue, TimestampTz, Value};
