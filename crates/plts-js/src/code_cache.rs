//! Compiled code of modules, kept outside of the process: what V8 made of a source once, a later backend takes as it is.
//!
//! Guarantees: code is made by compiling alone, nothing of the module runs. Code made by another V8, with other flags or
//! from another source is refused by V8 itself, and the module is compiled as if there were none. Whoever keeps the code
//! must keep it from being damaged and forged ([`crate::KeptModule`]): V8 trusts it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use deno_core::v8;
use v8::script_compiler::{CachedData, CompileOptions, NoCacheReason, Source, compile_module2};

use crate::call::in_context;
use crate::engine::Engine;
use crate::errors::{CallError, Stop};
use crate::host::HostSource;
use crate::kept_module::KeptBuffer;
use crate::modules;
use crate::snapshot::SNAPSHOT_MARK;

/// How long V8 may take to compile one module.
const TIME_LIMIT: Duration = Duration::from_secs(30);

impl Engine {
    /// What code is good for: the version of V8, the flags and processor features that its compiler looks at, and the
    /// snapshot, some objects of which the code refers to.
    pub fn code_version(&self) -> &str {
        self.code_version.get_or_init(|| {
            let tag = v8::script_compiler::cached_data_version_tag();
            format!("{}-{tag:08x}-{SNAPSHOT_MARK:016x}", Self::v8_version())
        })
    }

    /// The compiled code of one module, all its functions included. `None` when V8 gives none.
    ///
    /// Errors: the host does not have the module; V8 does not parse it; 57014 when it takes too long.
    pub fn compile_code(&self, host: &mut dyn HostSource, hash: &str) -> Result<Option<Vec<u8>>, CallError> {
        self.run_apart(host, Instant::now() + TIME_LIMIT, |frame| {
            in_context(frame, |scope| {
                let module = frame.ask(|host| host.load_artifact(hash, &mut KeptBuffer::default()))?;
                let mut source = modules::script_source(scope, &module, None)?;
                let compiled = compile_module2(
                    scope,
                    &mut source,
                    CompileOptions::EagerCompile,
                    NoCacheReason::NoReason,
                );
                let Some(compiled) = compiled else {
                    frame.state.scripts.add_unparsable(&module.name, module.source_map.clone());
                    return Err(Stop::Unparsable);
                };
                let code = compiled.get_unbound_module_script(scope).create_code_cache();
                Ok(code.map(|code| code.to_vec()))
            })
        })
    }
}

/// Compiles a module, from `code` if that is some that V8 accepts.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    module: &Rc<crate::ModuleSource>,
    code: &[u8],
) -> Result<Option<v8::Local<'s, v8::Module>>, Stop> {
    let (code, options) = if code.is_empty() {
        (None, CompileOptions::NoCompileOptions)
    } else {
        (Some(CachedData::new(code)), CompileOptions::ConsumeCodeCache)
    };
    let mut source: Source = modules::script_source(scope, module, code)?;
    let compiled = compile_module2(scope, &mut source, options, NoCacheReason::NoReason);
    if compiled.is_some() && source.get_cached_data().is_some_and(|code| !code.rejected()) {
        Engine::code_was_accepted();
    }
    Ok(compiled)
}
