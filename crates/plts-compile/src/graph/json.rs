//! JSON modules: checked, and made a JavaScript module whose default export is the value.

use crate::diagnostic::Diagnostic;
use serde::de::IgnoredAny;

/// The JavaScript of a JSON module.
///
/// Errors: a diagnostic at the first character that is not JSON.
pub(super) fn compile_json(source: &str) -> Result<String, Diagnostic> {
    let text = source.strip_prefix('\u{FEFF}').unwrap_or(source);
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let line = error.line().max(1);
        // The library counts bytes; the characters before the place count here.
        let before = text.lines().nth(line - 1).map(|line| {
            let mut end = error.column().saturating_sub(1).min(line.len());
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            line[..end].encode_utf16().count()
        });
        Diagnostic::error(format!("invalid JSON: {message}"), line as u32, before.unwrap_or(0) as u32 + 1)
    })?;
    Ok(["export default ", &without_special_keys(text), ";\n"].concat())
}

/// JSON as a JavaScript expression. Every JSON text is one, except that a key `__proto__` would set the prototype:
/// as a computed key it is a key like any other.
fn without_special_keys(text: &str) -> String {
    if !text.contains("proto") && !text.contains('\\') {
        return text.trim().to_owned();
    }
    let mut expression = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(start) = rest.find('"') {
        let end = start + string_length(&rest[start..]);
        let literal = &rest[start..end];
        let is_key = rest[end..].trim_start().starts_with(':');
        expression.push_str(&rest[..start]);
        if is_key && serde_json::from_str::<String>(literal).is_ok_and(|key| key == "__proto__") {
            expression.push_str("[\"__proto__\"]");
        } else {
            expression.push_str(literal);
        }
        rest = &rest[end..];
    }
    expression.push_str(rest);
    expression
}

/// The length of the string literal that `text` starts with, in bytes, both quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return offset + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_json_becomes_a_module() {
        for (source, expected) in [
            ("{\"a\": [1, null]}\n", "export default {\"a\": [1, null]};\n"),
            ("\u{FEFF} 1 ", "export default 1;\n"),
            (
                r#"{"__proto__": {"x": "__proto__"}}"#,
                "export default {[\"__proto__\"]: {\"x\": \"__proto__\"}};\n",
            ),
            (
                r#"{"\u005f_proto__" :1, "a\"b": "\\"}"#,
                "export default {[\"__proto__\"] :1, \"a\\\"b\": \"\\\\\"};\n",
            ),
        ] {
            assert_eq!(compile_json(source).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn invalid_json_is_a_diagnostic() {
        for (source, line, column) in [
            ("", 1, 1),
            ("{\n  \"a\": 1,\n}", 3, 1),
            ("{\"é\": x}", 1, 7),
            ("1 2", 1, 3),
            ("// no\n1", 1, 1),
            ("[1,\n 'a']", 2, 2),
        ] {
            let error = compile_json(source).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{source:?}: {error}");
            assert!(error.message.starts_with("invalid JSON: "), "{error}");
            assert!(!error.message.contains(" at line "), "{error}");
        }
        assert!(compile_json(&"[".repeat(100_000)).is_err());
    }
}
