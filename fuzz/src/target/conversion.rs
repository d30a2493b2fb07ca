//! The conversions of arguments and results that need no server: what is taken must come back as it was.

use plts_core::jsonb::{HEADER, Writer, print};
use plts_core::{TimestampTz, date, uuid};
use serde_json::Value;

/// JSON as `jsonb` stores it: it says what the text says, is the same when written again, and what was damaged is read
/// to an end. What is plain is never left to PostgreSQL.
pub(super) fn jsonb(input: &str) -> bool {
    let meant = serde_json::from_str::<Value>(input);
    let mut stored = Vec::new();
    let Some(()) = Writer::default().write(input, &mut stored) else {
        assert!(!(meant.is_ok() && is_plain(input)), "plain, and left to the server: {input:?}");
        return false;
    };
    let meant = meant.unwrap_or_else(|error| panic!("no JSON, and taken: {error}: {input:?}"));
    let mut text = String::new();
    print(&stored[HEADER..], &mut text).unwrap_or_else(|| panic!("written and not read: {input:?}"));
    let read = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?} of {input:?}"));
    assert!(says_the_same(&meant, &read), "{text:?} of {input:?}");
    let mut again = Vec::new();
    Writer::default().write(&text, &mut again).unwrap_or_else(|| panic!("not taken again: {text:?}"));
    assert_eq!(again, stored, "not the same twice: {input:?}");
    // Some byte is another one: whatever it gives, it ends.
    let place = HEADER + input.bytes().map(usize::from).sum::<usize>() % (stored.len() - HEADER);
    stored[place] ^= input.bytes().fold(0x55_u8, |mixed, byte| mixed.rotate_left(1) ^ byte) | 1;
    let _whatever = print(&stored[HEADER..], &mut String::new());
    true
}

/// No escapes, no deep nesting, and numbers that every reader takes.
fn is_plain(json: &str) -> bool {
    let longest = |wanted: fn(char) -> bool| json.split(|c| !wanted(c)).map(str::len).max().unwrap_or(0);
    !json.contains('\\')
        && longest(|c| c.is_ascii_digit() || "+-.eE".contains(c)) <= 12
        && !json.contains(['e', 'E'])
        && json.matches(['[', '{']).count() < 100
}

/// Numbers are compared as doubles: `1e3` and `1000` are one.
fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| says_the_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|found| says_the_same(value, found)))
        }
        _ => one == other,
    }
}

/// One value a line.
pub(super) fn values(input: &str) -> bool {
    let mut is_taken = false;
    for line in input.lines() {
        if let Some(bytes) = uuid::parse(line) {
            assert_eq!(uuid::parse(&uuid::print(&bytes)), Some(bytes), "{line:?}");
            is_taken = true;
        }
        if let Ok(number) = line.parse::<i64>() {
            timestamp(TimestampTz(number));
            day(number as i32);
            is_taken = true;
        }
        if let Ok(millis) = line.parse::<f64>() {
            let micros = (millis.to_bits() % 1000) as u16;
            if let Ok(time) = TimestampTz::from_millis(millis, micros) {
                let infinite = millis.is_infinite();
                let expected = (millis.trunc() + 0.0, if infinite { 0 } else { micros });
                assert_eq!(time.to_millis(), Ok(expected), "{line:?}");
            }
            is_taken = true;
        }
    }
    is_taken
}

fn timestamp(time: TimestampTz) {
    if let Ok((millis, micros)) = time.to_millis() {
        assert!(micros < 1000);
        // PostgreSQL has no time before its first one, whatever the number.
        if let Ok(again) = TimestampTz::from_millis(millis, micros) {
            assert_eq!(again, time);
        }
    }
    if let Some(micros) = time.to_exact_micros() {
        assert_eq!(TimestampTz::from_exact_micros(micros), time);
    }
}

/// Each day has a text of its own, which names a month and a day that there are.
fn day(days: i32) {
    let text = date::print(days);
    assert_ne!(text, date::print(days.wrapping_add(1)));
    if text.contains("infinity") {
        assert!(days == i32::MAX || days == i32::MIN);
        return;
    }
    let mut parts = text.trim_end_matches(" BC").rsplit('-').map(|part| part.parse::<u32>());
    assert!(matches!(parts.next(), Some(Ok(1..=31))), "{text}");
    assert!(matches!(parts.next(), Some(Ok(1..=12))), "{text}");
    assert!(matches!(parts.next(), Some(Ok(1..))), "{text}");
}
