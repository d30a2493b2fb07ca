//! Times and days from JavaScript.

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, TimestampTz, TypeShape, Value};

use super::Place;
use super::from_js::{as_text, mismatch, number_of};
use crate::errors::Stop;
use crate::frame::Frame;
use crate::raw::shortcut::date_value;

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
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    if let Some(millis) = date_value(value) {
        return of_date(scope, frame, value, millis, place).map(Value::TimestampTz);
    }
    match number_of(value) {
        Some(number) if number.is_infinite() => {
            TimestampTz::from_millis(number, 0).map(Value::TimestampTz).map_err(|_| invalid_date(place))
        }
        _ => Err(mismatch(value, &TypeShape::TimestampTz, place)),
    }
}

/// The time that a `Date` says, which has those milliseconds.
pub(super) fn of_date(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    date: v8::Local<'_, v8::Value>,
    millis: f64,
    place: &Place<'_>,
) -> Result<TimestampTz, Stop> {
    if let Some(time) = whole_time(scope, frame, date, millis) {
        return Ok(time);
    }
    TimestampTz::from_millis(millis, 0)
        .map_err(|_| if millis.is_nan() { invalid_date(place) } else { date_out_of_range(place) })
}

/// The time that a `Date` from the database stands for to the microsecond, if it still says the same milliseconds.
fn whole_time(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    date: v8::Local<'_, v8::Value>,
    millis: f64,
) -> Option<TimestampTz> {
    if !frame.state.times_ride_along.get() {
        return None;
    }
    let key = v8::Local::new(scope, &frame.state.keys.time);
    let whole = v8::Local::<v8::Object>::try_from(date).ok()?.get_private(scope, key)?;
    let time = match number_of(whole) {
        Some(micros) => TimestampTz::from_exact_micros(micros),
        None => TimestampTz(v8::Local::<v8::BigInt>::try_from(whole).ok()?.i64_value().0),
    };
    time.to_millis().is_ok_and(|(of, _)| of == millis).then_some(time)
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
    let Some(millis) = date_value(value) else {
        return Err(mismatch(value, &TypeShape::Date, place));
    };
    if millis.is_nan() {
        return Err(invalid_date(place));
    }
    let day = (millis / 86_400_000.0).floor() as i64;
    Ok(Value::Text(plts_core::date::print_day(day).into()))
}
