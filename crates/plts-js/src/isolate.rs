//! An isolate and all that belongs to it: contexts per role and nesting depth, scripts, keys, and its budget.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::CStr;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::v8;
use plts_core::{Dialect, ErrorReport, SqlState, Value};

use crate::context::JsContext;
use crate::convert::text::SpareText;
use crate::engine::Engine;
use crate::errors::EngineError;
use crate::function::SpecId;
use crate::heap::{Budget, HeapStatistics, old_generation, young_generation};
use crate::raw::isolate::LiveIsolate;
use crate::raw::{allocator, callbacks, fatal};
use crate::snapshot::{self, SNAPSHOT};
use crate::stack::{FRAME_LIMIT, Scripts};
use crate::window::WindowStates;

/// The role whose rights apply: each has contexts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoleId(pub u32);

/// Private names that JavaScript cannot see.
pub(crate) struct Keys {
    /// On a `PgError`: its number in [`crate::frame::Frame::recall`].
    pub(crate) report: v8::Global<v8::Private>,
    /// On a `Date` from the database with microseconds that it cannot hold: the whole time in microseconds, as a number since 1970
    /// when it is exact, else as a bigint since 2000.
    pub(crate) time: v8::Global<v8::Private>,
    /// On an array from the database that has more dimensions or is not counted from 1: length and lower bound of each.
    pub(crate) dimensions: v8::Global<v8::Private>,
}

/// What the context that is made ahead is for.
const STOCKED: Dialect = Dialect::TypeScript;

/// V8's name of the space of young objects that are large by themselves.
const YOUNG_LARGE_OBJECTS: &CStr = c"new_large_object_space";

/// Room for more parameters is not kept.
const VALUES_KEPT: usize = 64;

type RoleContexts = Vec<(RoleId, Rc<JsContext>)>;

/// An isolate in use. The fields are dropped in this order: a microtask queue must outlive its context and must not
/// outlive the isolate.
pub(crate) struct IsolateState {
    contexts: RefCell<Vec<RoleContexts>>,
    /// The home context, and the role it serves until that is forgotten.
    home: OnceCell<(Cell<Option<RoleId>>, Rc<JsContext>)>,
    /// Those for plv8's functions: one for each role, at whatever depth.
    plv8: RefCell<RoleContexts>,
    queues: RefCell<Vec<Rc<v8::UniqueRef<v8::MicrotaskQueue>>>>,
    pub(crate) keys: Keys,
    /// Whether any `Date` was given microseconds under [`Keys::time`]. As long as none was, none is asked for them.
    pub(crate) times_ride_along: Cell<bool>,
    /// Room for the parameters of a statement, used again and again.
    pub(crate) spare_values: Cell<Vec<Value<'static>>>,
    /// Room for the changes of a trigger's row, used again and again.
    pub(crate) spare_changes: Cell<Vec<(usize, Value<'static>)>>,
    /// Room for the text of a result, used again and again.
    pub(crate) spare_text: SpareText,
    pub(crate) window_states: WindowStates,
    pub(crate) scripts: Scripts,
    pub(crate) isolate: LiveIsolate,
    pub(crate) budget: Arc<Budget>,
    /// The limit that V8 was last told of.
    heap_limit: Cell<usize>,
    /// V8 may take more for the moment.
    has_loose_limit: Cell<bool>,
    /// What its young generation may be, which never changes.
    young: usize,
    /// A context that was made ahead, for the first that asks.
    stocked: RefCell<Option<JsContext>>,
    /// V8's own seed is one that other processes have too: each context gets one of its own.
    shares_seed: Cell<bool>,
}

impl IsolateState {
    /// An isolate from the snapshot, entered on this thread.
    pub(crate) fn new(max_heap_bytes: usize) -> Self {
        let budget = Arc::new(Budget::new(max_heap_bytes));
        let young = young_generation(max_heap_bytes);
        let params = v8::CreateParams::default()
            .snapshot_blob(v8::StartupData::from(SNAPSHOT))
            .external_references(snapshot::references().into())
            .heap_limits(0, max_heap_bytes)
            .set_max_young_generation_size_in_bytes(young)
            .set_max_old_generation_size_in_bytes(old_generation(max_heap_bytes, young))
            .array_buffer_allocator(allocator::charged_to(&budget))
            .allow_atomics_wait(false);
        let mut owned = v8::Isolate::new(params);
        owned.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        owned.set_capture_stack_trace_for_uncaught_exceptions(true, FRAME_LIMIT as i32);
        owned.set_promise_reject_callback(callbacks::promise_reject);
        owned.add_near_heap_limit_callback(callbacks::near_heap_limit, std::ptr::null_mut());
        owned.set_oom_error_handler(fatal::note_out_of_memory);
        owned.add_gc_epilogue_callback(
            callbacks::collected,
            std::ptr::null_mut(),
            v8::GCType::kGCTypeMarkSweepCompact,
        );
        owned.set_host_import_module_dynamically_callback(crate::modules::import_dynamically);
        owned.set_host_initialize_import_meta_object_callback(callbacks::fill_import_meta);
        let keys = {
            v8::scope!(let scope, &mut owned);
            let key = |name| {
                let name = v8::String::new(scope, name);
                let key = v8::Private::for_api(scope, name);
                v8::Global::new(scope, key)
            };
            Keys { report: key("plts.report"), time: key("plts.time"), dimensions: key("plts.dimensions") }
        };
        Self {
            contexts: RefCell::new(Vec::new()),
            home: OnceCell::new(),
            plv8: RefCell::new(Vec::new()),
            queues: RefCell::new(Vec::new()),
            keys,
            times_ride_along: Cell::new(false),
            spare_values: Cell::default(),
            spare_changes: Cell::default(),
            spare_text: SpareText::default(),
            window_states: WindowStates::default(),
            scripts: Scripts::default(),
            isolate: LiveIsolate::new(owned),
            budget,
            heap_limit: Cell::new(max_heap_bytes),
            has_loose_limit: Cell::new(false),
            young,
            stocked: RefCell::new(None),
            shares_seed: Cell::new(false),
        }
    }

