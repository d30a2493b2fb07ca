//! What a module exports, found out by evaluating it: apart from everything else, without a database, for a limited
//! time.

use std::time::{Duration, Instant};

use plts_core::{ErrorReport, SqlState};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::in_context;
use crate::compile::unknown_abi;
use crate::engine::Engine;
use crate::errors::{CallError, Stop};
use crate::frame::Frame;
use crate::host::HostSource;
use crate::modules::{self, Wanted};

/// How far a description may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescribeLimits {
    /// From the start of the description to its end.
    pub time: Duration,
}

/// What an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportKind {
    /// A handler that reads.
    Query,
    /// A handler that may write.
    Mutation,
    /// A function that is no handler.
    Function,
    /// Anything else.
    Value,
}

/// An export of a module; serialised as `plts.describe` gives it.
#[derive(Clone, Debug, Serialize)]
pub struct ExportDescription {
    pub name: String,
    pub kind: ExportKind,
    /// JSON Schema of the arguments, if the handler offers one.
    pub args: Option<Box<RawValue>>,
    /// JSON Schema of the result, if the handler offers one.
    pub returns: Option<Box<RawValue>>,
    /// The SQL parameters and result, if the handler declares them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    kind: String,
    args: Option<Box<RawValue>>,
    returns: Option<Box<RawValue>>,
    sql: Option<Box<RawValue>>,
}

impl Engine {
    /// Evaluates the artifact and describes its exports, in the order of their names. Every use of the database
    /// inside fails.
    ///
    /// Errors: what the module throws; 57014 when the time is up; 0A000 for a handler of an unknown version.
    pub fn describe(
        &self,
        host: &mut dyn HostSource,
        entry_hash: &str,
        limits: DescribeLimits,
    ) -> Result<Vec<ExportDescription>, CallError> {
        let described = self.describe_together(host, &[entry_hash], limits)?;
        Ok(described.into_iter().next().unwrap_or_default())
    }

    /// As [`Self::describe`], for several artifacts that belong together: they are evaluated in one context, one after the
    /// other, and what they share once. The limits are those of all of them.
    ///
    /// Errors: that of the first that fails; which one it was is not said.
    pub fn describe_together(
        &self,
        host: &mut dyn HostSource,
        entry_hashes: &[&str],
        limits: DescribeLimits,
    ) -> Result<Vec<Vec<ExportDescription>>, CallError> {
        let deadline = Instant::now() + limits.time;
        self.run_apart(host, deadline, |frame| {
            entry_hashes.iter().map(|entry_hash| describe_one(frame, entry_hash)).collect()
        })
    }
}

fn describe_one(frame: &Frame, entry_hash: &str) -> Result<Vec<ExportDescription>, CallError> {
    let (module, json) = in_context(frame, |scope| {
        let graph = modules::load(scope, frame, Wanted::Stored(entry_hash.to_owned()), &[])?;
        let namespace = modules::namespace(scope, &graph)?;
        let receiver = deno_core::v8::undefined(scope).into();
        let json = frame
            .context
            .prelude
            .describe_exports
            .open(scope)
            .call(scope, receiver, &[namespace.into()])
            .ok_or(Stop::Thrown)?;
        Ok((graph.entry.name.clone(), json.to_rust_string_lossy(scope)))
    })?;
    // V8 writes half a surrogate pair as an escape, which a reader of raw JSON lets pass.
    let described: Result<Vec<Described>, _> = match json.contains(r"\ud") {
        true => serde_json::from_str::<serde_json::Value>(&json).and_then(serde_json::from_value),
        false => serde_json::from_str(&json),
    };
    let described = described.map_err(|error| {
        CallError::Failed(Box::new(ErrorReport::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("the exports of module \"{module}\" cannot be described: {error}"),
        )))
    })?;
    described.into_iter().map(|export| description(&module, export)).collect()
}

fn description(module: &str, export: Described) -> Result<ExportDescription, CallError> {
    let kind = match export.kind.as_str() {
        "query" => ExportKind::Query,
        "mutation" => ExportKind::Mutation,
        "function" => ExportKind::Function,
        "value" => ExportKind::Value,
        _ => return Err(CallError::Failed(Box::new(unknown_abi(module, &export.name)))),
    };
    Ok(ExportDescription {
        name: export.name,
        kind,
        args: export.args,
        returns: export.returns,
        sql: export.sql,
    })
}
