//! A context: the globals, compiled functions and modules of one role at one nesting depth, with a microtask queue
//! of its own, so that an inner call can settle promises while the outer one is inside a microtask.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deno_core::v8;
use plts_core::Dialect;

use crate::compile::Compiled;
use crate::convert::composite::CompositeForms;
use crate::convert::rows::RowFactories;
use crate::function::SpecId;
use crate::isolate::IsolateState;
use crate::modules::Modules;
use crate::raw::home::Home;
use crate::snapshot::INTERNALS;
use crate::statements::Statements;
use crate::trigger::TriggerCodes;

/// The functions of the prelude that native code calls.
pub(crate) struct Prelude {
    pub(crate) make_pg_error: v8::Global<v8::Function>,
    pub(crate) make_context: v8::Global<v8::Function>,
    pub(crate) make_function_info: v8::Global<v8::Function>,
    pub(crate) parse_json: v8::Global<v8::Function>,
    pub(crate) make_range: v8::Global<v8::Function>,
    pub(crate) make_date: v8::Global<v8::Function>,
    pub(crate) make_trigger_info: v8::Global<v8::Function>,
    pub(crate) make_event_context: v8::Global<v8::Function>,
    /// What the code of a trigger is made of.
    pub(crate) trigger_parts: v8::Global<v8::Object>,
    pub(crate) handler_kind: v8::Global<v8::Function>,
    pub(crate) describe_exports: v8::Global<v8::Function>,
    pub(crate) open_set: v8::Global<v8::Function>,
    /// Runs a session's start procedure for plv8.
    pub(crate) start_plv8: v8::Global<v8::Function>,
    /// Does nothing; calling it makes V8 notice that it is to terminate.
    pub(crate) nothing: v8::Global<v8::Function>,
    pub(crate) random: v8::Global<v8::Function>,
    pub(crate) error_constructor: v8::Global<v8::Object>,
}

/// A call that runs in a context.
pub(crate) struct Use<'c>(&'c JsContext);

impl Drop for Use<'_> {
    fn drop(&mut self) {
        self.0.calls.set(self.0.calls.get() - 1);
    }
}

/// A context and what has been compiled in it.
pub(crate) struct JsContext {
    pub(crate) handle: v8::Global<v8::Context>,
    /// Whose functions run here.
    pub(crate) dialect: Dialect,
    /// How many calls are running here: more than one only for plv8.
    pub(crate) calls: Cell<u32>,
    /// Whether the session's start procedure for plv8 has been run.
    pub(crate) started: Cell<bool>,
    queue: Rc<v8::UniqueRef<v8::MicrotaskQueue>>,
    pub(crate) prelude: Prelude,
    compiled: RefCell<Vec<Option<Rc<Compiled>>>>,
    pub(crate) modules: Modules,
    pub(crate) row_factories: RowFactories,
    pub(crate) composite_forms: CompositeForms,
    pub(crate) triggers: TriggerCodes,
    /// The home context is entered already when a call begins.
    pub(crate) home: Option<Home>,
    pub(crate) statements: Statements,
}

impl JsContext {
    /// Enters this context for as long as the isolate lives. Only for the first context of the outermost calls.
    pub(crate) fn make_home(&mut self, isolate: v8::Isolate) {
        self.home = Some(Home::enter(isolate, &self.handle));
    }

