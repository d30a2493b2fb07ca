//! Arrays of any number of dimensions. The subscripts that PostgreSQL counted from ride along invisibly, and count
//! again as long as the array keeps its lengths.

use deno_core::v8;
use plts_core::{ArrayValue, Dimension, ErrorReport, SqlState, TypeShape, Value};

use super::from_js::{actual, convert, mismatch};
use super::to_js::to_js;
use super::{Place, Subject};
use crate::context::JsContext;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::isolate::IsolateState;
use crate::raw::shortcut::element_of;

/// `MAXDIM` of PostgreSQL's `utils/array.h`.
const MOST_DIMENSIONS: usize = 6;
/// `MaxArraySize` there.
const MOST_ELEMENTS: usize = 0x3fff_ffff / 8;

/// The array of one dimension, counted from 1.
pub(super) fn to_array<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    values: &[Value<'_>],
    subject: Subject,
) -> Result<v8::Local<'s, v8::Array>, Stop> {
    let mut elements = Vec::with_capacity(values.len());
    for element in values {
        elements.push(to_js(scope, state, context, element, subject)?);
    }
    Ok(v8::Array::new_with_elements(scope, &elements))
}

/// The nested array of any other.
pub(super) fn to_nested_array<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    array: &ArrayValue<'_>,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Array>, Stop> {
    let mut elements = array.elements();
    let made = nested(scope, state, context, array.dimensions(), &mut elements, subject)?;
    let mut riding: Vec<v8::Local<'_, v8::Value>> = Vec::with_capacity(2 * array.dimensions().len());
    for dimension in array.dimensions() {
        riding.push(v8::Integer::new_from_unsigned(scope, dimension.length).into());
        riding.push(v8::Integer::new(scope, dimension.lower).into());
    }
    let riding = v8::Array::new_with_elements(scope, &riding);
    let key = v8::Local::new(scope, &state.keys.dimensions);
    made.set_private(scope, key, riding.into()).ok_or(Stop::Thrown)?;
    Ok(made)
}

fn nested<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &IsolateState,
    context: &JsContext,
    dimensions: &[Dimension],
    elements: &mut &[Value<'_>],
    subject: Subject,
) -> Result<v8::Local<'s, v8::Array>, Stop> {
    let [outer, inner @ ..] = dimensions else {
        return Err(Stop::report(ErrorReport::internal("an array has no dimension")));
    };
    let length = outer.length as usize;
    if inner.is_empty() {
        let (row, rest) = elements.split_at(length.min(elements.len()));
        *elements = rest;
        return to_array(scope, state, context, row, subject);
    }
    let mut rows: Vec<v8::Local<'_, v8::Value>> = Vec::with_capacity(length);
    for _ in 0..length {
        rows.push(nested(scope, state, context, inner, elements, subject)?.into());
    }
    Ok(v8::Array::new_with_elements(scope, &rows))
}

/// The array that a (nested) array or a typed array stands for. All parts of one level must be of one length.
pub(super) fn from_js(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'_, v8::Value>,
    element: &TypeShape,
    place: &Place<'_>,
) -> Result<Value<'static>, Stop> {
    let Some(outermost) = List::of(value, element) else {
        return Err(mismatch(value, &TypeShape::Array(Box::new(element.clone())), place));
    };
    let riding = riding_dimensions(scope, frame, outermost.object);
    // An array can itself be an element where JSON or a domain over arrays is wanted: what came from SQL with more
    // dimensions goes back with them, and everything else has one.
    let depth = match element {
        TypeShape::Json | TypeShape::Jsonb | TypeShape::Array(_) | TypeShape::Multirange(_) => riding
            .as_ref()
            .map(Vec::len)
            .filter(|depth| has_depth(scope, value, element, *depth))
            .unwrap_or(1),
        _ => depth_of(scope, value, element, place)?,
    };
    let mut collected = Collected { lengths: Vec::with_capacity(depth), elements: Vec::new() };
    collect(scope, frame, &outermost, element, depth, 0, &mut collected, place)?;
    let Collected { lengths, elements } = collected;
    if elements.is_empty() {
        return Ok(Value::Array(elements));
    }
    let kept = riding.filter(|riding| riding.iter().map(|each| each.length).eq(lengths.iter().copied()));
    if depth == 1 && kept.is_none() {
        return Ok(Value::Array(elements));
    }
    let dimensions =
        kept.unwrap_or_else(|| lengths.into_iter().map(|length| Dimension { length, lower: 1 }).collect());
    ArrayValue::new(dimensions, elements)
        .map(|array| Value::ShapedArray(Box::new(array)))
        .ok_or_else(|| Stop::report(ErrorReport::internal("an array lost an element")))
}

/// Something with elements: an array, or a typed array.
struct List<'s> {
    object: v8::Local<'s, v8::Object>,
    length: usize,
}

