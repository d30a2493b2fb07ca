//! Module graphs: load through the host, compile, instantiate, evaluate. A module is cached by its hash, per context.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use deno_core::v8;
use deno_core::v8::script_compiler::{CachedData, Source};
use plts_core::{ErrorReport, SqlState};

use crate::code_cache;
use crate::compile::new_text;
use crate::engine::Engine;
use crate::errors::{Rejected, Stop, throw_report};
use crate::frame::{Frame, Phase};
use crate::isolate::IsolateState;
use crate::kept_module::KeptBuffer;
use crate::module::ModuleSource;
use crate::raw::shared_text;
use crate::spare_memory;

struct Loaded {
    source: Rc<ModuleSource>,
    module: v8::Global<v8::Module>,
    script: i32,
}

/// The modules of a context.
#[derive(Default)]
pub(crate) struct Modules {
    by_hash: RefCell<HashMap<String, Rc<Loaded>>>,
    hash_of_script: RefCell<HashMap<i32, String>>,
    /// How many functions hold on to a module.
    holders: RefCell<HashMap<String, usize>>,
    /// Artifacts that no function holds on to any more, the longest forgotten first; some may be held again.
    idle: RefCell<VecDeque<String>>,
}

/// How many artifacts that no function needs keep their state, for the release that needs them again.
const MOST_IDLE: usize = 64;

impl Modules {
    fn get(&self, hash: &str) -> Option<Rc<Loaded>> {
        self.by_hash.borrow().get(hash).map(Rc::clone)
    }

    fn put(&self, loaded: Rc<Loaded>) {
        self.hash_of_script.borrow_mut().insert(loaded.script, loaded.source.hash.clone());
        self.by_hash.borrow_mut().insert(loaded.source.hash.clone(), loaded);
    }

    /// The modules of the graph of an artifact, as far as they are loaded.
    pub(crate) fn graph_of(&self, entry: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        let mut pending = vec![entry.to_owned()];
        while let Some(hash) = pending.pop() {
            if let Some(loaded) = self.get(&hash)
                && seen.insert(hash.clone())
            {
                pending.extend(loaded.source.imports.values().cloned());
                found.push(hash);
            }
        }
        found
    }

    /// A function needs these artifacts no more. Those that nobody has needed for long go.
    pub(crate) fn let_go(&self, state: &IsolateState, hashes: &[String]) {
        let mut holders = self.holders.borrow_mut();
        let mut idle = self.idle.borrow_mut();
        for hash in hashes {
            match holders.get_mut(hash) {
                Some(count) if *count > 1 => *count -= 1,
                Some(_) => {
                    holders.remove(hash);
                    idle.push_back(hash.clone());
                }
                None => {}
            }
        }
        while idle.len() > MOST_IDLE {
            if let Some(hash) = idle.pop_front()
                && !holders.contains_key(&hash)
                && let Some(script) = self.take(&hash)
            {
                state.drop_script(script);
            }
        }
    }

    /// Whether one of the modules is that script.
    pub(crate) fn has_script(&self, script: i32) -> bool {
        self.hash_of_script.borrow().contains_key(&script)
    }

    /// Forgets the scripts of all modules: the context goes.
    pub(crate) fn forget_scripts(&self, state: &IsolateState) {
        for script in self.hash_of_script.take().into_keys() {
            state.drop_script(script);
        }
    }

    /// A function needs these modules.
    pub(crate) fn hold(&self, hashes: &[String]) {
        let mut holders = self.holders.borrow_mut();
        for hash in hashes {
            *holders.entry(hash.clone()).or_default() += 1;
        }
    }

    /// A function needs them no more: those that no other needs go.
    pub(crate) fn release(&self, state: &IsolateState, hashes: &[String]) {
        let mut holders = self.holders.borrow_mut();
        for hash in hashes {
            match holders.get_mut(hash) {
                Some(count) if *count > 1 => *count -= 1,
                Some(_) => {
                    holders.remove(hash);
                    if let Some(script) = self.take(hash) {
                        state.scripts.remove(script);
                    }
                }
                None => {}
            }
        }
    }

