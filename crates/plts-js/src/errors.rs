//! Errors in both directions: what JavaScript throws becomes an [`ErrorReport`], what the database reports becomes a
//! `PgError`.

use deno_core::v8;
use plts_core::{ErrorReport, Reportable, SqlState};

use crate::absent;
use crate::frame::{Frame, Phase, Termination};
use crate::host::HostError;
use crate::stack;

/// Why a call gave no value.
#[derive(Debug)]
pub enum CallError {
    /// An exception that nobody caught, or a value that does not fit. CONTEXT has the stack, mapped to the
    /// TypeScript lines.
    Failed(Box<ErrorReport>),
    /// The host asked for it, and has the reason.
    Terminated,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// One process has one engine, on one thread.
    #[error("the JavaScript engine was started on another thread")]
    OtherThread,
    #[error("a stack of {0} kB is too small for JavaScript")]
    StackTooSmall(u32),
    #[error("a heap of {0} bytes is too small for JavaScript")]
    HeapTooSmall(usize),
    #[error("could not start the JavaScript watchdog thread: {0}")]
    Watchdog(std::io::Error),
    #[error("could not prepare for a failure of V8: {0}")]
    Signals(std::io::Error),
    #[error("could not prepare V8 for child processes: {0}")]
    Children(std::io::Error),
    #[error("could not seed V8: {0}")]
    Seed(getrandom::Error),
}

impl Reportable for EngineError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::OtherThread => SqlState::INTERNAL_ERROR,
            Self::StackTooSmall(_) | Self::HeapTooSmall(_) => SqlState::INVALID_PARAMETER_VALUE,
            Self::Watchdog(_) | Self::Signals(_) | Self::Children(_) => SqlState::OUT_OF_MEMORY,
            Self::Seed(_) => SqlState::INTERNAL_ERROR,
        }
    }
}

/// Why the engine's own code stops in the middle of a call.
pub(crate) enum Stop {
    /// An exception is pending in V8.
    Thrown,
    /// As `Thrown`: a source that does not parse.
    Unparsable,
    /// JavaScript failed without an exception pending: a rejected promise.
    Rejected(Box<RejectedPromise>),
    /// An error of our own.
    Report(Box<ErrorReport>),
    /// The host has the reason.
    Host,
}

// It is part of nearly every result inside: two words go through registers, three through memory.
const _: () = assert!(size_of::<Result<v8::Local<'static, v8::Value>, Stop>>() <= 16);

/// What a promise was rejected with.
pub(crate) struct RejectedPromise {
    pub(crate) reason: v8::Global<v8::Value>,
    pub(crate) how: Rejected,
}

/// How a rejected promise was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// It is the result.
    Result,
    /// Nobody waited for it.
    Unhandled,
}

impl Stop {
    /// A promise was rejected.
    #[cold]
    pub(crate) fn rejected(reason: v8::Global<v8::Value>, how: Rejected) -> Self {
        Self::Rejected(Box::new(RejectedPromise { reason, how }))
    }

    pub(crate) fn report(report: ErrorReport) -> Self {
        Self::Report(Box::new(report))
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Sql(report) => Self::Report(report),
            HostError::Terminate => Self::Host,
        }
    }
}

/// The limits of a piece of text from an exception: what a message may hold before it is cut.
const MESSAGE_LIMIT_BYTES: usize = 64 << 10;

/// Turns the reason why JavaScript was terminated into the result of the call.
pub(crate) fn termination_error(frame: &Frame<'_>, reason: Termination) -> CallError {
    let report = match reason {
        Termination::Host => return CallError::Terminated,
        Termination::HeapLimit => {
            let megabytes = frame.state.budget.limit() >> 20;
            ErrorReport::new(
                SqlState::OUT_OF_MEMORY,
                format!("out of memory in JavaScript: heap limit of {megabytes} MB"),
            )
        }
        Termination::Deadline => {
            ErrorReport::new(SqlState::QUERY_CANCELED, "JavaScript ran out of the time it was given")
        }
        Termination::Panic(message) => ErrorReport::internal(message),
        Termination::Failed(report) => *report,
    };
    CallError::Failed(Box::new(report))
}

/// Throws `report` as a `PgError` and remembers it, so that it comes out whole if nobody catches it.
pub(crate) fn throw_report(scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>, report: &ErrorReport) {
    if let Some(error) = make_pg_error(scope, frame, report) {
        scope.throw_exception(error);
    }
}

fn make_pg_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    report: &ErrorReport,
) -> Option<v8::Local<'s, v8::Value>> {
    let position = match (report.internal_position, report.cursor_position) {
        (0, 0) => v8::undefined(scope).into(),
        (0, position) | (position, _) => v8::Integer::new(scope, position).into(),
    };
    let mut arguments = [v8::undefined(scope).into(); 12];
    let texts = [
        Some(report.sqlstate.as_str()),
        Some(report.message.as_str()),
        report.detail.as_deref(),
        report.hint.as_deref(),
        report.schema_name.as_deref(),
        report.table_name.as_deref(),
        report.column_name.as_deref(),
        report.datatype_name.as_deref(),
        report.constraint_name.as_deref(),
        report.context.as_deref(),
    ];
    for (argument, text) in arguments.iter_mut().zip(texts) {
        if let Some(text) = text {
            *argument = v8::String::new(scope, text)?.into();
        }
    }
    arguments[10] = position;
    if let Some(query) = &report.internal_query {
        arguments[11] = v8::String::new(scope, query)?.into();
    }
    let receiver = v8::undefined(scope).into();
    let error = frame.context.prelude.make_pg_error.open(scope).call(scope, receiver, &arguments)?;
    let number = v8::Integer::new_from_unsigned(scope, frame.remember(report)).into();
    let key = v8::Local::new(scope, &frame.state.keys.report);
    v8::Local::<v8::Object>::try_from(error).ok()?.set_private(scope, key, number)?;
    Some(error)
}

