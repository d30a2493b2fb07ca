//! Plans of statements of ours, kept for the session: their texts are few and come again with every call.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use super::Guard;
use super::plan::{Plan, Purpose, Reading};
use crate::error::Result;

/// How many are kept; more than there are texts.
const CAPACITY: usize = 128;

thread_local! {
    /// Not dropped at the end of the session: the server has taken its memory down by then.
    static KEPT: RefCell<ManuallyDrop<HashMap<Box<str>, Rc<Plan>>>> = RefCell::default();
}

/// The plan of a statement. Needs an open [`super::Connection`].
///
/// Errors: as [`Plan::prepare`].
pub(super) fn plan(sql: &str) -> Result<Rc<Plan>> {
    if let Some(plan) = KEPT.with_borrow(|kept| kept.get(sql).cloned())
        && plan.is_current(sql, Guard::None, Reading::default())?
    {
        return Ok(plan);
    }
    let plan = Rc::new(Plan::prepare(sql, Purpose::Kept)?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= CAPACITY {
            kept.clear();
        }
        kept.insert(sql.into(), Rc::clone(&plan));
    });
    Ok(plan)
}
