//! What a set comes from: an array, or an iterator that the prelude pulls values from in batches.

use std::cell::Cell;
use std::ops::ControlFlow;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, TypeShape};

use crate::convert::from_js::actual;
use crate::errors::{Rejected, Stop};
use crate::frame::Frame;

/// What the rows come from.
pub(super) enum Source<'s> {
    Array(v8::Local<'s, v8::Array>),
    Iterator(RowIterator<'s>),
}

/// An iterator as the prelude opened it.
pub(super) struct RowIterator<'s> {
    pull: v8::Local<'s, v8::Function>,
    close: v8::Local<'s, v8::Function>,
    pub(super) batch: v8::Local<'s, v8::Array>,
    /// For rows whose columns lie in the batch: where one lies that did not go into it.
    pub(super) odd: Option<v8::Local<'s, v8::Array>>,
    /// The iterator itself failed or ended: it is not told to return.
    over: Cell<bool>,
}

pub(super) fn open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'s, v8::Value>,
    shape: &TypeShape,
) -> Result<Source<'s>, Stop> {
    let receiver = v8::undefined(scope).into();
    let names = column_names(scope, shape)?;
    let open_set = &frame.context.prelude.open_set;
    let opened = open_set.open(scope).call(scope, receiver, &[value, names]).ok_or(Stop::Thrown)?;
    let Ok(array) = v8::Local::<v8::Array>::try_from(opened) else {
        let given = if value.is_undefined() {
            "undefined"
        } else if value.is_null() {
            "null"
        } else {
            actual(value)
        };
        return Err(Stop::report(
            ErrorReport::new(
                SqlState::DATATYPE_MISMATCH,
                format!("result must be an array or an iterable for a set, not {given}"),
            )
            .with_hint("Write yield, or return an array; an empty one is the empty set."),
        ));
    };
    if opened == value {
        return Ok(Source::Array(array));
    }
    let internal = || Stop::report(ErrorReport::internal("the prelude opened no iterator"));
    let part = |index| array.get_index(scope, index).ok_or(Stop::Thrown);
    let (pull, close, batch, odd) = (part(0)?, part(1)?, part(2)?, part(3)?);
    Ok(Source::Iterator(RowIterator {
        pull: pull.try_into().map_err(|_| internal())?,
        close: close.try_into().map_err(|_| internal())?,
        batch: batch.try_into().map_err(|_| internal())?,
        odd: odd.try_into().ok(),
        over: Cell::new(false),
    }))
}

/// The columns' names for rows, `undefined` for other values.
fn column_names<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    shape: &TypeShape,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let TypeShape::Composite(columns) = shape else { return Ok(v8::undefined(scope).into()) };
    let mut names = Vec::with_capacity(columns.fields.len());
    for field in &columns.fields {
        // As property names are kept, so that comparing them compares their places.
        let name = v8::String::new_from_utf8(scope, field.name.as_bytes(), v8::NewStringType::Internalized);
        names.push(name.ok_or(Stop::Thrown)?.into());
    }
    Ok(v8::Array::new_with_elements(scope, &names).into())
}

/// What the prelude has pulled from an iterator.
#[derive(Clone, Copy)]
pub(super) struct Pulled {
    pub(super) count: u32,
    /// One more row lies in `odd`.
    pub(super) odd: bool,
    pub(super) more: ControlFlow<()>,
}

/// Added to the number of rows by the prelude when one more lies in `odd`.
const ODD: i32 = 65536;

impl<'s> RowIterator<'s> {
    /// Fills the batch.
    pub(super) fn fill(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        limit: u32,
    ) -> Result<Pulled, Stop> {
        // Until it has given values, whatever happens is the iterator's own end.
        self.over.set(true);
        let receiver = v8::undefined(scope).into();
        let limit = v8::Integer::new_from_unsigned(scope, limit).into();
        let mut answer = self.pull.call(scope, receiver, &[limit]).ok_or(Stop::Thrown)?;
        if let Ok(promise) = v8::Local::<v8::Promise>::try_from(answer) {
            frame.context.checkpoint(scope);
            if frame.is_terminating() {
                return Err(Stop::Thrown);
            }
            answer = match promise.state() {
                v8::PromiseState::Fulfilled => promise.result(scope),
                v8::PromiseState::Rejected => {
                    promise.mark_as_handled();
                    let reason = promise.result(scope);
                    return Err(Stop::rejected(v8::Global::new(scope, reason), Rejected::Result));
                }
                v8::PromiseState::Pending => {
                    return Err(Stop::report(
                        ErrorReport::new(
                            SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                            "a promise of the async iterator never settles",
                        )
                        .with_hint(
                            "It waits for a promise that nothing settles: there is no event loop in the database.",
                        ),
                    ));
                }
            };
        }
        let Ok(answer) = v8::Local::<v8::Int32>::try_from(answer) else {
            return Err(Stop::report(ErrorReport::internal("the prelude gave no number of values")));
        };
        let answer = answer.value();
        if answer < 0 {
            return Ok(Pulled { count: !answer as u32, odd: false, more: ControlFlow::Break(()) });
        }
        self.over.set(false);
        let odd = answer >= ODD;
        let count = if odd { answer - ODD } else { answer } as u32;
        Ok(Pulled { count, odd, more: ControlFlow::Continue(()) })
    }

    /// Tells the iterator that no more is wanted because of `stop`, and gives what stopped it. As the language has it,
    /// what the iterator throws then is dropped for the sake of the first error.
    pub(super) fn close(&self, scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>, stop: Stop) -> Stop {
        if self.over.get() || frame.is_terminating() {
            return stop;
        }
        if matches!(stop, Stop::Host | Stop::Thrown | Stop::Unparsable) {
            return stop;
        }
        v8::tc_scope!(let scope, scope);
        let receiver = v8::undefined(scope).into();
        let closed = self.close.call(scope, receiver, &[]);
        if closed.is_some_and(|value| value.is_promise()) {
            frame.context.checkpoint(scope);
        }
        stop
    }
}
