//! Plans by their text: the least recently used go when the cache is full. A plan that PostgreSQL cannot bring up to
//! date by itself, since its parameters would be of other types now, is made anew.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Oid;
use pg_boundary::spi::{Guard, Plan, Purpose, Reading, Subtransaction, split_statements_hint};
use pg_boundary::trigger::TransitionTables;
use plts_core::Dialect;
use plts_js::PreparedStatement;

use crate::settings;

/// A statement that the cache keeps.
pub struct Statement {
    text: Box<str>,
    key: Key,
    kind: Kind,
    /// The cache's clock when it was last asked for.
    used: Cell<u64>,
}

/// What tells plans apart.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// The text, and before it the key of the transition tables that are visible to it: one that may name such tables is
    /// a plan of its own for each trigger that has them.
    text: Rc<str>,
    purpose: Purpose,
    dialect: Dialect,
    /// The types of the parameters, if they are not inferred.
    types: Option<Rc<[Oid]>>,
}

/// What a text is run as.
pub enum Kind {
    Plan(Plan),
    /// Several statements, of which a later one may need what an earlier one makes.
    Text,
}

#[derive(Default)]
struct Plans {
    by_key: HashMap<Key, Rc<Statement>>,
}

thread_local! {
    static PLANS: RefCell<Plans> = RefCell::new(Plans::default());
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

impl Statement {
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// How its values are converted.
    pub fn dialect(&self) -> Dialect {
        self.key.dialect
    }

    /// Whether it was prepared where the same tables were visible.
    fn sees(&self, tables: Option<&TransitionTables>) -> bool {
        let seen = &self.key.text[..self.key.text.len() - self.text.len()];
        seen == tables.map_or("", |tables| tables.key())
    }

    fn touch(&self) {
        let now = CLOCK.get() + 1;
        CLOCK.set(now);
        self.used.set(now);
    }
}

/// The plan of a text, made when there is none yet.
pub fn prepare(sql: &str, purpose: Purpose, guard: Guard, reading: Reading<'_>) -> Result<PreparedStatement> {
    let text: Rc<str> = match reading.tables {
        None => sql.into(),
        Some(tables) => format!("{}{sql}", tables.key()).into(),
    };
    let key = Key { text, purpose, dialect: reading.dialect, types: reading.types.map(Rc::from) };
    let known = PLANS.with_borrow(|plans| plans.by_key.get(&key).map(Rc::clone));
    if let Some(known) = known
        && is_current(&known, guard, reading.tables)?
    {
        return Ok(prepared(known));
    }
    let kind = if purpose == Purpose::Statement && split_statements_hint(sql) && !sql.contains('$') {
        Kind::Text
    } else {
        Kind::Plan(analyse(sql, purpose, guard, reading)?)
    };
    let statement = Rc::new(Statement { text: sql.into(), key, kind, used: Cell::new(0) });
    statement.touch();
    PLANS.with_borrow_mut(|plans| plans.keep(Rc::clone(&statement), settings::plan_cache_size()));
    Ok(prepared(statement))
}

/// Whether a statement can be run as it is, where `tables` are visible. One that nobody could run leaves the cache.
pub fn is_current(
    statement: &Rc<Statement>,
    guard: Guard,
    tables: Option<&TransitionTables>,
) -> Result<bool> {
    if !statement.sees(tables) {
        return Ok(false);
    }
    statement.touch();
    let Kind::Plan(plan) = &statement.kind else { return Ok(true) };
    let Key { dialect, types, .. } = &statement.key;
    let reading = Reading { tables, types: types.as_deref(), dialect: *dialect };
    let current = plan.is_current(&statement.text, guard, reading);
    if !matches!(current, Ok(true)) {
        PLANS.with_borrow_mut(|plans| plans.forget(statement));
    }
    current
}

/// The statement behind what the engine was given.
pub fn behind(prepared: &PreparedStatement) -> Result<Rc<Statement>> {
    Rc::clone(&prepared.plan)
        .downcast::<Statement>()
        .map_err(|_| Box::new(ErrorReport::internal("a plan of another host")))
}

/// Analysis can fail like a statement, and is undone like one.
fn analyse(sql: &str, purpose: Purpose, guard: Guard, reading: Reading<'_>) -> Result<Plan> {
    if guard != Guard::Subtransaction {
        return Plan::prepare_reading(sql, purpose, reading);
    }
    let subtransaction = Subtransaction::begin()?;
    match Plan::prepare_reading(sql, purpose, reading) {
        Ok(plan) => subtransaction.commit().map(|()| plan),
        Err(report) => subtransaction.roll_back().and(Err(report)),
    }
}

impl Plans {
    fn keep(&mut self, statement: Rc<Statement>, capacity: usize) {
        while self.by_key.len() >= capacity.max(1) {
            self.evict();
        }
        self.by_key.insert(statement.key.clone(), statement);
    }

    fn forget(&mut self, statement: &Rc<Statement>) {
        if self.by_key.get(&statement.key).is_some_and(|kept| Rc::ptr_eq(kept, statement)) {
            self.by_key.remove(&statement.key);
        }
    }

    /// Drops the older half, so that a session of ever new texts pays for a sweep only now and then.
    fn evict(&mut self) {
        let mut ages: Vec<u64> = self.by_key.values().map(|statement| statement.used.get()).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let newest_dropped = *median;
        self.by_key.retain(|_, statement| statement.used.get() > newest_dropped);
    }
}

fn prepared(statement: Rc<Statement>) -> PreparedStatement {
    let params = match &statement.kind {
        Kind::Plan(plan) => Rc::clone(plan.parameter_shapes()),
        Kind::Text => Rc::from([]),
    };
    PreparedStatement { plan: statement as Rc<dyn Any>, params }
}
