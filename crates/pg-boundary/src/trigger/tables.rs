//! Transition tables: what `REFERENCING OLD TABLE AS … NEW TABLE AS …` names, for the statements of a call.

use std::ffi::c_char;

use pgrx::pg_sys::QueryEnvironment;

use super::{TriggerCall, owned, raw};
use crate::error::{Result, check};

/// The transition tables of one call, visible in the SPI connection that was open when they were opened.
pub struct TransitionTables {
    environment: *mut QueryEnvironment,
    key: String,
}

impl TransitionTables {
    /// Makes the tables of a call visible; `None` when it has none. Needs an open connection.
    pub(crate) fn open(call: &TriggerCall<'_>) -> Result<Option<Self>> {
        let trigger = &call.trigger;
        if trigger.old_table.is_null() && trigger.new_table.is_null() {
            return Ok(None);
        }
        let name = |name: *const c_char| {
            // SAFETY: a C string of the call where it is not null.
            if name.is_null() { Ok(String::new()) } else { unsafe { owned(name) } }
        };
        let key = format!(
            "{}\0{}\0{}\0",
            trigger.relation.to_u32(),
            name(trigger.old_table)?,
            name(trigger.new_table)?
        );
        let mut environment = std::ptr::null_mut();
        // SAFETY: the record of a call in progress; the shim catches errors and makes the environment in the call's
        // memory.
        unsafe { check(raw::pgb_transition_tables_open(trigger.data, &mut environment))? };
        Ok(Some(Self { environment, key }))
    }

    /// What tells plans apart that were made with these tables in sight: a text means something else in another trigger.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// For the analysis of a statement while the call runs.
    pub(crate) fn environment(&self) -> *mut QueryEnvironment {
        self.environment
    }
}

impl TriggerCall<'_> {
    /// Whether the call has transition tables.
    pub fn has_transition_tables(&self) -> bool {
        !self.trigger.old_table.is_null() || !self.trigger.new_table.is_null()
    }
}
