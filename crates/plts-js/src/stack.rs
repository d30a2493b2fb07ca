//! Stacks: which script a frame is of, and which line of the TypeScript that line came from.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

use deno_core::v8;
use sourcemap::SourceMap;

use crate::frame::Frame;
use crate::source_map::SourceMapText;

/// The most frames a stack shows.
pub(crate) const FRAME_LIMIT: usize = 20;

/// The most frames that are looked through for those of a call that has others inside.
const DEEP_LIMIT: usize = 500;

/// How the names of the engine's own scripts begin.
const OWN_SCRIPTS: &str = "plts:";

/// Stands for the id that a script does not get when it does not parse. V8's own stay far below it.
const UNPARSABLE: i32 = i32::MAX;

/// A script that V8 has compiled for a function or a module.
struct Script {
    name: String,
    source_map: Option<SourceMapText>,
    parsed: OnceCell<Option<SourceMap>>,
}

impl Script {
    /// Line and column, from 1, of the TypeScript; `None` when the map does not say.
    fn original(&self, line: usize, column: usize) -> Option<(u32, u32)> {
        let map = self.parsed.get_or_init(|| self.source_map.as_ref()?.parse()).as_ref()?;
        let line = u32::try_from(line.checked_sub(1)?).ok()?;
        let column = u32::try_from(column.checked_sub(1)?).ok()?;
        let token = map.lookup_token(line, column)?;
        // A token of an earlier line says nothing about this one.
        (token.get_dst_line() == line && token.has_source())
            .then(|| (token.get_src_line() + 1, token.get_src_col() + 1))
    }
}

/// The scripts of an isolate, by V8's id. A script that is not here is the engine's own.
#[derive(Default)]
pub(crate) struct Scripts {
    known: RefCell<HashMap<i32, Rc<Script>>>,
    /// Scripts that failed, known until their failure has been reported.
    retired: RefCell<Vec<i32>>,
}

impl Scripts {
    /// Makes a script known.
    pub(crate) fn add(&self, id: i32, name: &str, source_map: Option<SourceMapText>) {
        let script = Script { name: name.to_owned(), source_map, parsed: OnceCell::new() };
        self.known.borrow_mut().insert(id, Rc::new(script));
    }

    /// The script will not run again.
    pub(crate) fn remove(&self, id: i32) {
        self.known.borrow_mut().remove(&id);
    }

    /// The script failed and will not run again, but the stack of its failure is still to be read.
    pub(crate) fn retire(&self, id: i32) {
        self.retired.borrow_mut().push(id);
    }

    /// V8 could not parse the script, whose error is at a line of it and still to be read.
    pub(crate) fn add_unparsable(&self, name: &str, source_map: Option<SourceMapText>) {
        self.add(UNPARSABLE, name, source_map);
        self.retire(UNPARSABLE);
    }

    /// A failure has been reported: what had retired goes.
    pub(crate) fn sweep(&self) {
        for id in self.retired.borrow_mut().drain(..) {
            self.remove(id);
        }
    }

    fn get(&self, id: usize) -> Option<Rc<Script>> {
        let id = i32::try_from(id).ok()?;
        self.known.borrow().get(&id).map(Rc::clone)
    }

    /// `file:line:column` of a place in the script of that name, mapped if the script is known. The engine's own
    /// scripts have none.
    fn place(&self, name: &str, line: usize, column: usize) -> Option<String> {
        let scripts = self.known.borrow();
        // The newest: ids grow.
        let script = scripts.iter().filter(|(_, script)| script.name == name).max_by_key(|(id, _)| **id);
        if script.is_none() && name.starts_with(OWN_SCRIPTS) {
            return None;
        }
        match script.and_then(|(_, script)| script.original(line, column)) {
            Some((line, column)) => Some(format!("{name}:{line}:{column}")),
            None => Some(format!("{name}:{line}:{column}")),
        }
    }
}

/// The stack that an exception was made with, innermost frame first; empty for a value that has none.
pub(crate) fn of_exception(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    exception: v8::Local<'_, v8::Value>,
) -> String {
    if let Some(trace) = v8::Exception::get_stack_trace(scope, exception) {
        let lines = render(scope, frame, trace);
        if !lines.is_empty() {
            return lines;
        }
    }
    let message = v8::Exception::create_message(scope, exception);
    if let Some(trace) = message.get_stack_trace(scope) {
        let lines = render(scope, frame, trace);
        if !lines.is_empty() {
            return lines;
        }
    }
    // A syntax error has a place and no frames.
    place_of(scope, frame, message).map(|place| format!("at {place}")).unwrap_or_default()
}

fn place_of(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    message: v8::Local<'_, v8::Message>,
) -> Option<String> {
    let name = v8::Local::<v8::String>::try_from(message.get_script_resource_name(scope)?).ok()?;
    let line = message.get_line_number(scope)?;
    // Without a place V8 gives -1.
    let column = message.get_start_column().checked_add(1)?;
    frame.state.scripts.place(&name.to_rust_string_lossy(scope), line, column)
}

/// Where a frame of JavaScript stands: its script's id, line and column.
pub(crate) type Position = (usize, usize, usize);

/// Where the frames of the JavaScript that is running stand, innermost first: at most as many as a stack shows.
pub(crate) fn positions(scope: &mut v8::PinScope<'_, '_>) -> Box<[Position]> {
    match v8::StackTrace::current_stack_trace(scope, FRAME_LIMIT) {
        Some(trace) => positions_of(scope, trace),
        None => Box::default(),
    }
}

fn positions_of(scope: &mut v8::PinScope<'_, '_>, trace: v8::Local<'_, v8::StackTrace>) -> Box<[Position]> {
    (0..trace.get_frame_count())
        .filter_map(|index| trace.get_frame(scope, index))
        .map(|frame| (frame.get_script_id(), frame.get_line_number(), frame.get_column()))
        .collect()
}

