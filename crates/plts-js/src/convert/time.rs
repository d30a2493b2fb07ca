//! Times and days from JavaScript.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, TimestampTz, TypeShape, Value};

use super::Place;
use super::from_js::{as_text, mismatch, number_of};
use crate::errors::Stop;
use crate::isolate::IsolateState;

fn invalid_date(place: &Place<'_>) -> Stop {
    Stop::report(ErrorReport::new(SqlState::DATETIME_FIELD_OVERFLOW, format!("{place} is an invalid Date")))
}

fn date_out_of_range(place: &Place<'_>) -> Stop {
    Stop::report(ErrorReport::new(
        SqlState::DATETIME_FIELD_OVERFLOW,
        format!("{place} is out of range for type timestamp with time zone"),
    ))
}

pub(super) fn timestamp(
    scope: &mut v8::PinScope<'_, '_>,
    state: &IsolateState,
    value: v8::Local<'_, v8::Value>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    if let Ok(date) = v8::Local::<v8::Date>::try_from(value) {
        let millis = date.value_of();
        let micros = microseconds(scope, state, date, millis);
        return TimestampTz::from_millis(millis, micros)
            .map(Value::TimestampTz)
            .map_err(|_| if millis.is_nan() { invalid_date(place) } else { date_out_of_range(place) });
    }
    match number_of(value) {
        Some(number) if number.is_infinite() => {
            TimestampTz::from_millis(number, 0).map(Value::TimestampTz).map_err(|_| invalid_date(place))
        }
        _ => Err(mismatch(value, &TypeShape::TimestampTz, place)),
    }
}

/// The microseconds that came with a `Date` from the database, if it still says the same time.
fn microseconds(
    scope: &mut v8::PinScope<'_, '_>,
    state: &IsolateState,
    date: v8::Local<'_, v8::Date>,
    millis: f64,
) -> u16 {
    let private = |key: &v8::Global<v8::Private>| {
        let key = v8::Local::new(scope, key);
        date.get_private(scope, key).and_then(number_of)
    };
    if private(&state.keys.millis) != Some(millis) {
        return 0;
    }
    private(&state.keys.micros).map_or(0, |micros| micros as u16)
}

/// ISO 8601 text, or the UTC day of a `Date`.
pub(super) fn date(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    if value.is_string() {
        return as_text(scope, value, place);
    }
    let Ok(date) = v8::Local::<v8::Date>::try_from(value) else {
        return Err(mismatch(value, &TypeShape::Date, place));
    };
    let millis = date.value_of();
    if millis.is_nan() {
        return Err(invalid_date(place));
    }
    let day = (millis / 86_400_000.0).floor() as i64;
    Ok(Value::Text(plts_core::date::print_day(day).into()))
}
