//! The pointer body of a function: one line of JSON, written by stopgap, that names an artifact and an export of it.
//!
//! Guarantees: [`PointerBody::parse`] tells a pointer from TypeScript, refuses every pointer that is not exactly of
//! version 1, and reads back what [`PointerBody::print`] wrote.

use crate::artifact::ArtifactHash;
use crate::{Reportable, SqlState};
use serde::{Deserialize, Serialize};

/// The version of the pointer format, the value of its key `plts`.
pub const POINTER_VERSION: u32 = 1;

/// A body that points at an export of a stored artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerBody {
    /// The artifact of the module to load.
    pub artifact_hash: ArtifactHash,
    /// The name of the export to call; `default` is one too. Never empty.
    pub export: String,
    /// The environment the pointer was deployed to; it becomes `ctx.env`.
    pub env: String,
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
            Self::UnsupportedVersion { .. } => Some(format!("This plts knows version {POINTER_VERSION}.")),
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
        if version.as_u64() != Some(u64::from(POINTER_VERSION)) {
            return Err(PointerError::UnsupportedVersion { version: version.to_string() });
        }
        // From the text, not from the object: a key that is there twice is refused.
        let pointer: PointerJson = serde_json::from_str(body.trim())
            .map_err(|error| PointerError::Malformed { reason: capitalised(&error.to_string()) })?;
        if pointer.export.is_empty() {
            return Err(PointerError::Malformed { reason: "The name of the export is empty".to_owned() });
        }
        Ok(Some(Self { artifact_hash: pointer.artifact_hash, export: pointer.export, env: pointer.env }))
    }

    /// The canonical text: keys in the order `plts`, `kind`, `artifact_hash`, `export`, `env`, no spaces.
    pub fn print(&self) -> String {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            r#"{{"plts":{POINTER_VERSION},"kind":"artifact_ptr","artifact_hash":{},"export":{},"env":{}}}"#,
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
        let pointer =
            PointerBody { artifact_hash: hash(), export: "default".to_owned(), env: "prod".to_owned() };
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
            let pointer =
                PointerBody { artifact_hash: hash(), export: export.to_owned(), env: "e".to_owned() };
            assert_eq!(PointerBody::parse(&pointer.print()), Ok(Some(pointer)));
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
        for version in ["0", "2", "\"1\"", "null", "1.5", "-1", "4294967297"] {
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
