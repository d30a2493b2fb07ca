//! Which call is running: a pointer to the innermost frame on the native stack.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::frame::Frame;

/// The innermost frame, if a call is running. The lifetime in the pointer is erased; it is given back a lifetime in
/// [`CurrentFrame::with`] that ends with the closure.
#[derive(Default)]
pub(crate) struct CurrentFrame(Cell<Option<NonNull<Frame<'static>>>>);

struct Restore<'c> {
    current: &'c CurrentFrame,
    previous: Option<NonNull<Frame<'static>>>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.current.0.set(self.previous);
    }
}

impl CurrentFrame {
    /// Runs `body` with `frame` as the innermost one; afterwards, also after a panic, the one before is again.
    pub(crate) fn enter<R>(&self, frame: &Frame<'_>, body: impl FnOnce() -> R) -> R {
        let erased = NonNull::from(frame).cast::<Frame<'static>>();
        let _restore = Restore { current: self, previous: self.0.replace(Some(erased)) };
        body()
    }

    /// Gives `body` the innermost frame.
    pub(crate) fn with<R>(&self, body: impl for<'f, 'h> FnOnce(Option<&'f Frame<'h>>) -> R) -> R {
        let frame = self.0.get();
        // SAFETY: `enter` borrows the frame until its own body has returned and restores the pointer before that
        // borrow ends, so that the frame outlives this call, which is inside that body. `body` works for every
        // lifetime 'h, so it cannot make use of the erased one, and can keep nothing of the frame.
        body(frame.as_ref().map(|frame| unsafe { frame.as_ref() }))
    }
}
