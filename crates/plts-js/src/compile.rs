//! From a function's specification to something that can be called, once per context and version.

use std::rc::Rc;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState};

use crate::errors::Stop;
use crate::frame::Frame;
use crate::function::{ArgumentStyle, FunctionBody, FunctionSpec};
use crate::host::Access;
use crate::modules::{self, Wanted};
use crate::plv8;
use crate::raw::shortcut::Callee;
use crate::source_map::SourceMapText;

/// What a function is called with.
pub(crate) enum CallShape {
    /// The arguments alone.
    Plain,
    /// `undefined` in place of ctx, then the arguments.
    Arguments,
    /// ctx, then the arguments.
    ContextAndArguments(v8::Global<v8::Value>),
    /// ctx alone.
    Context(v8::Global<v8::Value>),
}

/// A function, ready to be called in one context.
pub(crate) struct Compiled {
    pub(crate) callee: Callee,
    pub(crate) shape: CallShape,
    pub(crate) access: Access,
    pub(crate) can_catch: bool,
    /// Whether a call may leave microtasks behind.
    pub(crate) may_enqueue: bool,
    /// The script that only this function uses.
    pub(crate) own_script: Option<i32>,
    /// The modules that it brought along.
    pub(crate) own_modules: Vec<String>,
    /// Artifacts that it reaches, by hash.
    pub(crate) artifacts: Vec<String>,
}

/// Compiles and evaluates what `spec` names. An exception is left pending.
pub(crate) fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
) -> Result<Rc<Compiled>, Stop> {
    let compiled = match &spec.body {
        FunctionBody::Expression { js, source_map, name, uses_ctx, can_catch, may_enqueue, .. } => {
            let function = evaluate_expression(scope, frame, name, js, source_map.as_deref())?;
            let script = function.script_id();
            frame.state.scripts.add(script, name, source_map.as_deref().map(SourceMapText::from));
            let shape = if *uses_ctx {
                CallShape::ContextAndArguments(function_info(scope, frame, spec, None)?)
            } else {
                CallShape::Arguments
            };
            Compiled {
                callee: Callee::new(scope, function),
                shape,
                access: Access::ReadWrite,
                can_catch: *can_catch,
                may_enqueue: *may_enqueue,
                own_script: Some(script),
                own_modules: Vec::new(),
                artifacts: Vec::new(),
            }
        }
        FunctionBody::Module { source, modules: brought } => {
            let graph = modules::load(scope, frame, Wanted::Brought(Rc::clone(source)), brought)?;
            let mut compiled = from_export(scope, frame, spec, &graph, "default")?;
            let own = std::iter::once(source).chain(brought);
            compiled.own_modules = own.map(|module| module.hash.clone()).collect();
            frame.context.modules.hold(&compiled.own_modules);
            compiled
        }
        FunctionBody::Artifact { hash, export } => {
            let graph = modules::load(scope, frame, Wanted::Stored(hash.clone()), &[])?;
            let mut compiled = from_export(scope, frame, spec, &graph, export)?;
            compiled.artifacts = frame.context.modules.graph_of(hash);
            frame.context.modules.hold(&compiled.artifacts);
            compiled
        }
        FunctionBody::Plv8 { source, name, parameters } => {
            plv8::compile(scope, frame, source, name, parameters)?
        }
    };
    Ok(Rc::new(compiled))
}

fn evaluate_expression<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    name: &str,
    js: &str,
    source_map: Option<&str>,
) -> Result<v8::Local<'s, v8::Function>, Stop> {
    let source = new_text(scope, js)?;
    let resource = new_text(scope, name)?;
    let origin =
        v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, false, None);
    let script = v8::Script::compile(scope, source, Some(&origin)).ok_or_else(|| {
        frame.state.scripts.add_unparsable(name, source_map.map(SourceMapText::from));
        Stop::Unparsable
    })?;
    let value = script.run(scope).ok_or(Stop::Thrown)?;
    v8::Local::<v8::Function>::try_from(value)
        .map_err(|_| Stop::report(ErrorReport::internal("a compiled function body is not a function")))
}

/// Text for V8, which refuses more than half a gigabyte of it.
pub(crate) fn new_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &str,
) -> Result<v8::Local<'s, v8::String>, Stop> {
    v8::String::new(scope, text).ok_or_else(|| {
        Stop::report(ErrorReport::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "the source text is too long for JavaScript",
        ))
    })
}

fn from_export(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    graph: &modules::Graph,
    export: &str,
) -> Result<Compiled, Stop> {
    let namespace = modules::namespace(scope, graph)?;
    let key = new_text(scope, export)?;
    if !namespace.has(scope, key.into()).ok_or(Stop::Thrown)? {
        return Err(Stop::report(ErrorReport::new(
            SqlState::UNDEFINED_FUNCTION,
            format!("module \"{}\" has no export \"{export}\"", graph.entry.name),
        )));
    }
    let value = namespace.get(scope, key.into()).ok_or(Stop::Thrown)?;
    let Ok(function) = v8::Local::<v8::Function>::try_from(value) else {
        return Err(Stop::report(ErrorReport::new(
            SqlState::INVALID_FUNCTION_DEFINITION,
            format!("export \"{export}\" of module \"{}\" is not a function", graph.entry.name),
        )));
    };
    let receiver = v8::undefined(scope).into();
    let kind =
        frame.context.prelude.handler_kind.open(scope).call(scope, receiver, &[value]).ok_or(Stop::Thrown)?;
    let access = match kind.uint32_value(scope) {
        Some(1) => Access::ReadOnly,
        Some(0 | 2) => Access::ReadWrite,
        _ => return Err(Stop::report(unknown_abi(&graph.entry.name, export))),
    };
    Ok(Compiled {
        callee: Callee::new(scope, function),
        shape: CallShape::Context(function_info(scope, frame, spec, Some(function))?),
        access,
        can_catch: graph.can_catch,
        may_enqueue: true,
        own_script: None,
        own_modules: Vec::new(),
        artifacts: Vec::new(),
    })
}

/// A handler of a version of the contract that is not known here.
pub(crate) fn unknown_abi(module: &str, export: &str) -> ErrorReport {
    ErrorReport::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!("export \"{export}\" of module \"{module}\" is a handler of an unknown version"),
    )
    .with_hint("It was built with a newer @stopgap/runtime than this plts supports.")
}

fn function_info(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    handler: Option<v8::Local<'_, v8::Function>>,
) -> Result<v8::Global<v8::Value>, Stop> {
    let mut names = Vec::with_capacity(spec.params.len());
    for param in &spec.params {
        names.push(match &param.name {
            Some(name) => new_text(scope, name)?.into(),
            None => v8::Local::<v8::Value>::from(v8::null(scope)),
        });
    }
    let names = v8::Array::new_with_elements(scope, &names).into();
    let env = match &spec.env {
        Some(env) => new_text(scope, env)?.into(),
        None => v8::Local::<v8::Value>::from(v8::null(scope)),
    };
    let arguments = [
        v8::Integer::new_from_unsigned(scope, spec.oid).into(),
        new_text(scope, &spec.schema)?.into(),
        new_text(scope, &spec.name)?.into(),
        env,
        names,
        v8::Boolean::new(scope, spec.arguments == ArgumentStyle::SingleJson).into(),
        handler.map_or_else(|| v8::undefined(scope).into(), Into::into),
    ];
    let receiver = v8::undefined(scope).into();
    let info = frame
        .context
        .prelude
        .make_function_info
        .open(scope)
        .call(scope, receiver, &arguments)
        .ok_or(Stop::Thrown)?;
    Ok(v8::Global::new(scope, info))
}
