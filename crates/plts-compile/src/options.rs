//! The compiler's options, their JSON, and what the name of a module says about its language.

use crate::diagnostic::Diagnostic;
use plts_core::{Reportable, SqlState};

/// What the caller chooses. The canonical JSON of it is part of the artifact hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The module's name, as in source maps and stacks. Its extension chooses the language: `.js` and `.mjs` are
    /// JavaScript, `.d.ts` declarations, everything else TypeScript.
    pub filename: String,
    /// Whatever the name says.
    is_typescript: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self::new("module.ts")
    }
}

/// User options that are no options.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OptionsError {
    #[error("compiler options are not a JSON object")]
    NotAnObject,
    #[error("unknown compiler option \"{key}\"")]
    UnknownKey { key: String },
    #[error("compiler option \"{key}\" must be a non-empty string")]
    NotAString { key: &'static str },
}

impl Reportable for OptionsError {
    fn sqlstate(&self) -> SqlState {
        SqlState::INVALID_PARAMETER_VALUE
    }

    fn hint(&self) -> Option<String> {
        Some("The only option is \"filename\".".to_owned())
    }
}

/// What kind of text a module holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    TypeScript,
    Declarations,
    JavaScript,
}

impl Options {
    /// Options for a module of this name.
    pub fn new(filename: impl Into<String>) -> Self {
        Self { filename: filename.into(), is_typescript: false }
    }

    /// Options for TypeScript of any name: of a function that is called `public.js`, say.
    pub fn typescript(filename: impl Into<String>) -> Self {
        Self { filename: filename.into(), is_typescript: true }
    }

    /// Options from a user's JSON object, `{"filename": "users.ts"}`; a key that is left out has its default.
    ///
    /// Errors: 22023 for anything but an object of known keys with values of the right type.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, OptionsError> {
        let object = json.as_object().ok_or(OptionsError::NotAnObject)?;
        let mut options = Self::default();
        for (key, value) in object {
            match key.as_str() {
                "filename" => match value.as_str() {
                    Some(filename) if !filename.is_empty() => options.filename = filename.to_owned(),
                    _ => return Err(OptionsError::NotAString { key: "filename" }),
                },
                _ => return Err(OptionsError::UnknownKey { key: key.clone() }),
            }
        }
        Ok(options)
    }

    /// The options as JSON with sorted keys and no spaces, defaults written out.
    pub fn canonical_json(&self) -> String {
        format!(r#"{{"filename":{}}}"#, serde_json::Value::from(self.filename.as_str()))
    }

    /// Errors: a diagnostic for a language that is not supported.
    pub(crate) fn language(&self) -> Result<Language, Diagnostic> {
        if self.is_typescript {
            return Ok(Language::TypeScript);
        }
        let name = self.filename.as_str();
        let unsupported = |what: &str| Err(Diagnostic::error(format!("{what} is not supported"), 1, 1));
        if [".d.ts", ".d.mts"].iter().any(|extension| name.ends_with(extension)) {
            return Ok(Language::Declarations);
        }
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("js" | "mjs") => Ok(Language::JavaScript),
            Some("tsx" | "jsx") => unsupported("JSX"),
            Some("cjs" | "cts") => unsupported("CommonJS"),
            _ => Ok(Language::TypeScript),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_and_writes_json() {
        let options = Options::from_json(&json!({"filename": "a \"b\".ts"})).unwrap();
        assert_eq!(options.filename, "a \"b\".ts");
        assert_eq!(options.canonical_json(), r#"{"filename":"a \"b\".ts"}"#);
        assert_eq!(Options::from_json(&json!({})).unwrap(), Options::default());
        assert_eq!(Options::default().canonical_json(), r#"{"filename":"module.ts"}"#);
    }

    #[test]
    fn refuses_what_is_no_option() {
        let cases = [
            (json!([]), OptionsError::NotAnObject),
            (json!(null), OptionsError::NotAnObject),
            (json!({"target": "es5"}), OptionsError::UnknownKey { key: "target".to_owned() }),
            (json!({"Filename": "a.ts"}), OptionsError::UnknownKey { key: "Filename".to_owned() }),
            (json!({"filename": 1}), OptionsError::NotAString { key: "filename" }),
            (json!({"filename": ""}), OptionsError::NotAString { key: "filename" }),
        ];
        for (json, expected) in cases {
            let error = Options::from_json(&json).unwrap_err();
            assert_eq!(error, expected);
            assert_eq!(error.sqlstate(), SqlState::INVALID_PARAMETER_VALUE);
        }
    }

    #[test]
    fn the_name_chooses_the_language() {
        for (name, expected) in [
            ("a.ts", Some(Language::TypeScript)),
            ("a.mts", Some(Language::TypeScript)),
            ("public.add(integer, integer)", Some(Language::TypeScript)),
            ("a.d.ts", Some(Language::Declarations)),
            ("a.js", Some(Language::JavaScript)),
            ("npm/x@1.0.0/a.mjs", Some(Language::JavaScript)),
            ("a.tsx", None),
            ("a.jsx", None),
            ("a.cjs", None),
            ("a.cts", None),
        ] {
            assert_eq!(Options::new(name).language().ok(), expected, "{name}");
            assert_eq!(Options::typescript(name).language(), Ok(Language::TypeScript));
            assert_eq!(Options::typescript(name).canonical_json(), Options::new(name).canonical_json());
        }
    }
}
