//! What can be set about an environment, as `stopgap.create_environment` and `stopgap.alter_environment` take it.
//!
//! A key that is not there leaves its setting alone; null takes back what may be absent.

use serde_json::Value;

use crate::error::SettingsError;
use crate::names::{EnvName, LiveSchema, RoleName};
use crate::retirement::GracePeriod;

/// Which settings change, and to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentChanges {
    /// `parent`: what it inherits from; `Some(None)` for nothing any more.
    pub parent: Option<Option<EnvName>>,
    /// `live_schema`: only for an environment that is being made.
    pub live_schema: Option<LiveSchema>,
    /// `deployer_role`: who may release.
    pub deployer_role: Option<RoleName>,
    /// `app_role`: who may call live functions.
    pub app_role: Option<RoleName>,
    /// `protected`: whether a switch must be confirmed by name, and dropping it is refused.
    pub protected: Option<bool>,
    /// `default_label`: the label of deployments that are given none.
    pub default_label: Option<Option<String>>,
    /// `keep_last`: how many deployments are kept, at least 1; `Some(None)` for all.
    pub keep_last: Option<Option<i32>>,
    /// `retire_s`: how long functions stay that a release leaves out; `Some(None)` for not at all.
    pub retire_for: Option<Option<GracePeriod>>,
}

/// The longest label, in bytes.
const MAX_LABEL_BYTES: usize = 1024;

impl EnvironmentChanges {
    /// Reads the changes.
    ///
    /// Errors: 22023 for a setting there is not or a value of another kind; 42602 and 42622 for a name that is not allowed.
    pub fn from_json(changes: Value) -> Result<Self, SettingsError> {
        let Value::Object(changes) = changes else { return Err(SettingsError::Shape) };
        let mut read = Self::default();
        for (key, value) in changes {
            let expected = |expected| SettingsError::Value { setting: key.clone(), expected };
            let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| expected("a string"));
            match key.as_str() {
                "parent" => {
                    read.parent = Some(match &value {
                        Value::Null => None,
                        name => Some(EnvName::parse(&text(name)?)?),
                    });
                }
                "live_schema" => read.live_schema = Some(LiveSchema::parse(&text(&value)?)?),
                "deployer_role" => read.deployer_role = Some(RoleName::parse(&text(&value)?)?),
                "app_role" => read.app_role = Some(RoleName::parse(&text(&value)?)?),
                "protected" => {
                    read.protected = Some(value.as_bool().ok_or_else(|| expected("true or false"))?);
                }
                "default_label" => {
                    read.default_label = Some(match &value {
                        Value::Null => None,
                        label => Some(text(label)?)
                            .filter(|label| !label.is_empty() && label.len() <= MAX_LABEL_BYTES)
                            .map(Some)
                            .ok_or_else(|| expected("a string of 1 to 1024 bytes"))?,
                    });
                }
                "keep_last" => {
                    let positive = |value: &Value| {
                        value.as_i64().and_then(|count| i32::try_from(count).ok()).filter(|count| *count >= 1)
                    };
                    read.keep_last = Some(match &value {
                        Value::Null => None,
                        count => {
                            Some(positive(count).ok_or_else(|| expected("a whole number of at least 1"))?)
                        }
                    });
                }
                "retire_s" => {
                    let period = |value: &Value| value.as_u64().and_then(GracePeriod::of_seconds);
                    read.retire_for = Some(match &value {
                        Value::Null => None,
                        seconds => Some(
                            period(seconds)
                                .ok_or_else(|| expected("a number of seconds, at most ten years"))?,
                        ),
                    });
                }
                _ => return Err(SettingsError::Unknown { setting: key }),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_and_null_differ() {
        let changes = EnvironmentChanges::from_json(json!({"parent": null, "keep_last": 3})).unwrap();
        assert_eq!(changes.parent, Some(None));
        assert_eq!(changes.keep_last, Some(Some(3)));
        assert_eq!(changes.default_label, None);
        assert_eq!(EnvironmentChanges::from_json(json!({})).unwrap(), EnvironmentChanges::default());
    }

    #[test]
    fn refuses_with_a_reason() {
        for (changes, sqlstate, part) in [
            (json!([]), "22023", "JSON object"),
            (json!({"colour": 1}), "22023", "\"colour\""),
            (json!({"protected": "yes"}), "22023", "true or false"),
            (json!({"protected": null}), "22023", "true or false"),
            (json!({"keep_last": 0}), "22023", "at least 1"),
            (json!({"keep_last": 1.5}), "22023", "at least 1"),
            (json!({"keep_last": 3_000_000_000_u64}), "22023", "at least 1"),
            (json!({"retire_s": -1}), "22023", "ten years"),
            (json!({"retire_s": 4_000_000_000_u64}), "22023", "ten years"),
            (json!({"default_label": ""}), "22023", "1 to 1024"),
            (json!({"parent": "No"}), "42602", "\"No\""),
            (json!({"app_role": "public"}), "42602", "\"public\""),
            (json!({"live_schema": "pg_x"}), "42602", "\"pg_x\""),
        ] {
            let error = EnvironmentChanges::from_json(changes.clone()).unwrap_err();
            assert_eq!(error.sqlstate().as_str(), sqlstate, "{changes}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
