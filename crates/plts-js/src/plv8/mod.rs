//! Functions written for plv8: sloppy JavaScript that is run as it is written, in a context that all such functions of a
//! role share, at whatever depth they are called.
//!
//! Guarantees: the text is the body of one function and cannot end it; the context is apart from those of TypeScript
//! functions, which therefore see nothing of what plv8's functions put on their global object. Promises are settled when
//! the outermost call ends, since the calls of a context have one queue.

pub(crate) mod natives;
pub(crate) mod set;
pub(crate) mod trigger;

use std::rc::Rc;

use deno_core::v8;
use plts_core::Dialect;
use plts_core::identifier::is_identifier;

use crate::call::in_context;
use crate::compile::{CallShape, Compiled, new_text};
use crate::engine::Engine;
use crate::errors::{CallError, Stop};
use crate::frame::Frame;
use crate::function::{FunctionSpec, Plv8Parameters};
use crate::host::{Access, HostSource};
use crate::isolate::RoleId;
use crate::raw::shortcut::Callee;

/// What a trigger's function is called with.
const TRIGGER_PARAMETERS: [&str; 10] = [
    "NEW",
    "OLD",
    "TG_NAME",
    "TG_WHEN",
    "TG_LEVEL",
    "TG_OP",
    "TG_RELID",
    "TG_TABLE_NAME",
    "TG_TABLE_SCHEMA",
    "TG_ARGV",
];

impl Plv8Parameters {
    /// The variables that the body finds its arguments in: by their names, else `$1`, `$2`, …
    fn variables(&self) -> Vec<String> {
        match self {
            Self::Trigger => TRIGGER_PARAMETERS.iter().map(|name| (*name).to_owned()).collect(),
            Self::Named(names) => names
                .iter()
                .enumerate()
                .map(|(index, name)| match name {
                    Some(name) if is_identifier(name) => name.clone(),
                    _ => format!("${}", index + 1),
                })
                .collect(),
        }
    }
}

/// Compiles a body for calls.
pub(crate) fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    source: &str,
    name: &str,
    parameters: &Plv8Parameters,
) -> Result<Compiled, Stop> {
    let function = function(scope, frame, source, name, parameters)?;
    Ok(Compiled {
        callee: Callee::new(scope, function),
        shape: CallShape::Plain,
        access: Access::ReadWrite,
        can_catch: true,
        may_enqueue: true,
        own_script: Some(function.script_id()),
        own_modules: Vec::new(),
        artifacts: Vec::new(),
    })
}

/// The function whose body is `source`.
fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    source: &str,
    name: &str,
    parameters: &Plv8Parameters,
) -> Result<v8::Local<'s, v8::Function>, Stop> {
    let text = new_text(scope, source)?;
    let resource = new_text(scope, name)?;
    let origin =
        v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, false, None);
    let mut variables = Vec::new();
    for variable in parameters.variables() {
        variables.push(new_text(scope, &variable)?);
    }
    let mut source = v8::script_compiler::Source::new(text, Some(&origin));
    let compiled = v8::script_compiler::compile_function(
        scope,
        &mut source,
        &variables,
        &[],
        v8::script_compiler::CompileOptions::NoCompileOptions,
        v8::script_compiler::NoCacheReason::NoReason,
    );
    let Some(function) = compiled else {
        frame.state.scripts.add_unparsable(name, None);
        return Err(Stop::Unparsable);
    };
    let short = new_text(scope, name.rsplit('.').next().unwrap_or(name))?;
    function.set_name(short);
    frame.state.scripts.add(function.script_id(), name, None);
    Ok(function)
}

/// Runs the start procedure that the session has set, once in each context.
pub(crate) fn start(scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>) -> Result<(), Stop> {
    if frame.context.started.get() {
        return Ok(());
    }
    let Some(name) = frame.ask(|host| host.start_procedure())? else { return Ok(()) };
    // Before it runs: it may call functions itself.
    frame.context.started.set(true);
    let name = new_text(scope, &name)?.into();
    let receiver = v8::undefined(scope).into();
    let start = &frame.context.prelude.start_plv8;
    start.open(scope).call(scope, receiver, &[name]).ok_or(Stop::Thrown).map(drop)
}

impl Engine {
    /// Checks that the body of a plv8 function parses. Runs nothing of it.
    ///
    /// Errors: 42601.
    pub fn check_plv8(
        &self,
        role: RoleId,
        spec: &FunctionSpec,
        host: &mut dyn HostSource,
    ) -> Result<(), CallError> {
        self.in_frame(role, Dialect::Plv8, host, |frame| {
            in_context(frame, |scope| {
                let compiled: Rc<Compiled> = crate::compile::compile(scope, frame, spec)?;
                if let Some(script) = compiled.own_script {
                    frame.state.scripts.remove(script);
                }
                Ok(())
            })
        })
    }

    /// Drops the context in which plv8 functions of a role run, and all that they have put there. A call in progress
    /// keeps it until it ends.
    pub fn forget_plv8(&self, role: RoleId) {
        self.with_state(|state| state.forget_plv8(role));
    }

    /// The roles that have a context for plv8 functions.
    pub fn plv8_roles(&self) -> Vec<RoleId> {
        self.with_state(|state| state.plv8_roles()).unwrap_or_default()
    }
}
