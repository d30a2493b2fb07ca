//! The functions that V8 calls by pointer. Each finds the engine and the running frame through thread-local state,
//! does its work in safe code, and never lets a panic cross V8.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use deno_core::v8;

use crate::engine::Engine;
use crate::modules;

/// V8 tells of a promise that was rejected with nobody waiting, or that got a handler after that.
pub(crate) unsafe extern "C" fn promise_reject(message: v8::PromiseRejectMessage<'_>) {
    // SAFETY: V8 calls this on the engine's thread, inside the handle scope that holds the message.
    v8::callback_scope!(unsafe scope, &message);
    let scope: &v8::Isolate = scope;
    // A panic here is only possible in the allocator of the list; the rejection is then lost, not the process.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        Engine::with_frame(|_, frame| frame.note_rejection(scope, &message));
    }));
}

/// The heap is full, after V8 collected what it could. V8 ends the process unless the limit is raised.
pub(crate) unsafe extern "C" fn near_heap_limit(_: *mut c_void, current: usize, _: usize) -> usize {
    // A panic must not cross; the limit is then raised, to be on the safe side.
    catch_unwind(|| Engine::heap_limit_reached(current))
        .unwrap_or_else(|_| crate::heap::raised_limit(current))
}

/// V8 has finished a collection.
pub(crate) unsafe extern "C" fn collected(
    _: v8::UnsafeRawIsolatePtr,
    _: v8::GCType,
    _: v8::GCCallbackFlags,
    _: *mut c_void,
) {
    let _ = catch_unwind(AssertUnwindSafe(Engine::heap_collected));
}

/// The watchdog asked for attention: JavaScript has reached a safepoint.
pub(crate) unsafe extern "C" fn interrupt(_: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        Engine::look_at_heap();
        Engine::interrupted();
    }));
}

/// V8 asks for the module that an import names.
pub(crate) fn resolve_module<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    _attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    // SAFETY: V8 calls this on the engine's thread while it instantiates a module of this context.
    v8::callback_scope!(unsafe scope, context);
    catch_unwind(AssertUnwindSafe(|| modules::resolve(scope, specifier, referrer))).ok().flatten()
}

/// V8 asks for the properties of `import.meta`.
pub(crate) unsafe extern "C" fn fill_import_meta(
    context: v8::Local<'_, v8::Context>,
    module: v8::Local<'_, v8::Module>,
    meta: v8::Local<'_, v8::Object>,
) {
    // SAFETY: V8 calls this on the engine's thread while a module of this context runs.
    v8::callback_scope!(unsafe scope, context);
    // A panic must not cross; the module then has an empty `import.meta`.
    let _ = catch_unwind(AssertUnwindSafe(|| modules::fill_meta(scope, module, meta)));
}
