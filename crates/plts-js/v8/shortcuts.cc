// Shortcuts into V8 for what each call of a function does (entering JavaScript, making and reading plain values), and for
// what each first call does (the time zone).
//
// V8's interface to embedders does the same with care for what cannot be the case here: embedders' callbacks round each
// call, histograms and traces, functions of embedders, policies of microtask queues. Each function says what it leaves out,
// and what its caller guarantees for that. It is compiled with V8 (`cargo xtask v8`), against V8's own headers, with which
// it must go along, and lies in V8's archive. `src/raw/shortcut/` is the other side.

#include <cstring>

#include "include/v8-function.h"
#include "include/v8-object.h"
#include "src/api/api-inl.h"
#include "src/builtins/builtins-inl.h"
#include "src/common/assert-scope.h"
#include "src/date/date.h"
#include "src/execution/isolate-inl.h"
#include "src/execution/protectors-inl.h"
#include "src/execution/simulator.h"
#include "src/execution/vm-state-inl.h"
#include "src/handles/handles-inl.h"
#include "src/heap/factory-inl.h"
#include "src/heap/heap-allocator-inl.h"
#include "src/heap/heap-inl.h"
#include "src/objects/fixed-array-inl.h"
#include "src/objects/js-array-inl.h"
#include "src/objects/js-function-inl.h"
#include "src/objects/js-objects-inl.h"
#include "src/objects/string-inl.h"
#include "unicode/simpletz.h"
#include "unicode/unistr.h"

namespace i = v8::internal;

namespace {

// One level of calls from outside, as CallDepthScope of api-inl.h counts them.
struct Depth {
  i::Address previous_stack_height_;
};

// The isolate's context and the one beside it, as SaveContext keeps them, but a handle is made only where the context is not
// that of the call anyway.
class SavedContexts {
 public:
  SavedContexts(i::Isolate* isolate, i::Handle<i::Context> entered) : isolate_(isolate), context_(entered) {
    if (isolate->context() != *entered) context_ = i::Handle<i::Context>(isolate->context(), isolate);
    i::Tagged<i::Context> script_context = isolate->topmost_script_having_context();
    if (!script_context.is_null()) script_context_ = i::Handle<i::Context>(script_context, isolate);
  }

  ~SavedContexts() {
    isolate_->set_context(*context_);
    isolate_->set_topmost_script_having_context(
        script_context_.is_null() ? i::Tagged<i::Context>{} : *script_context_);
  }

 private:
  i::Isolate* const isolate_;
  i::Handle<i::Context> context_;
  i::Handle<i::Context> script_context_;
};

// Where JavaScript must not run, V8 says what happens.
V8_NOINLINE const v8::Value* call_with_care(v8::Isolate* isolate, const v8::Context* context,
                                            const v8::Function* function, int count,
                                            const v8::Value* const* arguments) {
  auto slot = [](const auto* place) { return reinterpret_cast<i::Address*>(const_cast<void*>(static_cast<const void*>(place))); };
  auto callable = v8::Utils::ToLocal(i::Handle<i::JSFunction>(slot(function)));
  auto entered = v8::Utils::ToLocal(i::Handle<i::NativeContext>(slot(context)));
  v8::Local<v8::Value> value;
  auto* places = reinterpret_cast<v8::Local<v8::Value>*>(const_cast<v8::Value**>(arguments));
  if (!callable->Call(isolate, entered, v8::Undefined(isolate), count, places).ToLocal(&value)) return nullptr;
  return *value;
}

// A young object of that map, with nothing else in it yet.
i::Tagged<i::HeapObject> allocate(i::Isolate* isolate, int size, i::DirectHandle<i::Map> map) {
  i::Tagged<i::HeapObject> object =
      isolate->heap()->allocator()->AllocateRawWith<i::HeapAllocator::kRetryOrFail>(size, i::AllocationType::kYoung);
  object->set_map_after_allocation(isolate, *map, i::SKIP_WRITE_BARRIER);
  return object;
}

// A Date whose own fields are not set yet: Factory::NewJSObjectFromMap for a map of that size.
i::Tagged<i::JSDate> new_date_object(i::Isolate* isolate) {
  // A handle: a collection may move it.
  i::Handle<i::Map> map(isolate->raw_native_context()->date_function()->initial_map(), isolate);
  if (V8_UNLIKELY(map->instance_size() != sizeof(i::JSDate))) {
    return i::Cast<i::JSDate>(*isolate->factory()->NewJSObjectFromMap(map));
  }
  auto object = i::UncheckedCast<i::JSDate>(allocate(isolate, sizeof(i::JSDate), map));
  object->initialize_properties(isolate);
  object->initialize_elements();
  return object;
}

}  // namespace

