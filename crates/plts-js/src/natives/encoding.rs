//! Natives of `TextEncoder` and `TextDecoder`: UTF-8 and the encodings of the Encoding standard.

use deno_core::v8;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{argument_view, run, text_of};
use crate::convert::text;
use crate::errors::Stop;
use crate::raw::bytes;

/// `(text)`: how many bytes it has in UTF-8, half a surrogate pair counting as U+FFFD.
pub(super) fn utf8_length<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let string = arguments.get(0).to_string(scope).ok_or(Stop::Thrown)?;
        let length = string.utf8_length(scope);
        Ok(v8::Number::new(scope, length as f64).into())
    });
}

/// `(text, view)`: writes as many whole characters as fit, and gives `[units read, bytes written]`. The view must be
/// one of the prelude's own, on a buffer that was made as such.
pub(super) fn utf8_write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let string = arguments.get(0).to_string(scope).ok_or(Stop::Thrown)?;
        let view = argument_view(&arguments, 1)?;
        let mut read = 0;
        let written = bytes::write_with(view, |target| {
            string.write_utf8_v2(scope, target, v8::WriteFlags::kReplaceInvalidUtf8, Some(&mut read))
        });
        let pair =
            [v8::Number::new(scope, read as f64).into(), v8::Number::new(scope, written as f64).into()];
        Ok(v8::Array::new_with_elements(scope, &pair).into())
    });
}

/// `(label)`: the encoding's name in lower case, or undefined when there is none of that label.
pub(super) fn encoding_name<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let label = text_of(scope, arguments.get(0));
        match Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(encoding) => Ok(text::to_js(scope, &encoding.name().to_ascii_lowercase())?.into()),
            None => Ok(v8::undefined(scope).into()),
        }
    });
}

/// `(encoding, bytes, fatal, more)`: `[text, bytes left]`. With `more`, the bytes at the end that are the beginning
/// of a character are left for the next call. Gives undefined for bytes that are wrong if `fatal`, and null if the
/// encoding cannot be decoded piece by piece.
pub(super) fn decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let label = text_of(scope, arguments.get(0));
        let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
            return Ok(v8::undefined(scope).into());
        };
        let view = argument_view(&arguments, 1)?;
        let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
        let bytes = view.get_contents(&mut storage);
        let left = match arguments.get(3).is_true() {
            false => 0,
            true => match unfinished(encoding, bytes) {
                Some(left) => left,
                None => return Ok(v8::null(scope).into()),
            },
        };
        let bytes = &bytes[..bytes.len() - left];
        let decoded = if arguments.get(2).is_true() {
            match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(decoded) => decoded,
                None => return Ok(v8::undefined(scope).into()),
            }
        } else {
            encoding.decode_without_bom_handling(bytes).0
        };
        let pair = [
            text::to_js(scope, &decoded)?.into(),
            v8::Integer::new_from_unsigned(scope, u32::try_from(left).unwrap_or_default()).into(),
        ];
        Ok(v8::Array::new_with_elements(scope, &pair).into())
    });
}

/// How many bytes at the end (at most 3) begin a character that is not complete. `None` for an encoding in which that
/// depends on all that came before.
fn unfinished(encoding: &'static Encoding, bytes: &[u8]) -> Option<usize> {
    if encoding.is_single_byte() {
        return Some(0);
    }
    if encoding == UTF_8 {
        let begins = |length: &usize| {
            let tail = &bytes[bytes.len() - length..];
            std::str::from_utf8(tail)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        };
        return Some((1..=bytes.len().min(3)).rev().find(begins).unwrap_or(0));
    }
    if encoding == UTF_16LE || encoding == UTF_16BE {
        let odd = bytes.len() % 2;
        let high_byte = match bytes[..bytes.len() - odd] {
            [.., high, _] if encoding == UTF_16BE => high,
            [.., _, high] => high,
            _ => return Some(odd),
        };
        return Some(if (0xD8..0xDC).contains(&high_byte) { odd + 2 } else { odd });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_character_is_left() {
        for (bytes, left) in [
            (&b""[..], 0),
            (b"abc", 0),
            (b"\xC3", 1),
            (b"a\xE2\x82", 2),
            (b"\xF0\x9F\x98", 3),
            (b"\xF0\x9F\x98\x80", 0),
            // No character begins like this.
            (b"\xFF", 0),
            (b"\x80", 0),
            (b"\xE0\x80", 0),
            (b"\xED\xA0", 0),
            (b"\xC3\xC3", 1),
        ] {
            assert_eq!(unfinished(UTF_8, bytes), Some(left), "{bytes:?}");
        }
        for (bytes, little, big) in [
            (&b""[..], 0, 0),
            (b"\x61", 1, 1),
            (b"\x3D\xD8", 2, 0),
            (b"\xD8\x3D", 0, 2),
            (b"\x3D\xD8\x00", 3, 1),
            (b"\x3D\xD8\x00\xDE", 0, 0),
        ] {
            assert_eq!(unfinished(UTF_16LE, bytes), Some(little), "{bytes:?}");
            assert_eq!(unfinished(UTF_16BE, bytes), Some(big), "{bytes:?}");
        }
        assert_eq!(unfinished(encoding_rs::WINDOWS_1252, b"\x80"), Some(0));
        assert_eq!(unfinished(encoding_rs::SHIFT_JIS, b"\x83"), None);
    }
}
