//! The pointer body of a function: one line of JSON, written by stopgap, that names an artifact and an export of it.
//!
//! Guarantees: [`PointerBody::parse`] tells a pointer from TypeScript, refuses every pointer that is not exactly of
//! version 1 or 2, and reads back what [`PointerBody::print`] wrote.

use std::collections::BTreeSet;

use crate::artifact::ArtifactHash;
use crate::{Reportable, SqlState};
use serde::{Deserialize, Serialize};

/// The versions of the pointer format, values of its key `plts`: plain, and with a [`Conduct`].
const PLAIN_VERSION: u64 = 1;
const CONDUCT_VERSION: u64 = 2;

/// A body that points at an export of a stored artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerBody {
    /// The artifact of the module to load.
    pub artifact_hash: ArtifactHash,
    /// The name of the export to call; `default` is one too. Never empty.
    pub export: String,
    /// The environment the pointer was deployed to; it becomes `ctx.env`.
    pub env: String,
    /// What a call has to mind.
    pub conduct: Conduct,
}

/// What annotations of an export ask of each call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// How long it may take, in milliseconds: from 1 to 2^31-1.
    pub timeout_ms: Option<u32>,
    /// That nobody should call it any more, and what to call instead.
    pub deprecated: Option<String>,
    /// Which of its parameters the server's log gets.
    pub log_params: Option<LogParams>,
}

/// Parameters whose values are logged: `true`, or an array of names, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "LogParamsJson", into = "LogParamsJson")]
pub enum LogParams {
    All,
    /// At least one.
    Named(BTreeSet<String>),
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum LogParamsJson {
    All(bool),
    Named(BTreeSet<String>),
}

impl TryFrom<LogParamsJson> for LogParams {
    type Error = &'static str;

    fn try_from(json: LogParamsJson) -> Result<Self, Self::Error> {
        match json {
            LogParamsJson::All(true) => Ok(Self::All),
            LogParamsJson::Named(names) if !names.is_empty() => Ok(Self::Named(names)),
            _ => Err("log_params is true or names of parameters"),
        }
    }
}

impl From<LogParams> for LogParamsJson {
    fn from(params: LogParams) -> Self {
        match params {
            LogParams::All => Self::All(true),
            LogParams::Named(names) => Self::Named(names),
        }
    }
}

impl LogParams {
    /// Whether a parameter of that name is one of them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(name),
        }
    }
}

/// A body that is meant as a pointer and is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PointerError {
    #[error("unsupported version of a pointer body: {version}")]
    UnsupportedVersion { version: String },
    #[error("invalid pointer body")]
    Malformed { reason: String },
}

impl Reportable for PointerError {
    fn sqlstate(&self) -> SqlState {
        match self {
            Self::UnsupportedVersion { .. } => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Malformed { .. } => SqlState::SYNTAX_ERROR,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::UnsupportedVersion { .. } => Some("This plts knows versions 1 and 2.".to_owned()),
            Self::Malformed { reason } => Some(format!("{reason}.")),
        }
    }

