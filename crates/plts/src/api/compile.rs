//! `plts.compile_ts` and `plts.analyze_ts`: parsing and transpiling, which store and run nothing.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use plts_compile::{BodyForm, ImportKind};
use serde_json::{Value as Json, json};

use super::{diagnostics_json, options};

/// `plts.compile_json(source_ts text, compiler_opts jsonb) → jsonb`, which `plts.compile_ts` takes apart.
pub fn compile_json(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let options = options(call, 1)?;
    let (compiled, diagnostics) = match plts_compile::compile_module(&source, &options) {
        Ok(compiled) => (Json::String(compiled.js), diagnostics_json(&compiled.diagnostics)),
        Err(diagnostics) => (Json::Null, diagnostics_json(&diagnostics)),
    };
    call.return_json(&json!({
        "compiled_js": compiled,
        "diagnostics": diagnostics,
        "compiler_fingerprint": plts_compile::fingerprint(),
    }))
}

/// `plts.analyze_ts(source_ts text, compiler_opts jsonb) → jsonb`.
pub fn analyze_ts(call: &Call) -> Result<Datum> {
    let source = call.text(0, "source_ts")?;
    let options = options(call, 1)?;
    let answer = match plts_compile::analyze(&source, &options) {
        Ok(analysis) => {
            // The map comes with the code it maps; a body that is no module has none until it has parameters.
            let source_map = match analysis.form {
                BodyForm::Module => plts_compile::compile_module(&source, &options)
                    .ok()
                    .and_then(|compiled| serde_json::from_str(&compiled.source_map).ok()),
                BodyForm::Body => None,
            };
            let imports: Json = analysis
                .imports
                .iter()
                .map(|import| {
                    json!({
                        "specifier": import.specifier,
                        "kind": match import.kind {
                            ImportKind::Static => "static",
                            ImportKind::Reexport => "reexport",
                            ImportKind::Dynamic => "dynamic",
                        },
                        "line": import.line,
                        "column": import.column,
                    })
                })
                .collect();
            json!({
                "form": match analysis.form { BodyForm::Module => "module", BodyForm::Body => "body" },
                "imports": imports,
                "exports": analysis.exports,
                "star_exports": analysis.star_exports,
                "can_catch": analysis.can_catch,
                "source_map": source_map.unwrap_or(Json::Null),
                "diagnostics": [],
            })
        }
        Err(diagnostics) => json!({ "diagnostics": diagnostics_json(&diagnostics) }),
    };
    call.return_json(&answer)
}
