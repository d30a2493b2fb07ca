//! Trigger functions and event triggers: a firing becomes a call of JavaScript, and its answer the row.

mod cache;

use std::pin::pin;

use pg_boundary::ErrorReport;
use pg_boundary::call::Call;
use pg_boundary::context::ErrorContext;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::spi::Snapshot;
use pg_boundary::trigger::{Generated, TriggerCall};
use plts_core::Value;
use plts_core::trigger::TriggerTiming;
use plts_js::{Engine, FiredRows, Firing, HostSource, RoleId, RowAnswer};

use crate::function::{self, Function};
use crate::host::{CallHost, LazyHost};
use crate::language::Language;
use crate::place::Place;
use cache::Trigger;

/// Entered for each firing of a trigger.
#[inline(never)]
pub fn fire(call: &Call, language: Language) -> Result<Datum> {
    let Some(fired) = call.trigger() else { return Err(not_fired()) };
    let function = function::find(call, language)?;
    let function = &*function;
    let place = Place::new(&function.title, Some(function.started_engine()));
    let mut context = pin!(ErrorContext::new(&place));
    context.as_mut().push();

    let trigger = cache::find(&fired, function.dialect)?;
    run(&fired, function, &trigger).map_err(|report| place.located(report))
}

fn run(fired: &TriggerCall<'_>, function: &Function, trigger: &Trigger) -> Result<Datum> {
    let rows = Rows { fired, trigger };
    let firing = Firing { trigger: &trigger.spec, event: fired.event(), rows: &rows };
    let engine = function.engine()?;
    let call = |host: &mut dyn HostSource| {
        let role = RoleId(session::current_user().to_u32());
        let outcome = engine.call_trigger(role, &function.spec, host, &firing);
        outcome.map(|answer| answered(engine, fired, trigger, answer))
    };
    if fired.has_transition_tables() {
        let mut host = CallHost::for_trigger(function.snapshot, fired, function.dialect)?;
        let outcome = call(&mut host);
        return host.finish(outcome);
    }
    let mut host = LazyHost::new(function.snapshot, false, function.dialect);
    let outcome = call(&mut host);
    host.finish(outcome)
}

/// The rows of a firing, converted when the engine asks.
struct Rows<'a> {
    fired: &'a TriggerCall<'a>,
    trigger: &'a Trigger,
}

impl FiredRows for Rows<'_> {
    fn old_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>> {
        self.fired.old_row().map(|row| self.trigger.row.decode(row, Generated::Shown, wanted)).transpose()
    }

    fn new_row(&self, wanted: &dyn Fn(usize) -> bool) -> Result<Option<Vec<Value<'_>>>> {
        let generated = match self.trigger.spec.timing {
            TriggerTiming::Before => Generated::NotComputedYet,
            TriggerTiming::After | TriggerTiming::InsteadOf => Generated::Shown,
        };
        self.fired.new_row().map(|row| self.trigger.row.decode(row, generated, wanted)).transpose()
    }
}

/// What PostgreSQL gets. It uses the answer of BEFORE and INSTEAD OF triggers for rows; the others must answer nothing.
fn answered(engine: &Engine, fired: &TriggerCall<'_>, trigger: &Trigger, answer: RowAnswer) -> Result<Datum> {
    if !trigger.uses_answer() {
        return Ok(fired.nothing());
    }
    match (answer, fired.new_row()) {
        (RowAnswer::LeftOut, _) => Ok(fired.nothing()),
        (RowAnswer::Former, _) => Ok(fired.former()),
        (RowAnswer::Changed(changes), Some(row)) => {
            let modified = trigger.row.modify(row, &changes).map_err(|mut report| {
                report.schema_name.get_or_insert_with(|| trigger.spec.schema.clone());
                report.table_name.get_or_insert_with(|| trigger.spec.table.clone());
                report
            });
            engine.keep_memory_of_changes(changes);
            modified
        }
        (RowAnswer::GoesOn | RowAnswer::Changed(_), _) => Ok(fired.unchanged()),
    }
}

/// Entered for each firing of an event trigger.
#[inline(never)]
pub fn fire_event(call: &Call, language: Language) -> Result<Datum> {
    let Some(fired) = call.event_trigger()? else { return Err(not_fired()) };
    let function = function::find(call, language)?;
    let place = Place::new(&function.title, Some(function.started_engine()));
    let mut context = pin!(ErrorContext::new(&place));
    context.as_mut().push();

    let mut host = CallHost::new(Snapshot::Fresh, false, function.dialect);
    let role = RoleId(session::current_user().to_u32());
    let outcome = function
        .engine()?
        .call_event_trigger(role, &function.spec, &mut host, &fired.event, &fired.tag)
        .map(Ok);
    host.finish(outcome).map_err(|report| place.located(report))?;
    Ok(call.void())
}

#[cold]
fn not_fired() -> Box<ErrorReport> {
    Box::new(ErrorReport::internal("a trigger function was entered without what fired it"))
}
