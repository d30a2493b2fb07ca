//! The backend's functions by OID. A call site remembers the slot, so that a call costs no look-up as long as nothing
//! in `pg_proc` has changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::call::{Call, CallSite};
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionRow, catalog_version, watch_catalog};

use super::signature::ActualTypes;
use super::{Function, FunctionKey};
use crate::engine;

#[derive(Default)]
struct Cache {
    slots: Vec<Slot>,
    by_key: HashMap<FunctionKey, usize>,
    versions: u64,
}

struct Slot {
    key: FunctionKey,
    function: Rc<Function>,
    /// Grows with each function put in a slot, so that a call site sees that its slot was refilled.
    version: u64,
    /// The catalog version at which the function was last seen to be current.
    checked_at: u64,
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::new(Cache::default());
}

/// The function that is being called.
#[inline]
pub fn find(call: &Call) -> Result<Rc<Function>> {
    let known = call.call_site().and_then(|site| {
        CACHE.with_borrow(|cache| {
            let slot = cache.slots.get(site.slot)?;
            (slot.version == site.version && slot.checked_at == catalog_version())
                .then(|| Rc::clone(&slot.function))
        })
    });
    match known {
        Some(function) if function.signature.is_current()? => Ok(function),
        _ => find_by_oid(call),
    }
}

#[cold]
fn find_by_oid(call: &Call) -> Result<Rc<Function>> {
    watch_catalog()?;
    let oid = call.function();
    // Read before the row: a change that comes in between makes the next call look again.
    let checked_at = catalog_version();
    let row = FunctionRow::lookup(oid)?;
    let key = (oid, ActualTypes::of(&row, call)?);
    let known = CACHE.with_borrow(|cache| cache.known(&key));
    let is_current = match &known {
        Some(function) => function.is_current(&row)?,
        None => false,
    };
    let site =
        is_current.then(|| CACHE.with_borrow_mut(|cache| cache.revalidate(&key, checked_at))).flatten();
    let site = match site {
        Some(site) => site,
        None => {
            let function = Rc::new(Function::prepare(row, call, &key.1)?);
            CACHE.with_borrow_mut(|cache| cache.store(key, function, checked_at))
        }
    };
    let function = CACHE.with_borrow(|cache| match cache.slots.get(site.slot) {
        Some(slot) => Ok(Rc::clone(&slot.function)),
        None => Err(Box::new(plts_core::ErrorReport::internal("a function left its cache slot"))),
    })?;
    // A call site calls in one way only, so that it is enough to ask before the site is remembered.
    function.occasion.check_call(call)?;
    call.remember_call_site(site);
    Ok(function)
}

impl Cache {
    fn known(&self, key: &FunctionKey) -> Option<Rc<Function>> {
        let slot = self.slots.get(*self.by_key.get(key)?)?;
        Some(Rc::clone(&slot.function))
    }

    /// The slot of a function that is current.
    fn revalidate(&mut self, key: &FunctionKey, checked_at: u64) -> Option<CallSite> {
        let index = *self.by_key.get(key)?;
        let slot = self.slots.get_mut(index)?;
        slot.checked_at = checked_at;
        Some(CallSite { slot: index, version: slot.version })
    }

    fn store(&mut self, key: FunctionKey, function: Rc<Function>, checked_at: u64) -> CallSite {
        self.versions += 1;
        let slot = Slot { key: key.clone(), function, version: self.versions, checked_at };
        let index = match self.by_key.get(&key) {
            Some(index) => {
                let former = std::mem::replace(&mut self.slots[*index], slot);
                debug_assert_eq!(former.key, key);
                if let Some(engine) = engine::running_engine() {
                    engine.forget(former.function.spec.id);
                }
                *index
            }
            None => {
                self.slots.push(slot);
                self.by_key.insert(key, self.slots.len() - 1);
                self.slots.len() - 1
            }
        };
        CallSite { slot: index, version: self.versions }
    }
}
