//! Text both ways. PostgreSQL's text is UTF-8 without NUL, JavaScript's is any sequence of 16-bit units.

use deno_core::v8;

use crate::errors::Stop;
use plts_core::{ErrorReport, SqlState};

/// Why a JavaScript string is no text of PostgreSQL's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotText {
    Nul,
    LoneSurrogate,
}

impl NotText {
    /// The error for the value that `place` names.
    pub(crate) fn report(&self, place: &dyn std::fmt::Display) -> ErrorReport {
        let what = match self {
            Self::Nul => "a NUL character",
            Self::LoneSurrogate => "half of a surrogate pair",
        };
        ErrorReport::new(SqlState::UNTRANSLATABLE_CHARACTER, format!("{place} contains {what}"))
            .with_detail("Text in PostgreSQL is UTF-8 and holds neither NUL nor unpaired surrogates.")
    }
}

/// A string from the database.
pub(crate) fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &str,
) -> Result<v8::Local<'s, v8::String>, Stop> {
    let made = if text.is_ascii() {
        v8::String::new_from_one_byte(scope, text.as_bytes(), v8::NewStringType::Normal)
    } else {
        v8::String::new_from_utf8(scope, text.as_bytes(), v8::NewStringType::Normal)
    };
    made.ok_or_else(|| {
        Stop::report(ErrorReport::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "a text is too long for a JavaScript string",
        ))
    })
}

/// A string for the database.
pub(crate) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    string: v8::Local<'_, v8::String>,
) -> Result<String, NotText> {
    // The view holds the characters in place: nothing is allocated in V8 while it lives.
    let view = v8::ValueView::new(scope, string);
    let text = match view.data() {
        v8::ValueViewData::OneByte(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if bytes.is_ascii() => text.to_owned(),
            _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
        v8::ValueViewData::TwoByte(units) => String::from_utf16(units).map_err(|_| NotText::LoneSurrogate)?,
    };
    if text.as_bytes().contains(&0) { Err(NotText::Nul) } else { Ok(text) }
}
