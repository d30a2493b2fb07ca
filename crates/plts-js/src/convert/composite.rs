//! Composites: objects that have the columns as properties.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::v8;
use plts_core::{CompositeShape, CompositeValue, ErrorReport, SqlState, TypeShape, Value};

use super::from_js::{convert, mismatch};
use super::to_js::to_js;
use super::{Place, Subject};
use crate::compile::new_text;
use crate::context::JsContext;
use crate::errors::Stop;
use crate::isolate::IsolateState;

/// How many shapes an isolate or a context keeps something for.
const SHAPES_KEPT: usize = 512;

/// Something made once for each shape. Shapes are told apart by where they lie: each is kept, so that its place is
/// not used again.
pub(crate) struct ByShape<T>(RefCell<HashMap<*const CompositeShape, (Arc<CompositeShape>, T)>>);

impl<T> Default for ByShape<T> {
    fn default() -> Self {
        Self(RefCell::new(HashMap::new()))
    }
}

impl<T: Clone> ByShape<T> {
    fn get(&self, shape: &Arc<CompositeShape>, make: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
        if let Some((_, made)) = self.0.borrow().get(&Arc::as_ptr(shape)) {
            return Ok(made.clone());
        }
        let made = make()?;
        let mut kept = self.0.borrow_mut();
        if kept.len() >= SHAPES_KEPT {
            kept.clear();
        }
        kept.insert(Arc::as_ptr(shape), (Arc::clone(shape), made.clone()));
        Ok(made)
    }
}

/// The names of the columns as strings of V8.
pub(crate) type FieldNames = ByShape<Rc<[v8::Global<v8::String>]>>;
/// The functions that make the objects.
pub(crate) type CompositeFactories = ByShape<Rc<v8::Global<v8::Function>>>;

/// The object for a composite from the database.
pub(super) fn to_object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    composite: &CompositeValue<'_>,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let shape = composite.shape();
    let factory = context.composite_factories.get(shape, || {
        let names: Vec<&str> = shape.fields.iter().map(|field| field.name.as_str()).collect();
        let factory = context.row_factories.get(scope, &names)?;
        Ok(Rc::new(v8::Global::new(scope, factory)))
    })?;
    v8::escapable_handle_scope!(let scope, scope);
    let receiver = v8::undefined(scope).into();
    let mut properties = Vec::with_capacity(composite.values().len());
    for value in composite.values() {
        properties.push(to_js(scope, state, context, value, subject)?);
    }
    let object = factory.open(scope).call(scope, receiver, &properties).ok_or(Stop::Thrown)?;
    Ok(scope.escape(object))
}

/// The composite that an object stands for. A column that the object does not have is NULL.
///
/// Errors: 42703 for a property that is no column, unless it is undefined.
pub(super) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    state: &IsolateState,
    value: v8::Local<'_, v8::Value>,
    shape: &Arc<CompositeShape>,
    place: &Place<'_>,
) -> Result<CompositeValue<'static>, Stop> {
    let object = v8::Local::<v8::Object>::try_from(value)
        .ok()
        .filter(|_| may_have_columns(value))
        .ok_or_else(|| mismatch(value, &TypeShape::Composite(Arc::clone(shape)), place))?;
    let names = state.field_names.get(shape, || {
        let names = shape
            .fields
            .iter()
            .map(|field| new_text(scope, &field.name).map(|name| v8::Global::new(scope, name)));
        names.collect()
    })?;
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
        values[column] = convert(scope, state, item, &field.shape, &place.field(&field.name))?;
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
            values[column] = convert(scope, state, item, &field.shape, &place.field(&field.name))?;
        }
    }
    CompositeValue::new(Arc::clone(shape), values)
        .ok_or_else(|| Stop::report(ErrorReport::internal("a composite does not have its columns")))
}

/// The composite whose columns lie in `values` from `first` on.
pub(crate) fn from_columns(
    scope: &mut v8::PinScope<'_, '_>,
    state: &IsolateState,
    values: v8::Local<'_, v8::Array>,
    first: u32,
    shape: &Arc<CompositeShape>,
    subject: Subject,
) -> Result<CompositeValue<'static>, Stop> {
    let place = Place::of(subject);
    let mut columns = Vec::with_capacity(shape.fields.len());
    for (index, field) in (first..).zip(&shape.fields) {
        let item = values.get_index(scope, index).ok_or(Stop::Thrown)?;
        columns.push(convert(scope, state, item, &field.shape, &place.field(&field.name))?);
    }
    CompositeValue::new(Arc::clone(shape), columns)
        .ok_or_else(|| Stop::report(ErrorReport::internal("a composite does not have its columns")))
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
            format!("{place} has a property \"{key}\", which is no column of type {}", shape.name),
        )
        .with_detail(format!("The columns are: {}.", columns.join(", "))),
    )
}
