//! Whether callers of a function can go on calling its next version, judged by the JSON Schemas of its arguments and of
//! its result.
//!
//! Arguments are narrowed when the new schema refuses something that the old one took; a result is widened when the new
//! version may give what the old one could not. Both are found by asking whether one schema *covers* another: takes all
//! that it takes. What is not understood (`$ref`, `not`, keywords of other tools) counts as not covered unless it is the
//! same on both sides, so a doubt is said and never passed over.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::schema::Schema;
use crate::signature::{Signature, judge};

/// Something that a caller could trip over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// Where: `args.name`, `result[].id`.
    pub at: String,
    /// What, for a person.
    pub what: String,
}

/// The schemas of a version of a function.
#[derive(Clone, Copy, Debug)]
pub struct Schemas<'a> {
    pub args: Option<&'a Schema>,
    pub returns: Option<&'a Schema>,
}

/// The judgement over a new version of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compatibility {
    /// What is no longer taken.
    pub arguments_narrowed: Vec<Break>,
    /// What may be given that was not before.
    pub result_changed: Vec<Break>,
}

impl Compatibility {
    /// Judges by the schemas; a missing one allows anything.
    pub fn of(before: Schemas<'_>, after: Schemas<'_>) -> Self {
        let uncovered = |wide: Option<&Schema>, narrow: Option<&Schema>, at, side| {
            if wide.map(Schema::as_str) == narrow.map(Schema::as_str) {
                return Vec::new();
            }
            let or_anything =
                |schema: Option<&Schema>| schema.map_or(Some(Value::Bool(true)), Schema::to_value);
            match (or_anything(wide), or_anything(narrow)) {
                (Some(wide), Some(narrow)) => uncovered(&wide, &narrow, at, side),
                _ => vec![Break { at: at.to_owned(), what: TOO_DEEP.to_owned() }],
            }
        };
        Self {
            arguments_narrowed: uncovered(after.args, before.args, "args", Side::Arguments),
            result_changed: uncovered(before.returns, after.returns, "result", Side::Result),
        }
    }

    /// Adds what the change of the SQL signature means for callers.
    pub fn consider_signatures(&mut self, before: &Signature, after: &Signature) {
        judge(before, after, self);
    }

    /// True when no caller can notice.
    pub fn is_compatible(&self) -> bool {
        self.arguments_narrowed.is_empty() && self.result_changed.is_empty()
    }
}

/// What is said of a place depends on which side changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The wide schema is the new one.
    Arguments,
    /// The wide schema is the old one.
    Result,
}

impl Side {
    fn pick(self, of_arguments: &str, of_result: &str) -> String {
        match self {
            Self::Arguments => of_arguments,
            Self::Result => of_result,
        }
        .to_owned()
    }
}

/// How deep schemas are followed.
const MAX_DEPTH: usize = 32;
/// What is said of those that go deeper.
const TOO_DEEP: &str = "is nested too deeply to be compared";
/// How many reasons a judgement lists.
const MAX_BREAKS: usize = 20;
/// Keywords that say nothing about what is valid.
const REMARKS: [&str; 9] =
    ["$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly"];

/// Why `wide` does not take all that `narrow` takes; empty when it does.
fn uncovered(wide: &Value, narrow: &Value, at: &str, side: Side) -> Vec<Break> {
    let mut breaks = Vec::new();
    Comparison { side, breaks: &mut breaks }.cover(wide, narrow, at, 0);
    breaks.truncate(MAX_BREAKS);
    breaks
}

struct Comparison<'a> {
    side: Side,
    breaks: &'a mut Vec<Break>,
}

