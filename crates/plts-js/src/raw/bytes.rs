//! Bytes into an `ArrayBuffer`.

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
