//! The arguments of a call, as the engine asks for them: each is converted when JavaScript is about to get it.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::typeio::Arguments;
use plts_core::Value;

use crate::function::Function;

/// The arguments of a call of a function.
pub struct CallArguments<'a>(Arguments<'a>);

impl<'a> CallArguments<'a> {
    /// Errors: the call is not one of that function.
    #[inline]
    pub fn of(call: &'a Call, function: &'a Function) -> Result<Self> {
        function.signature.of(call).map(Self)
    }
}

impl plts_js::Arguments for CallArguments<'_> {
    #[inline]
    fn count(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn give<R>(&self, index: usize, to: impl FnOnce(&Value<'_>) -> R) -> Result<R> {
        self.0.give(index, to)
    }
}
