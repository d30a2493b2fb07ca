//! What is, beside what should be: each property of each object of a live schema, and every difference between the two.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// Properties of an object by name. What both sides have is compared; a property that one side does not name is none.
pub type Properties = BTreeMap<String, Value>;

/// Objects by how PostgreSQL writes them, `users_get(jsonb)` say.
pub type Objects = BTreeMap<String, Properties>;

/// How an object differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// It should be there and is not.
    Missing,
    /// It is there, but stopgap did not put it there.
    Extra,
    /// A property is another one.
    Changed,
    /// An artifact whose contents have another hash.
    Damaged,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// `schema`, `function` or `artifact`.
    pub class: &'static str,
    pub object: String,
    pub kind: DriftKind,
    /// What of it, when it is changed.
    pub property: Option<String>,
    pub expected: Value,
    pub found: Value,
}

/// Every difference between the objects of a class, in the order of their names.
pub fn differences(class: &'static str, expected: &Objects, found: &Objects) -> Vec<Difference> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        let whole = |kind| Difference {
            class,
            object: name.clone(),
            kind,
            property: None,
            expected: Value::Null,
            found: Value::Null,
        };
        match (expected.get(name), found.get(name)) {
            (Some(_), None) => differences.push(whole(DriftKind::Missing)),
            (None, Some(_)) => differences.push(whole(DriftKind::Extra)),
            (Some(expected), Some(found)) => {
                let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
                for property in names {
                    let side = |one: &Properties| one.get(property).cloned().unwrap_or(Value::Null);
                    let (expected, found) = (side(expected), side(found));
                    if expected != found {
                        let property = Some(property.clone());
                        differences.push(Difference {
                            property,
                            expected,
                            found,
                            ..whole(DriftKind::Changed)
                        });
                    }
                }
            }
            (None, None) => {}
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objects(value: Value) -> Objects {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_difference_once() {
        let expected = objects(json!({
            "a(jsonb)": {"owner": "stopgap_owner", "strict": false, "config": null},
            "b(jsonb)": {"owner": "stopgap_owner"},
            "c(jsonb)": {"owner": "stopgap_owner"},
        }));
        let found = objects(json!({
            "a(jsonb)": {"owner": "ann", "strict": false, "config": ["work_mem=1GB"]},
            "c(jsonb)": {"owner": "stopgap_owner"},
            "d(jsonb)": {"owner": "ann"},
        }));
        let shown: Vec<String> = differences("function", &expected, &found)
            .iter()
            .map(|one| {
                format!(
                    "{:?} {} {} {} {}",
                    one.kind,
                    one.object,
                    one.property.as_deref().unwrap_or("-"),
                    one.expected,
                    one.found
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Changed a(jsonb) config null [\"work_mem=1GB\"]",
                "Changed a(jsonb) owner \"stopgap_owner\" \"ann\"",
                "Missing b(jsonb) - null null",
                "Extra d(jsonb) - null null",
            ]
        );
        assert!(differences("function", &expected, &expected).is_empty());
    }
}
