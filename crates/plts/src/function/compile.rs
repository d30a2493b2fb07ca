//! Bodies: which of the three forms a text has, and what the engine is to run.

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::function::FunctionRow;
use pg_boundary::pg_sys::Oid;
use pg_boundary::typeio::Codec;
use plts_compile::{BodyForm, Diagnostic, Options, ParameterKind, Severity, SqlParameter};
use plts_core::body::{Conduct, PointerBody};
use plts_core::{Dialect, Reportable, SqlState, TypeShape};
use plts_js::{ArgumentStyle, FunctionBody, FunctionSpec, Param, Plv8Parameters, SpecId};

use super::{Occasion, module};
use crate::artifact;
use crate::language::Language;
use crate::stored::Used;

/// What a body is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be called.
    Call,
    /// To be kept by `CREATE FUNCTION`.
    Check,
}

/// What the engine runs for a row, the stored modules in it, and what calls have to mind.
pub fn spec(
    row: &FunctionRow,
    arguments: &[Codec],
    returns: TypeShape,
    dialect: Dialect,
    purpose: Purpose,
) -> Result<(FunctionSpec, Vec<Used>, Conduct)> {
    let params: Vec<Param> = row
        .inputs()
        .zip(arguments)
        .map(|(argument, codec)| Param { name: argument.name.clone(), shape: codec.shape().clone() })
        .collect();
    let title = format!("{}.{}", row.schema, row.name);
    let Body { body, env, used, conduct } = match dialect {
        Dialect::TypeScript => body(&row.source, &params, &title, row.owner, purpose)?,
        Dialect::Plv8 => {
            let parameters = match Occasion::of(row) {
                Occasion::Trigger => Plv8Parameters::Trigger,
                Occasion::Query | Occasion::EventTrigger => {
                    Plv8Parameters::Named(params.iter().map(|param| param.name.clone()).collect())
                }
            };
            plv8_body(&row.source, title.clone(), parameters)
        }
    };
    let spec = FunctionSpec {
        id: SpecId::next(),
        oid: row.oid.to_u32(),
        schema: row.schema.clone(),
        name: row.name.clone(),
        body,
        params,
        returns,
        arguments: match arguments {
            [only] if *only.shape() == TypeShape::Jsonb => ArgumentStyle::SingleJson,
            _ => ArgumentStyle::Positional,
        },
        env,
    };
    Ok((spec, used, conduct))
}

/// What the engine runs for the text of a `DO` command.
pub fn compile_inline(source: &str, owner: Oid, language: Language) -> Result<FunctionSpec> {
    let dialect = dialect(source, language);
    if dialect == Dialect::TypeScript && PointerBody::parse(source).map_err(reported)?.is_some() {
        return Err(Box::new(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "a DO block cannot be a pointer to an artifact",
        )));
    }
    let name = "inline_code_block";
    let Body { body, .. } = match dialect {
        Dialect::TypeScript => body(source, &[], name, owner, Purpose::Call)?,
        Dialect::Plv8 => plv8_body(source, name.to_owned(), Plv8Parameters::Named(Vec::new())),
    };
    Ok(FunctionSpec {
        id: SpecId::next(),
        oid: 0,
        schema: String::new(),
        name: name.to_owned(),
        body,
        params: Vec::new(),
        returns: TypeShape::Void,
        arguments: ArgumentStyle::Positional,
        env: None,
    })
}

/// How a text is run: in LANGUAGE plts modules and pointers to artifacts are TypeScript always, and in LANGUAGE plv8
/// there are none.
pub fn dialect(source: &str, language: Language) -> Dialect {
    let body_dialect = language.body_dialect();
    if language == Language::Plv8 || body_dialect == Dialect::TypeScript {
        return body_dialect;
    }
    let is_pointer = PointerBody::parse(source).is_ok_and(|pointer| pointer.is_some());
    // What does not parse as TypeScript may still be what plv8 takes.
    let is_module = matches!(plts_compile::body_form(source), Ok(BodyForm::Module));
    if is_pointer || is_module { Dialect::TypeScript } else { Dialect::Plv8 }
}

fn plv8_body(source: &str, name: String, parameters: Plv8Parameters) -> Body {
    let body = FunctionBody::Plv8 { source: source.to_owned(), name, parameters };
    Body { body, env: None, used: Vec::new(), conduct: Conduct::default() }
}

/// What a text is compiled to.
struct Body {
    body: FunctionBody,
    /// The environment it belongs to when it is a pointer.
    env: Option<String>,
    used: Vec<Used>,
    conduct: Conduct,
}

fn body(source: &str, params: &[Param], title: &str, owner: Oid, purpose: Purpose) -> Result<Body> {
    if let Some(pointer) = PointerBody::parse(source).map_err(|error| Box::new(error.into()))? {
        artifact::check_owner(owner, pointer.artifact_hash.as_str())?;
        let body = FunctionBody::Artifact {
            hash: pointer.artifact_hash.as_str().to_owned(),
            export: pointer.export,
        };
        return Ok(Body { body, env: Some(pointer.env), used: Vec::new(), conduct: pointer.conduct });
    }
    let options = Options::typescript(title);
    let failed = |diagnostics: Vec<Diagnostic>| syntax_error(title, source, &diagnostics);
    match plts_compile::body_form(source).map_err(failed)? {
        BodyForm::Module => {
            let (body, used) = module::compile(source, title, owner, purpose)?;
            Ok(Body { body, env: None, used, conduct: Conduct::default() })
        }
        BodyForm::Body => {
            let params: Vec<SqlParameter> = params.iter().map(parameter).collect();
            let compiled = plts_compile::compile_body(source, &params, &options).map_err(failed)?;
            let body = FunctionBody::Expression {
                js: compiled.js,
                source_map: Some(compiled.source_map),
                name: title.to_owned(),
                uses_ctx: compiled.uses_ctx,
                is_async: compiled.is_async,
                is_generator: compiled.is_generator,
                can_catch: compiled.can_catch,
                may_enqueue: compiled.may_enqueue,
                touched_columns: compiled.touched_columns,
            };
            Ok(Body { body, env: None, used: Vec::new(), conduct: Conduct::default() })
        }
    }
}

fn parameter(param: &Param) -> SqlParameter {
    let kind = match param.shape {
        TypeShape::TimestampTz => ParameterKind::Time,
        _ => ParameterKind::Other,
    };
    SqlParameter { name: param.name.clone(), kind }
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
