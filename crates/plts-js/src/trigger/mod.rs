//! Calls of triggers: `ctx.trigger` out of the rows, and what became of the row back, column by column.
//!
//! A column that JavaScript left alone is not reported as changed, so that PostgreSQL keeps it as it is stored. Values
//! that cannot change in place are compared by JavaScript itself; objects (a `Date`, an array, JSON, bytes) are converted
//! back and compared.

mod source;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use deno_core::v8;
use plts_core::trigger::{TriggerEvent, TriggerLevel, TriggerTiming};
use plts_core::{ErrorReport, SqlState, TypeShape, Value};

use crate::call::{in_context, ready, settle};
use crate::compile::{CallShape, Compiled, new_text};
use crate::convert::from_js::column_from_js_into;
use crate::convert::to_js::to_js;
use crate::convert::{Subject, text};
use crate::engine::Engine;
use crate::errors::{CallError, Rejected, Stop};
use crate::frame::{Frame, Phase};
use crate::function::{FunctionSpec, SpecId};
use crate::host::{Access, HostSource};
use crate::isolate::RoleId;
use crate::plv8;
use source::{Outcome, source};

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
/// them.
pub trait FiredRows {
    /// The row as it was, where the event has one.
    ///
    /// Errors: a stored value that cannot be read.
    fn old_row(&self) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>>;

    /// The row as it is to be, where the event has one.
    ///
    /// Errors: a stored value that cannot be read.
    fn new_row(&self) -> Result<Option<Vec<Value<'_>>>, Box<ErrorReport>>;
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

/// How many triggers a context keeps the functions of.
const TRIGGERS_KEPT: usize = 256;
/// How many arguments are passed without an allocation.
const FEW: usize = 34;
/// Room for more changes is not kept.
const CHANGES_KEPT: usize = 16;

/// The functions of the triggers that fired in a context.
#[derive(Default)]
pub(crate) struct TriggerCodes {
    by_id: RefCell<HashMap<TriggerId, Rc<TriggerCode>>>,
    /// The one that fired last is nearly always the next one.
    last: RefCell<Option<(TriggerId, Rc<TriggerCode>)>>,
}

/// What is compiled for one trigger and one version of its function.
struct TriggerCode {
    function: SpecId,
    /// Makes ctx, calls the function and, if that gives no promise, gives the answer.
    fire: v8::Global<v8::Function>,
    /// The answer for a result that had to be waited for, or of a function that does not use ctx.
    finish: v8::Global<v8::Function>,
    /// Two words that both write: the outcome, and the number of a column.
    answer: v8::SharedRef<v8::BackingStore>,
}

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
                let value =
                    compiled.function.open(scope).call(scope, receiver, &[context]).ok_or(Stop::Thrown)?;
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
    let code = frame.context.triggers.get(scope, frame, spec.id, &compiled, trigger)?;
    let receiver: v8::Local<'_, v8::Value> = v8::undefined(scope).into();
    // The event, the result when it is known, the columns of the new row and those of the old one.
    let width = if trigger.level == TriggerLevel::Row { trigger.columns.len() } else { 0 };
    let mut few = [receiver; FEW];
    let mut many = Vec::new();
    let slots: &mut [v8::Local<'_, v8::Value>] = if 2 + 2 * width <= FEW {
        &mut few[..2 + 2 * width]
    } else {
        many.resize(2 + 2 * width, receiver);
        &mut many
    };
    slots[0] = v8::Integer::new(scope, number_of(firing.event)).into();
    let mut originals = Vec::new();
    let uses_ctx = !matches!(compiled.shape, CallShape::Arguments);
    let value = if uses_ctx {
        if width > 0 {
            originals = firing.rows.new_row().map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &originals, &mut slots[2..2 + width])?;
            let old = firing.rows.old_row().map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &old, &mut slots[2 + width..])?;
        }
        let given = if firing.event == TriggerEvent::Insert { 2 + width } else { slots.len() };
        code.fire.open(scope).call(scope, receiver, &slots[..given]).ok_or(Stop::Thrown)?
    } else {
        compiled.function.open(scope).call(scope, receiver, &[receiver]).ok_or(Stop::Thrown)?
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
            originals = firing.rows.new_row().map_err(Stop::Report)?.unwrap_or_default();
            convert(scope, frame, &originals, &mut slots[2..2 + width])?;
        }
        slots[1] = value;
        let found = code.finish.open(scope).call(scope, receiver, &slots[..2 + width]).ok_or(Stop::Thrown)?;
        read_answer(scope, frame, trigger, (code.outcome()?, code.column()), found, &originals)?
    };
    frame.phase.set(Phase::Reporting);
    Ok(answer)
}

