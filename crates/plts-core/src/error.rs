//! What an error is before it meets PostgreSQL: every field `ErrorData` has, and the trait that gives each of our
//! typed errors its SQLSTATE.

use crate::SqlState;

/// An error with every field PostgreSQL keeps (`ErrorData` in `utils/elog.h`).
///
/// Message style is PostgreSQL's: `message` in lower case with no full stop; `detail` and `hint` are sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    pub sqlstate: SqlState,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// Lines of CONTEXT, innermost first.
    pub context: Option<String>,
    /// True when `context` already holds the whole chain of callers, as an error that PostgreSQL raised does; the
    /// error door then adds nothing to it.
    pub context_is_complete: bool,
    pub schema_name: Option<String>,
    pub table_name: Option<String>,
    pub column_name: Option<String>,
    pub datatype_name: Option<String>,
    pub constraint_name: Option<String>,
    /// One-based character position in the statement the client sent; 0 is none.
    pub cursor_position: i32,
    /// One-based character position in `internal_query`; 0 is none.
    pub internal_position: i32,
    pub internal_query: Option<String>,
}

impl ErrorReport {
    /// An error with a code and a message, nothing else.
    pub fn new(sqlstate: SqlState, message: impl Into<String>) -> Self {
        Self {
            sqlstate,
            message: message.into(),
            detail: None,
            hint: None,
            context: None,
            context_is_complete: false,
            schema_name: None,
            table_name: None,
            column_name: None,
            datatype_name: None,
            constraint_name: None,
            cursor_position: 0,
            internal_position: 0,
            internal_query: None,
        }
    }

    /// A bug of ours: XX000, and a request to report it.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(SqlState::INTERNAL_ERROR, message)
            .with_hint("This is a bug in plts or stopgap; please report it.")
    }

    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }
}

/// An error that knows its SQLSTATE. The `Display` text is the primary message.
pub trait Reportable: std::fmt::Display {
    fn sqlstate(&self) -> SqlState;

    fn detail(&self) -> Option<String> {
        None
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

impl<T: Reportable> From<T> for ErrorReport {
    fn from(error: T) -> Self {
        let mut report = Self::new(error.sqlstate(), error.to_string());
        report.detail = error.detail();
        report.hint = error.hint();
        report
    }
}
