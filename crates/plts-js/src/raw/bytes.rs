//! Bytes into `ArrayBuffer`s.

use std::ptr;

use deno_core::v8;

/// A `Uint8Array` with a copy of `bytes`. The caller has asked the budget whether there is room: V8 ends the process
/// when its allocator refuses here.
pub(crate) fn uint8_array<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    let buffer = v8::ArrayBuffer::new(scope, bytes.len());
    if let Some(target) = buffer.data() {
        // SAFETY: the buffer was made with this length a moment ago; JavaScript has not seen it, so nothing else
        // points into it or can detach it.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), target.as_ptr().cast::<u8>(), bytes.len()) };
    }
    v8::Uint8Array::new(scope, buffer, 0, bytes.len())
}

/// Gives `write` the memory of a view to write to, and its result. The view must be on a buffer that was made as such:
/// for a small typed array that was not, V8 would have to make a buffer, and ends the process when its allocator
/// refuses.
pub(crate) fn write_with(
    view: v8::Local<'_, v8::ArrayBufferView>,
    write: impl FnOnce(&mut [u8]) -> usize,
) -> usize {
    let length = view.byte_length();
    if length == 0 {
        return write(&mut []);
    }
    // SAFETY: the memory belongs to the view's buffer, which is attached, since the view's length is not zero, and
    // which the handle keeps alive. JavaScript does not run until `write` has returned, and no other slice of it is made
    // meanwhile: shared buffers, which another thread could write to, do not exist here.
    let memory = unsafe { std::slice::from_raw_parts_mut(view.data().cast::<u8>(), length) };
    write(memory)
}
