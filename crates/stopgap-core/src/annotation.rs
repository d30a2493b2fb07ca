//! What the annotations of an export ask for, and whether it can be had.

use std::collections::BTreeSet;

use plts_core::body::{Conduct, LogParams};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{AnnotationError, ManifestError};
use crate::names::RoleName;
use crate::plan::HandlerKind;

/// The annotations of one export, as `plts.build` gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct BuiltAnnotations {
    #[serde(default)]
    pub timeout_ms: Option<u32>,
    #[serde(default)]
    pub deprecated: Option<String>,
    #[serde(default)]
    pub roles: BTreeSet<String>,
    #[serde(default)]
    pub cache: Option<Cache>,
    #[serde(default)]
    pub readonly: bool,
    #[serde(default)]
    pub log_params: Option<LogParams>,
}

/// What PostgreSQL may take for granted of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    Immutable,
    Stable,
}

/// The annotations of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotations {
    /// How long a call may take, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// That nobody should call it any more, and why; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Who may call it, in place of the environment's application role; none for that role.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<RoleName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// It is a query, and says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub readonly: bool,
    /// Which parameters the server's log gets of each call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_params: Option<LogParams>,
}

impl BuiltAnnotations {
    /// What they ask of a function of that kind.
    ///
    /// Errors: 42P13 for a mutation that is to be read-only or cached; 42602 for what cannot be a role.
    pub fn of_handler(&self, kind: HandlerKind) -> Result<Annotations, AnnotationError> {
        if kind == HandlerKind::Mutation {
            if self.readonly {
                return Err(AnnotationError::OfMutation { annotation: "readonly" });
            }
            if self.cache.is_some() {
                return Err(AnnotationError::OfMutation { annotation: "cache" });
            }
        }
        let roles: Result<BTreeSet<RoleName>, _> =
            self.roles.iter().map(|name| RoleName::parse(name)).collect();
        Ok(Annotations {
            timeout_ms: self.timeout_ms,
            deprecated: self.deprecated.clone(),
            roles: roles?,
            cache: self.cache,
            readonly: self.readonly,
            log_params: self.log_params.clone(),
        })
    }
}

impl Annotations {
    /// Reads stored annotations; XX000 for anything else.
    pub fn from_json(stored: Option<Value>) -> Result<Self, ManifestError> {
        stored
            .map_or_else(|| Ok(Self::default()), serde_json::from_value)
            .map_err(|error| ManifestError::Shape { reason: format!("annotations: {error}") })
    }

    /// As they are stored and shown; none when there are none.
    pub fn to_json(&self) -> Option<Value> {
        (*self != Self::default()).then(|| serde_json::json!(self))
    }

    /// Refuses `@log-params` of a parameter that is not among the known ones; None when any may be given.
    ///
    /// Errors: 42P13.
    pub fn check_parameters(
        &self,
        known: impl FnOnce() -> Option<BTreeSet<String>>,
    ) -> Result<(), AnnotationError> {
        let Some(LogParams::Named(names)) = &self.log_params else { return Ok(()) };
        let Some(known) = known() else { return Ok(()) };
        match names.iter().find(|name| !known.contains(name.as_str())) {
            Some(name) => Err(AnnotationError::NoParameter { name: name.clone() }),
            None => Ok(()),
        }
    }

    /// What each call has to mind.
    pub fn conduct(&self) -> Conduct {
        Conduct {
            timeout_ms: self.timeout_ms,
            deprecated: self.deprecated.clone(),
            log_params: self.log_params.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;
    use serde_json::json;

    use super::*;

    fn of(annotations: Value, kind: HandlerKind) -> Result<Annotations, AnnotationError> {
        serde_json::from_value::<BuiltAnnotations>(annotations).unwrap().of_handler(kind)
    }

    #[test]
    fn they_are_stored_and_read_back() {
        let all = json!({"timeout_ms": 5, "deprecated": "x", "roles": ["B c", "a"], "cache": "stable", "readonly": true,
            "log_params": ["id"]});
        let annotations = of(all.clone(), HandlerKind::Query).unwrap();
        assert_eq!(annotations.to_json(), Some(all.clone()));
        assert_eq!(Annotations::from_json(Some(all)).unwrap(), annotations);
        assert_eq!(Annotations::default().to_json(), None);
        assert_eq!(Annotations::from_json(None).unwrap(), Annotations::default());
        assert!(Annotations::from_json(Some(json!({"other": 1}))).is_err());
    }

    #[test]
    fn only_parameters_that_there_are_are_logged() {
        let annotations = of(json!({"log_params": ["id", "kind"]}), HandlerKind::Query).unwrap();
        let these = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert!(annotations.check_parameters(|| None).is_ok());
        assert!(annotations.check_parameters(|| these(&["id", "kind", "more"])).is_ok());
        let error = annotations.check_parameters(|| these(&["id"])).unwrap_err();
        assert_eq!(error.sqlstate().as_str(), "42P13");
        assert!(error.to_string().contains("\"kind\""), "{error}");
        let all = of(json!({"log_params": true}), HandlerKind::Query).unwrap();
        assert!(all.check_parameters(|| these(&[])).is_ok());
    }

    #[test]
    fn what_a_mutation_cannot_be_is_refused() {
        for (annotation, state) in [
            (json!({"readonly": true}), "42P13"),
            (json!({"cache": "immutable"}), "42P13"),
            (json!({"roles": ["public"]}), "42602"),
            (json!({"roles": ["pg_monitor"]}), "42602"),
        ] {
            assert_eq!(of(annotation, HandlerKind::Mutation).unwrap_err().sqlstate().as_str(), state);
        }
        assert!(of(json!({"timeout_ms": 5, "roles": ["a"]}), HandlerKind::Mutation).is_ok());
    }
}
