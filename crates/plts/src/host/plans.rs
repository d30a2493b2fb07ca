//! Plans by their text: the least recently used goes when the cache is full.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::{Guard, Plan, Subtransaction, split_statements_hint};
use pg_boundary::trigger::TransitionTables;
use plts_js::{PlanId, PreparedStatement};

/// How many plans a backend keeps.
const CAPACITY: usize = 512;

/// What a text is run as.
pub enum Statement {
    Plan(Plan),
    /// Several statements, of which a later one may need what an earlier one makes.
    Text(String),
}

impl Statement {
    /// Whether the types of its parameters are what they were: `ALTER TABLE` changes a row type in place.
    fn is_current(&self) -> Result<bool> {
        match self {
            Self::Plan(plan) => plan.is_current(),
            Self::Text(_) => Ok(true),
        }
    }
}

#[derive(Default)]
struct Plans {
    by_text: HashMap<Rc<str>, u64>,
    by_id: HashMap<u64, Entry>,
    next: u64,
    clock: u64,
}

struct Entry {
    text: Rc<str>,
    statement: Rc<Statement>,
    used: u64,
}

thread_local! {
    static PLANS: RefCell<Plans> = RefCell::new(Plans::default());
}

/// The plan of a text, made when there is none yet.
pub fn prepare(sql: &str, guard: Guard, tables: Option<&TransitionTables>) -> Result<PreparedStatement> {
    // A text that may name transition tables is one plan for each trigger that has such tables.
    let key = match tables {
        None => Cow::Borrowed(sql),
        Some(tables) => Cow::Owned(format!("{}{sql}", tables.key())),
    };
    if let Some((known, statement)) = PLANS.with_borrow_mut(|plans| plans.by_sql(&key)) {
        if statement.is_current()? {
            return Ok(known);
        }
        let gone = PLANS.with_borrow_mut(|plans| plans.forget(&key));
        drop(gone);
    }
    let statement = if split_statements_hint(sql) && !sql.contains('$') {
        Statement::Text(sql.to_owned())
    } else {
        Statement::Plan(analyse(sql, guard, tables)?)
    };
    Ok(PLANS.with_borrow_mut(|plans| plans.keep(&key, statement)))
}

/// Analysis can fail like a statement, and is undone like one.
fn analyse(sql: &str, guard: Guard, tables: Option<&TransitionTables>) -> Result<Plan> {
    match guard {
        Guard::None => Plan::prepare_seeing(sql, tables),
        Guard::Subtransaction => {
            let subtransaction = Subtransaction::begin()?;
            match Plan::prepare_seeing(sql, tables) {
                Ok(plan) => subtransaction.commit().map(|()| plan),
                Err(report) => subtransaction.roll_back().and(Err(report)),
            }
        }
    }
}

/// The statement of an id.
pub fn get(id: PlanId) -> Result<Rc<Statement>> {
    PLANS.with_borrow(|plans| {
        plans
            .by_id
            .get(&id.0)
            .map(|entry| Rc::clone(&entry.statement))
            .ok_or_else(|| Box::new(ErrorReport::internal("a plan left the cache before it ran")))
    })
}

impl Plans {
    fn by_sql(&mut self, sql: &str) -> Option<(PreparedStatement, Rc<Statement>)> {
        let id = *self.by_text.get(sql)?;
        self.clock += 1;
        let entry = self.by_id.get_mut(&id)?;
        entry.used = self.clock;
        Some((prepared(id, &entry.statement), Rc::clone(&entry.statement)))
    }

    fn forget(&mut self, sql: &str) -> Option<Entry> {
        let id = self.by_text.remove(sql)?;
        self.by_id.remove(&id)
    }

    fn keep(&mut self, sql: &str, statement: Statement) -> PreparedStatement {
        if self.by_id.len() >= CAPACITY {
            self.evict();
        }
        self.next += 1;
        self.clock += 1;
        let (id, text, statement) = (self.next, Rc::<str>::from(sql), Rc::new(statement));
        let answer = prepared(id, &statement);
        self.by_text.insert(Rc::clone(&text), id);
        self.by_id.insert(id, Entry { text, statement, used: self.clock });
        answer
    }

    /// Drops the older half, so that a session of ever new texts pays for a sweep only now and then.
    fn evict(&mut self) {
        let mut ages: Vec<u64> = self.by_id.values().map(|entry| entry.used).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let oldest_kept = *median;
        let by_text = &mut self.by_text;
        self.by_id.retain(|_, entry| {
            let kept = entry.used >= oldest_kept;
            if !kept {
                by_text.remove(&entry.text);
            }
            kept
        });
    }
}

fn prepared(id: u64, statement: &Statement) -> PreparedStatement {
    PreparedStatement {
        plan: PlanId(id),
        params: match statement {
            Statement::Plan(plan) => Rc::clone(plan.parameter_shapes()),
            Statement::Text(_) => Rc::from([]),
        },
    }
}
