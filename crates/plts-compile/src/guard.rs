//! The edge of the crate: a panic of the compiler library ends here, as a diagnostic.

use crate::diagnostic::Diagnostic;
use std::panic::{AssertUnwindSafe, catch_unwind};
use swc_core::common::{GLOBALS, Globals};

/// Runs one compilation with its own compiler globals. Nothing of it is used again after a panic.
pub(crate) fn guarded<T>(compile: impl FnOnce() -> Result<T, Vec<Diagnostic>>) -> Result<T, Vec<Diagnostic>> {
    catch_unwind(AssertUnwindSafe(|| GLOBALS.set(&Globals::new(), compile)))
        .unwrap_or_else(|_| Err(vec![Diagnostic::error("internal compiler error", 1, 1)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_diagnostic() {
        let result: Result<(), _> = guarded(|| panic!("library bug"));
        assert_eq!(result, Err(vec![Diagnostic::error("internal compiler error", 1, 1)]));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
