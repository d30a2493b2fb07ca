//! A call that gives a set: its rows go to a sink one by one, while JavaScript runs.
//!
//! Guarantees: the iterator is advanced as its protocol says, and told to `return` when its rows are not wanted any
//! more. As many rows are alive at a time as fit in a batch, and few when they are large; a row that is an object is
//! read before the iterator goes on.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, TypeShape, Value};

use crate::call::{in_context, invoke, settle};
use crate::compile::compile;
use crate::convert::Subject;
use crate::convert::from_js::{actual, from_js_into};
use crate::engine::Engine;
use crate::errors::{CallError, Rejected, Stop};
use crate::frame::{Frame, Phase};
use crate::function::FunctionSpec;
use crate::host::{Host, HostError};
use crate::isolate::RoleId;

/// How many values are pulled from an iterator at once, at most.
const LARGEST_BATCH: u32 = 256;
/// Batches grow while they stay below this, and shrink when they are above it.
const BATCH_BYTES: usize = 64 << 10;

/// Takes the rows of a set. An error ends the set: [`HostError::Sql`] is told to the iterator, which then has no
/// database any more, since the failure was not undone.
pub type SetSink<'r> = dyn FnMut(&Value<'_>) -> Result<(), HostError> + 'r;

impl Engine {
    /// Runs a function that gives a set, with the rights of `role`, and gives each row to `sink`. The rows are of the
    /// shape that `spec` returns.
    ///
    /// Errors: as those of [`Engine::call`], and those of the sink.
    pub fn call_set(
        &self,
        role: RoleId,
        spec: &Rc<FunctionSpec>,
        host: &mut dyn Host,
        args: &[Value<'_>],
        sink: &mut SetSink<'_>,
    ) -> Result<(), CallError> {
        let level = self.enter()?;
        let state = self.state()?;
        let context = state.context(role, level.depth()).map_err(CallError::Failed)?;
        let frame = Frame::new(host, &state, context, None);
        self.run(&frame, |frame| {
            in_context(frame, |scope| {
                let mut rows = Rows { shape: &spec.returns, sink, count: 0, row: Value::Null };
                perform(scope, frame, spec, args, &mut rows)
            })
        })
    }
}

fn perform(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    arguments: &[Value<'_>],
    rows: &mut Rows<'_, '_>,
) -> Result<(), Stop> {
    let compiled = match frame.context.compiled(spec.id) {
        Some(compiled) => compiled,
        None => {
            let compiled = compile(scope, frame, spec)?;
            frame.context.keep(spec.id, Rc::clone(&compiled));
            compiled
        }
    };
    frame.ask(|host| host.begin(compiled.access, compiled.can_catch))?;
    frame.phase.set(Phase::Running);
    let mut value = invoke(scope, frame, spec, &compiled, arguments)?;
    if value.is_promise() {
        frame.context.checkpoint(scope);
        value = settle(scope, frame, value)?;
    }
    match open(scope, frame, value)? {
        Source::Array(array) => rows.take_array(scope, frame, array)?,
        Source::Iterator(iterator) => {
            if let Err(stop) = rows.take_iterator(scope, frame, &iterator) {
                return Err(iterator.close(scope, frame, stop));
            }
        }
    }
    frame.context.checkpoint(scope);
    if frame.is_terminating() {
        return Err(Stop::Thrown);
    }
    if let Some(reason) = frame.take_rejection() {
        return Err(Stop::Rejected(reason, Rejected::Unhandled));
    }
    frame.phase.set(Phase::Reporting);
    Ok(())
}

/// What the rows come from.
enum Source<'s> {
    Array(v8::Local<'s, v8::Array>),
    Iterator(RowIterator<'s>),
}

/// An iterator as the prelude opened it.
struct RowIterator<'s> {
    pull: v8::Local<'s, v8::Function>,
    close: v8::Local<'s, v8::Function>,
    batch: v8::Local<'s, v8::Array>,
    /// The iterator itself failed or ended: it is not told to return.
    over: Cell<bool>,
}

fn open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<Source<'s>, Stop> {
    let receiver = v8::undefined(scope).into();
    let opened =
        frame.context.prelude.open_set.open(scope).call(scope, receiver, &[value]).ok_or(Stop::Thrown)?;
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
    let (pull, close, batch) = (part(0)?, part(1)?, part(2)?);
    Ok(Source::Iterator(RowIterator {
        pull: pull.try_into().map_err(|_| internal())?,
        close: close.try_into().map_err(|_| internal())?,
        batch: batch.try_into().map_err(|_| internal())?,
        over: Cell::new(false),
    }))
}

impl<'s> RowIterator<'s> {
    /// Fills the batch. Gives the number of its values, and whether there are more.
    fn fill(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        limit: u32,
    ) -> Result<(u32, ControlFlow<()>), Stop> {
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
                    return Err(Stop::Rejected(v8::Global::new(scope, reason), Rejected::Result));
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
            return Ok((!answer as u32, ControlFlow::Break(())));
        }
        self.over.set(false);
        Ok((answer as u32, ControlFlow::Continue(())))
    }

