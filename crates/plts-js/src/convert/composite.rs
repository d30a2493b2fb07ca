//! Composites: objects that have the columns as properties.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::v8;
use plts_core::{CompositeShape, CompositeValue, ErrorReport, SqlState, TypeShape, Value};

use super::from_js::{convert, mismatch};
use super::to_js::to_js;
use super::{Place, Subject, rows};
use crate::compile::new_text;
use crate::context::JsContext;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::isolate::IsolateState;
use crate::raw::shortcut::element_of;

/// How many shapes a context keeps something for.
const SHAPES_KEPT: usize = 512;

/// What a context has for the shapes it met. Shapes are told apart by where they lie: each is kept, so that its place
/// is not used again.
#[derive(Default)]
pub(crate) struct CompositeForms(RefCell<HashMap<*const CompositeShape, Rc<Form>>>);

/// How the objects of one shape are made and read.
struct Form {
    shape: Arc<CompositeShape>,
    names: Box<[v8::Global<v8::String>]>,
    /// Makes an object of the values.
    make: v8::Global<v8::Function>,
    /// The values of an object that has these properties and no others; of any other nothing.
    read: v8::Global<v8::Function>,
}

impl CompositeForms {
    fn get(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        context: &JsContext,
        shape: &Arc<CompositeShape>,
    ) -> Result<Rc<Form>, Stop> {
        if let Some(form) = self.0.borrow().get(&Arc::as_ptr(shape)) {
            return Ok(Rc::clone(form));
        }
        v8::scope!(let scope, scope);
        let names: Vec<&str> = shape.fields.iter().map(|field| field.name.as_str()).collect();
        let make = context.row_factories.get(scope, &names)?;
        let read = rows::compile(scope, &reader(&names))?;
        let mut keys = Vec::with_capacity(names.len());
        for name in &names {
            let name = new_text(scope, name)?;
            keys.push(v8::Global::new(scope, name));
        }
        let form = Rc::new(Form {
            shape: Arc::clone(shape),
            names: keys.into(),
            make: v8::Global::new(scope, make),
            read: v8::Global::new(scope, read),
        });
        let mut kept = self.0.borrow_mut();
        if kept.len() >= SHAPES_KEPT {
            kept.clear();
        }
        kept.insert(Arc::as_ptr(&form.shape), Rc::clone(&form));
        Ok(form)
    }
}

/// The source of a function that reads objects as most of them are: it looks at all names, so that none gets lost.
fn reader(names: &[&str]) -> String {
    let mut cases = String::new();
    let mut values = String::new();
    for name in names {
        // A JSON string is a string of JavaScript.
        let quoted = serde_json::Value::from(*name).to_string();
        // Writing to a String cannot fail.
        let _ = write!(cases, "case {quoted}: ");
        let _ = write!(values, "o[{quoted}], ");
    }
    if !cases.is_empty() {
        cases.push_str("n++; break;");
    }
    let count = names.len();
    format!(
        "(function (o) {{ let n = 0; for (const k in o) switch (k) {{ {cases} default: return; }} \
         if (n === {count}) return [{values}]; }})"
    )
}

/// The object for a composite from the database.
pub(super) fn to_object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    composite: &CompositeValue<'_>,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let form = context.composite_forms.get(scope, context, composite.shape())?;
    v8::escapable_handle_scope!(let scope, scope);
    let receiver = v8::undefined(scope).into();
    let mut properties = Vec::with_capacity(composite.values().len());
    for value in composite.values() {
        properties.push(to_js(scope, state, context, value, subject)?);
    }
    let object = form.make.open(scope).call(scope, receiver, &properties).ok_or(Stop::Thrown)?;
    Ok(scope.escape(object))
}

/// The composite that an object stands for. A column that the object does not have is NULL.
///
/// Errors: 42703 for a property that is no column, unless it is undefined.
pub(super) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    shape: &Arc<CompositeShape>,
    place: &Place<'_>,
) -> Result<CompositeValue<'static>, Stop> {
    let object = v8::Local::<v8::Object>::try_from(value)
        .ok()
        .filter(|_| may_have_columns(value))
        .ok_or_else(|| mismatch(value, &TypeShape::Composite(Arc::clone(shape)), place))?;
    let form = frame.context.composite_forms.get(scope, frame.context, shape)?;
    if let Some(values) = read_exact(scope, frame, object, &form, place)? {
        return assembled(shape, values);
    }
    let names = &form.names;
    let mut values = vec![Value::Null; names.len()];
    let mut seen = vec![false; names.len()];
    let own = object.get_own_property_names(scope, own_properties()).ok_or(Stop::Thrown)?;
    let mut next = 0;
    for index in 0..own.length() {
        v8::scope!(let scope, scope);
        let key = own.get_index(scope, index).ok_or(Stop::Thrown)?;
        let item = object.get(scope, key).ok_or(Stop::Thrown)?;
        // Most objects have the columns in their order.
        let is = |column: usize| {
            names.get(column).is_some_and(|name| key.strict_equals(v8::Local::new(scope, name).into()))
        };
        let found = if is(next) { Some(next) } else { (0..names.len()).find(|column| is(*column)) };
        let Some(column) = found else {
            if item.is_undefined() {
                continue;
            }
            return Err(no_column(scope, key, shape, place));
        };
        let field = &shape.fields[column];
        values[column] = convert(scope, frame, item, &field.shape, &place.field(&field.name))?;
        seen[column] = true;
        next = column + 1;
    }
    for (column, field) in shape.fields.iter().enumerate() {
        if seen[column] {
            continue;
        }
        v8::scope!(let scope, scope);
        let name = v8::Local::new(scope, &names[column]);
        if let Some(item) = hidden_or_inherited(scope, object, name)? {
            values[column] = convert(scope, frame, item, &field.shape, &place.field(&field.name))?;
        }
    }
    assembled(shape, values)
}

