//! The backend's functions by OID. A place in a query keeps the function it calls, so that a call costs no look-up as
//! long as nothing in `pg_proc` has changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::function::{FunctionRow, catalog_version, watch_catalog};

use super::signature::ActualTypes;
use super::{Function, FunctionKey};
use crate::language::Language;
use crate::{engine, metrics};

/// How many functions a backend keeps.
const CAPACITY: usize = 4096;

thread_local! {
    static CACHE: RefCell<HashMap<FunctionKey, Rc<Function>>> = RefCell::new(HashMap::new());
}

/// The function that is being called.
#[inline]
pub fn find(call: &Call, language: Language) -> Result<Rc<Function>> {
    let dialect = language.body_dialect();
    match call.kept::<Function>(catalog_version()) {
        Some(function) if function.body_dialect == dialect && function.signature.is_current()? => {
            Ok(function)
        }
        _ => find_by_oid(call, language),
    }
}

#[cold]
fn find_by_oid(call: &Call, language: Language) -> Result<Rc<Function>> {
    watch_catalog()?;
    // Read before the row: a change that comes in between makes the next call look again.
    let version = catalog_version();
    let row = FunctionRow::lookup(call.function())?;
    let key = (row.oid, language.body_dialect(), ActualTypes::of(&row, call)?);
    let known = CACHE.with_borrow(|cache| cache.get(&key).map(Rc::clone));
    let function = match known {
        Some(function) if function.is_current(&row)? => function,
        _ => {
            let function = Rc::new(metrics::compiled(|| Function::prepare(row, call, &key.2, language))?);
            store(key, Rc::clone(&function));
            function
        }
    };
    // A place calls in one way only, so that it is enough to ask before the function is kept there.
    function.occasion.check_call(call)?;
    call.keep(version, Rc::clone(&function));
    Ok(function)
}

/// Puts a function in the place of its former version, whose compiled forms go. A session that has met very many functions,
/// of which most may be gone from the catalog, begins anew.
fn store(key: FunctionKey, function: Rc<Function>) {
    // Dropped outside of the borrow: releasing a descriptor is PostgreSQL's affair.
    let (everything, former) = CACHE.with_borrow_mut(|cache| {
        let everything = if cache.len() >= CAPACITY { std::mem::take(cache) } else { HashMap::new() };
        (everything, cache.insert(key, function))
    });
    if let Some(engine) = engine::running_engine() {
        for gone in everything.values().chain(&former) {
            engine.forget(gone.spec.id);
        }
    }
}
