//! The JavaScript that is made for one trigger: its rows get one hidden class, and no property of a row is looked up by a
//! name that varies.
//!
//! It is a function of `(parts, handler, info, readOnly, trigger, answer)` that gives two functions. The first one fires: it
//! is called with the number of the event, a place for the result, the columns of the new row and those of the old one. The
//! second one is called with the result in its place. Both put into `answer`, an `Int32Array`, what became of the row (see
//! [`Outcome`]), and the number of the column when there is one change; they give the value of that change, several changes
//! as an array of index and value in turns, or the promise that the handler gave.

use std::fmt::Write as _;

use plts_core::TypeShape;
use plts_core::trigger::{ColumnTouch, TriggerLevel, TriggerTiming};

use super::{TriggerColumn, TriggerSpec};

/// What the code says in `answer[0]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(super) enum Outcome {
    GoesOn = 0,
    LeftOut = 1,
    Former = 2,
    OneChange = 3,
    Changes = 4,
    /// The handler gave a promise.
    Promised = 5,
}

impl Outcome {
    pub(super) fn of(number: i32) -> Option<Self> {
        [Self::GoesOn, Self::LeftOut, Self::Former, Self::OneChange, Self::Changes, Self::Promised]
            .into_iter()
            .find(|outcome| *outcome as i32 == number)
    }
}

/// The source for a trigger whose columns are touched in these ways.
pub(super) fn source(trigger: &TriggerSpec, touches: &[Option<ColumnTouch>]) -> String {
    let answers = trigger.level == TriggerLevel::Row && trigger.timing != TriggerTiming::After;
    let list = |letter: char| {
        (0..trigger.columns.len()).fold(String::new(), |names, index| names + &format!("{letter}{index}, "))
    };
    let (new, old) = (list('a'), list('b'));
    let touched = || {
        let columns = trigger.columns.iter().zip(touches).enumerate();
        columns.filter_map(|(index, (column, touch))| touch.map(|touch| Touched { index, column, touch }))
    };
    let row = literal(touched());
    let former = literal(touched().filter(|each| each.touch == ColumnTouch::Read));
    let Comparison { remember, compare } = comparison(touched());
    let count = touched().count();
    let (open, fire) = match trigger.level {
        TriggerLevel::Statement => (
            "const open = (event, _) => new Trigger(trigger, events[event], null, null);".to_owned(),
            "(event, _) => handler(makeContext(info, readOnly, open(event, _)))".to_owned(),
        ),
        TriggerLevel::Row => {
            let open = format!(
                "const row = ({new}) => ({{ {row}}});
const formerRow = ({new}) => ({{ {former}}});
const open = (event, _, {new}{old}) => {{
switch (event) {{
case 0: return new Trigger(trigger, \"INSERT\", null, row({new}));
case 1: return new Trigger(trigger, \"UPDATE\", formerRow({old}), row({new}));
default: return new Trigger(trigger, \"DELETE\", formerRow({old}), null);
}}
}};"
            );
            let fire = if answers {
                format!(
                    "(event, _, {new}{old}) => {{
fired = open(event, _, {new}{old});
former = fired.old;
context = makeContext(info, readOnly, fired);
{remember}const result = handler(context);
if (result === null) {{ answer[0] = {left_out}; return; }}
if (result !== undefined && result instanceof Promise) {{ answer[0] = {promised}; return result; }}
return finish(event, result, {new});
}}",
                    left_out = Outcome::LeftOut as i32,
                    promised = Outcome::Promised as i32,
                )
            } else {
                format!(
                    "(event, _, {new}{old}) => handler(makeContext(info, readOnly, open(event, _, {new}{old})))"
                )
            };
            (open, fire)
        }
    };
    let times = (0..trigger.columns.len())
        .fold(String::from("fired, former, context"), |names, index| names + &format!(", t{index}"));
    format!(
        "(function (parts, handler, info, readOnly, trigger, answer) {{ \"use strict\";
const {{ Promise, Trigger, makeContext, rowOfResult, checkRow, checkDelete, told, events, is, untouched }} = parts;
let {times};
{open}
const finish = (event, result, {new}) => {{
const now = fired, was = former, ctx = context;
fired = former = context = undefined;
answer[0] = {goes_on};
if (event === 2) return checkDelete(result);
const row = rowOfResult(trigger, ctx, now, result);
if (row === was) {{ answer[0] = {former}; return; }}
let count = 0;
for (const key in row) count += 1;
let known = result === undefined && count === {count};
let changes = 0, at, first, found, v;
{compare}if (!known) checkRow(trigger, row);
if (changes === 1) {{ answer[0] = {one_change}; answer[1] = at; return first; }}
if (changes > 1) answer[0] = {several};
return found;
}};
return [{fire}, finish];
}})",
        goes_on = Outcome::GoesOn as i32,
        former = Outcome::Former as i32,
        one_change = Outcome::OneChange as i32,
        several = Outcome::Changes as i32,
    )
}