    /// Keeps the memory of a statement's parameters, for the next statement.
    pub(crate) fn keep_values(&self, mut values: Vec<Value<'static>>) {
        if values.capacity() <= VALUES_KEPT {
            values.clear();
            self.spare_values.set(values);
        }
    }

    /// Changes the limit of heap and buffers. V8 lowers its own at once; it asks when it wants more than it knows of.
    pub(crate) fn set_max_heap(&self, bytes: usize) {
        self.budget.set_limit(bytes);
        if bytes >= self.heap_limit.get() {
            return;
        }
        self.heap_limit.set(bytes);
        self.tell_limit();
    }

    /// Tells V8 its limit, which can be lower than what it knows of, but not higher.
    fn tell_limit(&self) {
        self.has_loose_limit.set(false);
        // The callback gets the limit of the old generation.
        let old_generation = old_generation(self.heap_limit.get(), self.young);
        let mut isolate = self.isolate.reborrow();
        isolate.remove_near_heap_limit_callback(callbacks::near_heap_limit, old_generation);
        isolate.add_near_heap_limit_callback(callbacks::near_heap_limit, std::ptr::null_mut());
    }

    /// Takes up a limit that is higher than V8 knows of. What V8 asks for now must fit, and it does not say how much that is: it
    /// gets more than it may have, until it takes the interrupt that is asked for here.
    pub(crate) fn may_grow(&self) -> bool {
        if self.budget.limit() <= self.heap_limit.get() {
            return false;
        }
        self.heap_limit.set(self.budget.limit());
        self.has_loose_limit.set(true);
        self.isolate.handle().request_interrupt(callbacks::interrupt, std::ptr::null_mut());
        true
    }

    /// Holds V8 to its limit again after [`Self::may_grow`].
    pub(crate) fn tighten_limit(&self) {
        if self.has_loose_limit.get() {
            self.tell_limit();
        }
    }

    /// The context of the outermost calls of the role that called first: nearly every session has one role.
    #[inline]
    pub(crate) fn home(&self, role: RoleId, depth: usize) -> Option<&JsContext> {
        let (of, context) = self.home.get()?;
        (depth == 0 && of.get() == Some(role)).then_some(context)
    }

