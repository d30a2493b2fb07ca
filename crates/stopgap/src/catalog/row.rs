//! Reading the values of a row, of which the statement says what they are.

use std::borrow::Cow;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use plts_core::Value;
use serde_json::Value as Json;
use stopgap_core::Schema;

/// A row, read from left to right.
pub struct Row(std::vec::IntoIter<Value<'static>>);

impl Row {
    pub fn new(values: Vec<Value<'static>>) -> Self {
        Self(values.into_iter())
    }

    pub fn text(&mut self) -> Result<String> {
        self.optional_text()?.ok_or_else(|| misread("text"))
    }

    pub fn optional_text(&mut self) -> Result<Option<String>> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text.into_owned())),
            Some(Value::Null) => Ok(None),
            _ => Err(misread("text")),
        }
    }

    pub fn bigint(&mut self) -> Result<i64> {
        self.optional_bigint()?.ok_or_else(|| misread("bigint"))
    }

    pub fn optional_bigint(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Value::BigInt(number)) => Ok(Some(number)),
            Some(Value::Null) => Ok(None),
            _ => Err(misread("bigint")),
        }
    }

    pub fn boolean(&mut self) -> Result<bool> {
        self.optional_boolean()?.ok_or_else(|| misread("boolean"))
    }

    pub fn optional_boolean(&mut self) -> Result<Option<bool>> {
        match self.0.next() {
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(misread("boolean")),
        }
    }

    pub fn optional_json_text(&mut self) -> Result<Option<Cow<'static, str>>> {
        match self.0.next() {
            Some(Value::Json(json)) => Ok(Some(json)),
            Some(Value::Null) => Ok(None),
            _ => Err(misread("jsonb")),
        }
    }

    pub fn optional_json(&mut self) -> Result<Option<Json>> {
        let read = |json: Cow<'_, str>| serde_json::from_str(&json).map_err(|_| misread("jsonb"));
        self.optional_json_text()?.map(read).transpose()
    }

    pub fn optional_schema(&mut self) -> Result<Option<Schema>> {
        let read = |json: Cow<'_, str>| Schema::parse(&json).map_err(|_| misread("jsonb"));
        self.optional_json_text()?.map(read).transpose()
    }

    pub fn json(&mut self) -> Result<Json> {
        self.optional_json()?.ok_or_else(|| misread("jsonb"))
    }
}

/// A text parameter.
pub fn text(value: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(value))
}

/// A `text[]` parameter.
pub fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Value<'a> {
    Value::Array(values.into_iter().map(text).collect())
}

/// A `bigint[]` parameter.
pub fn bigints<'a>(values: impl IntoIterator<Item = &'a i64>) -> Value<'static> {
    Value::Array(values.into_iter().copied().map(Value::BigInt).collect())
}

/// A text parameter that may be NULL.
pub fn optional_text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Null, text)
}

/// A jsonb parameter.
pub fn json(value: &Json) -> Value<'static> {
    Value::Json(Cow::Owned(value.to_string()))
}

/// A jsonb parameter that may be NULL.
pub fn optional_json(value: Option<&Json>) -> Value<'static> {
    value.map_or(Value::Null, json)
}

/// A schema as a jsonb parameter, or NULL.
pub fn optional_schema(value: Option<&Schema>) -> Value<'_> {
    value.map_or(Value::Null, |schema| Value::Json(Cow::Borrowed(schema.as_str())))
}

#[cold]
fn misread(expected: &str) -> Box<ErrorReport> {
    Box::new(ErrorReport::internal(format!("a column of the catalog is not the {expected} it should be")))
}