impl Comparison<'_> {
    fn report(&mut self, at: &str, what: impl Into<String>) {
        self.breaks.push(Break { at: at.to_owned(), what: what.into() });
    }

    fn covers(&self, wide: &Value, narrow: &Value, depth: usize) -> bool {
        let mut breaks = Vec::new();
        Comparison { side: self.side, breaks: &mut breaks }.cover(wide, narrow, "", depth);
        breaks.is_empty()
    }

    fn cover(&mut self, wide: &Value, narrow: &Value, at: &str, depth: usize) {
        if wide == narrow || takes_anything(wide) || takes_nothing(narrow) {
            return;
        }
        if depth > MAX_DEPTH {
            return self.report(at, TOO_DEEP);
        }
        if takes_nothing(wide) {
            return self.report(at, self.side.pick("is not taken any more", "was never given before"));
        }
        let (wide_parts, narrow_parts) = (alternatives(wide), alternatives(narrow));
        match (wide_parts.as_slice(), narrow_parts.as_slice()) {
            ([wide], [narrow]) => self.cover_one(wide, narrow, at, depth),
            (wide, narrow) => {
                for part in narrow {
                    if wide.iter().any(|one| self.covers(one, part, depth + 1)) {
                        continue;
                    }
                    // With one candidate of the same type, what differs inside says more than that something does.
                    let same: Vec<&Value> = wide.iter().filter(|one| type_of(one) == type_of(part)).collect();
                    match same.as_slice() {
                        [one] if type_of(part).is_some() => self.cover_one(one, part, at, depth + 1),
                        _ => {
                            let what = self.side.pick("is not taken any more", "may be given now");
                            self.report(at, format!("{} {what}", shown(part)));
                        }
                    }
                }
            }
        }
    }

    /// Both without alternatives.
    fn cover_one(&mut self, wide: &Value, narrow: &Value, at: &str, depth: usize) {
        let (Value::Object(wide), Value::Object(narrow)) = (wide, narrow) else {
            if !takes_anything(wide) {
                self.report(
                    at,
                    self.side.pick("not everything is taken any more", "anything may be given now"),
                );
            }
            return;
        };
        if let Some(value) = narrow.get("const") {
            if !takes_value(wide, value) {
                let what = self.side.pick("is not taken any more", "may be given now");
                self.report(at, format!("{value} {what}"));
            }
            return;
        }
        if wide.contains_key("const") {
            return self.report(at, self.side.pick("is one value only", "was one value only"));
        }
        match (wide.get("type").and_then(Value::as_str), narrow.get("type").and_then(Value::as_str)) {
            (Some("number"), Some("integer")) | (None, _) => {}
            (Some(wide), Some(narrow)) if wide == narrow => {}
            (Some(wide), narrow) => {
                let narrow = narrow.unwrap_or("anything");
                let (old, new) = match self.side {
                    Side::Arguments => (narrow, wide),
                    Side::Result => (wide, narrow),
                };
                return self.report(at, format!("was {old} and is {new}"));
            }
        }
        self.cover_bounds(wide, narrow, at);
        self.cover_object(wide, narrow, at, depth);
        self.cover_array(wide, narrow, at, depth);
        self.cover_other_keywords(wide, narrow, at);
    }

    fn cover_bounds(&mut self, wide: &Map<String, Value>, narrow: &Map<String, Value>, at: &str) {
        for (keyword, is_lower) in [
            ("minimum", true),
            ("exclusiveMinimum", true),
            ("minLength", true),
            ("minItems", true),
            ("minProperties", true),
            ("maximum", false),
            ("exclusiveMaximum", false),
            ("maxLength", false),
            ("maxItems", false),
            ("maxProperties", false),
        ] {
            let Some(bound) = wide.get(keyword).and_then(Value::as_f64) else { continue };
            let holds = narrow
                .get(keyword)
                .and_then(Value::as_f64)
                .is_some_and(|other| if is_lower { other >= bound } else { other <= bound });
            if !holds {
                let (old, new) = match self.side {
                    Side::Arguments => (narrow.get(keyword), wide.get(keyword)),
                    Side::Result => (wide.get(keyword), narrow.get(keyword)),
                };
                let text = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
                self.report(at, format!("{keyword} was {} and is {}", text(old), text(new)));
            }
        }
    }

    fn cover_object(
        &mut self,
        wide: &Map<String, Value>,
        narrow: &Map<String, Value>,
        at: &str,
        depth: usize,
    ) {
        let nothing = Map::new();
        let properties =
            |schema: &Map<String, Value>| schema.get("properties").and_then(Value::as_object).cloned();
        let (wide_properties, narrow_properties) =
            (properties(wide).unwrap_or_else(|| nothing.clone()), properties(narrow).unwrap_or(nothing));
        let is_required = |schema: &Map<String, Value>, name: &str| {
            schema
                .get("required")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one == name))
        };
        for name in
            wide.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if !is_required(narrow, name) {
                self.report(&format!("{at}.{name}"), self.side.pick("is required now", "may be missing now"));
            }
        }
        let anything = Value::Bool(true);
        let wide_rest = wide.get("additionalProperties").unwrap_or(&anything);
        let narrow_rest = narrow.get("additionalProperties").unwrap_or(&anything);
        for (name, narrow_property) in &narrow_properties {
            let wide_property = wide_properties.get(name).unwrap_or(wide_rest);
            self.cover(wide_property, narrow_property, &format!("{at}.{name}"), depth + 1);
        }
        for (name, wide_property) in &wide_properties {
            // A property that only the wide schema names: the narrow one says of it what it says of the rest.
            if !narrow_properties.contains_key(name) && !takes_nothing(narrow_rest) {
                self.cover(wide_property, narrow_rest, &format!("{at}.{name}"), depth + 1);
            }
        }
        if wide.contains_key("additionalProperties") || narrow.contains_key("additionalProperties") {
            self.cover(wide_rest, narrow_rest, &format!("{at}.*"), depth + 1);
        }
        if let Some(names) = wide.get("propertyNames") {
            let narrow_names = narrow.get("propertyNames").unwrap_or(&anything);
            self.cover(names, narrow_names, &format!("{at}.*"), depth + 1);
        }
    }

    fn cover_array(
        &mut self,
        wide: &Map<String, Value>,
        narrow: &Map<String, Value>,
        at: &str,
        depth: usize,
    ) {
        let anything = Value::Bool(true);
        let places =
            |schema: &Map<String, Value>| schema.get("prefixItems").and_then(Value::as_array).cloned();
        let (wide_places, narrow_places) =
            (places(wide).unwrap_or_default(), places(narrow).unwrap_or_default());
        let rest = |schema: &Map<String, Value>| schema.get("items").unwrap_or(&anything).clone();
        let (wide_rest, narrow_rest) = (rest(wide), rest(narrow));
        for index in 0..wide_places.len().max(narrow_places.len()) {
            let (one, other) = (
                wide_places.get(index).unwrap_or(&wide_rest),
                narrow_places.get(index).unwrap_or(&narrow_rest),
            );
            self.cover(one, other, &format!("{at}[{index}]"), depth + 1);
        }
        self.cover(&wide_rest, &narrow_rest, &format!("{at}[]"), depth + 1);
    }

    fn cover_other_keywords(&mut self, wide: &Map<String, Value>, narrow: &Map<String, Value>, at: &str) {
        const UNDERSTOOD: [&str; 18] = [
            "type",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "propertyNames",
            "items",
            "prefixItems",
            "minimum",
            "exclusiveMinimum",
            "minLength",
            "minItems",
            "minProperties",
            "maximum",
            "exclusiveMaximum",
            "maxLength",
            "maxItems",
            "maxProperties",
        ];
        for (keyword, value) in wide {
            let ignored = UNDERSTOOD.contains(&keyword.as_str()) || REMARKS.contains(&keyword.as_str());
            if !ignored && narrow.get(keyword) != Some(value) {
                self.report(at, format!("{keyword} is another"));
            }
        }
    }
}

