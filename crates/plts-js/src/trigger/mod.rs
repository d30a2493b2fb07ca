//! Calls of triggers: `ctx.trigger` out of the rows, and what became of the row back, column by column.
//!
//! A column that JavaScript left alone is not reported as changed, so that PostgreSQL keeps it as it is stored. Values
//! that cannot change in place are compared by JavaScript itself; objects (a `Date`, an array, JSON, bytes) are converted
//! back and compared. A column that the function's text does not touch is not converted at all.

mod answer;
mod code;
mod source;

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use deno_core::v8;
use plts_core::trigger::{ColumnTouch, TriggerEvent, TriggerLevel, TriggerTiming};
use plts_core::{ErrorReport, SqlState, TypeShape, Value};

use crate::call::{in_context, ready, settle};
use crate::compile::CallShape;
use crate::convert::to_js::to_js;
use crate::convert::{Subject, text};
use crate::engine::Engine;
use crate::errors::{CallError, Rejected, Stop};
use crate::frame::{Frame, Phase};
use crate::function::FunctionSpec;
use crate::host::{Access, HostSource};
use crate::isolate::RoleId;
use crate::plv8;

use answer::read_answer;
pub(crate) use answer::{column_value, is_same, is_same_object};
pub(crate) use code::TriggerCodes;
use source::Outcome;

/// Names one version of one trigger in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TriggerId(NonZeroU64);

impl TriggerId {
    /// A new id, never used before.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NonZeroU64::MIN.saturating_add(NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

/// A column of the relation that a trigger is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerColumn {
    pub name: String,
    pub shape: TypeShape,
    /// Computed by PostgreSQL: what JavaScript makes of it is not read.
    pub generated: bool,
}

/// What stays the same from call to call of one trigger.
#[derive(Clone, Debug)]
pub struct TriggerSpec {
    pub id: TriggerId,
    pub name: String,
    pub schema: String,
    pub table: String,
    pub relation: u32,
    pub timing: TriggerTiming,
    pub level: TriggerLevel,
    pub arguments: Vec<String>,
    pub columns: Vec<TriggerColumn>,
}

/// One firing of a trigger.
#[derive(Clone, Copy)]
pub struct Firing<'a> {
    pub trigger: &'a TriggerSpec,
    pub event: TriggerEvent,
    pub rows: &'a dyn FiredRows,
}

/// The rows of a firing, with a value for each column of the trigger. They are asked for only when JavaScript can see
/// them; a column by whose index `wanted` is false need not be read, and NULL will do for it.
pub trait FiredRows {
    /// The row as it was, where the event has one.
    ///
    /// Errors: a stored value that cannot be read.
    fn old_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>>;

    /// The row as it is to be, where the event has one.
    ///
    /// Errors: a stored value that cannot be read.
    fn new_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>>;
}

/// Every column of a row.
pub(crate) fn all_columns(_: usize) -> bool {
    true
}