// Whether plts_v8_call can call it: a function of JavaScript, and not the body of a script.
extern "C" bool plts_v8_can_call(const v8::Function* function) {
  auto callable = v8::Utils::OpenDirectHandle(function);
  if (!i::IsJSFunction(*callable)) return false;
  i::Tagged<i::SharedFunctionInfo> shared = i::Cast<i::JSFunction>(*callable)->shared();
  return !shared->IsApiFunction() && !shared->needs_script_context() && !shared->is_script();
}

// v8::Function::Call and Invoke of execution.cc, with undefined as receiver. Null after an exception, which the TryCatch
// around has.
//
// The caller guarantees: plts_v8_can_call has said yes; a handle scope and a TryCatch are open; `context` is the one that is
// entered; the isolate is this thread's; its microtasks run when asked for and not when a call ends; there are no callbacks
// before and after calls.
extern "C" const v8::Value* plts_v8_call(v8::Isolate* api_isolate, const v8::Context* context,
                                         const v8::Function* function, int count,
                                         const v8::Value* const* arguments) {
  auto* isolate = reinterpret_cast<i::Isolate*>(api_isolate);
  if (V8_UNLIKELY(!i::AllowJavascriptExecution::IsAllowed(isolate) ||
                  !i::ThrowOnJavascriptExecution::IsAllowed(isolate))) {
    return call_with_care(api_isolate, context, function, count, arguments);
  }
  i::Tagged<i::Object> value;
  Depth depth;
  isolate->thread_local_top()->IncrementCallDepth<true>(&depth);
  {
    i::VMState<v8::JS> state(isolate);
    isolate->IncrementJavascriptExecutionCounter();
    i::Handle<i::Context> entered(reinterpret_cast<i::Address*>(const_cast<v8::Context*>(context)));
    {
      SavedContexts saved(isolate, entered);
      isolate->set_context(*entered);
      using JSEntry = i::GeneratedCode<i::Address(i::Address root, i::Address new_target, i::Address target,
                                                  i::Address receiver, intptr_t argc, i::Address** argv)>;
      auto entry = JSEntry::FromAddress(isolate, i::Builtins::EntryOf(i::Builtin::kJSEntry, isolate));
      i::Address undefined = i::ReadOnlyRoots(isolate).undefined_value().ptr();
      value = i::Tagged<i::Object>(entry.Call(
          isolate->isolate_data()->isolate_root(), undefined, *reinterpret_cast<const i::Address*>(function),
          undefined, i::JSParameterCount(count),
          reinterpret_cast<i::Address**>(const_cast<v8::Value**>(arguments))));
    }
    if (V8_UNLIKELY(i::IsExceptionHole(value))) {
      isolate->ReportPendingMessages();
    } else {
      isolate->clear_pending_message();
    }
  }
  isolate->thread_local_top()->DecrementCallDepth(&depth);
  if (V8_UNLIKELY(i::IsExceptionHole(value))) {
    i::ThreadLocalTop* top = isolate->thread_local_top();
    if (top->CallDepthIsZero() &&
        (top->try_catch_handler_ == nullptr || !isolate->is_execution_terminating())) {
      isolate->clear_internal_exception();
    }
    return nullptr;
  }
  return reinterpret_cast<const v8::Value*>(i::Handle<i::Object>(value, isolate).location());
}

// v8::Date::New, but year to second are computed when something asks for them, and not at once. Null if `time`, in
// milliseconds since 1970, is beyond a Date or has a fraction.
//
// Optimised code reads these fields without a look at whether they hold, unless the time zone has ever changed, so V8 is told
// that it has; from then on it asks them of the same function as code that is not optimised.
extern "C" const v8::Value* plts_v8_new_date(v8::Isolate* api_isolate, double time) {
  auto* isolate = reinterpret_cast<i::Isolate*>(api_isolate);
  constexpr double kMost = i::DateCache::kMaxTimeInMs;
  if (!(-kMost <= time && time <= kMost) || static_cast<double>(static_cast<int64_t>(time)) != time) return nullptr;
  i::VMState<v8::OTHER> state(isolate);
  if (V8_UNLIKELY(i::Protectors::IsNoDateTimeConfigurationChangeIntact(isolate))) {
    i::Protectors::InvalidateNoDateTimeConfigurationChange(isolate);
  }
  i::Tagged<i::JSDate> object = new_date_object(isolate);
  // No negative zero.
  object->set_value(time + 0.0);
  // Stamps of the cache are positive: it is that of no cache.
  const i::Tagged<i::Smi> none = i::Smi::zero();
  object->set_cache_stamp(i::Smi::FromInt(-1), i::SKIP_WRITE_BARRIER);
  object->set_year(none, i::SKIP_WRITE_BARRIER);
  object->set_month(none, i::SKIP_WRITE_BARRIER);
  object->set_day(none, i::SKIP_WRITE_BARRIER);
  object->set_weekday(none, i::SKIP_WRITE_BARRIER);
  object->set_hour(none, i::SKIP_WRITE_BARRIER);
  object->set_min(none, i::SKIP_WRITE_BARRIER);
  object->set_sec(none, i::SKIP_WRITE_BARRIER);
  return reinterpret_cast<const v8::Value*>(i::Handle<i::JSDate>(object, isolate).location());
}

