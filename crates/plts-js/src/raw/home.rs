//! The home context: the first context of an isolate's outermost calls, entered once and never left.
//!
//! Entering a context, and having no handle scope around, costs each call as much as the call itself. Both are opened
//! here once per isolate and stay open until it is disposed of.

use std::cell::{RefCell, RefMut};
use std::pin::Pin;

use deno_core::v8;

/// A handle scope in the home context, which lies around all other scopes of the isolate.
pub(crate) struct Home(RefCell<&'static mut v8::PinScope<'static, 'static>>);

impl Home {
    /// Opens a handle scope and enters `context` in it, for the rest of the isolate's life. To be called when no scope
    /// is open, so that every later scope lies inside.
    pub(crate) fn enter(isolate: v8::Isolate, context: &v8::Global<v8::Context>) -> Self {
        let isolate = Box::leak(Box::new(isolate));
        let storage = Box::leak(Box::new(v8::HandleScope::new(isolate)));
        // SAFETY: leaked, so it never moves.
        let scope = Box::leak(Box::new(unsafe { Pin::new_unchecked(storage) }.init()));
        let context = v8::Local::new(scope, context);
        std::mem::forget(v8::ContextScope::new(scope, context));
        // SAFETY: the context was entered and is never left. The two types differ in a marker only, and the crate
        // itself casts one to the other when it enters a context.
        let scope: &mut v8::PinScope<'static, 'static> = unsafe { &mut *std::ptr::from_mut(scope).cast() };
        // Scopes inside take the current context from this one instead of asking V8 for it.
        scope.get_current_context();
        Self(RefCell::new(scope))
    }

    /// The scope, to open another in it; `None` while one is open, since scopes nest strictly.
    #[inline]
    pub(crate) fn scope(&self) -> Option<RefMut<'_, &'static mut v8::PinScope<'static, 'static>>> {
        self.0.try_borrow_mut().ok()
    }
}