impl<'s> List<'s> {
    /// `None` for what is itself an element.
    fn of(value: v8::Local<'s, v8::Value>, element: &TypeShape) -> Option<Self> {
        if let Ok(array) = v8::Local::<v8::Array>::try_from(value) {
            return Some(Self { object: array.into(), length: array.length() as usize });
        }
        if matches!(element, TypeShape::Bytea) {
            return None;
        }
        let array = v8::Local::<v8::TypedArray>::try_from(value).ok()?;
        Some(Self { object: array.into(), length: array.length() })
    }
}

/// How many dimensions an array has, by its first elements.
fn depth_of(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    element: &TypeShape,
    place: &Place<'_>,
) -> Result<usize, Stop> {
    let mut depth = 0;
    let mut first = v8::Local::new(scope, value);
    while let Some(list) = List::of(first, element) {
        depth += 1;
        if depth > MOST_DIMENSIONS {
            return Err(Stop::report(ErrorReport::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!("{place} has more than {MOST_DIMENSIONS} dimensions"),
            )));
        }
        if list.length == 0 {
            break;
        }
        first = list.object.get_index(scope, 0).ok_or(Stop::Thrown)?;
    }
    Ok(depth)
}

/// Whether an array still has so many dimensions, by its first elements.
fn has_depth(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    element: &TypeShape,
    depth: usize,
) -> bool {
    let mut first = v8::Local::new(scope, value);
    for _ in 0..depth {
        let Some(list) = List::of(first, element) else { return false };
        match list.object.get_index(scope, 0) {
            Some(next) => first = next,
            None => return false,
        }
    }
    true
}

struct Collected {
    /// Of each level that was met, the outermost first.
    lengths: Vec<u32>,
    elements: Vec<Value<'static>>,
}

#[expect(clippy::too_many_arguments, reason = "what a level of the recursion needs")]
fn collect(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    list: &List<'_>,
    element: &TypeShape,
    depth: usize,
    level: usize,
    collected: &mut Collected,
    place: &Place<'_>,
) -> Result<(), Stop> {
    let length = u32::try_from(list.length).map_err(|_| {
        Stop::report(ErrorReport::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("{place} has too many elements for an array"),
        ))
    })?;
    match collected.lengths.get(level) {
        None => collected.lengths.push(length),
        Some(first) if *first == length => {}
        Some(first) => {
            return Err(uneven(place, &format!("has length {length}, those before it have length {first}")));
        }
    }
    check_size(frame, collected.elements.len() + list.length, place)?;
    for index in 0..length {
        frame.breathe(index)?;
        v8::scope!(let scope, scope);
        let item = element_of(scope, list.object, index).ok_or(Stop::Thrown)?;
        let here = place.element(index);
        if level + 1 == depth {
            collected.elements.push(convert(scope, frame, item, element, &here)?);
            continue;
        }
        match List::of(item, element) {
            Some(inner) => collect(scope, frame, &inner, element, depth, level + 1, collected, &here)?,
            None => {
                let what = if item.is_null_or_undefined() { "null" } else { actual(item) };
                return Err(uneven(&here, &format!("is {what}, those before it are arrays")));
            }
        }
    }
    Ok(())
}

/// An array can be long and hold nothing, or say that it is: what would be made of it is bounded by what JavaScript may use.
pub(super) fn check_size(frame: &Frame<'_>, elements: usize, place: &Place<'_>) -> Result<(), Stop> {
    if elements > MOST_ELEMENTS {
        return Err(Stop::report(ErrorReport::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!("{place} has too many elements for an array"),
        )));
    }
    if elements.saturating_mul(size_of::<Value<'_>>()) > frame.state.budget.limit() {
        return Err(Stop::report(ErrorReport::new(
            SqlState::OUT_OF_MEMORY,
            format!("out of memory in JavaScript: {place} has {elements} elements"),
        )));
    }
    Ok(())
}

#[cold]
fn uneven(place: &Place<'_>, what: &str) -> Stop {
    Stop::report(
        ErrorReport::new(SqlState::ARRAY_SUBSCRIPT_ERROR, format!("{place} {what}"))
            .with_detail("All arrays at one level of a nested array must have the same length."),
    )
}

/// The dimensions that came with an array from the database.
fn riding_dimensions(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    object: v8::Local<'_, v8::Object>,
) -> Option<Vec<Dimension>> {
    let key = v8::Local::new(scope, &frame.state.keys.dimensions);
    let riding = v8::Local::<v8::Array>::try_from(object.get_private(scope, key)?).ok()?;
    let mut dimensions = Vec::new();
    for index in (0..riding.length()).step_by(2) {
        let length = riding.get_index(scope, index)?.uint32_value(scope)?;
        let lower = riding.get_index(scope, index + 1)?.int32_value(scope)?;
        dimensions.push(Dimension { length, lower });
    }
    Some(dimensions)
}
