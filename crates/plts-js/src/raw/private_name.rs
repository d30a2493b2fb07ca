//! A private name for the prelude.

use deno_core::v8;

/// The name as a value that the prelude can use in brackets: what it stores there no other code can see, and it costs
/// less there than through the API.
///
/// The prelude must keep it to itself: whoever has the name can read and write what is under it.
pub(crate) fn as_value<'s>(name: v8::Local<'s, v8::Private>) -> v8::Local<'s, v8::Value> {
    // SAFETY: both are a pointer to a handle of the same scope, and a private name is a symbol inside V8, which is a
    // value; that V8's API does not call it one only keeps it from leaking by mistake.
    unsafe { std::mem::transmute::<v8::Local<'s, v8::Private>, v8::Local<'s, v8::Value>>(name) }
}