    /// Takes a module out, and gives its script.
    fn take(&self, hash: &str) -> Option<i32> {
        let loaded = self.by_hash.borrow_mut().remove(hash)?;
        self.hash_of_script.borrow_mut().remove(&loaded.script);
        Some(loaded.script)
    }

    fn source_of_script(&self, script: i32) -> Option<Rc<ModuleSource>> {
        let hash = self.hash_of_script.borrow().get(&script).cloned()?;
        self.get(&hash).map(|loaded| Rc::clone(&loaded.source))
    }
}

/// An evaluated module and what it reaches.
pub(crate) struct Graph {
    pub(crate) entry: Rc<ModuleSource>,
    /// Whether any module of the graph could observe that a statement failed.
    pub(crate) can_catch: bool,
    module: v8::Global<v8::Module>,
}

/// A module that a graph needs.
pub(crate) enum Wanted {
    /// One that came along with the function.
    Brought(Rc<ModuleSource>),
    /// An artifact, by its hash: the host has it.
    Stored(String),
}

impl Wanted {
    fn hash(&self) -> &str {
        match self {
            Self::Brought(source) => &source.hash,
            Self::Stored(hash) => hash,
        }
    }

    /// Its source, and into `kept` what was kept of its code.
    fn fetch(self, frame: &Frame<'_>, kept: &mut KeptBuffer) -> Result<Rc<ModuleSource>, Stop> {
        kept.empty();
        match self {
            Self::Brought(source) => Ok(source),
            Self::Stored(hash) => frame.ask(|host| host.load_artifact(&hash, kept)),
        }
    }
}

/// Loads, instantiates and evaluates the graph of `entry`; its modules are those `brought` and those that the host has.
/// After a failure nothing of what was new stays cached.
pub(crate) fn load(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    entry: Wanted,
    brought: &[Rc<ModuleSource>],
) -> Result<Graph, Stop> {
    let mut added = Vec::new();
    let outcome = link(scope, frame, entry, brought, &mut added).and_then(|graph| {
        evaluate(scope, frame, &graph)?;
        Ok(graph)
    });
    if outcome.is_err() {
        drop_modules(frame, &added);
    }
    outcome
}

fn drop_modules(frame: &Frame<'_>, hashes: &[String]) {
    for hash in hashes {
        if let Some(script) = frame.context.modules.take(hash) {
            frame.state.scripts.retire(script);
        }
    }
}

/// Loads and instantiates the graph of `entry`; notes in `added` what was not cached before.
fn link(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    entry: Wanted,
    brought: &[Rc<ModuleSource>],
    added: &mut Vec<String>,
) -> Result<Graph, Stop> {
    spare_memory::keep_more();
    let modules = &frame.context.modules;
    let mut can_catch = false;
    let entry_hash = entry.hash().to_owned();
    let mut seen = HashSet::from([entry_hash.clone()]);
    let mut waiting = vec![entry];
    // One for all: memory that comes and goes with each module is given back to the kernel and fetched again.
    let mut kept = KeptBuffer::default();
    while let Some(wanted) = waiting.pop() {
        let loaded = match modules.get(wanted.hash()) {
            Some(loaded) => loaded,
            None => {
                let source = wanted.fetch(frame, &mut kept)?;
                let loaded = Rc::new(compile(scope, frame, source, kept.code())?);
                added.push(loaded.source.hash.clone());
                modules.put(Rc::clone(&loaded));
                loaded
            }
        };
        can_catch |= loaded.source.can_catch;
        for hash in loaded.source.imports.values() {
            if seen.insert(hash.clone()) {
                waiting.push(match brought.iter().find(|module| module.hash == *hash) {
                    Some(module) => Wanted::Brought(Rc::clone(module)),
                    None => Wanted::Stored(hash.clone()),
                });
            }
        }
    }
    let loaded = modules.get(&entry_hash).ok_or_else(|| {
        Stop::report(ErrorReport::internal("the entry module is missing from its own graph"))
    })?;
    let module = v8::Local::new(scope, &loaded.module);
    if module.get_status() == v8::ModuleStatus::Uninstantiated {
        module.instantiate_module(scope, crate::raw::callbacks::resolve_module).ok_or(Stop::Thrown)?;
    }
    Ok(Graph { entry: Rc::clone(&loaded.source), can_catch, module: loaded.module.clone() })
}

fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    source: Rc<ModuleSource>,
    code: &[u8],
) -> Result<Loaded, Stop> {
    let module = code_cache::compile(scope, &source, code)?.ok_or_else(|| {
        frame.state.scripts.add_unparsable(&source.name, source.source_map.clone());
        Stop::Unparsable
    })?;
    let script =
        module.script_id().ok_or_else(|| Stop::report(ErrorReport::internal("a module has no script")))?;
    frame.state.scripts.add(script, &source.name, source.source_map.clone());
    Ok(Loaded { source, module: v8::Global::new(scope, module), script })
}

/// A module's text and origin as V8 takes them.
pub(crate) fn script_source(
    scope: &mut v8::PinScope<'_, '_>,
    source: &ModuleSource,
    code: Option<v8::UniqueRef<CachedData<'_>>>,
) -> Result<Source, Stop> {
    let text = match shared_text::new(scope, &source.js) {
        Some(text) => text,
        None => new_text(scope, &source.js)?,
    };
    let resource = new_text(scope, &source.name)?;
    let hash = new_text(scope, &source.hash)?;
    // What tells a dynamic import which module it is in.
    let options = v8::PrimitiveArray::new(scope, 1);
    options.set(scope, 0, hash.into());
    let origin = v8::ScriptOrigin::new(
        scope,
        resource.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        true,
        Some(options.into()),
    );
    Ok(match code {
        Some(code) => Source::new_with_cached_data(text, Some(&origin), code),
        None => Source::new(text, Some(&origin)),
    })
}

/// Runs the module's own code, once. The database is closed meanwhile.
fn evaluate(scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>, graph: &Graph) -> Result<(), Stop> {
    let module = v8::Local::new(scope, &graph.module);
    let phase = frame.phase.replace(Phase::Evaluating);
    let value = module.evaluate(scope);
    if value.is_some() {
        frame.context.checkpoint(scope);
    }
    frame.phase.set(phase);
    let value = value.ok_or(Stop::Thrown)?;
    if frame.is_terminating() {
        return Err(Stop::Thrown);
    }
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(value) else { return Ok(()) };
    match promise.state() {
        v8::PromiseState::Fulfilled => Ok(()),
        v8::PromiseState::Rejected => {
            frame.forget_rejection(promise);
            let reason = promise.result(scope);
            Err(Stop::rejected(v8::Global::new(scope, reason), Rejected::Result))
        }
        v8::PromiseState::Pending => Err(Stop::report(
            ErrorReport::new(
                SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                format!("module \"{}\" never finishes evaluating", graph.entry.name),
            )
            .with_hint("A top-level await waits for a promise that nothing settles."),
        )),
    }
}

/// The object whose properties are the exports.
pub(crate) fn namespace<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    graph: &Graph,
) -> Result<v8::Local<'s, v8::Object>, Stop> {
    let module = v8::Local::new(scope, &graph.module);
    v8::Local::<v8::Object>::try_from(module.get_module_namespace())
        .map(|namespace| v8::Local::new(scope, namespace))
        .map_err(|_| Stop::report(ErrorReport::internal("a module has no namespace")))
}

/// Finds the module that `specifier` names in `referrer`. All of a graph is loaded before V8 asks.
pub(crate) fn resolve<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    specifier: v8::Local<'s, v8::String>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    let specifier = specifier.to_rust_string_lossy(scope);
    let script = referrer.script_id()?;
    Engine::with_frame(|_, frame| {
        let modules = &frame.context.modules;
        let source = modules.source_of_script(script)?;
        let found = source.imports.get(&specifier).and_then(|hash| modules.get(hash));
        match found {
            Some(loaded) => Some(v8::Local::new(scope, &loaded.module)),
            None => {
                throw_report(scope, frame, &not_found(&source, &specifier));
                None
            }
        }
    })
    .flatten()
}