    /// A context from the snapshot, with the private name for times put in. `None` when V8 could not make it.
    pub(crate) fn new(
        isolate: &mut v8::Isolate,
        queue: Rc<v8::UniqueRef<v8::MicrotaskQueue>>,
        time: &v8::Global<v8::Private>,
        dialect: Dialect,
    ) -> Option<Self> {
        v8::scope!(let scope, isolate);
        let address: *const v8::MicrotaskQueue = &**queue;
        let options = v8::ContextOptions { microtask_queue: Some(address.cast_mut()), ..Default::default() };
        let context = v8::Context::new(scope, options);
        // Nobody decides by the text of plv8's functions what they can observe, so it may grow while they run.
        context.set_allow_generation_from_strings(dialect == Dialect::Plv8);
        let scope = &mut v8::ContextScope::new(scope, context);
        let internals = scope.get_context_data_from_snapshot_once::<v8::Object>(INTERNALS).ok()?;
        let error_constructor = {
            let key = v8::String::new(scope, "Error")?;
            let error = context.global(scope).get(scope, key.into())?;
            let error = v8::Local::<v8::Object>::try_from(error).ok()?;
            v8::Global::new(scope, error)
        };
        let function = |name: &str| {
            let key = v8::String::new(scope, name)?;
            let value = internals.get(scope, key.into())?;
            let function = v8::Local::<v8::Function>::try_from(value).ok()?;
            Some(v8::Global::new(scope, function))
        };
        let finish = function("finish")?;
        let install_plv8 = function("installPlv8")?;
        let take_time_name = function("takeTimeName")?;
        let trigger_parts = {
            let key = v8::String::new(scope, "triggerParts")?;
            let parts = v8::Local::<v8::Object>::try_from(internals.get(scope, key.into())?).ok()?;
            v8::Global::new(scope, parts)
        };
        let prelude = Prelude {
            make_pg_error: function(match dialect {
                Dialect::TypeScript => "makePgError",
                Dialect::Plv8 => "makePlv8Error",
            })?,
            make_context: function("makeContext")?,
            make_function_info: function("makeFunctionInfo")?,
            parse_json: function("parseJson")?,
            make_range: function("makeRange")?,
            make_date: function("makeDate")?,
            make_trigger_info: function("makeTriggerInfo")?,
            make_event_context: function("makeEventContext")?,
            trigger_parts,
            handler_kind: function("handlerKind")?,
            describe_exports: function("describeExports")?,
            open_set: function("openSet")?,
            start_plv8: function("startPlv8")?,
            nothing: function("nothing")?,
            random: function("random")?,
            error_constructor,
        };
        let receiver = v8::undefined(scope).into();
        let time = crate::raw::private_name::as_value(v8::Local::new(scope, time));
        take_time_name.open(scope).call(scope, receiver, &[time])?;
        finish.open(scope).call(scope, receiver, &[])?;
        if dialect == Dialect::Plv8 {
            install_plv8.open(scope).call(scope, receiver, &[])?;
        }
        Some(Self {
            handle: v8::Global::new(scope, context),
            dialect,
            calls: Cell::new(0),
            started: Cell::new(false),
            queue,
            prelude,
            compiled: RefCell::new(Vec::new()),
            modules: Modules::default(),
            row_factories: RowFactories::new(dialect),
            composite_forms: CompositeForms::default(),
            triggers: TriggerCodes::default(),
            home: None,
            statements: Statements::default(),
        })
    }

    /// Counts a call that runs here until what it gives is dropped.
    pub(crate) fn enter(&self) -> Use<'_> {
        self.calls.set(self.calls.get() + 1);
        Use(self)
    }

    /// Makes V8 draw its first random number in this context.
    pub(crate) fn make_random_number(&self, isolate: &mut v8::Isolate) {
        v8::scope!(let scope, isolate);
        let context = v8::Local::new(scope, &self.handle);
        let scope = &mut v8::ContextScope::new(scope, context);
        let receiver = v8::undefined(scope).into();
        self.prelude.random.open(scope).call(scope, receiver, &[]);
    }

    /// What was compiled of that function version here.
    #[inline]
    pub(crate) fn compiled(&self, id: SpecId) -> Option<Rc<Compiled>> {
        self.compiled.borrow().get(id.index())?.as_ref().map(Rc::clone)
    }

    pub(crate) fn keep(&self, id: SpecId, compiled: Rc<Compiled>) {
        let mut slots = self.compiled.borrow_mut();
        if slots.len() <= id.index() {
            slots.resize_with(id.index() + 1, || None);
        }
        slots[id.index()] = Some(compiled);
    }

    pub(crate) fn forget(&self, state: &IsolateState, id: SpecId) {
        let gone = self.compiled.borrow_mut().get_mut(id.index()).and_then(Option::take);
        if let Some(compiled) = gone {
            if let Some(script) = compiled.own_script {
                state.scripts.remove(script);
            }
            self.modules.release(state, &compiled.own_modules);
            self.modules.let_go(state, &compiled.artifacts);
        }
    }

    /// Runs the microtasks that are due, unless they may be those of a call around this one.
    pub(crate) fn checkpoint(&self, isolate: &mut v8::Isolate) {
        if self.calls.get() > 1 {
            return;
        }
        self.queue.perform_checkpoint(isolate);
    }

    /// Throws away the microtasks of a call that failed: its promises must not go on in the next call. V8 has no
    /// function for it, but drops the whole queue when the first task is terminated.
    pub(crate) fn discard_microtasks(&self, state: &IsolateState) {
        if self.calls.get() > 1 {
            return;
        }
        let mut isolate = state.isolate.reborrow();
        state.isolate.terminate();
        self.queue.perform_checkpoint(&mut isolate);
        state.isolate.cancel_termination();
    }
}
