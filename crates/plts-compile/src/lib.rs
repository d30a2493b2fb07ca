//! TypeScript in; diagnostics, JavaScript, source map, imports and exports out.
//!
//! Guarantees: no IO, no `unsafe`, no state between calls; the same input gives the same output, byte for byte. Bad
//! input of any kind is a list of [`Diagnostic`]s with lines and columns of the user's text: a panic of the compiler
//! library becomes one, and text nested so deeply that it would overflow the stack is refused before it is parsed.
#![forbid(unsafe_code)]

mod analysis;
mod annotations;
mod body;
mod diagnostic;
mod emit;
mod fingerprint;
mod form;
pub mod graph;
mod guard;
mod module;
mod nesting;
mod options;
mod parse;
mod source;
mod times;
mod transform;
mod unsupported;

pub use analysis::imports::{Import, ImportKind, ImportedName};
pub use annotations::{Annotations, Cache, annotations};
pub use body::{CompiledBody, ParameterKind, SqlParameter, compile_body};
pub use diagnostic::{Diagnostic, Severity};
pub use fingerprint::fingerprint;
pub use form::{BodyForm, body_form};
pub use module::{Analysis, Compiled, analyze, compile_module};
pub use options::{Options, OptionsError};
