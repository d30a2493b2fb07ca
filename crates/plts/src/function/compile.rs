//! Bodies: which of the three forms a text has, and what the engine is to run.

use std::rc::Rc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Oid;
use pg_boundary::typeio::Codec;
use plts_compile::{BodyForm, Diagnostic, Options, Severity};
use plts_core::body::PointerBody;
use plts_core::{Reportable, SqlState, TypeShape};
use plts_js::{ArgumentStyle, FunctionBody, FunctionSpec, ModuleSource, Param, SpecId};

use crate::{artifact, runtime};

/// What a body is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be called.
    Call,
    /// To be kept by `CREATE FUNCTION`.
    Check,
}

/// What the engine runs for a row.
pub fn spec(
    row: &FunctionRow,
    arguments: &[Codec],
    returns: TypeShape,
    purpose: Purpose,
) -> Result<FunctionSpec> {
    let names: Vec<Option<String>> = row.inputs().map(|argument| argument.name.clone()).collect();
    let title = format!("{}.{}", row.schema, row.name);
    let (body, env) = body(&row.source, &names, &title, row.owner, purpose)?;
    Ok(FunctionSpec {
        id: SpecId::next(),
        oid: row.oid.to_u32(),
        schema: row.schema.clone(),
        name: row.name.clone(),
        body,
        params: names
            .into_iter()
            .zip(arguments)
            .map(|(name, codec)| Param { name, shape: codec.shape().clone() })
            .collect(),
        returns,
        arguments: match arguments {
            [only] if *only.shape() == TypeShape::Jsonb => ArgumentStyle::SingleJson,
            _ => ArgumentStyle::Positional,
        },
        env,
    })
}

/// What the engine runs for the text of a `DO` command.
pub fn compile_inline(source: &str, owner: Oid) -> Result<FunctionSpec> {
    if PointerBody::parse(source).map_err(reported)?.is_some() {
        return Err(Box::new(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "a DO block cannot be a pointer to an artifact",
        )));
    }
    let (body, _no_environment) = body(source, &[], "inline_code_block", owner, Purpose::Call)?;
    Ok(FunctionSpec {
        id: SpecId::next(),
        oid: 0,
        schema: String::new(),
        name: "inline_code_block".to_owned(),
        body,
        params: Vec::new(),
        returns: TypeShape::Void,
        arguments: ArgumentStyle::Positional,
        env: None,
    })
}

/// The body, and the environment it belongs to when it is a pointer.
fn body(
    source: &str,
    names: &[Option<String>],
    title: &str,
    owner: Oid,
    purpose: Purpose,
) -> Result<(FunctionBody, Option<String>)> {
    if let Some(pointer) = PointerBody::parse(source).map_err(|error| Box::new(error.into()))? {
        artifact::check_owner(owner, pointer.artifact_hash.as_str())?;
        let body = FunctionBody::Artifact {
            hash: pointer.artifact_hash.as_str().to_owned(),
            export: pointer.export,
        };
        return Ok((body, Some(pointer.env)));
    }
    let options = Options::new(title);
    let failed = |diagnostics: Vec<Diagnostic>| syntax_error(title, source, &diagnostics);
    match plts_compile::body_form(source).map_err(failed)? {
        BodyForm::Module => module(source, title, &options, purpose).map(|body| (body, None)),
        BodyForm::Body => {
            let compiled = plts_compile::compile_body(source, names, &options).map_err(failed)?;
            let body = FunctionBody::Expression {
                js: compiled.js,
                source_map: Some(compiled.source_map),
                name: title.to_owned(),
                uses_ctx: compiled.uses_ctx,
                is_async: compiled.is_async,
                is_generator: compiled.is_generator,
                can_catch: compiled.can_catch,
            };
            Ok((body, None))
        }
    }
}

/// A body that is a module. It may import the runtime; a relative import leads somewhere only in a deployment, where
/// `./x` is function `x` of the same schema, so it is let pass until the function is called by itself.
fn module(source: &str, title: &str, options: &Options, purpose: Purpose) -> Result<FunctionBody> {
    let compiled = plts_compile::compile_module(source, options)
        .map_err(|diagnostics| syntax_error(title, source, &diagnostics))?;
    let mut imports = std::collections::BTreeMap::new();
    for import in &compiled.imports {
        if import.specifier != runtime::SPECIFIER {
            let relative = import.specifier.starts_with("./") || import.specifier.starts_with("../");
            if relative && purpose == Purpose::Check {
                continue;
            }
            let missing = Diagnostic {
                severity: Severity::Error,
                message: format!("cannot find module \"{}\"", import.specifier),
                line: import.line,
                column: import.column,
            };
            let mut report = syntax_error(title, source, &[missing]);
            if relative {
                report.hint = Some(
                    "A relative import leads to a function of the schema when it is deployed.".to_owned(),
                );
            }
            return Err(report);
        }
        imports.insert(import.specifier.clone(), runtime::current_hash()?.as_str().to_owned());
    }
    if !compiled.exports.iter().any(|name| name == "default") {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::INVALID_FUNCTION_DEFINITION,
                format!("the module of function {title} has no default export"),
            )
            .with_hint("The default export is what the function runs; write \"export default\" before it."),
        ));
    }
    Ok(FunctionBody::Module {
        source: Rc::new(ModuleSource {
            hash: format!("function:{title}:{}", plts_core::artifact::source_hash(source)),
            name: title.to_owned(),
            js: compiled.js,
            source_map: Some(compiled.source_map),
            imports,
            can_catch: compiled.can_catch,
        }),
    })
}

/// How many diagnostics an error carries.
const MOST_DIAGNOSTICS: usize = 10;
/// How much of the line at fault an error shows, in characters.
const LONGEST_EXCERPT: usize = 120;

/// The error for a source with diagnostics: the first in the message, the line at fault and the rest in DETAIL.
pub fn syntax_error(title: &str, source: &str, diagnostics: &[Diagnostic]) -> Box<ErrorReport> {
    let mut errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let Some(first) = errors.next() else {
        return Box::new(ErrorReport::internal("a compilation failed without a diagnostic"));
    };
    let mut report = ErrorReport::new(
        SqlState::SYNTAX_ERROR,
        format!("{} at line {}, column {} of {title}", first.message, first.line, first.column),
    );
    let mut detail = Vec::new();
    if let Some(line) = source.lines().nth(usize::try_from(first.line).unwrap_or(1).saturating_sub(1)) {
        let excerpt: String = line.trim().chars().take(LONGEST_EXCERPT).collect();
        if !excerpt.is_empty() {
            detail.push(format!("Line {}: {excerpt}", first.line));
        }
    }
    detail.extend(errors.take(MOST_DIAGNOSTICS).map(|diagnostic| {
        format!("Line {}, column {}: {}", diagnostic.line, diagnostic.column, diagnostic.message)
    }));
    report.detail = (!detail.is_empty()).then(|| detail.join("\n"));
    Box::new(report)
}

/// The report of a typed error, boxed.
pub fn reported(error: impl Reportable) -> Box<ErrorReport> {
    Box::new(error.into())
}