/// Reads an exception that nobody caught. Getters and proxies of it may run JavaScript, which then cannot use the
/// database, and whose own exceptions count as "no such property".
pub(crate) fn report_exception(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    exception: v8::Local<'_, v8::Value>,
) -> ErrorReport {
    frame.phase.set(Phase::Reporting);
    let exception = v8::Local::new(scope, exception);
    let lines = stack::of_exception(scope, frame, exception);
    let mut report = match v8::Local::<v8::Object>::try_from(exception) {
        Ok(object) if is_error(scope, frame, object) => read_error(scope, frame, object),
        _ => ErrorReport::new(SqlState::EXTERNAL_ROUTINE_EXCEPTION, text_of(scope, exception)),
    };
    if !report.context_is_complete && !lines.is_empty() {
        report.context = Some(lines);
    }
    report
}

/// The text of a value, or what kind of value it is when it has none.
fn text_of(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> String {
    v8::tc_scope!(let scope, scope);
    let text = match value.to_detail_string(scope) {
        Some(text) if value.is_symbol() => Some(text),
        _ => value.to_string(scope),
    };
    match text {
        Some(text) => shortened(text.to_rust_string_lossy(scope)),
        None => "a value that cannot be shown was thrown".to_owned(),
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > MESSAGE_LIMIT_BYTES {
        let end = (0..=MESSAGE_LIMIT_BYTES).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    // NUL ends a string in PostgreSQL.
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

fn is_error(scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>, object: v8::Local<'_, v8::Object>) -> bool {
    if object.is_native_error() {
        return true;
    }
    v8::tc_scope!(let scope, scope);
    let error = v8::Local::new(scope, &frame.context.prelude.error_constructor);
    object.instance_of(scope, error).unwrap_or(false)
}

fn property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::tc_scope!(let scope, scope);
    let key = v8::String::new(scope, name)?;
    object.get(scope, key.into())
}

fn text_property(
    scope: &mut v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<String> {
    let value = property(scope, object, name)?;
    let text = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(shortened(text.to_rust_string_lossy(scope)))
}

const STACK_OVERFLOW: &str = "Maximum call stack size exceeded";
const BUFFER_REFUSED: &str = "Array buffer allocation failed";

/// What V8 throws as a `RangeError` where there is no more of something, by its message.
fn of_shortage(message: &str) -> Option<ErrorReport> {
    let (sqlstate, shown, hint) = match message {
        STACK_OVERFLOW => (
            SqlState::STATEMENT_TOO_COMPLEX,
            "stack depth limit exceeded in JavaScript",
            "The function calls itself too deeply.",
        ),
        BUFFER_REFUSED => (
            SqlState::OUT_OF_MEMORY,
            "out of memory in JavaScript: an array buffer does not fit",
            "Buffers and the heap together are held to plts.max_heap_mb.",
        ),
        _ => return None,
    };
    Some(ErrorReport::new(sqlstate, shown).with_hint(hint))
}

fn read_error(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
) -> ErrorReport {
    let remembered = recall(scope, frame, object);
    let from_database = remembered.is_some();
    let name = text_property(scope, object, "name");
    let message = text_property(scope, object, "message").unwrap_or_default();
    let given = text_property(scope, object, "sqlstate").and_then(|code| SqlState::parse_for_error(&code));
    if given.is_none()
        && name.as_deref() == Some("RangeError")
        && let Some(report) = of_shortage(&message)
    {
        return report;
    }
    let mut report =
        remembered.unwrap_or_else(|| ErrorReport::new(SqlState::EXTERNAL_ROUTINE_EXCEPTION, String::new()));
    if let Some(sqlstate) = given {
        report.sqlstate = sqlstate;
    }
    let name_is_reference_error = name.as_deref() == Some("ReferenceError");
    let message_given = if name_is_reference_error { message.clone() } else { String::new() };
    report.message = match name.as_deref() {
        _ if from_database || given.is_some() => message,
        None | Some("" | "Error" | "PgError") => message,
        Some(name) if message.is_empty() => name.to_owned(),
        Some(name) => format!("{name}: {message}"),
    };
    if report.message.is_empty() {
        report.message = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Error".to_owned());
    }
    for (field, key) in [
        (&mut report.detail, "detail"),
        (&mut report.hint, "hint"),
        (&mut report.schema_name, "schema"),
        (&mut report.table_name, "table"),
        (&mut report.column_name, "column"),
        (&mut report.constraint_name, "constraint"),
        (&mut report.datatype_name, "dataType"),
    ] {
        if let Some(text) = text_property(scope, object, key) {
            *field = Some(text);
        }
    }
    if from_database {
        report.context_is_complete = report.context.is_some();
    } else if report.hint.is_none() && name_is_reference_error {
        report.hint = absent::hint(&message_given).map(str::to_owned);
    }
    report
}

/// The number of the database's own error behind a `PgError`.
fn number_of(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
) -> Option<u32> {
    let key = v8::Local::new(scope, &frame.state.keys.report);
    Some(v8::Local::<v8::Uint32>::try_from(object.get_private(scope, key)?).ok()?.value())
}

/// The database's own error behind a `PgError`.
fn recall(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
) -> Option<ErrorReport> {
    number_of(scope, frame, object).and_then(|number| frame.recall(number))
}

/// Puts a line of context in front of the database's own error behind a `PgError`; any other error stays as it is.
pub(crate) fn amend(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
    line: &str,
) {
    if let Some(number) = number_of(scope, frame, object) {
        frame.amend(number, line);
    }
}
