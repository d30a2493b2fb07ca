//! The allocator of `ArrayBuffer` memory, which is outside V8's heap and its limit: each byte is charged to the
//! engine's budget first. Over the budget V8 collects garbage, asks again, and throws a RangeError.

use std::ffi::c_void;
use std::sync::Arc;

use deno_core::v8;

use crate::heap::Budget;

static VTABLE: v8::RustAllocatorVtable<Budget> =
    v8::RustAllocatorVtable { allocate, allocate_uninitialized, free, drop: release };

/// An allocator that charges `budget`.
pub(crate) fn charged_to(budget: &Arc<Budget>) -> v8::UniqueRef<v8::Allocator> {
    // SAFETY: the handle is a strong count of an `Arc<Budget>`, which `release` gives back; the vtable is for
    // `Budget`.
    unsafe { v8::new_rust_allocator(Arc::into_raw(Arc::clone(budget)), &VTABLE) }
}

unsafe extern "C" fn allocate(budget: &Budget, length: usize) -> *mut c_void {
    if !budget.charge(length) {
        return std::ptr::null_mut();
    }
    // SAFETY: any length is allowed; a length of zero is raised to one, so that the result is unique and not null.
    let memory = unsafe { libc::calloc(length.max(1), 1) };
    if memory.is_null() {
        budget.refund(length);
    }
    memory
}

unsafe extern "C" fn allocate_uninitialized(budget: &Budget, length: usize) -> *mut c_void {
    if !budget.charge(length) {
        return std::ptr::null_mut();
    }
    // SAFETY: as above.
    let memory = unsafe { libc::malloc(length.max(1)) };
    if memory.is_null() {
        budget.refund(length);
    }
    memory
}

unsafe extern "C" fn free(budget: &Budget, memory: *mut c_void, length: usize) {
    // SAFETY: V8 frees only what the functions above gave it, once, with the length it asked for.
    unsafe { libc::free(memory) };
    budget.refund(length);
}

unsafe extern "C" fn release(budget: *const Budget) {
    // SAFETY: `charged_to` leaked this strong count; V8 calls this once, when it frees the allocator.
    drop(unsafe { Arc::from_raw(budget) });
}
