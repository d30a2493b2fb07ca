//! V8 started in one process for its children, which make it their own.

use plts_core::Dialect;

use super::{Engine, EngineConfig};
use crate::errors::EngineError;
use crate::raw::fatal::{self, Inside};
use crate::raw::fork::{Withheld, tried_in_a_child};

impl Engine {
    /// Starts V8 for the children of this process, which has one thread and runs no JavaScript itself: each of them makes it
    /// its own with [`Engine::start`], and has an isolate and a context by then. It is tried in a child first: false where
    /// that fails, and then nothing has happened here.
    ///
    /// Errors: what went well in the trial and does not now; children cannot use V8 then.
    pub fn start_for_children(config: EngineConfig) -> Result<bool, EngineError> {
        let try_it = || {
            Self::make_inheritable(config).is_ok()
                && tried_in_a_child(|| Self::is_of_use(config)).unwrap_or(false)
        };
        if !tried_in_a_child(try_it).map_err(EngineError::Children)? {
            return Ok(false);
        }
        Self::make_inheritable(config)?;
        Ok(true)
    }

    fn make_inheritable(config: EngineConfig) -> Result<(), EngineError> {
        let withheld = Withheld::now().map_err(EngineError::Children)?;
        let engine = Self::initialize(config)?;
        engine.state().stock_context();
        engine.is_inherited.set(true);
        withheld.give_what_is_new().map_err(EngineError::Children)
    }

    /// Whether a child can use what it has inherited: it runs JavaScript in the context that it got, and makes another.
    fn is_of_use(config: EngineConfig) -> bool {
        Self::start(config).is_ok_and(|engine| {
            let state = engine.state();
            (0..2).all(|_| state.new_context(Dialect::TypeScript).is_ok())
        })
    }

    /// Makes the V8 that the parent has started this process's own.
    pub(super) fn take_over(&self, config: &EngineConfig) -> Result<(), EngineError> {
        fatal::prepare(config.end_process).map_err(EngineError::Signals)?;
        let _inside = Inside::enter();
        self.set_max_heap(config.max_heap_bytes);
        self.state().seed_contexts().map_err(EngineError::Seed)?;
        self.is_inherited.set(false);
        Ok(())
    }
}