/// A column that the function touches, and its place among all.
struct Touched<'a> {
    index: usize,
    column: &'a TriggerColumn,
    touch: ColumnTouch,
}

/// The properties of an object literal. What is never read has no value yet, but for a mark.
fn literal<'a>(columns: impl Iterator<Item = Touched<'a>>) -> String {
    let mut properties = String::new();
    for Touched { index, column, touch } in columns {
        let quoted = quoted(column);
        let key = if column.name == "__proto__" { format!("[{quoted}]") } else { quoted };
        // Writing to a String cannot fail.
        let _ = match touch {
            ColumnTouch::Read => write!(properties, "{key}: a{index}, "),
            ColumnTouch::Assigned => write!(properties, "{key}: untouched, "),
        };
    }
    properties
}

/// A JSON string is a string of JavaScript.
fn quoted(column: &TriggerColumn) -> String {
    serde_json::Value::from(column.name.as_str()).to_string()
}

/// Statements that find the columns that have changed.
struct Comparison {
    /// Before the handler runs.
    remember: String,
    /// After it.
    compare: String,
}

fn comparison<'a>(columns: impl Iterator<Item = Touched<'a>>) -> Comparison {
    let (mut remember, mut compare) = (String::new(), String::new());
    for Touched { index, column, touch } in columns.filter(|each| !each.column.generated) {
        let changed = match column.shape {
            _ if touch == ColumnTouch::Assigned => "v !== untouched".to_owned(),
            // Two zeros are equal and not the same.
            TypeShape::Float4 | TypeShape::Float8 => {
                format!("v !== a{index} || (v === 0 && !is(v, a{index}))")
            }
            TypeShape::Void
            | TypeShape::Bool
            | TypeShape::Int2
            | TypeShape::Int4
            | TypeShape::Int8
            | TypeShape::Oid
            | TypeShape::Numeric
            | TypeShape::Text
            | TypeShape::Date => format!("v !== a{index}"),
            // As long as a Date says the same time, the microseconds it came with are still good.
            TypeShape::TimestampTz => {
                let time = |value: &str| {
                    format!("typeof {value} === \"object\" && {value} !== null ? {value}.getTime() : 0")
                };
                let _ = writeln!(remember, "t{index} = {};", time(&format!("a{index}")));
                format!("v !== a{index} || ({}) !== t{index}", time("v"))
            }
            // An object may have been changed in place.
            _ => format!("v !== a{index} || (typeof v === \"object\" && v !== null)"),
        };
        let _ = writeln!(
            compare,
            "v = row[{}]; if (v === undefined) known = false; if ({changed}) {{ \
             if (changes === 0) {{ at = {index}; first = v; }} else found = told(found, at, first, {index}, v); changes += 1; }}",
            quoted(column)
        );
    }
    Comparison { remember, compare }
}
