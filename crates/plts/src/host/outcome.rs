//! How failures are survived, and how a call ends: a statement's failure is undone, dooms the call, or ends it at once; at the end
//! whatever was left open is closed, innermost first.

use pg_boundary::error::Result;
use pg_boundary::session;
use pg_boundary::spi::Guard;
use plts_core::{ErrorReport, SqlState};
use plts_js::{CallError, HostError};

use super::plans::{Kind, Statement};
use super::{CallHost, database};

/// A failure that was not undone.
pub(super) struct Doom {
    pub(super) report: Box<ErrorReport>,
    /// How many savepoints were open: rolling one of them back undoes the failure.
    pub(super) savepoints: usize,
}

impl CallHost<'_> {
    /// Ends the call: what it left open is closed, and its outcome is settled. The host has served; it is not used again.
    ///
    /// Errors: the reason of a termination, the failure of a doomed call, else what JavaScript threw.
    #[inline]
    pub fn finish<T>(&mut self, outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
        let untouched = self.connection.is_none() && self.savepoints.is_empty();
        if untouched && self.reason.is_none() && self.doom.is_none() {
            self.read_only = None;
            return settled(outcome);
        }
        self.finish_connected(outcome)
    }

    fn finish_connected<T>(&mut self, outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
        let doom = self.doom.take().map(|doom| doom.report);
        let failure = match (self.reason.take(), doom, &outcome) {
            (Some(reason), _, _) => Some(reason),
            // The same failure, seen by JavaScript on its way: its report may say more.
            (None, Some(doom), Err(CallError::Failed(report))) if report.sqlstate == doom.sqlstate => {
                Some(report.clone())
            }
            (None, Some(doom), _) => Some(doom),
            (None, None, Err(CallError::Terminated)) => Some(no_reason()),
            (None, None, Err(CallError::Failed(report))) => Some(report.clone()),
            (None, None, Ok(_)) => None,
        };
        if let Some(failure) = failure {
            self.unwind();
            return Err(failure);
        }
        if !self.savepoints.is_empty() {
            self.unwind();
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::EXTERNAL_ROUTINE_EXCEPTION,
                    "a savepoint was still open when the function returned",
                )
                .with_hint("Await the promise that ctx.db.savepoint returns."),
            ));
        }
        if let Err(report) = self.cursors.close_all() {
            self.unwind();
            return Err(report);
        }
        self.read_only = None;
        if let Some(connection) = self.connection.take() {
            connection.finish()?;
        }
        match outcome {
            Ok(result) => result,
            Err(_) => Err(no_reason()),
        }
    }

    /// Before an error is raised: rolls back our own subtransactions, innermost first, since whoever catches the error
    /// only knows of its own; leaves the rest to the abort.
    fn unwind(&mut self) {
        self.read_only = None;
        self.cursors.abandon();
        while let Some(savepoint) = self.savepoints.pop() {
            if let Err(report) = savepoint.roll_back() {
                // The transaction is past saving; the abort of the error about to be raised takes the rest along.
                self.reason.get_or_insert(report);
                break;
            }
        }
        self.memory.abandon();
        if let Some(connection) = self.connection.take() {
            connection.abandon();
        }
    }

    /// Chooses whether a failed statement is undone on its own: where the code could observe the failure.
    pub(super) fn guard_statements(&mut self, can_catch: bool) {
        // A parallel query allows no subtransaction. Without one a failure cannot be survived, but what does not fail
        // runs.
        let guarded = can_catch && !session::in_parallel_mode();
        self.guard = if guarded { Guard::Subtransaction } else { Guard::None };
    }

    /// What becomes of a failure: what no one may catch ends the call, what was not undone dooms it.
    #[cold]
    pub(super) fn failed(&mut self, mut report: Box<ErrorReport>, guard: Guard) -> HostError {
        if report.sqlstate.is_uncatchable() {
            self.reason = Some(report);
            return HostError::Terminate;
        }
        if guard != Guard::Subtransaction && self.doom.is_none() {
            self.doom = Some(Doom { report: report.clone(), savepoints: self.savepoints.len() });
        } else if report.sqlstate == SqlState::INVALID_TRANSACTION_TERMINATION && report.hint.is_none() {
            report.hint = Some(
                "What is called could commit if no module here could catch an error: each statement would then run \
                 without a subtransaction."
                    .to_owned(),
            );
        }
        HostError::Sql(report)
    }

    #[cold]
    pub(super) fn failed_at(&mut self, failure: database::Failure, guard: Guard) -> HostError {
        match failure {
            database::Failure::Statement(report) | database::Failure::Sink(HostError::Sql(report)) => {
                self.failed(report, guard)
            }
            database::Failure::Sink(HostError::Terminate) => HostError::Terminate,
        }
    }

    /// How a statement's failure is survived, if it is.
    pub(super) fn guard(&self) -> Guard {
        if self.in_batch { Guard::None } else { self.guard }
    }

    /// As [`Self::guard`]; a call of a procedure may end the transaction where this call may and nothing is to be
    /// rolled back.
    pub(super) fn guard_of(&self, statement: &Statement) -> Guard {
        let guard = self.guard();
        if guard == Guard::None
            && self.nonatomic
            && self.read_only.is_none()
            && self.savepoints.is_empty()
            && let Kind::Plan(plan) = statement.kind()
            && plan.may_end_transaction()
        {
            return Guard::Nonatomic;
        }
        guard
    }
}

/// A statement that comes after a failure which was not undone.
#[cold]
pub(super) fn after_doom(first: &ErrorReport) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(
            SqlState::IN_FAILED_SQL_TRANSACTION,
            "an earlier statement of this call failed, and its failure was not undone",
        )
        .with_detail(format!("The error was: {}", first.message)),
    )
}

/// The result of a call that has left the database alone.
#[inline]
pub(super) fn settled<T>(outcome: std::result::Result<Result<T>, CallError>) -> Result<T> {
    match outcome {
        Ok(result) => result,
        Err(CallError::Failed(report)) => Err(report),
        Err(CallError::Terminated) => Err(no_reason()),
    }
}

#[cold]
pub(super) fn no_reason() -> Box<ErrorReport> {
    Box::new(ErrorReport::internal("execution ended without a reason"))
}