    /// The context of that role at that depth (0 is the outermost call), made when it is first asked for.
    pub(crate) fn context(&self, role: RoleId, depth: usize) -> Result<Rc<JsContext>, Box<ErrorReport>> {
        if let Some(contexts) = self.contexts.borrow().get(depth)
            && let Some((_, context)) = contexts.iter().find(|(of, _)| *of == role)
        {
            return Ok(Rc::clone(context));
        }
        let mut context = self.new_context(Dialect::TypeScript)?;
        let mut contexts = self.contexts.borrow_mut();
        let becomes_home = depth == 0 && self.home.get().is_none();
        if becomes_home {
            context.make_home(self.isolate.reborrow());
        }
        let context = Rc::new(context);
        if becomes_home {
            let _ = self.home.set((Cell::new(Some(role)), Rc::clone(&context)));
        }
        if contexts.len() <= depth {
            contexts.resize_with(depth + 1, Vec::new);
        }
        contexts[depth].push((role, Rc::clone(&context)));
        Ok(context)
    }

    /// The context of a role's plv8 functions, made when it is first asked for.
    pub(crate) fn plv8_context(&self, role: RoleId) -> Result<Rc<JsContext>, Box<ErrorReport>> {
        if let Some((_, context)) = self.plv8.borrow().iter().find(|(of, _)| *of == role) {
            return Ok(Rc::clone(context));
        }
        let context = Rc::new(self.new_context(Dialect::Plv8)?);
        self.plv8.borrow_mut().push((role, Rc::clone(&context)));
        Ok(context)
    }

    /// Makes a context ahead, if V8 can.
    pub(crate) fn stock_context(&self) {
        let context = self.make_context(STOCKED).ok();
        *self.stocked.borrow_mut() = context;
    }

    /// From now on each context, and the one that was made ahead, has a seed of its own for `Math.random`.
    ///
    /// Errors: the operating system has no random bytes.
    pub(crate) fn seed_contexts(&self) -> Result<(), getrandom::Error> {
        self.shares_seed.set(true);
        match &*self.stocked.borrow() {
            Some(context) => self.seed(context),
            None => Ok(()),
        }
    }

    /// V8 asks for its seed when a context first makes a random number.
    fn seed(&self, context: &JsContext) -> Result<(), getrandom::Error> {
        // A seed of zero is none.
        let seed = (getrandom::u32()? >> 1).max(1);
        v8::V8::set_flags_from_string(&format!("--random-seed={seed}"));
        context.make_random_number(&mut self.isolate.reborrow());
        Ok(())
    }

    /// A context that belongs to nobody else.
    pub(crate) fn new_context(&self, dialect: Dialect) -> Result<JsContext, Box<ErrorReport>> {
        if dialect == STOCKED
            && let Some(context) = self.stocked.borrow_mut().take()
        {
            return Ok(context);
        }
        let context = self.make_context(dialect)?;
        if self.shares_seed.get() {
            self.seed(&context).map_err(|error| ErrorReport::from(EngineError::Seed(error)))?;
        }
        Ok(context)
    }

    /// V8 makes none while it is to terminate. If a call around this one is to end, so does this one; if the watchdog has asked
    /// because an interrupt waits for long, it is served as soon as JavaScript or the host runs.
    fn make_context(&self, dialect: Dialect) -> Result<JsContext, Box<ErrorReport>> {
        if let Some(context) = self.try_context(dialect) {
            return Ok(context);
        }
        if Engine::is_ending() {
            return Err(Box::new(ErrorReport::new(
                SqlState::QUERY_CANCELED,
                "JavaScript was ended together with the call around it",
            )));
        }
        self.isolate.cancel_termination();
        self.try_context(dialect)
            .ok_or_else(|| Box::new(ErrorReport::internal("could not make a JavaScript context")))
    }

    fn try_context(&self, dialect: Dialect) -> Option<JsContext> {
        let mut isolate = self.isolate.reborrow();
        let queue = self.spare_queue(&mut isolate);
        JsContext::new(&mut isolate, queue, &self.keys.time, dialect)
    }

