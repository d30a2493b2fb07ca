//! Memory contexts as guards: what is allocated while one is current goes when it is reset or dropped.

use pgrx::pg_sys;

/// A memory context of ours, made on first use, deleted on drop.
#[derive(Default)]
pub struct ScratchMemory {
    context: Option<pg_sys::MemoryContext>,
}

impl ScratchMemory {
    /// Runs `work` with this context current, then makes the former one current again.
    pub fn with<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let context = *self.context.get_or_insert_with(|| {
            // SAFETY: a child of the current context; an allocation failure panics through pgrx's guard.
            unsafe {
                pg_sys::AllocSetContextCreateInternal(
                    pg_sys::CurrentMemoryContext,
                    c"plts statement".as_ptr(),
                    pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                    pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
                )
            }
        });
        // SAFETY: our own context, which lives as long as this.
        let _restore = unsafe { Current::switch(context) };
        work()
    }

    /// Frees what was allocated in it.
    pub fn reset(&mut self) {
        if let Some(context) = self.context {
            // SAFETY: ours, and nothing of it is in use: values made in it do not outlive a statement.
            unsafe { pg_sys::MemoryContextReset(context) };
        }
    }

    /// Lets go of the context without deleting it: after an error that will abort the (sub)transaction, whose
    /// contexts go with it.
    pub fn abandon(&mut self) {
        self.context = None;
    }
}

impl Drop for ScratchMemory {
    fn drop(&mut self) {
        if let Some(context) = self.context.take() {
            // SAFETY: ours alone; its parent still lives, since it was current when this was made and calls nest.
            unsafe { pg_sys::MemoryContextDelete(context) };
        }
    }
}

/// Makes the former context current again when dropped.
pub struct Current {
    former: pg_sys::MemoryContext,
}

impl Current {
    /// Remembers the current context.
    pub fn remember() -> Self {
        // SAFETY: reads a variable of the backend.
        Self { former: unsafe { pg_sys::CurrentMemoryContext } }
    }

    /// Makes `context` current.
    ///
    /// # Safety
    /// The context lives longer than the guard.
    pub(crate) unsafe fn switch(context: pg_sys::MemoryContext) -> Self {
        let remembered = Self::remember();
        // SAFETY: the caller's promise; this is MemoryContextSwitchTo, which is an assignment.
        unsafe { pg_sys::CurrentMemoryContext = context };
        remembered
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        // SAFETY: the remembered context was current and outlives this guard, since calls nest.
        unsafe { pg_sys::CurrentMemoryContext = self.former };
    }
}
