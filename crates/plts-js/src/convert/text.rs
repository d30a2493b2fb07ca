//! Text both ways. PostgreSQL's text is UTF-8 without NUL, JavaScript's is any sequence of 16-bit units.

use std::cell::Cell;

use deno_core::v8;

use crate::errors::Stop;
use crate::raw::shortcut::{new_text, push_ascii};
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

/// A text longer than this is not kept for the next one.
const LONGEST_SPARE: usize = 64 << 10;

/// The memory of a text that was given on, for the next one.
#[derive(Default)]
pub(crate) struct SpareText(Cell<String>);

impl SpareText {
    #[inline]
    fn take(&self) -> String {
        self.0.take()
    }

    /// Keeps the memory of a text that is not needed any more.
    #[inline]
    pub(crate) fn put(&self, mut text: String) {
        if text.capacity() <= LONGEST_SPARE {
            text.clear();
            self.0.set(text);
        }
    }
}

/// A string from the database.
pub(crate) fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &str,
) -> Result<v8::Local<'s, v8::String>, Stop> {
    let made = if text.is_ascii() {
        new_text(scope, text.as_bytes())
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
    let mut text = String::new();
    append(scope, string, &mut text)?;
    Ok(text)
}

/// As [`from_js`], in the spare memory of the isolate.
pub(crate) fn from_js_spare(
    scope: &mut v8::PinScope<'_, '_>,
    spare: &SpareText,
    string: v8::Local<'_, v8::String>,
) -> Result<String, NotText> {
    let mut text = spare.take();
    append(scope, string, &mut text)?;
    Ok(text)
}

/// Writes a string behind `text`, which is empty.
fn append(
    scope: &mut v8::PinScope<'_, '_>,
    string: v8::Local<'_, v8::String>,
    text: &mut String,
) -> Result<(), NotText> {
    if !push_ascii(string, text) {
        // The view holds the characters in place: nothing is allocated in V8 while it lives.
        let view = v8::ValueView::new(scope, string);
        match view.data() {
            _ if let Some(ascii) = view.as_str() => text.push_str(ascii),
            v8::ValueViewData::OneByte(bytes) => text.extend(bytes.iter().map(|byte| char::from(*byte))),
            v8::ValueViewData::TwoByte(units) => {
                text.reserve(units.len());
                for character in char::decode_utf16(units.iter().copied()) {
                    text.push(character.map_err(|_| NotText::LoneSurrogate)?);
                }
            }
        }
    }
    if text.as_bytes().contains(&0) { Err(NotText::Nul) } else { Ok(()) }
}
