//! The compiled code of triggers: for each a function that makes `ctx`, calls the trigger's function and says what became of
//! the row, kept in the context.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::v8;
use plts_core::ErrorReport;
use plts_core::trigger::ColumnTouch;

use super::source::{Outcome, source};
use super::{TriggerId, TriggerSpec};
use crate::compile::{CallShape, Compiled, new_text};
use crate::convert::text;
use crate::errors::Stop;
use crate::frame::Frame;
use crate::function::{FunctionSpec, SpecId};
use crate::host::Access;
use crate::raw::shortcut::Callee;

/// How many triggers a context keeps the functions of.
const TRIGGERS_KEPT: usize = 256;

/// The functions of the triggers that fired in a context.
#[derive(Default)]
pub(crate) struct TriggerCodes {
    by_id: RefCell<HashMap<TriggerId, Rc<TriggerCode>>>,
    /// The one that fired last is nearly always the next one.
    last: RefCell<Option<(TriggerId, Rc<TriggerCode>)>>,
}

/// What is compiled for one trigger and one version of its function.
pub(super) struct TriggerCode {
    function: SpecId,
    /// How the function touches each column, if it does.
    pub(super) touches: Box<[Option<ColumnTouch>]>,
    /// Makes ctx, calls the function and, if that gives no promise, gives the answer.
    pub(super) fire: Callee,
    /// The answer for a result that had to be waited for, or of a function that does not use ctx.
    pub(super) finish: Callee,
    /// Two words that both write: the outcome, and the number of a column.
    answer: v8::SharedRef<v8::BackingStore>,
}

impl TriggerCodes {
    pub(super) fn get(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        function: &FunctionSpec,
        compiled: &Compiled,
        trigger: &TriggerSpec,
    ) -> Result<Rc<TriggerCode>, Stop> {
        if let Some((id, code)) = &*self.last.borrow()
            && *id == trigger.id
            && code.function == function.id
        {
            return Ok(Rc::clone(code));
        }
        let known =
            self.by_id.borrow().get(&trigger.id).filter(|code| code.function == function.id).map(Rc::clone);
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
    pub(super) fn outcome(&self) -> Result<Outcome, Stop> {
        Outcome::of(self.word(0))
            .ok_or_else(|| Stop::report(ErrorReport::internal("a trigger's code said what it cannot say")))
    }

    /// The number of the column that it said.
    pub(super) fn column(&self) -> usize {
        usize::try_from(self.word(1)).unwrap_or(usize::MAX)
    }

    #[cold]
    fn compile(
        scope: &mut v8::PinScope<'_, '_>,
        frame: &Frame<'_>,
        function: &FunctionSpec,
        compiled: &Compiled,
        trigger: &TriggerSpec,
    ) -> Result<Self, Stop> {
        let touches: Box<[_]> =
            trigger.columns.iter().map(|column| function.touch_of(&column.name)).collect();
        let source = new_text(scope, &source(trigger, &touches))?;
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
            compiled.callee.function(scope).into(),
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
                Ok(function) => Ok(Callee::new(scope, function)),
                Err(_) => Err(Stop::report(ErrorReport::internal("a trigger's code is not a function"))),
            }
        };
        Ok(Self { function: function.id, touches, fire: part(0)?, finish: part(1)?, answer })
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