// v8::String::NewFromOneByte. Null for what it has other ways for, which is not text of 2 to kMostInline characters.
extern "C" const v8::Value* plts_v8_new_text(v8::Isolate* api_isolate, const uint8_t* characters, size_t length) {
  constexpr size_t kMostInline = 4096;
  if (length < 2 || length > kMostInline) return nullptr;
  auto* isolate = reinterpret_cast<i::Isolate*>(api_isolate);
  i::VMState<v8::OTHER> state(isolate);
  auto text = i::UncheckedCast<i::SeqOneByteString>(
      allocate(isolate, i::SeqOneByteString::SizeFor(static_cast<uint32_t>(length)),
               isolate->factory()->seq_one_byte_string_map()));
  i::DisallowGarbageCollection no_gc;
  text->clear_padding_destructively(static_cast<uint32_t>(length));
  text->set_length(static_cast<uint32_t>(length));
  text->set_raw_hash_field(i::String::kEmptyHashField);
  std::memcpy(text->GetChars(no_gc, i::SharedStringAccessGuardIfNeeded::NotNeeded()), characters, length);
  return reinterpret_cast<const v8::Value*>(i::Handle<i::SeqOneByteString>(text, isolate).location());
}

// v8::Object::Get of an element, where nothing but the element itself can be the answer. Null where that is not so.
extern "C" const v8::Value* plts_v8_element(v8::Isolate* api_isolate, const v8::Object* array, uint32_t index) {
  auto* isolate = reinterpret_cast<i::Isolate*>(api_isolate);
  i::Tagged<i::JSReceiver> receiver = *v8::Utils::OpenDirectHandle(array);
  if (!i::IsJSArray(receiver)) return nullptr;
  i::Tagged<i::JSArray> object = i::Cast<i::JSArray>(receiver);
  i::ElementsKind kind = object->GetElementsKind();
  if (kind != i::PACKED_SMI_ELEMENTS && kind != i::PACKED_ELEMENTS) return nullptr;
  i::Tagged<i::FixedArray> elements = i::Cast<i::FixedArray>(object->elements());
  // An array has room for more than it has.
  if (index >= static_cast<uint32_t>(i::Smi::ToInt(object->length())) || index >= elements->ulength().value()) {
    return nullptr;
  }
  return reinterpret_cast<const v8::Value*>(i::Handle<i::Object>(elements->get(index), isolate).location());
}

// v8::Date::ValueOf, if it is a Date.
extern "C" bool plts_v8_date_value(const v8::Value* value, double* time) {
  i::Tagged<i::Object> object = *v8::Utils::OpenDirectHandle(value);
  if (!i::IsJSDate(object)) return false;
  *time = i::Cast<i::JSDate>(object)->value();
  return true;
}

// The characters of a string that has one byte for each and lies in one piece, as they are until anything else is asked of V8.
// Null for any other value.
extern "C" const uint8_t* plts_v8_characters(const v8::Value* value, size_t* length) {
  i::Tagged<i::Object> object = *v8::Utils::OpenDirectHandle(value);
  if (!i::IsSeqOneByteString(object)) return nullptr;
  i::Tagged<i::SeqOneByteString> text = i::Cast<i::SeqOneByteString>(object);
  *length = text->length();
  return reinterpret_cast<const uint8_t*>(text->GetCharsAddress());
}

// ucal_setDefaultTimeZone for UTC under one of its names, which opens ICU's table of zones for that: a first call's fortieth.
// V8 has to be told.
extern "C" void plts_v8_set_default_time_zone_to_utc(const char* name) {
  icu::TimeZone::adoptDefault(new icu::SimpleTimeZone(0, icu::UnicodeString(name, -1, US_INV)));
}

// Which text this folder had when the archive was made, for a test: cargo does not make it.
extern "C" const char plts_v8_sources[] = PLTS_V8_SOURCES;
