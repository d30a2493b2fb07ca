//! Which calls are running: a chain of frames on the native stack, innermost first.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::frame::Frame;

/// The innermost frame and those around it, if a call is running. The lifetime in the pointers is erased; a frame is given
/// back a lifetime in [`CurrentFrame::with`] that ends with the closure.
#[derive(Default)]
pub(crate) struct CurrentFrame(Cell<Option<NonNull<Link>>>);

/// A running call, on the native stack of [`CurrentFrame::enter`].
struct Link {
    frame: NonNull<Frame<'static>>,
    outer: Option<NonNull<Link>>,
}

struct Restore<'c> {
    current: &'c CurrentFrame,
    previous: Option<NonNull<Link>>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.current.0.set(self.previous);
    }
}

impl CurrentFrame {
    /// Runs `body` with `frame` as the innermost one; afterwards, also after a panic, the one before is again.
    pub(crate) fn enter<R>(&self, frame: &Frame<'_>, body: impl FnOnce() -> R) -> R {
        let outer = self.0.get();
        let link = Link { frame: NonNull::from(frame).cast::<Frame<'static>>(), outer };
        let _restore = Restore { current: self, previous: outer };
        self.0.set(Some(NonNull::from(&link)));
        body()
    }

    /// Gives `body` the innermost frame.
    pub(crate) fn with<R>(&self, body: impl for<'f, 'h> FnOnce(Option<&'f Frame<'h>>) -> R) -> R {
        // SAFETY: `enter` borrows the frame until its own body has returned, has the link on its stack as long, and
        // restores the pointer before either ends, so that both outlive this call, which is inside that body. `body`
        // works for every lifetime 'h, so it cannot make use of the erased one, and can keep nothing of the frame.
        body(self.0.get().map(|link| unsafe { link.as_ref().frame.as_ref() }))
    }

    /// Gives `body` the frame that has so many around it, and of those inside of it the outermost that runs in the same
    /// context.
    pub(crate) fn with_level<R>(
        &self,
        level: usize,
        body: impl for<'f, 'h> FnOnce(Option<&'f Frame<'h>>, Option<&'f Frame<'h>>) -> R,
    ) -> R {
        // SAFETY: as in `with`, for each link of the chain: the outer ones live longer.
        let next = |link: &NonNull<Link>| unsafe { link.as_ref().outer };
        let count = std::iter::successors(self.0.get(), next).count();
        // SAFETY: as above.
        let frame = |link: NonNull<Link>| unsafe { link.as_ref().frame.as_ref() };
        let Some(inside) = count.checked_sub(level + 1) else { return body(None, None) };
        let mut frames = std::iter::successors(self.0.get(), next).map(frame);
        let inner: Vec<_> = frames.by_ref().take(inside).collect();
        let Some(found) = frames.next() else { return body(None, None) };
        let sharing = inner.into_iter().rev().find(|frame| std::ptr::eq(frame.context, found.context));
        body(Some(found), sharing)
    }
}