/// From which frame on a stack goes on as `part` does: a stack as it was when a call began, cut off at the limit. One that
/// is not whole is compared as far as it goes.
fn from_where(stack: &[Position], whole: bool, part: &[Position]) -> Option<usize> {
    let goes_on = |tail: &[Position]| {
        let length = tail.len().min(part.len());
        let ends_too = !whole || part.len() == FRAME_LIMIT || tail.len() == part.len();
        ends_too && tail[..length] == part[..length]
    };
    // A recursion looks the same at every level: at least one frame is a call's own.
    (1..stack.len()).find(|from| goes_on(&stack[*from..])).or_else(|| goes_on(stack).then_some(0))
}

/// Which frames of a stack are a call's own: those above the calls around it, which stood at `around` when it began, and
/// beneath the call inside it, which began when it stood at `inside` itself.
fn own(stack: &[Position], whole: bool, inside: Option<&[Position]>, around: &[Position]) -> Range<usize> {
    let start = inside.and_then(|inside| from_where(stack, whole, inside)).unwrap_or(0);
    let stack = &stack[start..];
    let end = match around {
        [] => stack.len(),
        around => from_where(stack, whole, around).unwrap_or(stack.len()),
    };
    start..start + end.min(FRAME_LIMIT)
}

/// The stack of the JavaScript that is running.
///
/// `inside` is a call inside of it in the same context, whose frames are on the same stack.
pub(crate) fn of_running(
    scope: &mut v8::PinScope<'_, '_>,
    frame: &Frame<'_>,
    inside: Option<&Frame<'_>>,
) -> String {
    let limit = if inside.is_some() { DEEP_LIMIT } else { FRAME_LIMIT };
    let Some(trace) = v8::StackTrace::current_stack_trace(scope, limit) else { return String::new() };
    let frames = if inside.is_none() && frame.around.is_empty() {
        0..trace.get_frame_count()
    } else {
        let stack = positions_of(scope, trace);
        own(&stack, stack.len() < limit, inside.map(|inside| &*inside.around), &frame.around)
    };
    render_frames(scope, frame, trace, frames)
}

/// The frames of a trace that are the call's own, a line each.
pub(crate) fn render(
    scope: &mut v8::PinScope<'_, '_>,
    call: &Frame<'_>,
    trace: v8::Local<'_, v8::StackTrace>,
) -> String {
    let frames = if call.around.is_empty() {
        0..trace.get_frame_count().min(FRAME_LIMIT)
    } else {
        let stack = positions_of(scope, trace);
        own(&stack, stack.len() < FRAME_LIMIT, None, &call.around)
    };
    render_frames(scope, call, trace, frames)
}

fn render_frames(
    scope: &mut v8::PinScope<'_, '_>,
    call: &Frame<'_>,
    trace: v8::Local<'_, v8::StackTrace>,
    frames: Range<usize>,
) -> String {
    let mut lines = String::new();
    for index in frames {
        let Some(frame) = trace.get_frame(scope, index) else { continue };
        let Some(script) = call.state.scripts.get(frame.get_script_id()) else { continue };
        let (line, column) = (frame.get_line_number(), frame.get_column());
        let (line, column) = script
            .original(line, column)
            .unwrap_or((u32::try_from(line).unwrap_or(0), u32::try_from(column).unwrap_or(0)));
        let function = frame.get_function_name(scope).map(|name| name.to_rust_string_lossy(scope));
        if !lines.is_empty() {
            lines.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = match function.filter(|name| !name.is_empty()) {
            Some(function) => write!(lines, "at {function} ({}:{line}:{column})", script.name),
            None => write!(lines, "at {}:{line}:{column}", script.name),
        };
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{FRAME_LIMIT, Position, own};

    fn at(lines: &[usize]) -> Vec<Position> {
        lines.iter().map(|line| (1, *line, 1)).collect()
    }

    #[test]
    fn frames_of_the_calls_around_are_left_out() {
        let own = |stack: &[usize], around: &[usize]| own(&at(stack), true, None, &at(around));
        assert_eq!(own(&[5, 6, 1, 2], &[]), 0..4);
        assert_eq!(own(&[5, 6, 1, 2], &[1, 2]), 0..2);
        assert_eq!(own(&[1, 2], &[1, 2]), 0..0);
        assert_eq!(own(&[1, 1, 1, 2], &[1, 1, 2]), 0..1);
        // What was thrown elsewhere.
        assert_eq!(own(&[7, 8], &[1, 2]), 0..2);
    }

    #[test]
    fn frames_of_a_call_inside_are_left_out() {
        let own = |stack: &[usize], inside: &[usize], around: &[usize]| {
            own(&at(stack), true, Some(&at(inside)), &at(around))
        };
        assert_eq!(own(&[9, 5, 6, 1, 2], &[5, 6, 1, 2], &[1, 2]), 1..3);
        assert_eq!(own(&[9, 5, 6], &[5, 6], &[]), 1..3);
        assert_eq!(own(&[1, 1, 1, 2], &[1, 1, 2], &[1, 2]), 1..2);
    }

    #[test]
    fn a_stack_that_was_cut_off_is_compared_as_far_as_it_goes() {
        let deep = vec![(1, 1, 1); FRAME_LIMIT];
        assert_eq!(own(&deep, false, None, &deep), 0..1);
        let mut stack = at(&[9, 8]);
        stack.extend(at(&(100..100 + FRAME_LIMIT - 2).collect::<Vec<_>>()));
        let around = at(&(100..100 + FRAME_LIMIT).collect::<Vec<_>>());
        assert_eq!(own(&stack, false, None, &around), 0..2);
    }
}
