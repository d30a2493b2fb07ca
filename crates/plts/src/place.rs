//! Where a call stands, as the last lines of CONTEXT say it: the JavaScript that asked, then the function.

use pg_boundary::ErrorReport;
use pg_boundary::context::Whereabouts;
use plts_js::Engine;

use crate::{engine, event};

/// So many of the innermost calls say where their JavaScript stands. To find that out takes V8 a walk over the whole stack, and
/// a recursion can be thousands of calls deep.
const WITH_STACK: usize = 50;

/// A call, by the title of what it runs and the calls that it is inside of.
pub struct Place<'a> {
    title: &'a str,
    level: usize,
}

impl<'a> Place<'a> {
    /// The place of a call that is about to begin.
    #[inline]
    pub fn new(title: &'a str, engine: Option<&Engine>) -> Self {
        Self { title, level: engine.map_or(0, Engine::level) }
    }

    /// An error of JavaScript's own gets the line that PostgreSQL's errors got from the error context.
    #[cold]
    pub fn located(&self, mut report: Box<ErrorReport>) -> Box<ErrorReport> {
        event::call_failed(self.title, &report);
        if !report.context_is_complete {
            report.context = Some(self.beneath(report.context.take()));
        }
        report
    }

    /// The lines of a stack, if there is one, with this place's beneath them.
    fn beneath(&self, stack: Option<String>) -> String {
        match stack {
            Some(stack) if !stack.is_empty() => format!("{stack}\nplts function {}", self.title),
            _ => format!("plts function {}", self.title),
        }
    }
}

impl Whereabouts for Place<'_> {
    fn lines(&self) -> String {
        let near = |engine: &&Engine| engine.level().saturating_sub(self.level) <= WITH_STACK;
        let engine = engine::running_engine().filter(near);
        self.beneath(engine.map(|engine| plts_js::current_stack(engine, self.level)))
    }
}