/// The JavaScript values of a row. One that the event does not have leaves the places as they are.
pub(crate) fn convert<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    row: &[Value<'_>],
    slots: &mut [v8::Local<'s, v8::Value>],
) -> Result<(), Stop> {
    for (index, (slot, value)) in slots.iter_mut().zip(row).enumerate() {
        *slot = to_js(scope, frame.state, frame.context, value, Subject::Column(index + 1))?;
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

/// What became of the row, by what the compiled code says of it and has given.
fn read_answer(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    (outcome, at): (Outcome, usize),
    given: v8::Local<'_, v8::Value>,
    originals: &[Value<'_>],
) -> Result<RowAnswer, Stop> {
    let mut changes = frame.state.spare_changes.take();
    match outcome {
        Outcome::GoesOn => return Ok(RowAnswer::GoesOn),
        Outcome::LeftOut => return Ok(RowAnswer::LeftOut),
        Outcome::Former => return Ok(RowAnswer::Former),
        Outcome::Promised => {
            return Err(Stop::report(ErrorReport::internal("a trigger's answer is a promise")));
        }
        Outcome::OneChange => read_change(scope, frame, trigger, at, given, originals, &mut changes)?,
        Outcome::Changes => {
            let Ok(found) = v8::Local::<v8::Array>::try_from(given) else {
                return Err(Stop::report(ErrorReport::internal("a trigger's answer is none")));
            };
            for pair in 0..found.length() / 2 {
                let index = found
                    .get_index(scope, pair * 2)
                    .and_then(|index| index.uint32_value(scope))
                    .ok_or(Stop::Thrown)? as usize;
                let value = found.get_index(scope, pair * 2 + 1).ok_or(Stop::Thrown)?;
                read_change(scope, frame, trigger, index, value, originals, &mut changes)?;
            }
        }
    }
    Ok(if changes.is_empty() { RowAnswer::GoesOn } else { RowAnswer::Changed(changes) })
}

/// Adds a column's new value to the changes, unless it is the one that the column had.
fn read_change(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    value: v8::Local<'_, v8::Value>,
    originals: &[Value<'_>],
    changes: &mut Vec<(usize, Value<'static>)>,
) -> Result<(), Stop> {
    let Some(original) = originals.get(index) else {
        return Err(Stop::report(ErrorReport::internal("a changed column has no place in its row")));
    };
    let (_, converted) = changes.push_mut((index, Value::Null));
    column_value(scope, frame, trigger, index, value, converted)?;
    if is_same(converted, original)
        || is_same_object(scope, frame, trigger, index, (value, original), converted)?
    {
        changes.pop();
    }
    Ok(())
}

/// A value for a column.
pub(crate) fn column_value(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    value: v8::Local<'_, v8::Value>,
    converted: &mut Value<'static>,
) -> Result<(), Stop> {
    let column = &trigger.columns[index];
    column_from_js_into(scope, frame, value, &column.shape, &column.name, converted).map_err(
        |stop| match stop {
            Stop::Report(mut report) => {
                report.schema_name.get_or_insert_with(|| trigger.schema.clone());
                report.table_name.get_or_insert_with(|| trigger.table.clone());
                report.column_name.get_or_insert_with(|| column.name.clone());
                Stop::Report(report)
            }
            other => other,
        },
    )
}

/// Whether a value is the very one: two zeros are equal, and differ.
pub(crate) fn is_same(value: &Value<'_>, original: &Value<'_>) -> bool {
    match (value, original) {
        (Value::Float(value), Value::Float(original)) => value.to_bits() == original.to_bits(),
        (value, original) => value == original,
    }
}

/// Whether an object still says what its column's value said: then the value on the way to JavaScript and back is the
/// same, if not as it is stored. (JSON comes back without the spaces it had.)
pub(crate) fn is_same_object(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
    index: usize,
    (value, original): (v8::Local<'_, v8::Value>, &Value<'_>),
    converted: &Value<'static>,
) -> Result<bool, Stop> {
    if !value.is_object() || *original == Value::Null {
        return Ok(false);
    }
    let again = to_js(scope, frame.state, frame.context, original, Subject::Column(index + 1))?;
    let mut former = Value::Null;
    column_value(scope, frame, trigger, index, again, &mut former)?;
    Ok(former == *converted)
}

impl TriggerCodes {
    fn get(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        function: SpecId,
        compiled: &Compiled,
        trigger: &TriggerSpec,
    ) -> Result<Rc<TriggerCode>, Stop> {
        if let Some((id, code)) = &*self.last.borrow()
            && *id == trigger.id
            && code.function == function
        {
            return Ok(Rc::clone(code));
        }
        let known =
            self.by_id.borrow().get(&trigger.id).filter(|code| code.function == function).map(Rc::clone);
        let code = match known {
            Some(code) => code,
            None => {
                let code = Rc::new(TriggerCode::compile(scope, frame, function, compiled, trigger)?);
                let mut kept = self.by_id.borrow_mut();
                if kept.len() >= TRIGGERS_KEPT {
                    kept.clear();
                }
                kept.insert(trigger.id, Rc::clone(&code));
                code
            }
        };
        *self.last.borrow_mut() = Some((trigger.id, Rc::clone(&code)));
        Ok(code)
    }
}

/// The size of a word of an `Int32Array`.
const WORD: usize = size_of::<i32>();

impl TriggerCode {
    fn word(&self, index: usize) -> i32 {
        let mut word = [0; WORD];
        for (byte, cell) in word.iter_mut().zip(&self.answer[index * WORD..]) {
            *byte = cell.get();
        }
        i32::from_ne_bytes(word)
    }

    /// What the code said last.
    fn outcome(&self) -> Result<Outcome, Stop> {
        Outcome::of(self.word(0))
            .ok_or_else(|| Stop::report(ErrorReport::internal("a trigger's code said what it cannot say")))
    }

    /// The number of the column that it said.
    fn column(&self) -> usize {
        usize::try_from(self.word(1)).unwrap_or(usize::MAX)
    }

    #[cold]
    fn compile(
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        function: SpecId,
        compiled: &Compiled,
        trigger: &TriggerSpec,
    ) -> Result<Self, Stop> {
        let source = new_text(scope, &source(trigger))?;
        let resource = new_text(scope, "plts:trigger")?;
        let origin =
            v8::ScriptOrigin::new(scope, resource.into(), 0, 0, false, -1, None, false, false, false, None);
        let script = v8::Script::compile(scope, source, Some(&origin)).ok_or(Stop::Thrown)?;
        let info = match &compiled.shape {
            CallShape::Plain | CallShape::Arguments => v8::undefined(scope).into(),
            CallShape::ContextAndArguments(info) | CallShape::Context(info) => v8::Local::new(scope, info),
        };
        let answer = v8::ArrayBuffer::new_backing_store_from_vec(vec![0; 2 * WORD]).make_shared();
        let buffer = v8::ArrayBuffer::with_backing_store(scope, &answer);
        let words = v8::Int32Array::new(scope, buffer, 0, 2).ok_or(Stop::Thrown)?;
        let parts = [
            v8::Local::new(scope, &frame.context.prelude.trigger_parts).into(),
            v8::Local::new(scope, &compiled.function).into(),
            info,
            v8::Boolean::new(scope, compiled.access == Access::ReadOnly).into(),
            trigger_info(scope, frame, trigger)?,
            words.into(),
        ];
        let receiver = v8::undefined(scope).into();
        let made = v8::Local::<v8::Function>::try_from(script.run(scope).ok_or(Stop::Thrown)?)
            .ok()
            .and_then(|make| make.call(scope, receiver, &parts))
            .and_then(|made| v8::Local::<v8::Array>::try_from(made).ok())
            .ok_or(Stop::Thrown)?;
        let part = |index| {
            let value = made.get_index(scope, index).ok_or(Stop::Thrown)?;
            match v8::Local::<v8::Function>::try_from(value) {
                Ok(function) => Ok(v8::Global::new(scope, function)),
                Err(_) => Err(Stop::report(ErrorReport::internal("a trigger's code is not a function"))),
            }
        };
        Ok(Self { function, fire: part(0)?, finish: part(1)?, answer })
    }
}

fn trigger_info<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    trigger: &TriggerSpec,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    let mut texts = Vec::with_capacity(trigger.arguments.len());
    for argument in &trigger.arguments {
        texts.push(text::to_js(scope, argument)?.into());
    }
    let arguments = v8::Array::new_with_elements(scope, &texts).into();
    let mut names = Vec::with_capacity(trigger.columns.len());
    for column in &trigger.columns {
        names.push(text::to_js(scope, &column.name)?.into());
    }
    let columns = v8::Array::new_with_elements(scope, &names).into();
    let parts = [
        text::to_js(scope, &trigger.name)?.into(),
        text::to_js(scope, &trigger.schema)?.into(),
        text::to_js(scope, &trigger.table)?.into(),
        v8::Integer::new_from_unsigned(scope, trigger.relation).into(),
        text::to_js(scope, trigger.timing.as_str())?.into(),
        text::to_js(scope, trigger.level.as_str())?.into(),
        arguments,
        columns,
    ];
    let receiver = v8::undefined(scope).into();
    frame.context.prelude.make_trigger_info.open(scope).call(scope, receiver, &parts).ok_or(Stop::Thrown)
}
