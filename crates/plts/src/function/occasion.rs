//! What a function is called as: from a statement, or by one of PostgreSQL's two trigger managers.

use pg_boundary::ErrorReport;
use pg_boundary::call::{Call, CallContext};
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionRow, unsupported};
use pg_boundary::pg_sys;
use plts_core::{Dialect, SqlState};

/// By the declared result type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// In a statement, or by CALL.
    Query,
    /// `RETURNS trigger`.
    Trigger,
    /// `RETURNS event_trigger`.
    EventTrigger,
}

impl Occasion {
    pub fn of(row: &FunctionRow) -> Self {
        match row.result {
            pg_sys::TRIGGEROID => Self::Trigger,
            pg_sys::EVENT_TRIGGEROID => Self::EventTrigger,
            _ => Self::Query,
        }
    }

    /// Checks what `CREATE FUNCTION` said beside the result type.
    ///
    /// Errors: 42P13 for arguments and SETOF, which a trigger manager knows nothing of.
    pub fn check_declaration(self, row: &FunctionRow, dialect: Dialect) -> Result<()> {
        let (kind, hint) = match self {
            Self::Query => return Ok(()),
            Self::Trigger => (
                "trigger",
                Some(match dialect {
                    Dialect::TypeScript => "The arguments of the trigger are in ctx.trigger.args.",
                    Dialect::Plv8 => "The arguments of the trigger are in TG_ARGV.",
                }),
            ),
            Self::EventTrigger => ("event trigger", None),
        };
        let mut report = if !row.arguments.is_empty() {
            ErrorReport::new(
                SqlState::INVALID_FUNCTION_DEFINITION,
                format!("{kind} functions cannot have declared arguments"),
            )
        } else if row.returns_set {
            return Err(Box::new(ErrorReport::new(
                SqlState::INVALID_FUNCTION_DEFINITION,
                format!("{kind} functions cannot return a set"),
            )));
        } else {
            return Ok(());
        };
        report.hint = hint.map(str::to_owned);
        Err(Box::new(report))
    }

    /// Checks that a call is one that the function was declared for.
    ///
    /// Errors: 0A000.
    pub fn check_call(self, call: &Call) -> Result<()> {
        let called_as = match call.context() {
            CallContext::Trigger => Self::Trigger,
            CallContext::EventTrigger => Self::EventTrigger,
            CallContext::Plain | CallContext::Procedure { .. } => Self::Query,
        };
        match (self, called_as) {
            _ if self == called_as => Ok(()),
            (Self::Query, _) => Err(unsupported("only a function declared to return a trigger can be one")),
            _ => Err(unsupported("trigger functions can only be called as triggers")),
        }
    }
}
