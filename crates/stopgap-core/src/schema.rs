//! JSON Schemas of what handlers take and give, as `plts.describe` found them.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON Schema: its text, which all who hold it share, and which is taken apart by who looks into it only.
#[derive(Clone, Debug)]
pub struct Schema(Arc<RawValue>);

impl Schema {
    /// A schema from its text.
    ///
    /// Errors: text that is not JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The schema taken apart; None when it is nested more than 127 deep.
    pub fn to_value(&self) -> Option<Value> {
        serde_json::from_str(self.as_str()).ok()
    }
}

impl PartialEq for Schema {
    /// Two schemas are one when they mean the same, however they are written.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || self.to_value().is_some_and(|one| other.to_value() == Some(one))
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_text_in_and_out() {
        let text = r#"{"type":"object","properties":{"id":{"type":"integer"}}}"#;
        let schema = Schema::parse(text).unwrap();
        assert_eq!(schema.as_str(), text);
        assert_eq!(serde_json::to_string(&schema).unwrap(), text);
        assert_eq!(json!(schema), schema.to_value().unwrap());
        assert_eq!(serde_json::from_value::<Schema>(json!(schema)).unwrap(), schema);
    }

    #[test]
    fn meaning_makes_equal_and_null_is_none() {
        let schema = |text: &str| Schema::parse(text).unwrap();
        assert_eq!(schema(r#"{"a":1,"b":[2]}"#), schema(r#"{ "b": [2], "a": 1 }"#));
        assert_ne!(schema(r#"{"a":1}"#), schema(r#"{"a":2}"#));
        assert!(Schema::parse("{").is_err());
        assert_eq!(serde_json::from_str::<Option<Schema>>("null").unwrap(), None);
        let deep = schema(&format!("{}{}", "[".repeat(1000), "]".repeat(1000)));
        assert_eq!(deep.to_value(), None);
        assert_eq!(deep, deep.clone());
        assert_ne!(deep, schema("[]"));
    }
}