/// What becomes of the row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowAnswer {
    /// It goes on as it came. This is the answer too of every trigger whose result PostgreSQL does not use.
    GoesOn,
    /// It is left out.
    LeftOut,
    /// The row as it was before the update goes on in its place.
    Former,
    /// It goes on with these columns changed.
    Changed(Vec<(usize, Value<'static>)>),
}

/// How many arguments are passed without an allocation.
const FEW: usize = 34;
/// Room for more changes is not kept.
const CHANGES_KEPT: usize = 16;

impl Engine {
    /// Runs a trigger's function with the rights of `role`. JavaScript has ended when it returns.
    ///
    /// Errors: as [`Engine::call`], 42703 for a property of the row that no column has, and 42804 for a result that is
    /// no row.
    pub fn call_trigger(
        &self,
        role: RoleId,
        spec: &Rc<FunctionSpec>,
        host: &mut dyn HostSource,
        firing: &Firing<'_>,
    ) -> Result<RowAnswer, CallError> {
        self.in_frame(role, spec.dialect(), host, |frame| {
            in_context(frame, |scope| fire(scope, frame, spec, firing))
        })
    }

    /// Takes back the changes of a [`RowAnswer`] that has served: their memory is for the next one's.
    pub fn keep_memory_of_changes(&self, mut changes: Vec<(usize, Value<'static>)>) {
        for (_, value) in &mut changes {
            if let Value::Text(Cow::Owned(text)) = value {
                self.keep_memory_of(text);
            }
        }
        changes.clear();
        if changes.capacity() <= CHANGES_KEPT {
            self.with_state(|state| state.spare_changes.set(changes));
        }
    }

    /// Runs an event trigger's function with the rights of `role`. Its result is dropped.
    ///
    /// Errors: as [`Engine::call`].
    pub fn call_event_trigger(
        &self,
        role: RoleId,
        spec: &Rc<FunctionSpec>,
        host: &mut dyn HostSource,
        event: &str,
        tag: &str,
    ) -> Result<(), CallError> {
        self.in_frame(role, spec.dialect(), host, |frame| {
            in_context(frame, |scope| {
                let compiled = ready(scope, frame, spec)?;
                let receiver: v8::Local<'_, v8::Value> = v8::undefined(scope).into();
                let context = match &compiled.shape {
                    CallShape::Plain | CallShape::Arguments => receiver,
                    CallShape::ContextAndArguments(info) | CallShape::Context(info) => {
                        let arguments = [
                            v8::Local::new(scope, info),
                            v8::Boolean::new(scope, compiled.access == Access::ReadOnly).into(),
                            text::to_js(scope, event)?.into(),
                            text::to_js(scope, tag)?.into(),
                        ];
                        let make = &frame.context.prelude.make_event_context;
                        make.open(scope).call(scope, receiver, &arguments).ok_or(Stop::Thrown)?
                    }
                };
                let value = compiled.callee.call(scope, &[context]).ok_or(Stop::Thrown)?;
                settled(scope, frame, value)?;
                frame.phase.set(Phase::Reporting);
                Ok(())
            })
        })
    }
}

/// Runs the microtasks that are due, and gives what a result stands for.
pub(crate) fn settled<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    frame.context.checkpoint(scope);
    let value = settle(scope, frame, value)?;
    if frame.is_terminating() {
        return Err(Stop::Thrown);
    }
    if value.is_generator_object() {
        return Err(Stop::report(
            ErrorReport::new(SqlState::DATATYPE_MISMATCH, "the result of a trigger function is a generator")
                .with_hint("Remove the yield: nothing would run the generator."),
        ));
    }
    Ok(value)
}

fn fire(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    spec: &FunctionSpec,
    firing: &Firing<'_>,
) -> Result<RowAnswer, Stop> {
    let compiled = ready(scope, frame, spec)?;
    if let CallShape::Plain = compiled.shape {
        return plv8::trigger::fire(scope, frame, &compiled, firing);
    }
    let trigger = firing.trigger;
    let code = frame.context.triggers.get(scope, frame, spec, &compiled, trigger)?;
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(scope).into();
    // The event, the result when it is known, the columns of the new row and those of the old one.
    let width = if trigger.level == TriggerLevel::Row { trigger.columns.len() } else { 0 };
    let mut few = [undefined; FEW];
    let mut many = Vec::new();
    let slots: &mut [v8::Local<'_, v8::Value>] = if 2 + 2 * width <= FEW {
        &mut few[..2 + 2 * width]
    } else {
        many.resize(2 + 2 * width, undefined);
        &mut many
    };
    slots[0] = v8::Integer::new(scope, number_of(firing.event)).into();
    let mut originals = Vec::new();
    let uses_ctx = !matches!(compiled.shape, CallShape::Arguments);
    let value = if uses_ctx {
        if width > 0 {
            let touched = |index: usize| code.touches[index].is_some();
            let read = |index: usize| code.touches[index] == Some(ColumnTouch::Read);
            originals = firing.rows.new_row(&touched).map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &originals, read, &mut slots[2..2 + width])?;
            let old = firing.rows.old_row(&read).map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &old, read, &mut slots[2 + width..])?;
        }
        let given = if firing.event == TriggerEvent::Insert { 2 + width } else { slots.len() };
        code.fire.call(scope, &slots[..given]).ok_or(Stop::Thrown)?
    } else {
        compiled.callee.call(scope, &[undefined]).ok_or(Stop::Thrown)?
    };
    if uses_ctx
        && trigger.level == TriggerLevel::Row
        && trigger.timing != TriggerTiming::After
        && let answer @ (Outcome::GoesOn
        | Outcome::LeftOut
        | Outcome::Former
        | Outcome::OneChange
        | Outcome::Changes) = code.outcome()?
    {
        let at = code.column();
        if compiled.may_enqueue {
            frame.context.checkpoint(scope);
        }
        if let Some(reason) = frame.take_rejection() {
            return Err(Stop::rejected(reason, Rejected::Unhandled));
        }
        if frame.is_terminating() {
            return Err(Stop::Thrown);
        }
        let answer = read_answer(scope, frame, trigger, (answer, at), value, &originals)?;
        frame.phase.set(Phase::Reporting);
        return Ok(answer);
    }
    let value = settled(scope, frame, value)?;
    let answer = if trigger.level == TriggerLevel::Statement || trigger.timing == TriggerTiming::After {
        RowAnswer::GoesOn
    } else if value.is_null() {
        RowAnswer::LeftOut
    } else if value.is_undefined() && !uses_ctx {
        RowAnswer::GoesOn
    } else {
        if !uses_ctx {
            // Nobody has asked for the row until now.
            originals = firing.rows.new_row(&all_columns).map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &originals, all_columns, &mut slots[2..2 + width])?;
        }
        slots[1] = value;
        let found = code.finish.call(scope, &slots[..2 + width]).ok_or(Stop::Thrown)?;
        read_answer(scope, frame, trigger, (code.outcome()?, code.column()), found, &originals)?
    };
    frame.phase.set(Phase::Reporting);
    Ok(answer)
}

/// The JavaScript values of a row's wanted columns. The places of others, and of a row that the event does not have, stay as they are.
pub(crate) fn convert<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    row: &[Value<'_>],
    wanted: impl Fn(usize) -> bool,
    slots: &mut [v8::Local<'s, v8::Value>],
) -> Result<(), Stop> {
    for (index, (slot, value)) in slots.iter_mut().zip(row).enumerate() {
        if wanted(index) {
            *slot = to_js(scope, frame.state, frame.context, value, Subject::Column(index + 1))?;
        }
    }
    Ok(())
}

/// How the compiled code knows an event.
fn number_of(event: TriggerEvent) -> i32 {
    match event {
        TriggerEvent::Insert => 0,
        TriggerEvent::Update => 1,
        TriggerEvent::Delete => 2,
        TriggerEvent::Truncate => 3,
    }
}
