//! An isolate that scopes can be opened on while other scopes are open: calls nest, through the host.

use deno_core::v8;

/// An isolate, entered on the engine's thread, and the address from which nested scopes are made.
pub(crate) struct LiveIsolate {
    address: v8::UnsafeRawIsolatePtr,
    handle: v8::IsolateHandle,
    owned: v8::OwnedIsolate,
}

impl LiveIsolate {
    pub(crate) fn new(owned: v8::OwnedIsolate) -> Self {
        let handle = owned.thread_safe_handle();
        // SAFETY: the address is used by `reborrow` alone, for as long as `owned` lives beside it.
        let address = unsafe { owned.as_raw_isolate_ptr() };
        Self { address, handle, owned }
    }

    /// A second name for the isolate, to open scopes on. V8's scopes nest strictly: the new scope is closed before
    /// the code that opened the outer one goes on, since both are on one stack.
    pub(crate) fn reborrow(&self) -> v8::Isolate {
        // SAFETY: the address is that of `self.owned`, which is alive; `v8::Isolate` owns nothing and frees nothing.
        unsafe { v8::Isolate::from_raw_isolate_ptr_unchecked(self.address) }
    }

    /// The part that other threads may use.
    pub(crate) fn handle(&self) -> &v8::IsolateHandle {
        &self.handle
    }

    pub(crate) fn cancel_termination(&self) {
        self.owned.cancel_terminate_execution();
    }

    pub(crate) fn terminate(&self) {
        self.owned.terminate_execution();
    }
}
