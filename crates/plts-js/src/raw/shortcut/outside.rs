//! The same by what the crate offers, where V8 is not built here.

use std::ffi::CStr;

use deno_core::v8;

pub(super) fn can_call(_: v8::Local<'_, v8::Function>) -> bool {
    false
}

pub(super) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &v8::Function,
    arguments: &[v8::Local<'_, v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    let receiver = v8::undefined(scope).into();
    function.call(scope, receiver, arguments)
}

/// A `Date` of that many milliseconds since 1970.
pub(crate) fn new_date<'s>(scope: &mut v8::PinScope<'s, '_>, millis: f64) -> Option<v8::Local<'s, v8::Date>> {
    v8::Date::new(scope, millis)
}

/// A string of ASCII text; `None` where it is too long for V8.
pub(crate) fn new_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    ascii: &[u8],
) -> Option<v8::Local<'s, v8::String>> {
    v8::String::new_from_one_byte(scope, ascii, v8::NewStringType::Normal)
}

/// An element of an array or of something like one; `None` after an exception.
pub(crate) fn element_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'_, v8::Object>,
    index: u32,
) -> Option<v8::Local<'s, v8::Value>> {
    object.get_index(scope, index)
}

/// The milliseconds of a `Date`.
pub(crate) fn date_value(value: v8::Local<'_, v8::Value>) -> Option<f64> {
    v8::Local::<v8::Date>::try_from(value).ok().map(|date| date.value_of())
}

/// Puts a string of ASCII that lies in one piece behind `text`: of none it is known here how it lies.
pub(crate) fn push_ascii(_: v8::Local<'_, v8::String>, _: &mut String) -> bool {
    false
}

/// Makes UTC, under that name of it, ICU's default zone: ICU has to look the name up here.
pub(crate) fn set_default_time_zone_to_utc(_: &CStr) -> bool {
    false
}

/// Where an argument lies that is a small integer.
#[derive(Default)]
pub(crate) struct IntegerPlace;

impl IntegerPlace {
    /// The integer as a value.
    pub(crate) fn put<'a, 's: 'a>(
        &'a self,
        scope: &mut v8::PinScope<'s, '_>,
        number: i32,
    ) -> v8::Local<'a, v8::Value> {
        v8::Integer::new(scope, number).into()
    }
}

/// The number, if it is a small integer.
pub(crate) fn small_integer(value: v8::Local<'_, v8::Value>) -> Option<i32> {
    v8::Local::<v8::Int32>::try_from(value).ok().map(|number| number.value())
}
