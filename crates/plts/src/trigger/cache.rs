//! The backend's triggers by OID: names, arguments and columns, as long as they are what they were.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::error::Result;
use pg_boundary::pg_sys::Oid;
use pg_boundary::trigger::{RowType, TriggerCall, TriggerDescription};
use plts_core::Dialect;
use plts_core::trigger::{TriggerLevel, TriggerTiming};
use plts_js::{TriggerColumn, TriggerId, TriggerSpec};

/// How many triggers a backend keeps.
const CAPACITY: usize = 1024;

/// A trigger ready to be fired.
pub struct Trigger {
    description: TriggerDescription,
    dialect: Dialect,
    pub row: RowType,
    pub spec: TriggerSpec,
}

thread_local! {
    /// The one that fired last is nearly always the next one.
    static LAST: RefCell<Option<Rc<Trigger>>> = const { RefCell::new(None) };
    static TRIGGERS: RefCell<HashMap<Oid, Rc<Trigger>>> = RefCell::new(HashMap::new());
}

/// The trigger that fired, prepared anew when it, its table or the table's columns have changed.
pub fn find(fired: &TriggerCall<'_>, dialect: Dialect) -> Result<Rc<Trigger>> {
    let fits = |trigger: &&Rc<Trigger>| {
        trigger.row.fits(fired) && trigger.dialect == dialect && fired.fits(&trigger.description)
    };
    if let Some(last) = LAST.with_borrow(|last| last.as_ref().filter(fits).map(Rc::clone))
        && last.row.is_current()?
    {
        return Ok(last);
    }
    let known = TRIGGERS.with_borrow(|triggers| triggers.get(&fired.oid()).filter(fits).map(Rc::clone));
    let trigger = match known {
        Some(trigger) if trigger.row.is_current()? => trigger,
        _ => prepare(fired, dialect)?,
    };
    drop(LAST.replace(Some(Rc::clone(&trigger))));
    Ok(trigger)
}

#[cold]
fn prepare(fired: &TriggerCall<'_>, dialect: Dialect) -> Result<Rc<Trigger>> {
    let description = fired.describe()?;
    let row = RowType::of(fired, dialect)?;
    let spec = TriggerSpec {
        id: TriggerId::next(),
        name: description.name.clone(),
        schema: description.schema.clone(),
        table: description.table.clone(),
        relation: description.relation.to_u32(),
        timing: description.timing,
        level: description.level,
        arguments: description.arguments.clone(),
        columns: row
            .columns()
            .map(|(name, shape, generated)| TriggerColumn {
                name: name.to_owned(),
                shape: shape.clone(),
                generated,
            })
            .collect(),
    };
    let trigger = Rc::new(Trigger { description, dialect, row, spec });
    // Dropped outside of the borrow: releasing a descriptor is PostgreSQL's affair.
    let former = TRIGGERS.with_borrow_mut(|triggers| {
        let everything = if triggers.len() >= CAPACITY { std::mem::take(triggers) } else { HashMap::new() };
        (triggers.insert(fired.oid(), Rc::clone(&trigger)), everything)
    });
    drop(former);
    Ok(trigger)
}

impl Trigger {
    /// Whether PostgreSQL does something with what the function answers.
    pub fn uses_answer(&self) -> bool {
        self.spec.level == TriggerLevel::Row && self.spec.timing != TriggerTiming::After
    }
}
