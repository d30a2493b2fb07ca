//! The native of `structuredClone`: what a value is, which no property of it can pretend.

use deno_core::v8;

use super::run;

/// `(object)`: a word for its kind, or undefined when it cannot be cloned.
pub(super) fn clone_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        Ok(match kind(arguments.get(0)) {
            Some(kind) => v8::Integer::new_from_unsigned(scope, kind).into(),
            None => v8::undefined(scope).into(),
        })
    });
}

/// The numbers are those of js/66_clone.js.
fn kind(value: v8::Local<'_, v8::Value>) -> Option<u32> {
    if value.is_proxy() {
        return None;
    }
    Some(match value {
        _ if value.is_array() => 1,
        _ if value.is_map() => 2,
        _ if value.is_set() => 3,
        _ if value.is_date() => 4,
        _ if value.is_reg_exp() => 5,
        _ if value.is_array_buffer() => 6,
        _ if value.is_array_buffer_view() => 7,
        _ if value.is_native_error() => 8,
        _ if value.is_boolean_object() => 9,
        _ if value.is_number_object() => 10,
        _ if value.is_string_object() => 11,
        _ if value.is_big_int_object() => 12,
        _ if value.is_symbol_object()
            || value.is_function()
            || value.is_promise()
            || value.is_weak_map()
            || value.is_weak_set()
            || value.is_generator_object()
            || value.is_map_iterator()
            || value.is_set_iterator()
            || value.is_shared_array_buffer()
            || value.is_module_namespace_object()
            || value.is_external() =>
        {
            return None;
        }
        _ => 0,
    })
}
