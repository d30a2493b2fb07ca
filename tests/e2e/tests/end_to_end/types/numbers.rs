//! Text of numbers and booleans.

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

pub fn boolean() -> BoxedStrategy<String> {
    any::<bool>().prop_map(|truth| truth.to_string()).boxed()
}

pub fn int2() -> BoxedStrategy<String> {
    any::<i16>().prop_map(|number| number.to_string()).boxed()
}

pub fn int4() -> BoxedStrategy<String> {
    any::<i32>().prop_map(|number| number.to_string()).boxed()
}

pub fn int8() -> BoxedStrategy<String> {
    any::<i64>().prop_map(|number| number.to_string()).boxed()
}

pub fn oid() -> BoxedStrategy<String> {
    any::<u32>().prop_map(|number| number.to_string()).boxed()
}

/// An integer that has a successor, with its order in front.
pub fn int4_within() -> BoxedStrategy<String> {
    (i32::MIN + 1..i32::MAX - 1).prop_map(|number| format!("{number}\t{number}")).boxed()
}

/// A number of two decimal places, with its order in front.
pub fn small_numeric() -> BoxedStrategy<String> {
    any::<i32>().prop_map(|number| format!("{number}\t{number}e-2")).boxed()
}

fn floating(number: f64, shortest: String) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    shortest
}

pub fn float4() -> BoxedStrategy<String> {
    proptest::num::f32::ANY.prop_map(|number| floating(number.into(), format!("{number:?}"))).boxed()
}

pub fn float8() -> BoxedStrategy<String> {
    proptest::num::f64::ANY.prop_map(|number| floating(number, format!("{number:?}"))).boxed()
}

pub fn numeric() -> BoxedStrategy<String> {
    prop_oneof![
        8 => "-?[0-9]{1,40}(\\.[0-9]{0,40})?",
        2 => "-?[0-9]{1,5}e-?[0-9]{1,2}",
        1 => proptest::sample::select(vec!["NaN", "Infinity", "-Infinity", "0.000"]).prop_map(str::to_owned),
    ]
    .boxed()
}

pub fn point() -> BoxedStrategy<String> {
    (float8(), float8()).prop_map(|(x, y)| format!("({x},{y})")).boxed()
}