fn takes_anything(schema: &Value) -> bool {
    match schema {
        Value::Bool(all) => *all,
        Value::Object(keywords) => keywords.keys().all(|keyword| REMARKS.contains(&keyword.as_str())),
        _ => false,
    }
}

fn takes_nothing(schema: &Value) -> bool {
    *schema == Value::Bool(false)
}

/// The schemas of which one must hold: those of `anyOf` and `oneOf`, of each type and of each value of an `enum`.
fn alternatives(schema: &Value) -> Vec<Value> {
    let Value::Object(keywords) = schema else { return vec![schema.clone()] };
    let without = |keyword: &str| {
        let mut rest = keywords.clone();
        rest.remove(keyword);
        rest
    };
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(all)) = keywords.get(keyword) {
            let rest = without(keyword);
            return all.iter().flat_map(|one| alternatives(&merged(one, &rest))).collect();
        }
    }
    if let Some(Value::Array(values)) = keywords.get("enum") {
        let with = |value: &Value| Value::Object(Map::from_iter([("const".to_owned(), value.clone())]));
        return values.iter().map(with).collect();
    }
    if let Some(Value::Array(types)) = keywords.get("type") {
        let rest = without("type");
        let with = |one: &Value| {
            let mut schema = rest.clone();
            schema.insert("type".to_owned(), one.clone());
            Value::Object(schema)
        };
        return types.iter().map(with).collect();
    }
    vec![schema.clone()]
}

/// An alternative with the keywords that stand beside all of them.
fn merged(one: &Value, beside: &Map<String, Value>) -> Value {
    match one {
        Value::Object(keywords) => {
            let mut all = beside.clone();
            all.extend(keywords.clone());
            Value::Object(all)
        }
        Value::Bool(true) => Value::Object(beside.clone()),
        other => other.clone(),
    }
}

fn type_of(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

/// Whether a schema without alternatives takes a value, as far as types and constants say.
fn takes_value(schema: &Map<String, Value>, value: &Value) -> bool {
    if let Some(one) = schema.get("const") {
        return one == value;
    }
    let fits = |name: &str| match (name, value) {
        ("null", Value::Null) | ("boolean", Value::Bool(_)) | ("string", Value::String(_)) => true,
        ("number", Value::Number(_)) | ("array", Value::Array(_)) | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
        _ => false,
    };
    let only: BTreeMap<&String, &Value> =
        schema.iter().filter(|(keyword, _)| !REMARKS.contains(&keyword.as_str())).collect();
    match only.get(&"type".to_owned()).and_then(|one| one.as_str()) {
        Some(name) => fits(name) && only.len() == 1,
        None => only.is_empty(),
    }
}

fn shown(schema: &Value) -> String {
    match (schema.get("const"), type_of(schema)) {
        (Some(value), _) => value.to_string(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => "something".to_owned(),
    }
}

#[cfg(test)]
mod tests;
