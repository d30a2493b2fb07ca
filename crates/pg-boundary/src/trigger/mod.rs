//! Calls of triggers: what PostgreSQL says of one, its rows, and how it is answered.

mod raw;
mod row;
mod schema;
mod tables;

pub use row::{Generated, Row, RowType};
pub use tables::TransitionTables;

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

use pgrx::pg_sys::{Datum, Oid};
use plts_core::trigger::{TriggerEvent, TriggerLevel, TriggerTiming};

use crate::call::Call;
use crate::error::Result;
use crate::text;

/// A call of a trigger function by the trigger manager.
pub struct TriggerCall<'a> {
    trigger: raw::Trigger,
    call: PhantomData<&'a Call>,
}

/// What stays the same from call to call of one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerDescription {
    pub oid: Oid,
    pub name: String,
    pub timing: TriggerTiming,
    pub level: TriggerLevel,
    pub relation: Oid,
    pub table: String,
    pub schema: String,
    pub arguments: Vec<String>,
    /// Which schema, and as of which version of `pg_namespace` its name is known.
    schema_oid: Oid,
    schema_version: u64,
}

/// A call of an event trigger's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTriggerCall {
    /// `ddl_command_start` and the like.
    pub event: String,
    /// The command's tag, as `CREATE TABLE`.
    pub tag: String,
}

impl Call {
    /// What fired the trigger; `None` when this is no call of a trigger.
    pub fn trigger(&self) -> Option<TriggerCall<'_>> {
        let mut trigger = std::mem::MaybeUninit::zeroed();
        // SAFETY: `context` is null or a node; the shim looks at its tag and fills the record when it is a trigger's.
        // A zeroed record is a valid one. There is no error path.
        unsafe {
            raw::pgb_trigger_read(self.context_node(), trigger.as_mut_ptr())
                .then(|| TriggerCall { trigger: trigger.assume_init(), call: PhantomData })
        }
    }

    /// What fired the event trigger; `None` when this is no call of one.
    pub fn event_trigger(&self) -> Result<Option<EventTriggerCall>> {
        let (mut event, mut tag) = (std::ptr::null(), std::ptr::null());
        // SAFETY: as in `trigger`; both are C strings that outlive the call.
        unsafe {
            if !raw::pgb_event_trigger_read(self.context_node(), &mut event, &mut tag) {
                return Ok(None);
            }
            Ok(Some(EventTriggerCall { event: owned(event)?, tag: owned(tag)? }))
        }
    }
}

impl<'a> TriggerCall<'a> {
    /// The trigger's OID in `pg_trigger`.
    pub fn oid(&self) -> Oid {
        self.trigger.oid
    }

    pub fn event(&self) -> TriggerEvent {
        match self.trigger.event {
            0 => TriggerEvent::Insert,
            1 => TriggerEvent::Delete,
            2 => TriggerEvent::Update,
            _ => TriggerEvent::Truncate,
        }
    }

    fn timing(&self) -> TriggerTiming {
        match self.trigger.timing {
            0 => TriggerTiming::Before,
            1 => TriggerTiming::After,
            _ => TriggerTiming::InsteadOf,
        }
    }

    fn level(&self) -> TriggerLevel {
        if self.trigger.for_each_row { TriggerLevel::Row } else { TriggerLevel::Statement }
    }

    /// The row as it was: of a row trigger for UPDATE and DELETE.
    pub fn old_row(&self) -> Option<Row<'a>> {
        Row::new(self, self.trigger.old_row)
    }

    /// The row as it is to be: of a row trigger for INSERT and UPDATE.
    pub fn new_row(&self) -> Option<Row<'a>> {
        Row::new(self, self.trigger.new_row)
    }

    /// Reads the trigger's description.
    pub fn describe(&self) -> Result<TriggerDescription> {
        schema::watch()?;
        // Read before the name: a change that comes in between makes the next call look again.
        let schema_version = schema::version();
        Ok(TriggerDescription {
            oid: self.trigger.oid,
            // SAFETY: C strings of the call, as the shim says.
            name: unsafe { owned(self.trigger.name)? },
            timing: self.timing(),
            level: self.level(),
            relation: self.trigger.relation,
            // SAFETY: as above.
            table: unsafe { owned(self.trigger.table)? },
            schema: schema::name(self.trigger.schema)?,
            arguments: self
                .arguments()
                .map(|argument| Ok(text::from_server(argument.to_bytes())?.into_owned()))
                .collect::<Result<_>>()?,
            schema_oid: self.trigger.schema,
            schema_version,
        })
    }

    /// Whether `description` is what [`Self::describe`] would give. It looks at the names and arguments themselves: no
    /// renaming of a table, trigger or schema and no CREATE OR REPLACE TRIGGER goes unnoticed.
    pub fn fits(&self, description: &TriggerDescription) -> bool {
        description.oid == self.trigger.oid
            && description.relation == self.trigger.relation
            && description.schema_oid == self.trigger.schema
            && description.schema_version == schema::version()
            && description.timing == self.timing()
            && description.level == self.level()
            // SAFETY: C strings of the call.
            && unsafe { is(self.trigger.name, &description.name) && is(self.trigger.table, &description.table) }
            && description.arguments.len() == usize::try_from(self.trigger.argument_count).unwrap_or(0)
            && self
                .arguments()
                .zip(&description.arguments)
                .all(|(argument, known)| argument.to_bytes() == known.as_bytes())
    }

    fn arguments(&self) -> impl Iterator<Item = &'a CStr> {
        let arguments = self.trigger.arguments;
        let count = usize::try_from(self.trigger.argument_count).unwrap_or(0);
        // SAFETY: as many C strings, which live as long as the call.
        (0..count).map(move |index| unsafe { CStr::from_ptr(*arguments.add(index)) })
    }

    /// "The row goes on as it came": the tuple that PostgreSQL passed, for the event's row.
    pub fn unchanged(&self) -> Datum {
        let row = if self.trigger.new_row.is_null() { self.trigger.old_row } else { self.trigger.new_row };
        Datum::from(row)
    }

    /// The row as it was before an UPDATE, as the answer.
    pub fn former(&self) -> Datum {
        Datum::from(self.trigger.old_row)
    }

    /// "Leave this row out", and the answer of every trigger whose answer PostgreSQL does not use: a null pointer, which
    /// is not SQL NULL.
    pub fn nothing(&self) -> Datum {
        Datum::null()
    }
}

/// # Safety
/// `text` is a C string.
unsafe fn owned(text: *const c_char) -> Result<String> {
    // SAFETY: the caller's promise.
    Ok(text::from_server(unsafe { CStr::from_ptr(text) }.to_bytes())?.into_owned())
}

/// Whether a C string of the server is `known`. In an encoding other than UTF-8 what is not ASCII may seem to differ,
/// which costs a new description and nothing else.
///
/// # Safety
/// `text` is a C string.
unsafe fn is(text: *const c_char, known: &str) -> bool {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_bytes() == known.as_bytes()
}
