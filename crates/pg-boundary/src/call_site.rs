//! What a place in a query keeps of ours from call to call: `fn_extra` of its `FmgrInfo` (`fmgr.h`).
//!
//! A kept value lives as long as the `FmgrInfo`'s memory, or until another takes its place; a call that has taken it
//! has a share of its own, so that a nested call from the same place may replace it.

use std::any::TypeId;
use std::ffi::c_void;
use std::rc::Rc;

use pgrx::pg_sys;

/// What `fn_extra` points to, in `fn_mcxt`.
struct Anchor {
    callback: pg_sys::MemoryContextCallback,
    /// A box of `Kept<T>`, or null.
    kept: *mut Head,
}

/// The part that is the same for every `T`.
#[repr(C)]
struct Head {
    version: u64,
    kind: TypeId,
    release: unsafe fn(*mut Head),
}

#[repr(C)]
struct Kept<T> {
    head: Head,
    value: Rc<T>,
}

/// The value kept at `site`, if it is a `T` and was kept as `version`.
///
/// # Safety
/// `site` belongs to a function of this library, whose `fn_extra` nothing but [`keep`] has set.
#[inline]
pub(crate) unsafe fn kept<T: 'static>(site: &pg_sys::FmgrInfo, version: u64) -> Option<Rc<T>> {
    // SAFETY: the caller's promise: an anchor or null, in the memory of the FmgrInfo itself.
    let head = unsafe { site.fn_extra.cast::<Anchor>().as_ref()?.kept.as_ref()? };
    if head.version != version || head.kind != TypeId::of::<T>() {
        return None;
    }
    // SAFETY: the head is the first field of a `Kept<T>`, as its kind says.
    Some(Rc::clone(unsafe { &(*std::ptr::from_ref(head).cast::<Kept<T>>()).value }))
}

/// Keeps `value` at `site`.
///
/// # Safety
/// As for [`kept`].
pub(crate) unsafe fn keep<T: 'static>(site: &mut pg_sys::FmgrInfo, version: u64, value: Rc<T>) {
    // SAFETY: the caller's promise. pgrx guards the allocation; the callback's memory is the anchor's own.
    unsafe {
        if site.fn_extra.is_null() {
            let anchor = pg_sys::MemoryContextAllocZero(site.fn_mcxt, size_of::<Anchor>()).cast::<Anchor>();
            (*anchor).callback.func = Some(forget);
            (*anchor).callback.arg = anchor.cast();
            pg_sys::MemoryContextRegisterResetCallback(site.fn_mcxt, &mut (*anchor).callback);
            site.fn_extra = anchor.cast();
        }
        let anchor = site.fn_extra.cast::<Anchor>();
        let head = Head { kind: TypeId::of::<T>(), version, release: release::<T> };
        let kept = Box::into_raw(Box::new(Kept { head, value })).cast::<Head>();
        let former = std::mem::replace(&mut (*anchor).kept, kept);
        if let Some(head) = former.as_ref() {
            (head.release)(former);
        }
    }
}

/// # Safety
/// `head` came from a box of `Kept<T>` and is not used again.
unsafe fn release<T>(head: *mut Head) {
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(head.cast::<Kept<T>>()) });
}

/// Called when the memory of an `FmgrInfo` goes. What is dropped are plain values of Rust, which call nothing.
unsafe extern "C-unwind" fn forget(argument: *mut c_void) {
    // SAFETY: the argument is the anchor, which goes right after this.
    unsafe {
        let anchor = argument.cast::<Anchor>();
        let kept = std::mem::replace(&mut (*anchor).kept, std::ptr::null_mut());
        if let Some(head) = kept.as_ref() {
            (head.release)(kept);
        }
    }
}
