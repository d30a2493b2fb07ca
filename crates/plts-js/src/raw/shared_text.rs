//! Texts that V8 reads where they are, outside of its heap.

use std::ffi::c_char;
use std::sync::Arc;

use deno_core::v8;

/// The longest that is shared; V8 takes no string of twice that length.
const LONGEST: usize = 1 << 28;

/// A string of V8 for `text`, which it holds until the string is gone. `None` for what V8 would have to decode, for nothing
/// at all, and for what is very long.
pub(crate) fn new<'s>(
    scope: &v8::PinScope<'s, '_, ()>,
    text: &Arc<str>,
) -> Option<v8::Local<'s, v8::String>> {
    if text.is_empty() || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let length = text.len();
    let bytes = Arc::into_raw(Arc::clone(text)).cast_mut();
    // SAFETY: ASCII is what V8 takes a byte a character for. The count that is given away keeps the bytes where they are, and
    // unchanged, until `release` gives it back; V8 only reads them.
    unsafe { v8::String::new_external_onebyte_raw(scope, bytes.cast(), length, release) }
}

/// V8 needs the text no more.
unsafe extern "C" fn release(bytes: *mut c_char, length: usize) {
    let text = std::ptr::slice_from_raw_parts(bytes.cast::<u8>(), length) as *const str;
    // SAFETY: address and length are those of the text that `new` gave away, once for each string; V8 calls this once.
    drop(unsafe { Arc::from_raw(text) });
}
