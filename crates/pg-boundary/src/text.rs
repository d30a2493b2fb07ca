//! Text across the boundary: Rust and V8 speak UTF-8, the server its database's encoding.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::OnceLock;

use plts_core::{ErrorReport, SqlState};

use crate::error::{Result, check};
use crate::raw;

/// True when the database's encoding is UTF-8, so that no conversion is ever needed. Fixed for a backend's life.
pub(crate) fn is_utf8() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    // SAFETY: reads a variable of the backend; there is no error path.
    *ANSWER.get_or_init(|| unsafe { raw::pgb_database_is_utf8() })
}

/// Server text as UTF-8. Borrowed when the database is UTF-8.
///
/// Errors: 22021 for bytes that are no text in the server's encoding.
pub(crate) fn from_server(bytes: &[u8]) -> Result<Cow<'_, str>> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return Ok(Cow::Borrowed(unsafe { std::str::from_utf8_unchecked(bytes) }));
    }
    if is_utf8() {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => Err(not_representable()),
        };
    }
    let length = c_int::try_from(bytes.len()).map_err(|_| not_representable())?;
    let mut converted = std::ptr::null_mut();
    // SAFETY: `bytes` is valid for `length` bytes; the shim catches errors.
    unsafe { check(raw::pgb_server_to_utf8(bytes.as_ptr().cast(), length, &mut converted))? };
    if std::ptr::eq(converted.cast_const().cast(), bytes.as_ptr()) {
        // SQL_ASCII: PostgreSQL passes the bytes on as they are.
        return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| not_representable());
    }
    // SAFETY: a converted text is a fresh C string in the current memory context.
    let text = unsafe { CStr::from_ptr(converted) }.to_string_lossy().into_owned();
    // SAFETY: palloc'd by the conversion and copied just now.
    unsafe { pgrx::pg_sys::pfree(converted.cast()) };
    Ok(Cow::Owned(text))
}

/// UTF-8 as a C string in the server's encoding.
///
/// Errors: 22P05 for a NUL character or one that the server's encoding does not have.
pub(crate) fn to_server(text: &str) -> Result<CString> {
    if is_utf8() || text.is_ascii() {
        return CString::new(text).map_err(|_| null_character());
    }
    if text.contains('\0') {
        return Err(null_character());
    }
    let length = c_int::try_from(text.len()).map_err(|_| not_representable())?;
    let mut converted = std::ptr::null_mut();
    // SAFETY: `text` is valid for `length` bytes; the shim catches errors.
    unsafe { check(raw::pgb_utf8_to_server(text.as_ptr().cast(), length, &mut converted))? };
    if std::ptr::eq(converted.cast_const().cast(), text.as_ptr()) {
        return CString::new(text).map_err(|_| null_character());
    }
    // SAFETY: a converted text is a fresh C string in the current memory context.
    let copy = unsafe { CStr::from_ptr(converted) }.to_owned();
    // SAFETY: palloc'd by the conversion and copied just now.
    unsafe { pgrx::pg_sys::pfree(converted.cast()) };
    Ok(copy)
}

/// UTF-8 in the server's encoding. Borrowed when it is the same there.
///
/// Errors: as [`to_server`].
pub(crate) fn to_server_bytes(text: &str) -> Result<Cow<'_, [u8]>> {
    if is_utf8() || text.is_ascii() {
        return if text.as_bytes().contains(&0) {
            Err(null_character())
        } else {
            Ok(Cow::Borrowed(text.as_bytes()))
        };
    }
    to_server(text).map(|text| Cow::Owned(text.into_bytes()))
}

/// A name as SQL writes it, with quotes where it needs them: `quote_ident`.
///
/// Errors: 22P05 for a name that the server's encoding does not have.
pub fn quote_identifier(name: &str) -> Result<String> {
    let name = to_server(name)?;
    let mut quoted = std::ptr::null_mut();
    // SAFETY: a C string; the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_quote_identifier(name.as_ptr(), &mut quoted))?;
        take(quoted)
    }
}

/// UTF-8 bytes as text, whatever is wrong with them replaced: for payloads of ours.
pub(crate) fn from_payload(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A C string of PostgreSQL as an owned text; `None` for null. Never fails: for messages.
///
/// # Safety
/// `text` is null or a C string.
pub(crate) unsafe fn lossy(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    Some(from_server(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), Cow::into_owned))
}

/// A C string of PostgreSQL as an owned text, freed here.
///
/// # Safety
/// `text` is a palloc'd C string that nobody else holds.
pub(crate) unsafe fn take(text: *mut c_char) -> Result<String> {
    // SAFETY: the caller's promise.
    let owned = from_server(unsafe { CStr::from_ptr(text) }.to_bytes()).map(Cow::into_owned);
    // SAFETY: palloc'd and copied just now.
    unsafe { pgrx::pg_sys::pfree(text.cast()) };
    owned
}

#[cold]
fn null_character() -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(SqlState::UNTRANSLATABLE_CHARACTER, "text must not contain a null character")
            .with_detail("PostgreSQL cannot store the character \\u0000 in text."),
    )
}

#[cold]
fn not_representable() -> Box<ErrorReport> {
    Box::new(ErrorReport::new(
        SqlState::parse("22021").unwrap_or(SqlState::UNTRANSLATABLE_CHARACTER),
        "text is not valid in the encoding of the database",
    ))
}
