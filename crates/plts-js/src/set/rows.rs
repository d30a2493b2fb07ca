//! Where a set goes: each row is converted and given to the sink.

use deno_core::v8;
use plts_core::{ErrorReport, TypeShape, Value};

use super::SetSink;
use super::iterator::{Pulled, RowIterator};
use crate::convert::Subject;
use crate::convert::composite::from_columns;
use crate::convert::from_js::from_js_into;
use crate::errors::{Rejected, Stop};
use crate::frame::{Frame, Phase};
use crate::raw::shortcut::element_of;

/// How many values are pulled from an iterator at once, at most.
const LARGEST_BATCH: u32 = 256;
/// Batches grow while they stay below this, and shrink when they are above it.
const BATCH_BYTES: usize = 64 << 10;

/// Where the rows go.
pub(crate) struct Rows<'r, 'k> {
    shape: &'r TypeShape,
    sink: &'r mut SetSink<'k>,
    /// How many rows have gone.
    count: usize,
    row: Value<'static>,
}

impl<'r, 'k> Rows<'r, 'k> {
    /// Rows of a shape, none yet.
    pub(crate) fn new(shape: &'r TypeShape, sink: &'r mut SetSink<'k>) -> Self {
        Self { shape, sink, count: 0, row: Value::Null }
    }

    pub(crate) fn take_array(
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
                frame.breathe(next)?;
                let value = element_of(scope, array.into(), next).ok_or(Stop::Thrown)?;
                self.take(scope, frame, value)?;
                next += 1;
            }
        }
        Ok(())
    }

    pub(super) fn take_iterator(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        iterator: &RowIterator<'_>,
    ) -> Result<(), Stop> {
        let mut limit = 1;
        loop {
            v8::scope!(let scope, scope);
            let pulled = iterator.fill(scope, frame, limit)?;
            let bytes = self.take_batch(scope, frame, iterator, pulled)?;
            if pulled.more.is_break() {
                return Ok(());
            }
            if bytes > BATCH_BYTES {
                limit = (limit / 4).max(1);
            } else if pulled.count == limit && bytes <= BATCH_BYTES / 2 {
                limit = (limit * 2).min(LARGEST_BATCH);
            }
        }
    }

    /// Takes what was pulled, and gives its size in bytes. What a conversion throws is taken out
    /// of V8, so that the iterator can be told.
    fn take_batch(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        iterator: &RowIterator<'_>,
        pulled: Pulled,
    ) -> Result<usize, Stop> {
        v8::tc_scope!(let scope, scope);
        let mut bytes = 0;
        for index in 0..pulled.count + u32::from(pulled.odd) {
            let taken = match iterator.odd {
                Some(odd) if index == pulled.count => self.take_element(scope, frame, odd, 0),
                Some(_) => self.take_columns(scope, frame, iterator.batch, index),
                None => self.take_element(scope, frame, iterator.batch, index),
            };
            match taken {
                Ok(()) => bytes += weight(&self.row),
                Err(Stop::Thrown | Stop::Unparsable) => {
                    return Err(match scope.exception().filter(|_| scope.can_continue()) {
                        Some(exception) => {
                            Stop::rejected(v8::Global::new(scope, exception), Rejected::Result)
                        }
                        None => Stop::Thrown,
                    });
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(bytes)
    }

    fn take_element(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        array: v8::Local<'_, v8::Array>,
        index: u32,
    ) -> Result<(), Stop> {
        let value = element_of(scope, array.into(), index).ok_or(Stop::Thrown)?;
        self.take(scope, frame, value)
    }

    /// Takes a row whose columns lie one after the other.
    fn take_columns(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        batch: v8::Local<'_, v8::Array>,
        index: u32,
    ) -> Result<(), Stop> {
        let TypeShape::Composite(columns) = self.shape else {
            return Err(Stop::report(ErrorReport::internal("a value was taken for a row")));
        };
        self.count += 1;
        let first = index * columns.fields.len() as u32;
        let subject = Subject::Row(self.count);
        self.row = Value::Composite(from_columns(scope, frame, batch, first, columns, subject)?);
        self.give(frame)
    }

    #[inline]
    pub(crate) fn take(
        &mut self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        value: v8::Local<'_, v8::Value>,
    ) -> Result<(), Stop> {
        self.count += 1;
        from_js_into(scope, frame, value, self.shape, Subject::Row(self.count), &mut self.row)?;
        self.give(frame)
    }

    fn give(&mut self, frame: &Frame<'_>) -> Result<(), Stop> {
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
        Value::Composite(row) => row.values().iter().map(weight).sum(),
        _ => size_of::<Value<'_>>(),
    }
}
