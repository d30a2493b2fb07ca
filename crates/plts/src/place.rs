//! Where a call stands, as the last lines of CONTEXT say it: the JavaScript that asked, then the function.

use pg_boundary::ErrorReport;
use pg_boundary::context::Whereabouts;

use crate::{engine, event};

/// A call, by the title of what it runs.
pub struct Place<'a>(pub &'a str);

impl Place<'_> {
    /// An error of JavaScript's own gets the line that PostgreSQL's errors got from the error context.
    #[cold]
    pub fn located(&self, mut report: Box<ErrorReport>) -> Box<ErrorReport> {
        event::call_failed(self.0, &report);
        if !report.context_is_complete {
            report.context = Some(self.beneath(report.context.take()));
        }
        report
    }

    /// The lines of a stack, if there is one, with this place's beneath them.
    fn beneath(&self, stack: Option<String>) -> String {
        match stack {
            Some(stack) if !stack.is_empty() => format!("{stack}\nplts function {}", self.0),
            _ => format!("plts function {}", self.0),
        }
    }
}

impl Whereabouts for Place<'_> {
    fn lines(&self) -> String {
        self.beneath(engine::running_engine().map(plts_js::current_stack))
    }
}