    /// Tells the iterator that no more is wanted because of `stop`, and gives what stopped it. As the language has it,
    /// what the iterator throws then is dropped for the sake of the first error.
    fn close(&self, scope: &mut v8::PinScope<'_, '_>, frame: &Frame<'_>, stop: Stop) -> Stop {
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

/// Where the rows go.
struct Rows<'r, 'k> {
    shape: &'r TypeShape,
    sink: &'r mut SetSink<'k>,
    /// How many rows have gone.
    count: usize,
    row: Value<'static>,
}

impl Rows<'_, '_> {
    fn take_array(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        array: v8::Local<'_, v8::Array>,
    ) -> Result<(), Stop> {
        let mut next = 0;
        // A getter of an element may change the array; its iterator would see that too.
        while next < array.length() {
            v8::scope!(let scope, scope);
            let end = array.length().min(next.saturating_add(LARGEST_BATCH));
            while next < end {
                let value = array.get_index(scope, next).ok_or(Stop::Thrown)?;
                self.take(scope, frame, value)?;
                next += 1;
            }
        }
        Ok(())
    }

    fn take_iterator(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        iterator: &RowIterator<'_>,
    ) -> Result<(), Stop> {
        let mut limit = 1;
        loop {
            v8::scope!(let scope, scope);
            let (count, more) = iterator.fill(scope, frame, limit)?;
            let bytes = self.take_batch(scope, frame, iterator.batch, count)?;
            if more.is_break() {
                return Ok(());
            }
            if bytes > BATCH_BYTES {
                limit = (limit / 4).max(1);
            } else if count == limit && bytes <= BATCH_BYTES / 2 {
                limit = (limit * 2).min(LARGEST_BATCH);
            }
        }
    }

    /// Takes the first `count` values of a batch, and gives their size in bytes. What a conversion throws is taken out
    /// of V8, so that the iterator can be told.
    fn take_batch(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        batch: v8::Local<'_, v8::Array>,
        count: u32,
    ) -> Result<usize, Stop> {
        v8::tc_scope!(let scope, scope);
        let mut bytes = 0;
        for index in 0..count {
            let taken = match batch.get_index(scope, index) {
                Some(value) => self.take(scope, frame, value),
                None => Err(Stop::Thrown),
            };
            match taken {
                Ok(()) => bytes += weight(&self.row),
                Err(Stop::Thrown | Stop::Unparsable) => {
                    return Err(match scope.exception().filter(|_| scope.can_continue()) {
                        Some(exception) => {
                            Stop::Rejected(v8::Global::new(scope, exception), Rejected::Result)
                        }
                        None => Stop::Thrown,
                    });
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(bytes)
    }

    #[inline]
    fn take(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        value: v8::Local<'_, v8::Value>,
    ) -> Result<(), Stop> {
        self.count += 1;
        from_js_into(scope, frame.state, value, self.shape, Subject::Row(self.count), &mut self.row)?;
        (self.sink)(&self.row).map_err(|error| {
            // The failure was not undone, so nothing may be asked of the database any more.
            frame.phase.set(Phase::Reporting);
            Stop::from(error)
        })
    }
}

/// What a value takes, roughly.
fn weight(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => size_of::<Value<'_>>(),
    }
}
