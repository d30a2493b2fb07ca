//! What is fuzzed, and what must hold of every input: no panic, no endless work, the same answer twice, and what was read and
//! written again is what it was.

use plts_compile::{Options, ParameterKind, SqlParameter, analyze, compile_body, compile_module};
use plts_core::body::{PointerBody, is_pointer};
use serde_json::{Value, json};
use stopgap_core::archive::{self, Archive};
use stopgap_core::error::ArchiveError;
use stopgap_core::{Bundle, EnvName, Manifest};

mod conversion;

/// Something that reads texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// TypeScript as a module.
    Source,
    /// TypeScript as the body of a function.
    Body,
    /// What `stopgap.deploy_bundle` takes.
    Bundle,
    /// What a deployment stores.
    Manifest,
    /// A function body that points to an artifact.
    Pointer,
    /// Names of environments, and options of the compiler.
    Names,
    /// JSON as `jsonb` is stored, and back: what arguments and results are made of.
    Jsonb,
    /// Times, days, UUIDs and numbers: the other conversions of arguments that need no server.
    Values,
    /// What `stopgap.import` takes.
    Archive,
}

impl Target {
    pub const ALL: [Self; 9] = [
        Self::Source,
        Self::Body,
        Self::Bundle,
        Self::Manifest,
        Self::Pointer,
        Self::Names,
        Self::Jsonb,
        Self::Values,
        Self::Archive,
    ];

    /// Its name, which is that of the folder of its seeds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Body => "body",
            Self::Bundle => "bundle",
            Self::Manifest => "manifest",
            Self::Pointer => "pointer",
            Self::Names => "names",
            Self::Jsonb => "jsonb",
            Self::Values => "values",
            Self::Archive => "archive",
        }
    }

    /// Gives the input to what is fuzzed; says whether it was accepted.
    pub fn check(self, input: &str) -> bool {
        match self {
            Self::Source => source(input),
            Self::Body => body(input),
            Self::Bundle => bundle(input),
            Self::Manifest => manifest(input),
            Self::Pointer => pointer(input),
            Self::Names => names(input),
            Self::Jsonb => conversion::jsonb(input),
            Self::Values => conversion::values(input),
            Self::Archive => archive(input),
        }
    }
}

fn source(input: &str) -> bool {
    let options = Options::typescript("fuzz.ts");
    let first = compile_module(input, &options);
    let analysis = analyze(input, &options);
    match first {
        Ok(compiled) => {
            let again = compile_module(input, &options).map(|again| (again.js, again.source_map));
            assert_eq!(again, Ok((compiled.js, compiled.source_map)), "not the same twice: {input:?}");
            assert!(analysis.is_ok(), "compiles and cannot be analysed: {input:?}");
            true
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "refused without a reason: {input:?}");
            no_panic(&diagnostics, input);
            false
        }
    }
}

fn body(input: &str) -> bool {
    let options = Options::typescript("fuzz.ts");
    let parameters = [Some("a"), None, Some("päram eter")]
        .map(|name| SqlParameter { name: name.map(str::to_owned), kind: ParameterKind::Time });
    match compile_body(input, &parameters, &options) {
        Ok(compiled) => {
            let again = compile_body(input, &parameters, &options).map(|again| again.js);
            assert_eq!(again, Ok(compiled.js), "not the same twice: {input:?}");
            true
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "refused without a reason: {input:?}");
            no_panic(&diagnostics, input);
            false
        }
    }
}

/// The compiler turns a panic of its library into a diagnostic; it is a defect all the same.
fn no_panic(diagnostics: &[plts_compile::Diagnostic], input: &str) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.contains("panic"), "{}: {input:?}", diagnostic.message);
    }
}

fn bundle(input: &str) -> bool {
    let Ok(json) = serde_json::from_str(input) else { return false };
    match Bundle::from_json(json) {
        Ok(bundle) => {
            let again = Bundle::from_json(bundle.to_json());
            assert_eq!(again.ok().as_ref(), Some(&bundle), "{input:?}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "{input:?}");
            false
        }
    }
}

fn manifest(input: &str) -> bool {
    match Manifest::parse(input) {
        Ok(manifest) => {
            let again = Manifest::parse(&manifest.to_json().to_string());
            assert_eq!(again.ok().as_ref(), Some(&manifest), "{input:?}");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "{input:?}");
            false
        }
    }
}

fn pointer(input: &str) -> bool {
    match PointerBody::parse(input) {
        Ok(Some(pointer)) => {
            assert!(is_pointer(input), "{input:?}");
            let again = PointerBody::parse(&pointer.print());
            assert_eq!(again.ok().flatten().as_ref(), Some(&pointer), "{input:?}");
            true
        }
        Ok(None) => {
            assert!(!is_pointer(input), "{input:?}");
            false
        }
        Err(error) => {
            assert!(is_pointer(input) && !error.to_string().is_empty(), "{input:?}");
            false
        }
    }
}

fn names(input: &str) -> bool {
    if let Ok(json) = serde_json::from_str(input)
        && let Ok(options) = Options::from_json(&json)
    {
        let canonical = serde_json::from_str(&options.canonical_json()).expect("canonical options are JSON");
        let again = Options::from_json(&canonical).map(|again| again.canonical_json());
        assert_eq!(again.ok(), Some(options.canonical_json()), "{input:?}");
        return true;
    }
    match EnvName::parse(input) {
        Ok(_) => {
            assert!(
                input.len() <= 41
                    && input.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{input:?}"
            );
            true
        }
        Err(_) => false,
    }
}

/// The content of an archive, which gets the hash that it should have.
fn archive(input: &str) -> bool {
    let Ok(content) = serde_json::from_str::<Value>(input) else { return false };
    let mut file = json!({ "sha256": "none", "archive": content });
    match archive::check(&file) {
        Err(ArchiveError::Hash { found, .. }) => file["sha256"] = found.into(),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "{input:?}");
            return false;
        }
        Ok(_) => panic!("a hash that was not its own: {input:?}"),
    }
    match Archive::from_file(file) {
        Ok(archive) => {
            assert_eq!(Archive::from_file(archive.to_file()).as_ref(), Ok(&archive), "{input:?}");
            true
        }
        Err(error) => {
            assert!(!matches!(error, ArchiveError::Hash { .. }), "not the same hash twice: {input:?}");
            false
        }
    }
}
