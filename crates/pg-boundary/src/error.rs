//! Errors across the boundary: what PostgreSQL raised becomes an [`ErrorReport`] with every field, and back.

use std::ffi::{CString, c_char};

use pgrx::pg_sys::ErrorData;
use plts_core::{ErrorReport, SqlState};

use crate::raw;
use crate::text;

/// A result whose error has every field PostgreSQL knows.
pub type Result<T> = std::result::Result<T, Box<ErrorReport>>;

/// Takes what a function of the shim returned.
///
/// # Safety
/// `caught` is null or an `ErrorData` that `CopyErrorData` made and nobody else holds.
pub(crate) unsafe fn check(caught: raw::Caught) -> Result<()> {
    if caught.is_null() {
        return Ok(());
    }
    // SAFETY: not null, so by the caller's promise a copy that is ours alone.
    Err(unsafe { take(caught) })
}

/// # Safety
/// As [`check`], and not null.
#[cold]
unsafe fn take(caught: raw::Caught) -> Box<ErrorReport> {
    // SAFETY: the caller's promise.
    let data = unsafe { &*caught };
    let report = read(data);
    // SAFETY: made by CopyErrorData, and `report` borrows nothing of it. FreeErrorData only pfrees and cannot raise.
    unsafe { pgrx::pg_sys::FreeErrorData(caught) };
    Box::new(report)
}

fn read(data: &ErrorData) -> ErrorReport {
    // SAFETY: each field of an ErrorData is null or a C string that lives as long as it.
    let field = |text: *const c_char| unsafe { text::lossy(text) };
    let mut report = ErrorReport::new(
        SqlState::from_packed(data.sqlerrcode),
        field(data.message).unwrap_or_else(|| "missing error text".to_owned()),
    );
    report.detail = field(data.detail);
    report.hint = field(data.hint);
    report.context = field(data.context);
    report.context_is_complete = true;
    report.schema_name = field(data.schema_name);
    report.table_name = field(data.table_name);
    report.column_name = field(data.column_name);
    report.datatype_name = field(data.datatype_name);
    report.constraint_name = field(data.constraint_name);
    report.cursor_position = data.cursorpos;
    report.internal_position = data.internalpos;
    report.internal_query = field(data.internalquery);
    report
}

/// Copies a report into PostgreSQL's memory. The result is for `pgb_throw`; it is null when memory is out, which
/// `pgb_throw` takes as an error of its own.
pub(crate) fn stage(report: &ErrorReport) -> *mut ErrorData {
    let message = c_text(&report.message);
    let fields = [
        &report.detail,
        &report.hint,
        &report.context,
        &report.schema_name,
        &report.table_name,
        &report.column_name,
        &report.datatype_name,
        &report.constraint_name,
        &report.internal_query,
    ]
    .map(|field| field.as_deref().map(c_text));
    let [detail, hint, context, schema, table, column, datatype, constraint, query] =
        fields.each_ref().map(|field| field.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()));
    let staged = raw::ErrorFields {
        sqlstate: report.sqlstate.to_packed(),
        context_is_complete: report.context_is_complete,
        message: message.as_ptr(),
        detail,
        hint,
        context,
        schema_name: schema,
        table_name: table,
        column_name: column,
        datatype_name: datatype,
        constraint_name: constraint,
        cursor_position: report.cursor_position,
        internal_position: report.internal_position,
        internal_query: query,
    };
    // SAFETY: every pointer is null or a C string that lives to the end of this function; the shim copies them.
    unsafe { raw::pgb_error_stage(&staged) }
}

/// Text of an error in the server's encoding. What cannot be said there is replaced, never raised: this runs while an
/// error is being reported.
fn c_text(text: &str) -> CString {
    text::to_server(text).unwrap_or_else(|_| {
        let ascii = text.chars().map(|c| if c.is_ascii() && c != '\0' { c } else { '?' }).collect::<String>();
        CString::new(ascii).unwrap_or_default()
    })
}