    /// Forgets a script that a context needs no more, unless another one does: V8 gives the same text the same script.
    pub(crate) fn drop_script(&self, script: i32) {
        let contexts = self.contexts.borrow();
        let plv8 = self.plv8.borrow();
        if !contexts.iter().flatten().chain(&*plv8).any(|(_, context)| context.modules.has_script(script)) {
            self.scripts.remove(script);
        }
    }

    /// A microtask queue that no context has, or a new one. V8 may look at the queue of a context that is gone until it has
    /// collected it, so that none is ever freed before the isolate.
    fn spare_queue(&self, isolate: &mut v8::Isolate) -> Rc<v8::UniqueRef<v8::MicrotaskQueue>> {
        let mut queues = self.queues.borrow_mut();
        if let Some(spare) = queues.iter().find(|queue| Rc::strong_count(queue) == 1) {
            return Rc::clone(spare);
        }
        let queue = Rc::new(v8::MicrotaskQueue::new(isolate, v8::MicrotasksPolicy::Explicit));
        queues.push(Rc::clone(&queue));
        queue
    }

    /// Drops the compiled forms of a function version in every context.
    pub(crate) fn forget(&self, id: SpecId) {
        for (_, context) in self.contexts.borrow().iter().flatten().chain(&*self.plv8.borrow()) {
            context.forget(self, id);
        }
    }

    /// Drops the contexts of a role. Those in use live on until their calls end.
    pub(crate) fn forget_role(&self, role: RoleId) {
        if let Some((of, _)) = self.home.get()
            && of.get() == Some(role)
        {
            of.set(None);
        }
        for contexts in self.contexts.borrow_mut().iter_mut() {
            contexts.retain(|(of, _)| *of != role);
        }
        self.forget_plv8(role);
    }

    /// Drops the context of a role's plv8 functions. One in use lives on until its calls end.
    pub(crate) fn forget_plv8(&self, role: RoleId) {
        let mut contexts = self.plv8.borrow_mut();
        let gone = contexts.iter().position(|(of, _)| *of == role).map(|index| contexts.swap_remove(index));
        drop(contexts);
        drop(gone);
    }

    /// The roles whose plv8 functions have a context.
    pub(crate) fn plv8_roles(&self) -> Vec<RoleId> {
        self.plv8.borrow().iter().map(|(role, _)| *role).collect()
    }

    /// Whether so many bytes fit beside what is used. What nobody uses any more is collected before the answer is no.
    pub(crate) fn make_room(&self, bytes: usize) -> bool {
        if self.budget.has_room(bytes) {
            return true;
        }
        self.isolate.reborrow().low_memory_notification();
        self.measure_heap();
        self.budget.has_room(bytes)
    }

    /// Whether young objects that are large by themselves are more than all may be: whether they are garbage or not, a call
    /// has just had them.
    pub(crate) fn has_made_too_large_an_object(&self) -> bool {
        let mut isolate = self.isolate.reborrow();
        (0..isolate.number_of_heap_spaces())
            .filter_map(|space| isolate.get_heap_space_statistics(space))
            .filter(|space| space.space_name() == YOUNG_LARGE_OBJECTS)
            .any(|space| space.space_used_size() > self.budget.limit())
    }

    /// Whether more is in use than may be.
    pub(crate) fn is_overfull(&self) -> bool {
        self.measure_heap();
        self.budget.is_exceeded()
    }

    /// Tells the budget what is on the heap.
    pub(crate) fn measure_heap(&self) {
        self.budget.set_heap(self.isolate.reborrow().get_heap_statistics().used_heap_size());
    }

    pub(crate) fn statistics(&self, isolates_made: u64, isolates_discarded: u64) -> HeapStatistics {
        let heap = self.isolate.reborrow().get_heap_statistics();
        HeapStatistics {
            used_bytes: heap.used_heap_size(),
            total_bytes: heap.total_heap_size(),
            external_bytes: self.budget.external(),
            contexts: self.contexts.borrow().iter().map(Vec::len).sum::<usize>() + self.plv8.borrow().len(),
            isolates_made,
            isolates_discarded,
        }
    }
}