fn assembled(
    shape: &Arc<CompositeShape>,
    values: Vec<Value<'static>>,
) -> Result<CompositeValue<'static>, Stop> {
    CompositeValue::new(Arc::clone(shape), values)
        .ok_or_else(|| Stop::report(ErrorReport::internal("a composite does not have its columns")))
}

/// The composite whose columns lie in `values` from `first` on.
pub(crate) fn from_columns(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    values: v8::Local<'_, v8::Array>,
    first: u32,
    shape: &Arc<CompositeShape>,
    subject: Subject,
) -> Result<CompositeValue<'static>, Stop> {
    assembled(shape, columns(scope, frame, values, first, shape, &Place::of(subject))?)
}

fn columns(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    values: v8::Local<'_, v8::Array>,
    first: u32,
    shape: &CompositeShape,
    place: &Place<'_>,
) -> Result<Vec<Value<'static>>, Stop> {
    let mut columns = Vec::with_capacity(shape.fields.len());
    for (index, field) in (first..).zip(&shape.fields) {
        v8::scope!(let scope, scope);
        let item = element_of(scope, values.into(), index).ok_or(Stop::Thrown)?;
        columns.push(convert(scope, frame, item, &field.shape, &place.field(&field.name))?);
    }
    Ok(columns)
}

/// The values of an object whose properties are the columns and nothing else. The other objects are looked at one
/// property at a time.
fn read_exact(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
    form: &Form,
    place: &Place<'_>,
) -> Result<Option<Vec<Value<'static>>>, Stop> {
    v8::scope!(let scope, scope);
    let receiver = v8::undefined(scope).into();
    let object = v8::Local::new(scope, object).into();
    let read = form.read.open(scope).call(scope, receiver, &[object]).ok_or(Stop::Thrown)?;
    match v8::Local::<v8::Array>::try_from(read) {
        Ok(values) => columns(scope, frame, values, 0, &form.shape, place).map(Some),
        Err(_) => Ok(None),
    }
}

fn own_properties() -> v8::GetPropertyNamesArgs {
    v8::GetPropertyNamesArgs {
        mode: v8::KeyCollectionMode::OwnOnly,
        property_filter: v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS,
        index_filter: v8::IndexFilter::IncludeIndices,
        key_conversion: v8::KeyConversionMode::ConvertToString,
    }
}

/// Objects that keep what they hold elsewhere than in properties would lose it.
fn may_have_columns(value: v8::Local<'_, v8::Value>) -> bool {
    !(value.is_array()
        || value.is_function()
        || value.is_date()
        || value.is_array_buffer_view()
        || value.is_array_buffer()
        || value.is_map()
        || value.is_set()
        || value.is_weak_map()
        || value.is_weak_set()
        || value.is_promise()
        || value.is_generator_object()
        || value.is_reg_exp()
        || value.is_native_error()
        || value.is_string_object()
        || value.is_number_object()
        || value.is_boolean_object()
        || value.is_big_int_object()
        || value.is_symbol_object())
}

/// A property that is not enumerable, or that a class gives: what every object inherits is no column.
fn hidden_or_inherited<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: v8::Local<'s, v8::String>,
) -> Result<Option<v8::Local<'s, v8::Value>>, Stop> {
    let every_object = v8::Object::new(scope).get_prototype(scope);
    let mut holder = object;
    loop {
        if holder.has_own_property(scope, name.into()).ok_or(Stop::Thrown)? {
            return object.get(scope, name.into()).ok_or(Stop::Thrown).map(Some);
        }
        let prototype = holder.get_prototype(scope);
        if prototype == every_object {
            return Ok(None);
        }
        match prototype.map(v8::Local::<v8::Object>::try_from) {
            Some(Ok(prototype)) => holder = prototype,
            _ => return Ok(None),
        }
    }
}

#[cold]
fn no_column(
    scope: &mut v8::PinScope<'_, '_>,
    key: v8::Local<'_, v8::Value>,
    shape: &CompositeShape,
    place: &Place<'_>,
) -> Stop {
    let key = key.to_string(scope).map_or_else(String::new, |key| key.to_rust_string_lossy(scope));
    let columns: Vec<&str> = shape.fields.iter().map(|field| field.name.as_str()).collect();
    Stop::report(
        ErrorReport::new(
            SqlState::UNDEFINED_COLUMN,
            format!("{place} has a property \"{key}\", which type {} does not have", shape.name),
        )
        .with_detail(format!("Its properties are: {}.", columns.join(", "))),
    )
}
