//! `ctx.window`: what a window function may ask of its window, and what it keeps of a partition.

use std::cell::RefCell;
use std::collections::HashMap;

use deno_core::v8;
use plts_core::{ErrorReport, SqlState, Value};

use crate::convert::{Subject, to_js};
use crate::errors::Stop;
use crate::frame::Frame;
use crate::natives::{require_database, run};

/// A question to the window of the running call. Positions count the rows of the partition from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowQuestion {
    /// The current row's position.
    Position,
    /// How many rows the partition has.
    RowCount,
    /// Rows before this position will not be asked for any more.
    SetMark(i64),
    /// Whether the rows at two positions are equal for the window's order.
    ArePeers(i64, i64),
    /// An argument of the function, by its number from 0, for another row.
    Argument { extent: WindowExtent, index: usize, offset: i32, seek: WindowSeek, set_mark: bool },
    /// The number of what is kept of the partition.
    State,
    /// As `State`, with a new number when nothing is kept yet.
    MakeState,
}

/// Which rows an offset may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowExtent {
    Partition,
    Frame,
}

/// Where an offset counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowSeek {
    Current,
    Head,
    Tail,
}

/// What the host answers.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowAnswer {
    /// The call has no window.
    NoWindow,
    /// There is no such row, or no state; or nothing was asked.
    Nothing,
    Number(i64),
    Truth(bool),
    /// A number that stands for what is kept of the partition.
    State(u64),
    /// An argument of another row.
    Value(Value<'static>),
}

/// What window functions keep of partitions that are not over.
#[derive(Default)]
pub(crate) struct WindowStates(RefCell<HashMap<u64, v8::Global<v8::Value>>>);

impl WindowStates {
    pub(crate) fn remove(&self, number: u64) {
        let gone = self.0.try_borrow_mut().ok().and_then(|mut states| states.remove(&number));
        drop(gone);
    }
}

/// Asks the host of a call that has a window.
fn ask(frame: &Frame<'_>, question: WindowQuestion) -> Result<WindowAnswer, Stop> {
    require_database(frame)?;
    match frame.ask(|host| host.window(question))? {
        WindowAnswer::NoWindow => Err(Stop::report(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "the window was used outside of the call of the window function",
        ))),
        answer => Ok(answer),
    }
}

fn answer_to_js<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    frame: &Frame<'_>,
    answer: &WindowAnswer,
    subject: Subject,
) -> Result<v8::Local<'s, v8::Value>, Stop> {
    Ok(match answer {
        WindowAnswer::NoWindow | WindowAnswer::Nothing => v8::undefined(scope).into(),
        WindowAnswer::Number(number) => v8::Number::new(scope, *number as f64).into(),
        WindowAnswer::Truth(truth) => v8::Boolean::new(scope, *truth).into(),
        WindowAnswer::State(number) => match frame.state.window_states.0.borrow().get(number) {
            Some(state) => v8::Local::new(scope, state),
            None => v8::undefined(scope).into(),
        },
        WindowAnswer::Value(value) => to_js::to_js(scope, frame.state, frame.context, value, subject)?,
    })
}

/// Asks, and gives JavaScript the answer.
fn tell<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    result: v8::ReturnValue<'_, v8::Value>,
    question: WindowQuestion,
) {
    run(scope, result, |scope, frame| {
        let answer = ask(frame, question)?;
        answer_to_js(scope, frame, &answer, Subject::Result)
    });
}

/// An integral number that the prelude has checked; what does not fit is beyond every partition.
fn integer(value: v8::Local<'_, v8::Value>) -> i64 {
    v8::Local::<v8::Number>::try_from(value).map_or(0, |number| number.value() as i64)
}

pub(crate) fn is_window<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let answer = frame.ask(|host| host.window(WindowQuestion::Position))?;
        Ok(v8::Boolean::new(scope, answer != WindowAnswer::NoWindow).into())
    });
}

pub(crate) fn position<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    tell(scope, result, WindowQuestion::Position);
}

pub(crate) fn row_count<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    tell(scope, result, WindowQuestion::RowCount);
}

pub(crate) fn set_mark<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    tell(scope, result, WindowQuestion::SetMark(integer(arguments.get(0))));
}

pub(crate) fn are_peers<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    let question = WindowQuestion::ArePeers(integer(arguments.get(0)), integer(arguments.get(1)));
    tell(scope, result, question);
}

pub(crate) fn argument<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        let extent = if arguments.get(0).is_true() { WindowExtent::Frame } else { WindowExtent::Partition };
        let Ok(index) = usize::try_from(integer(arguments.get(1))) else {
            return Err(Stop::report(ErrorReport::new(
                SqlState::INVALID_PARAMETER_VALUE,
                "arguments are numbered from 0",
            )));
        };
        let Ok(offset) = i32::try_from(integer(arguments.get(2))) else {
            return Err(Stop::report(ErrorReport::new(
                SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
                "an offset within a window must be within the range of integer",
            )));
        };
        let seek = match integer(arguments.get(3)) {
            0 => WindowSeek::Current,
            1 => WindowSeek::Head,
            _ => WindowSeek::Tail,
        };
        let set_mark = arguments.get(4).is_true();
        let answer = ask(frame, WindowQuestion::Argument { extent, index, offset, seek, set_mark })?;
        answer_to_js(scope, frame, &answer, Subject::Argument(index + 1))
    });
}

pub(crate) fn state<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    tell(scope, result, WindowQuestion::State);
}

pub(crate) fn set_state<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, frame| {
        if let WindowAnswer::State(number) = ask(frame, WindowQuestion::MakeState)? {
            let value = v8::Global::new(scope, arguments.get(0));
            frame.state.window_states.0.borrow_mut().insert(number, value);
        }
        Ok(v8::undefined(scope).into())
    });
}