fn not_found(referrer: &ModuleSource, specifier: &str) -> ErrorReport {
    ErrorReport::new(
        SqlState::UNDEFINED_OBJECT,
        format!("cannot find module \"{specifier}\" imported by \"{}\"", referrer.name),
    )
}

/// Nothing is looked up by name at run time, and no code is made of text.
fn not_named(referrer: &ModuleSource, specifier: &str) -> ErrorReport {
    if specifier.starts_with("data:") {
        return ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("a data: module made at run time cannot be imported by \"{}\"", referrer.name),
        )
        .with_hint("Write the whole URL as a literal in an import.");
    }
    not_found(referrer, specifier)
        .with_hint("import() finds what the module names in an import, or in an import() with a literal.")
}

/// What `import.meta.url` says: the module's name as a URL, which is the same wherever the module runs.
pub(crate) fn url(name: &str) -> String {
    let mut url = "plts:///".to_owned();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => url.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b':' | b'(' | b')' | b',' => {
                url.push(char::from(byte))
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// Fills `import.meta` when a module first asks for it.
pub(crate) fn fill_meta(
    scope: &mut v8::PinScope<'_, '_>,
    module: v8::Local<'_, v8::Module>,
    meta: v8::Local<'_, v8::Object>,
) {
    let Some(script) = module.script_id() else { return };
    let name = Engine::with_frame(|_, frame| {
        frame.context.modules.source_of_script(script).map(|source| url(&source.name))
    });
    let Some(url) = name.flatten() else { return };
    if let (Some(key), Some(url)) = (v8::String::new(scope, "url"), v8::String::new(scope, &url)) {
        meta.create_data_property(scope, key.into(), url.into());
    }
}

/// `import(…)`: a promise for the namespace of a module that the artifact names.
pub(crate) fn import_dynamically<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    host_defined_options: v8::Local<'s, v8::Data>,
    _resource_name: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    _attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let resolver = v8::PromiseResolver::new(scope)?;
    let promise = resolver.get_promise(scope);
    v8::tc_scope!(let scope, scope);
    let outcome = Engine::with_frame(|_, frame| {
        let outcome = import_now(scope, frame, host_defined_options, specifier);
        if let Err(Stop::Host) = outcome {
            frame.terminate(crate::frame::Termination::Host);
        }
        if let Err(Stop::Report(report)) = &outcome {
            throw_report(scope, frame, report);
        }
        outcome
    });
    match outcome {
        Some(Ok(namespace)) => resolver.resolve(scope, namespace.into()).map(|_| promise),
        Some(Err(Stop::Rejected(promise_rejected))) => {
            let reason = v8::Local::new(scope, &promise_rejected.reason);
            resolver.reject(scope, reason).map(|_| promise)
        }
        _ if scope.has_terminated() => None,
        _ => {
            let reason = scope.exception().unwrap_or_else(|| v8::undefined(scope).into());
            scope.reset();
            resolver.reject(scope, reason).map(|_| promise)
        }
    }
}

fn import_now<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    host_defined_options: v8::Local<'_, v8::Data>,
    specifier: v8::Local<'_, v8::String>,
) -> Result<v8::Local<'s, v8::Object>, Stop> {
    let specifier = specifier.to_rust_string_lossy(scope);
    let options = v8::Local::<v8::FixedArray>::try_from(host_defined_options).ok();
    let hash = options
        .filter(|options| options.length() == 1)
        .and_then(|options| options.get(scope, 0))
        .and_then(|hash| v8::Local::<v8::String>::try_from(hash).ok())
        .map(|hash| hash.to_rust_string_lossy(scope));
    let Some(referrer) = hash.and_then(|hash| frame.context.modules.get(&hash)) else {
        return Err(Stop::report(
            ErrorReport::new(SqlState::FEATURE_NOT_SUPPORTED, "a function body cannot import modules")
                .with_hint("Write it as a module with a default export."),
        ));
    };
    let Some(hash) = referrer.source.imports.get(&specifier) else {
        return Err(Stop::report(not_named(&referrer.source, &specifier)));
    };
    let graph = load(scope, frame, Wanted::Stored(hash.clone()), &[])?;
    namespace(scope, &graph)
}
