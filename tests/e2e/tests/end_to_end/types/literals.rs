//! Text of values: strings, bytes, JSON, and how arrays, rows and ranges are put together of others.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

/// A value, or NULL now and then.
pub fn maybe(values: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Option<String>> {
    proptest::option::weighted(0.85, values).boxed()
}

/// Any text that PostgreSQL can hold.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof![
        vec(any::<char>(), 0..12)
            .prop_map(|characters| characters.into_iter().filter(|character| *character != '\0').collect()),
        "[ -~]{0,20}",
        Just("NULL".to_owned()),
    ]
    .boxed()
}

pub fn bytea() -> BoxedStrategy<String> {
    vec(any::<u8>(), 0..40)
        .prop_map(|bytes| bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
        .boxed()
}

pub fn uuid() -> BoxedStrategy<String> {
    any::<u128>().prop_map(|bits| format!("{bits:032x}")).boxed()
}

pub fn inet() -> BoxedStrategy<String> {
    prop_oneof![
        (any::<u32>(), 0..=32u8)
            .prop_map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from(bits))),
        (any::<u128>(), 0..=128u8)
            .prop_map(|(bits, length)| format!("{}/{length}", std::net::Ipv6Addr::from(bits))),
    ]
    .boxed()
}

pub fn macaddr() -> BoxedStrategy<String> {
    any::<[u8; 6]>().prop_map(|bytes| bytes.map(|byte| format!("{byte:02x}")).join(":")).boxed()
}

/// A JSON document that no double makes poorer: integers of any size, and numbers with a fraction as doubles write
/// them. It is not `null`, which is SQL's NULL to JavaScript.
pub fn json() -> BoxedStrategy<String> {
    let string = || text().prop_map(|text| serde_json::Value::from(text).to_string());
    let leaf = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?[1-9][0-9]{0,40}",
        (-1e6..1e6f64)
            .prop_filter("a fraction", |number| number.fract() != 0.0)
            .prop_map(|number| number.to_string()),
        string(),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let member = prop_oneof![4 => inner.clone(), 1 => Just("null".to_owned())];
        let name =
            prop_oneof![text(), Just("__proto__".to_owned()), Just("constructor".to_owned()), "[0-9]{1,3}"];
        prop_oneof![
            vec(member.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            btree_map(name, member, 0..4).prop_map(|members: BTreeMap<String, String>| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
    .boxed()
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// An array of one dimension.
pub fn array(values: &[Option<String>]) -> String {
    let values: Vec<String> =
        values.iter().map(|value| value.as_deref().map_or_else(|| "NULL".to_owned(), quoted)).collect();
    format!("{{{}}}", values.join(","))
}

pub fn array_of(values: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    vec(maybe(values), 0..4).prop_map(|values| array(&values)).boxed()
}

/// An array of up to three dimensions that are counted from anywhere.
pub fn shaped_array_of(values: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    let dimension = (1..4usize, prop_oneof![3 => Just(1i32), 1 => -5..5i32]);
    let shaped = vec(dimension, 1..4).prop_flat_map(move |dimensions| {
        let count = dimensions.iter().map(|(length, _)| length).product::<usize>();
        (Just(dimensions), vec(maybe(values.clone()), count))
    });
    let shaped = shaped.prop_map(|(dimensions, elements)| {
        let bounds: String = dimensions
            .iter()
            .map(|(length, lower)| format!("[{lower}:{}]", lower + *length as i32 - 1))
            .collect();
        format!("{bounds}={}", nested(&dimensions, &mut elements.into_iter()))
    });
    prop_oneof![6 => shaped, 1 => Just("{}".to_owned())].boxed()
}

fn nested(dimensions: &[(usize, i32)], elements: &mut dyn Iterator<Item = Option<String>>) -> String {
    match dimensions {
        [(length, _)] => array(&elements.take(*length).collect::<Vec<_>>()),
        [(length, _), inner @ ..] => {
            let rows: Vec<String> = (0..*length).map(|_| nested(inner, elements)).collect();
            format!("{{{}}}", rows.join(","))
        }
        [] => "{}".to_owned(),
    }
}

/// A row.
pub fn composite_of(columns: Vec<BoxedStrategy<Option<String>>>) -> BoxedStrategy<String> {
    columns
        .prop_map(|columns| {
            let columns: Vec<String> =
                columns.iter().map(|column| column.as_deref().map_or_else(String::new, quoted)).collect();
            format!("({})", columns.join(","))
        })
        .boxed()
}

/// A range. Bounds are ordered by the number in front of a tab, or else as text.
pub fn range_of(values: impl Strategy<Value = String> + Clone + 'static) -> BoxedStrategy<String> {
    let bounds = (maybe(values.clone()), maybe(values), any::<bool>(), any::<bool>());
    let range = bounds.prop_map(|(a, b, lower_inclusive, upper_inclusive)| {
        let (lower, upper) = match (a, b) {
            (Some(a), Some(b)) if key(&b) < key(&a) => (Some(b), Some(a)),
            bounds => bounds,
        };
        let bound = |bound: Option<String>| bound.map_or_else(String::new, |bound| quoted(written(&bound)));
        format!(
            "{}{},{}{}",
            if lower_inclusive { '[' } else { '(' },
            bound(lower),
            bound(upper),
            if upper_inclusive { ']' } else { ')' }
        )
    });
    prop_oneof![9 => range, 1 => Just("empty".to_owned())].boxed()
}

/// What bounds are ordered by: a number in front of a tab, else the text.
fn key(bound: &str) -> (i64, &str) {
    match bound.split_once('\t') {
        Some((number, _)) => (number.parse().expect("a number in front of the tab"), ""),
        None => (0, bound),
    }
}

fn written(bound: &str) -> &str {
    bound.split_once('\t').map_or(bound, |(_, written)| written)
}
