//! Prepared statements by the string they were written as, so that a statement in a loop is neither copied out of V8
//! nor hashed again. The host's cache owns them; what it drops is gone here too.

use std::any::Any;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use deno_core::v8;
use plts_core::TypeShape;

use crate::host::PreparedStatement;

/// How many a context remembers; a power of two.
const SLOTS: usize = 64;
/// A longer text is not worth keeping alive.
const LONGEST: usize = 16 << 10;

struct Remembered {
    text: v8::Global<v8::String>,
    plan: Weak<dyn Any>,
    params: Rc<[TypeShape]>,
}

/// The statements that a context ran last, one for each slot of their texts' hashes.
#[derive(Default)]
pub(crate) struct Statements(RefCell<Vec<Option<Remembered>>>);

fn slot(text: v8::Local<'_, v8::String>) -> usize {
    text.get_identity_hash().get() as usize % SLOTS
}

impl Statements {
    pub(crate) fn get(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        text: v8::Local<'_, v8::String>,
    ) -> Option<PreparedStatement> {
        let slots = self.0.borrow();
        let known = slots.get(slot(text))?.as_ref()?;
        // V8's equality of strings: at once for the same string, by content for another one.
        if !v8::Local::new(scope, &known.text).strict_equals(text.into()) {
            return None;
        }
        Some(PreparedStatement { plan: known.plan.upgrade()?, params: Rc::clone(&known.params) })
    }

    pub(crate) fn put(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        text: v8::Local<'_, v8::String>,
        statement: &PreparedStatement,
    ) {
        if text.length() > LONGEST {
            return;
        }
        let mut slots = self.0.borrow_mut();
        if slots.is_empty() {
            slots.resize_with(SLOTS, || None);
        }
        slots[slot(text)] = Some(Remembered {
            text: v8::Global::new(scope, text),
            plan: Rc::downgrade(&statement.plan),
            params: Rc::clone(&statement.params),
        });
    }
}
