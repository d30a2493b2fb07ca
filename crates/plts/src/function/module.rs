//! Modules: functions whose body is one, and functions that are nothing but one, which others import.

use std::rc::Rc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionKind, FunctionRow};
use pg_boundary::module::type_oid;
use pg_boundary::pg_sys::Oid;
use plts_compile::graph::{self, Graph, ModuleDiagnostic, RelativeImports};
use plts_compile::{BodyForm, Diagnostic, Options};
use plts_core::SqlState;
use plts_js::FunctionBody;

use super::compile::{Purpose, syntax_error};
use crate::stored::{StoredCatalog, Used};
use crate::{artifact, runtime};

/// A function's body that is a module, with the modules it imports, and which of them are stored ones. A relative
/// import leads somewhere only in a deployment, where `./x` is function `x` of the same schema, so it is let pass until
/// the function is called by itself.
pub fn compile(source: &str, title: &str, owner: Oid, purpose: Purpose) -> Result<(FunctionBody, Vec<Used>)> {
    let (graph, used) = build(source, title, owner, purpose)?;
    let mut entry = None;
    let mut modules = Vec::with_capacity(graph.modules.len() - 1);
    for module in &graph.modules {
        let source = artifact::module_source(module);
        if module.path == title {
            entry = Some((module, source));
        } else {
            modules.push(Rc::new(source));
        }
    }
    let Some((module, mut source)) = entry else {
        return Err(Box::new(ErrorReport::internal("a module is missing from its own graph")));
    };
    if !module.exports.iter().any(|name| name == "default") {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::INVALID_FUNCTION_DEFINITION,
                format!("the module of function {title} has no default export"),
            )
            .with_hint("The default export is what the function runs; write \"export default\" before it."),
        ));
    }
    // Never mistaken for an artifact, which would be looked for in the table.
    source.hash.insert_str(0, "function:");
    Ok((FunctionBody::Module { source: Rc::new(source), modules }, used))
}

fn build(source: &str, title: &str, owner: Oid, purpose: Purpose) -> Result<(Graph, Vec<Used>)> {
    let mut stored = StoredCatalog::of(owner);
    let relative = match purpose {
        Purpose::Call => RelativeImports::MustLead,
        Purpose::Check => RelativeImports::MayLeadNowhere,
    };
    let runtime = runtime::for_graphs();
    let graph = graph::build_alone(&Options::typescript(title), source, &runtime, &mut stored, relative)
        .map_err(|diagnostics| {
            let is_relative = |one: &ModuleDiagnostic| one.message.starts_with("cannot find module \".");
            let hint = diagnostics.first().is_some_and(is_relative);
            let failure = stored.take_failure(&diagnostics);
            let mut report = failure.unwrap_or_else(|| graph_error(title, title, source, diagnostics));
            if hint && report.hint.is_none() {
                report.hint = Some(
                    "A relative import leads to a function of the schema when it is deployed.".to_owned(),
                );
            }
            report
        })?;
    Ok((graph, stored.into_used()))
}

/// The error for the graph of a module that does not build: about the first module that has one. The module itself, whose
/// path is `path`, is called `title`.
pub fn graph_error(
    title: &str,
    path: &str,
    source: &str,
    diagnostics: Vec<ModuleDiagnostic>,
) -> Box<ErrorReport> {
    let Some(module) = diagnostics.first().map(|first| first.module.clone()) else {
        return syntax_error(title, source, &[]);
    };
    let of_it: Vec<Diagnostic> = diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.module == module)
        .map(|ModuleDiagnostic { severity, message, line, column, .. }| Diagnostic {
            severity,
            message,
            line,
            column,
        })
        .collect();
    if module == path {
        syntax_error(title, source, &of_it)
    } else {
        // Its text is not at hand; its lines are in its own function.
        syntax_error(&module, "", &of_it)
    }
}

/// Whether the function is a stored module.
pub fn is_stored(row: &FunctionRow) -> Result<bool> {
    Ok(type_oid()? == Some(row.result))
}

/// Errors: 0A000 for a stored module, which is there to be imported.
pub fn refuse_call(row: &FunctionRow) -> Result<()> {
    if !is_stored(row)? {
        return Ok(());
    }
    let name = format!("{}.{}", row.schema, row.name);
    Err(Box::new(
        ErrorReport::new(SqlState::FEATURE_NOT_SUPPORTED, format!("{name} is a module and cannot be called"))
            .with_hint(format!("Import it, as \"plts:{name}\".")),
    ))
}

/// Checks the declaration of a stored module.
///
/// Errors: 42P13 for one that takes arguments, or is no plain function.
pub fn check_declaration(row: &FunctionRow) -> Result<()> {
    let is_plain = row.kind == FunctionKind::Function && !row.returns_set && row.arguments.is_empty();
    if is_plain {
        return Ok(());
    }
    Err(Box::new(ErrorReport::new(
        SqlState::INVALID_FUNCTION_DEFINITION,
        "a module is a function without arguments that returns plts.module",
    )))
}

/// Checks a stored module: that it is one, parses, and imports what there is.
///
/// Errors: 42P13 for a text that exports nothing, 42601 as for other modules, 42501 for an import without the right.
pub fn check(row: &FunctionRow) -> Result<()> {
    check_declaration(row)?;
    let title = format!("{}.{}", row.schema, row.name);
    let failed = |diagnostics: Vec<Diagnostic>| syntax_error(&title, &row.source, &diagnostics);
    if plts_compile::body_form(&row.source).map_err(failed)? == BodyForm::Body {
        return Err(Box::new(
            ErrorReport::new(
                SqlState::INVALID_FUNCTION_DEFINITION,
                format!("module {title} has no import and no export"),
            )
            .with_hint("Write \"export\" before what others are to import."),
        ));
    }
    build(&row.source, &title, row.owner, Purpose::Call).map(drop)
}
