//! Text of times, over the whole ranges of their types.

use plts_core::date::print_day;
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// 4714-11-24 BC, in days since 1970: PostgreSQL's first.
const FIRST_DAY: i64 = -2_440_588;
/// 275760-09-12, the last whole day of a JavaScript `Date`.
const LAST_DATE_DAY: i64 = 99_999_999;
/// Within 294276, the last year of `timestamp`.
const LAST_TIMESTAMP_DAY: i64 = 106_751_000;
/// Within 5874897, the last year of `date`.
const LAST_DAY: i64 = 2_145_000_000;

fn clock(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    format!("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60, micros % 1_000_000)
}

/// The settings of the session have days before months.
fn moment(day: i64, micros: i64, zone: &str) -> String {
    let day = print_day(day);
    match day.strip_suffix(" BC") {
        Some(day) => format!("{day} {}{zone} BC", clock(micros)),
        None => format!("{day} {}{zone}", clock(micros)),
    }
}

fn infinite() -> impl Strategy<Value = String> {
    prop_oneof![Just("infinity".to_owned()), Just("-infinity".to_owned())]
}

pub fn timestamptz() -> BoxedStrategy<String> {
    let at = |days: std::ops::RangeInclusive<i64>| {
        (days, 0..MICROS_PER_DAY).prop_map(|(day, micros)| moment(day, micros, "+00"))
    };
    prop_oneof![6 => at(-100_000..=100_000), 6 => at(FIRST_DAY..=LAST_DATE_DAY), 1 => infinite()].boxed()
}

pub fn timestamp() -> BoxedStrategy<String> {
    let at = (FIRST_DAY..=LAST_TIMESTAMP_DAY, 0..MICROS_PER_DAY);
    prop_oneof![9 => at.prop_map(|(day, micros)| moment(day, micros, "")), 1 => infinite()].boxed()
}

pub fn date() -> BoxedStrategy<String> {
    prop_oneof![9 => (FIRST_DAY..=LAST_DAY).prop_map(print_day), 1 => infinite()].boxed()
}

/// A day, with its order in front.
pub fn ordered_day() -> BoxedStrategy<String> {
    (FIRST_DAY..LAST_DAY).prop_map(|day| format!("{day}\t{}", print_day(day))).boxed()
}

pub fn time() -> BoxedStrategy<String> {
    (0..=MICROS_PER_DAY).prop_map(clock).boxed()
}

pub fn timetz() -> BoxedStrategy<String> {
    (0..=MICROS_PER_DAY, -57_599..=57_599i32)
        .prop_map(|(micros, zone)| {
            let sign = if zone < 0 { '-' } else { '+' };
            let zone = zone.abs();
            format!("{}{sign}{:02}:{:02}:{:02}", clock(micros), zone / 3600, zone / 60 % 60, zone % 60)
        })
        .boxed()
}

pub fn interval() -> BoxedStrategy<String> {
    (
        -2_000_000_000..=2_000_000_000i32,
        any::<i32>(),
        -9_000_000_000_000_000_000..=9_000_000_000_000_000_000i64,
    )
        .prop_map(|(months, days, micros)| format!("{months} mons {days} days {micros} us"))
        .boxed()
}
