//! The functions of `v8/shortcuts.cc`, and V8's own form of small integers.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::NonNull;

use deno_core::v8;

unsafe extern "C" {
    fn plts_v8_can_call(function: *const v8::Function) -> bool;
    fn plts_v8_call(
        isolate: *mut c_void,
        context: *const v8::Context,
        function: *const v8::Function,
        count: c_int,
        arguments: *const *const v8::Value,
    ) -> *const v8::Value;
    fn plts_v8_new_date(isolate: *mut c_void, time: f64) -> *const v8::Date;
    fn plts_v8_new_text(isolate: *mut c_void, characters: *const u8, length: usize) -> *const v8::String;
    fn plts_v8_element(isolate: *mut c_void, object: *const v8::Object, index: u32) -> *const v8::Value;
    fn plts_v8_date_value(value: *const v8::Value, time: *mut f64) -> bool;
    fn plts_v8_characters(value: *const v8::String, length: *mut usize) -> *const u8;
    fn plts_v8_set_default_time_zone_to_utc(name: *const c_char);
}

/// A `Local` is the address of a place that holds the value: both sides rely on that.
const _: () = assert!(size_of::<v8::Local<'static, v8::Value>>() == size_of::<*const v8::Value>());

/// A new handle of V8's, in the scope that is open.
///
/// # Safety
/// `place` is null or a place of the innermost handle scope, which is that of `_scope`, and holds a `T`.
#[inline]
unsafe fn local<'s, T>(_scope: &v8::PinScope<'s, '_>, place: *const T) -> Option<v8::Local<'s, T>> {
    // SAFETY: an `Option<Local>` is such an address or null, as the crate itself has it for what V8 returns.
    unsafe { std::mem::transmute::<*const T, Option<v8::Local<'s, T>>>(place) }
}

#[inline]
fn address_of(scope: &v8::PinScope<'_, '_>) -> *mut c_void {
    // SAFETY: the two types are the same pointer; the crate has no way to see it.
    unsafe { std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(scope.as_raw_isolate_ptr()) }
}

pub(super) fn can_call(function: v8::Local<'_, v8::Function>) -> bool {
    // SAFETY: a live handle.
    unsafe { plts_v8_can_call(&raw const *function) }
}

#[inline]
pub(super) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &v8::Function,
    arguments: &[v8::Local<'_, v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    let context = scope.get_current_context();
    let count = c_int::try_from(arguments.len()).ok()?;
    // SAFETY: the isolate is the scope's, which is entered; its policy for microtasks is `Explicit`, and so is that of every
    // queue; nothing here adds callbacks to calls. `Callee` has asked whether the function can be called. What comes back is
    // a new handle in the innermost scope.
    unsafe {
        let value =
            plts_v8_call(address_of(scope), &raw const *context, function, count, arguments.as_ptr().cast());
        local(scope, value)
    }
}

/// A `Date` of that many milliseconds since 1970; `None` beyond what a `Date` can be.
#[inline]
pub(crate) fn new_date<'s>(scope: &mut v8::PinScope<'s, '_>, millis: f64) -> Option<v8::Local<'s, v8::Date>> {
    // SAFETY: the isolate is the scope's, in which a context is entered; the handle is new in the innermost scope.
    unsafe {
        let date = plts_v8_new_date(address_of(scope), millis);
        local(scope, date)
    }
}

/// A string of ASCII text; `None` where it is too long for V8.
#[inline]
pub(crate) fn new_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    ascii: &[u8],
) -> Option<v8::Local<'s, v8::String>> {
    // SAFETY: as above, and the characters are read before it returns.
    let text = unsafe {
        let text = plts_v8_new_text(address_of(scope), ascii.as_ptr(), ascii.len());
        local(scope, text)
    };
    text.or_else(|| v8::String::new_from_one_byte(scope, ascii, v8::NewStringType::Normal))
}

/// An element of an array or of something like one; `None` after an exception.
#[inline]
pub(crate) fn element_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'_, v8::Object>,
    index: u32,
) -> Option<v8::Local<'s, v8::Value>> {
    // SAFETY: as above, and the object is a live handle.
    let element = unsafe {
        let element = plts_v8_element(address_of(scope), &raw const *object, index);
        local(scope, element)
    };
    element.or_else(|| object.get_index(scope, index))
}

/// The milliseconds of a `Date`.
#[inline]
pub(crate) fn date_value(value: v8::Local<'_, v8::Value>) -> Option<f64> {
    let mut time = 0.0;
    // SAFETY: a live handle.
    unsafe { plts_v8_date_value(&raw const *value, &mut time) }.then_some(time)
}

/// Puts a string of ASCII that lies in one piece behind `text`. False, and nothing done, for any other value.
#[inline]
pub(crate) fn push_ascii(value: v8::Local<'_, v8::String>, text: &mut String) -> bool {
    let mut length = 0;
    // SAFETY: a live handle. The characters stay where they are until V8 is asked for something else, which is not done while
    // they are borrowed.
    let characters = unsafe {
        let characters = plts_v8_characters(&raw const *value, &mut length);
        if characters.is_null() {
            return false;
        }
        std::slice::from_raw_parts(characters, length)
    };
    if !characters.is_ascii() {
        return false;
    }
    // SAFETY: ASCII is UTF-8.
    text.push_str(unsafe { std::str::from_utf8_unchecked(characters) });
    true
}

/// How far an integer is shifted in V8's words (`kSmiTagSize` and `kSmiShiftSize` of `v8-internal.h`, with compressed pointers);
/// the lowest bit is not set.
const SHIFT: u32 = 1;

/// Makes UTC, under that name of it, ICU's default zone. False, and nothing done, where ICU has to look the name up.
pub(crate) fn set_default_time_zone_to_utc(name: &CStr) -> bool {
    // SAFETY: a text that ends with a zero, which ICU copies. ICU guards its default with a mutex.
    unsafe { plts_v8_set_default_time_zone_to_utc(name.as_ptr()) };
    true
}

/// Where an argument lies that is a small integer: on the stack, and not among V8's handles. The collector need not know of
/// it, because it is no pointer.
#[derive(Default)]
pub(crate) struct IntegerPlace(Cell<u64>);

impl IntegerPlace {
    /// The integer as a value.
    #[inline]
    pub(crate) fn put<'a, 's: 'a>(
        &'a self,
        scope: &mut v8::PinScope<'s, '_>,
        number: i32,
    ) -> v8::Local<'a, v8::Value> {
        if number.checked_shl(SHIFT).is_none_or(|shifted| shifted >> SHIFT != number) {
            return v8::Integer::new(scope, number).into();
        }
        self.0.set((i64::from(number) << SHIFT) as u64);
        let place = NonNull::from(&self.0).cast::<v8::Value>();
        // SAFETY: the handle lives no longer than the place, which holds a word that is one of V8's small integers.
        unsafe { std::mem::transmute::<NonNull<v8::Value>, v8::Local<'a, v8::Value>>(place) }
    }
}

/// The number, if it is one of V8's small integers.
#[inline]
pub(crate) fn small_integer(value: v8::Local<'_, v8::Value>) -> Option<i32> {
    // SAFETY: a live handle is the address of a word.
    let word = unsafe { (&raw const *value).cast::<u64>().read() };
    (word & 1 == 0).then_some(word as i32 >> SHIFT)
}
