//! `json` and `jsonb` both ways, as text.

use deno_core::v8;
use plts_core::{Dialect, ErrorReport, SqlState, Value};

use super::text::SpareText;
use super::{Place, text};
use crate::context::JsContext;
use crate::errors::Stop;

/// A number of that many digits may be beyond 2^53.
const LONG_INTEGER_DIGITS: usize = 16;

/// Whether there may be an integer in it that a double cannot hold. A long run of digits inside a string counts too:
/// then the slow way is taken in vain.
fn may_have_long_integers(json: &str) -> bool {
    let mut run = 0;
    for byte in json.bytes() {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        if run == LONG_INTEGER_DIGITS {
            return true;
        }
    }
    false
}

/// The value of a JSON text from the database.
pub(crate) fn to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    context: &JsContext,
    json: &str,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let source = text::to_js(scope, json)?;
    // plv8's functions get the nearest number.
    if context.dialect == Dialect::TypeScript && may_have_long_integers(json) {
        let receiver = v8::undefined(scope).into();
        return context
            .prelude
            .parse_json
            .open(scope)
            .call(scope, receiver, &[source.into()])
            .ok_or(Stop::Thrown);
    }
    v8::json::parse(scope, source).ok_or(Stop::Thrown)
}

/// The JSON text of a value for the database.
pub(crate) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    spare: &SpareText,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    let nothing = |actual: &str| {
        Stop::report(ErrorReport::new(
            SqlState::DATATYPE_MISMATCH,
            format!("{place} cannot be JSON, it is {actual}"),
        ))
    };
    if value.is_function() {
        return Err(nothing("a function"));
    }
    if value.is_symbol() {
        return Err(nothing("a symbol"));
    }
    let json = v8::json::stringify(scope, value).ok_or(Stop::Thrown)?;
    let json = text::from_js_spare(scope, spare, json).map_err(|error| Stop::report(error.report(place)))?;
    // What V8's API makes of no value at all.
    if json == "undefined" {
        return Err(nothing("an object whose toJSON gives nothing"));
    }
    Ok(Value::Json(json.into()))
}

#[cfg(test)]
mod tests {
    use super::may_have_long_integers;

    #[test]
    fn long_runs_of_digits_are_seen() {
        assert!(may_have_long_integers("[1, 9007199254740993]"));
        assert!(may_have_long_integers("1234567890123456"));
        assert!(!may_have_long_integers("123456789012345.1234567"));
        assert!(!may_have_long_integers("{\"a\": 1, \"b\": [12345, 678901234]}"));
    }
}