    fn hint(&self) -> Option<String> {
        Some("Pointer bodies are written by stopgap; write a TypeScript body instead.".to_owned())
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PointerJson {
    plts: u32,
    kind: PointerKind,
    artifact_hash: ArtifactHash,
    export: String,
    env: String,
    #[serde(default)]
    timeout_ms: Option<u32>,
    #[serde(default)]
    deprecated: Option<String>,
    #[serde(default)]
    log_params: Option<LogParams>,
}

#[derive(Deserialize, Serialize)]
enum PointerKind {
    #[serde(rename = "artifact_ptr")]
    ArtifactPointer,
}

impl PointerBody {
    /// Reads a function body. `None` when it is not a pointer, that is, when its first character other than white
    /// space is not `{`, or it is no JSON object with the key `plts`.
    ///
    /// Errors: 0A000 for another version, 42601 for a pointer with a key too many, too few, or of the wrong type.
    pub fn parse(body: &str) -> Result<Option<Self>, PointerError> {
        let Some(object) = pointer_object(body) else {
            return Ok(None);
        };
        let version = &object["plts"];
        let has_conduct = match version.as_u64() {
            Some(PLAIN_VERSION) => false,
            Some(CONDUCT_VERSION) => true,
            _ => return Err(PointerError::UnsupportedVersion { version: version.to_string() }),
        };
        // From the text, not from the object: a key that is there twice is refused.
        let pointer: PointerJson = serde_json::from_str(body.trim())
            .map_err(|error| PointerError::Malformed { reason: capitalised(&error.to_string()) })?;
        if pointer.export.is_empty() {
            return Err(PointerError::Malformed { reason: "The name of the export is empty".to_owned() });
        }
        let malformed = |reason: &str| Err(PointerError::Malformed { reason: reason.to_owned() });
        let PointerJson { timeout_ms, deprecated, log_params, .. } = pointer;
        let conduct = Conduct { timeout_ms, deprecated, log_params };
        if !has_conduct && conduct != Conduct::default() {
            return malformed("Version 1 has no such key");
        }
        if timeout_ms.is_some_and(|limit| limit == 0 || i32::try_from(limit).is_err()) {
            return malformed("The time is out of range");
        }
        Ok(Some(Self {
            artifact_hash: pointer.artifact_hash,
            export: pointer.export,
            env: pointer.env,
            conduct,
        }))
    }

    /// The canonical text: keys in the order `plts`, `kind`, `artifact_hash`, `export`, `env`, no spaces. With a conduct it is
    /// of version 2, and goes on with `timeout_ms`, `deprecated` and `log_params`, where they are given.
    pub fn print(&self) -> String {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let Conduct { timeout_ms, deprecated, log_params } = &self.conduct;
        let version = if self.conduct == Conduct::default() { PLAIN_VERSION } else { CONDUCT_VERSION };
        let timeout = timeout_ms.map(|limit| format!(r#","timeout_ms":{limit}"#)).unwrap_or_default();
        let deprecated =
            deprecated.as_ref().map(|text| format!(r#","deprecated":{}"#, json(text))).unwrap_or_default();
        let logged = log_params
            .as_ref()
            .map(|params| format!(r#","log_params":{}"#, serde_json::json!(params)))
            .unwrap_or_default();
        format!(
            r#"{{"plts":{version},"kind":"artifact_ptr","artifact_hash":{},"export":{},"env":{}{timeout}{deprecated}{logged}}}"#,
            json(self.artifact_hash.as_str()),
            json(&self.export),
            json(&self.env),
        )
    }
}

/// True when `body` is meant as a pointer, valid or not.
pub fn is_pointer(body: &str) -> bool {
    pointer_object(body).is_some()
}

fn pointer_object(body: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let body = body.trim();
    if !body.starts_with('{') {
        return None;
    }
    match serde_json::from_str(body) {
        Ok(serde_json::Value::Object(object)) if object.contains_key("plts") => Some(object),
        // Not JSON, or another JSON text: it is TypeScript, and its compiler will say what is wrong with it.
        _ => None,
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> ArtifactHash {
        ArtifactHash::parse(&format!("sha256:{}", "0123456789abcdef".repeat(4))).unwrap()
    }

    #[test]
    fn prints_canonically_and_reads_back() {
        let pointer = PointerBody {
            artifact_hash: hash(),
            export: "default".to_owned(),
            env: "prod".to_owned(),
            conduct: Conduct::default(),
        };
        let text = pointer.print();
        assert_eq!(
            text,
            format!(
                r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{}","export":"default","env":"prod"}}"#,
                hash()
            )
        );
        assert_eq!(PointerBody::parse(&text), Ok(Some(pointer)));
        for export in ["a\"b\\c", "naïve", "\u{1F600}", "line\nbreak"] {
            let pointer = PointerBody {
                artifact_hash: hash(),
                export: export.to_owned(),
                env: "e".to_owned(),
                conduct: Conduct::default(),
            };
            assert_eq!(PointerBody::parse(&pointer.print()), Ok(Some(pointer)));
        }
    }

    #[test]
    fn a_conduct_makes_it_version_2() {
        let logging = |timeout_ms, deprecated: Option<&str>, log_params| PointerBody {
            artifact_hash: hash(),
            export: "x".to_owned(),
            env: "e".to_owned(),
            conduct: Conduct { timeout_ms, deprecated: deprecated.map(str::to_owned), log_params },
        };
        let pointer = |timeout_ms, deprecated| logging(timeout_ms, deprecated, None);
        let names = LogParams::Named(BTreeSet::from(["b".to_owned(), "a".to_owned()]));
        assert!(
            logging(None, None, Some(names.clone()))
                .print()
                .ends_with(r#","env":"e","log_params":["a","b"]}"#)
        );
        assert!(names.contains("a") && !names.contains("c") && LogParams::All.contains("c"));
        assert!(
            pointer(Some(500), Some("a \"b\""))
                .print()
                .ends_with(r#","env":"e","timeout_ms":500,"deprecated":"a \"b\""}"#)
        );
        for one in [
            pointer(Some(1), None),
            pointer(None, Some("")),
            pointer(Some(5), Some("x")),
            logging(None, None, Some(LogParams::All)),
            logging(Some(5), None, Some(names)),
        ] {
            assert!(one.print().starts_with(r#"{"plts":2,"#));
            assert_eq!(PointerBody::parse(&one.print()), Ok(Some(one)));
        }
        let with = |version: u32, key: &str| {
            format!(
                r#"{{"plts":{version},"kind":"artifact_ptr","artifact_hash":"{}","export":"x","env":"e",{key}}}"#,
                hash()
            )
        };
        assert!(PointerBody::parse(&with(2, r#""timeout_ms":5"#)).is_ok());
        for (version, key) in [
            (1, r#""timeout_ms":5"#),
            (2, r#""timeout_ms":0"#),
            (2, r#""timeout_ms":2147483648"#),
            (2, r#""deprecated":5"#),
            (1, r#""log_params":true"#),
            (2, r#""log_params":false"#),
            (2, r#""log_params":[]"#),
            (2, r#""log_params":[5]"#),
            (2, r#""other":5"#),
        ] {
            let error = PointerBody::parse(&with(version, key)).unwrap_err();
            assert!(matches!(error, PointerError::Malformed { .. }), "{key}: {error:?}");
        }
    }

    #[test]
    fn tells_pointers_from_typescript() {
        for body in [
            "",
            "   ",
            "return a + b",
            "{ return 1 }",
            "{}",
            r#"{"kind":"artifact_ptr"}"#,
            r#"{"plts":1"#,
            r#"[{"plts":1}]"#,
            r#""plts""#,
            r#"{"a":{"plts":1}}"#,
        ] {
            assert!(!is_pointer(body), "{body:?}");
            assert_eq!(PointerBody::parse(body), Ok(None), "{body:?}");
        }
        for body in [r#"{"plts":1}"#, " \n\t{\"plts\": 2}\n", r#"{"x":1,"plts":null}"#] {
            assert!(is_pointer(body), "{body:?}");
        }
    }

    #[test]
    fn refuses_other_versions() {
        for version in ["0", "3", "\"1\"", "null", "1.5", "-1", "4294967297"] {
            let body = format!(
                r#"{{"plts":{version},"kind":"artifact_ptr","artifact_hash":"{}","export":"x","env":"e"}}"#,
                hash()
            );
            let error = PointerBody::parse(&body).unwrap_err();
            assert_eq!(error, PointerError::UnsupportedVersion { version: version.to_owned() });
            assert_eq!(error.sqlstate(), SqlState::FEATURE_NOT_SUPPORTED);
        }
    }

    #[test]
    fn refuses_pointers_that_are_not_exact() {
        let hash = hash();
        let cases = [
            r#"{"plts":1}"#.to_owned(),
            format!(r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{hash}","export":"x"}}"#),
            format!(r#"{{"plts":1,"kind":"other","artifact_hash":"{hash}","export":"x","env":"e"}}"#),
            format!(r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{hash}","export":"","env":"e"}}"#),
            format!(r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{hash}","export":1,"env":"e"}}"#),
            format!(
                r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{hash}","export":"x","env":"e","y":1}}"#
            ),
            format!(
                r#"{{"plts":1,"plts":1,"kind":"artifact_ptr","artifact_hash":"{hash}","export":"x","env":"e"}}"#
            ),
            r#"{"plts":1,"kind":"artifact_ptr","artifact_hash":"sha256:12","export":"x","env":"e"}"#
                .to_owned(),
            r#"{"plts":1,"kind":"artifact_ptr","artifact_hash":"","export":"x","env":"e"}"#.to_owned(),
        ];
        for body in cases {
            let error = PointerBody::parse(&body).unwrap_err();
            assert!(matches!(error, PointerError::Malformed { .. }), "{body}: {error:?}");
            assert_eq!(error.sqlstate(), SqlState::SYNTAX_ERROR);
        }
    }
}
