//! A call that PostgreSQL makes: its arguments and how to answer it.

use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

use pgrx::pg_sys::{self, Datum, FunctionCallInfo, Oid};
use plts_core::{ErrorReport, SqlState, TimestampTz, jsonb};

use crate::error::{Result, check};
use crate::typeio::{self, TypeIo};
use crate::{call_site, raw, text};

/// An argument as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Null,
    Text(String),
    /// It has more bytes than were wanted, and was not read.
    TooLarge,
}

/// The record of a call, alive while the call is.
pub struct Call {
    fcinfo: FunctionCallInfo,
}

impl Call {
    /// # Safety
    /// `fcinfo` is the record of a call in progress and outlives this.
    pub(crate) unsafe fn new(fcinfo: FunctionCallInfo) -> Self {
        Self { fcinfo }
    }

    /// The record itself, for the shim.
    pub(crate) fn record(&self) -> FunctionCallInfo {
        self.fcinfo
    }

    fn info(&self) -> &pg_sys::FunctionCallInfoBaseData {
        // SAFETY: the promise of `new`.
        unsafe { &*self.fcinfo }
    }

    /// The function that is called.
    #[inline]
    pub fn function(&self) -> Oid {
        // SAFETY: PostgreSQL sets flinfo for every call through a function manager record; a direct call without one
        // has no language handler in it.
        unsafe { self.info().flinfo.as_ref() }.map_or(Oid::INVALID, |flinfo| flinfo.fn_oid)
    }

    #[inline]
    pub fn argument_count(&self) -> usize {
        usize::try_from(self.info().nargs).unwrap_or(0)
    }

    /// The argument as it lies there, `None` for SQL NULL.
    #[inline]
    pub fn datum(&self, index: usize) -> Option<Datum> {
        debug_assert!(index < self.argument_count());
        if index >= self.argument_count() {
            return None;
        }
        // SAFETY: `args` has `nargs` entries behind it.
        let argument = unsafe { &*self.info().args.as_ptr().add(index) };
        (!argument.isnull).then_some(argument.value)
    }

    /// The type of an argument as the call has it, which for a polymorphic function is not what it was declared with.
    pub fn argument_type(&self, index: usize) -> Oid {
        let Ok(index) = c_int::try_from(index) else { return Oid::INVALID };
        // SAFETY: the record of a call in progress; a language handler is always called through a function manager
        // record. It looks at the expression of the call only.
        unsafe { raw::pgb_argument_type(self.fcinfo, index) }
    }

    /// What this place keeps from an earlier call, if it is a `T` and was kept as `version`.
    #[inline]
    pub fn kept<T: 'static>(&self, version: u64) -> Option<Rc<T>> {
        // SAFETY: PostgreSQL calls our functions with their own FmgrInfo, whose fn_extra is ours alone.
        unsafe { call_site::kept(self.info().flinfo.as_ref()?, version) }
    }

    /// Keeps a value for the next calls from this place. Without an `FmgrInfo` there is no such place.
    pub fn keep<T: 'static>(&self, version: u64, value: Rc<T>) {
        // SAFETY: as above; nothing else refers to the FmgrInfo while the call record is looked at.
        if let Some(site) = unsafe { self.info().flinfo.as_mut() } {
            // SAFETY: as above.
            unsafe { call_site::keep(site, version, value) };
        }
    }

    /// The node that says what the function is called as, if there is one.
    pub(crate) fn context_node(&self) -> *mut pg_sys::Node {
        self.info().context
    }

    /// What the function is called as.
    pub fn context(&self) -> CallContext {
        // SAFETY: `context` is null or a node, whose first field is its tag.
        match unsafe { self.info().context.as_ref() }.map(|node| node.type_) {
            None => CallContext::Plain,
            Some(pg_sys::NodeTag::T_TriggerData) => CallContext::Trigger,
            Some(pg_sys::NodeTag::T_EventTriggerData) => CallContext::EventTrigger,
            Some(pg_sys::NodeTag::T_CallContext) => {
                // SAFETY: the tag says that it is a CallContext.
                let context = unsafe { &*self.info().context.cast::<pg_sys::CallContext>() };
                CallContext::Procedure { atomic: context.atomic }
            }
            Some(_) => CallContext::Plain,
        }
    }

    /// SQL NULL as the answer.
    #[inline]
    pub fn null(&self) -> Datum {
        // SAFETY: the record is ours to fill while the call runs.
        unsafe { (*self.fcinfo).isnull = true };
        Datum::null()
    }

    /// The answer of a function that returns `void`, which is not NULL.
    #[inline]
    pub fn void(&self) -> Datum {
        Datum::null()
    }

    /// A `text` argument.
    ///
    /// Errors: 22004 when it is NULL.
    pub fn text(&self, index: usize, name: &str) -> Result<String> {
        self.optional_text(index)?.ok_or_else(|| null_argument(name))
    }

    /// A `text` argument that may be NULL.
    pub fn optional_text(&self, index: usize) -> Result<Option<String>> {
        let Some(datum) = self.datum(index) else { return Ok(None) };
        let mut flat = std::ptr::null_mut();
        // SAFETY: the function is declared with `text` here, so the datum is a varlena; the shim catches errors, and
        // the flat value lives in the call's memory.
        let bytes = unsafe {
            check(raw::pgb_detoast(datum, &mut flat))?;
            pgrx::varlena::varlena_to_byte_slice(flat)
        };
        Ok(Some(text::from_server(bytes)?.into_owned()))
    }

    /// A `jsonb` argument as its text, every digit kept; NULL is `None`.
    pub fn optional_json_text(&self, index: usize) -> Result<Option<String>> {
        let Some(datum) = self.datum(index) else { return Ok(None) };
        // SAFETY: the function is declared with `jsonb` here.
        unsafe { typeio::jsonb_text(datum).map(Some) }
    }

    /// A `jsonb` argument; NULL is `None`.
    ///
    /// Errors: 22P02 for numbers that JSON has and Rust has not.
    pub fn optional_json(&self, index: usize) -> Result<Option<serde_json::Value>> {
        let Some(text) = self.optional_json_text(index)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Box::new(ErrorReport::new(
                SqlState::INVALID_TEXT_REPRESENTATION,
                format!("cannot read jsonb: {error}"),
            ))
        })
    }

    /// A `jsonb` argument.
    ///
    /// Errors: 22004 when it is NULL.
    pub fn json(&self, index: usize, name: &str) -> Result<serde_json::Value> {
        self.optional_json(index)?.ok_or_else(|| null_argument(name))
    }

    /// An argument of any type as text, by its output function, times in `DateStyle` ISO.
    ///
    /// Errors: those of the output function.
    pub fn shown(&self, index: usize, limit: usize) -> Result<Shown> {
        let (Some(datum), Ok(place)) = (self.datum(index), c_int::try_from(index)) else {
            return Ok(Shown::Null);
        };
        let (mut oid, mut bytes) = (Oid::INVALID, 0);
        // SAFETY: the record of a call in progress, with an argument at that place that is not NULL; the shim catches errors.
        unsafe { check(raw::pgb_argument_size(self.fcinfo, place, &mut oid, &mut bytes))? };
        if bytes > limit {
            return Ok(Shown::TooLarge);
        }
        // SAFETY: the call, or the function's declaration, says that the argument is of that type.
        unsafe { TypeIo::open(oid, -1)?.output(datum) }.map(Shown::Text)
    }

    /// An `oid` argument; NULL is 0.
    pub fn oid(&self, index: usize) -> Oid {
        self.datum(index).map_or(Oid::INVALID, |datum| Oid::from(datum.value() as u32))
    }

    /// An `int4` argument.
    pub fn optional_int(&self, index: usize) -> Option<i32> {
        self.datum(index).map(|datum| datum.value() as i32)
    }

    /// An `int8` argument.
    pub fn optional_bigint(&self, index: usize) -> Option<i64> {
        self.datum(index).map(|datum| datum.value() as i64)
    }

    /// A `boolean` argument.
    pub fn optional_bool(&self, index: usize) -> Option<bool> {
        self.datum(index).map(|datum| datum.value() as u8 != 0)
    }

    /// A `timestamptz` argument.
    pub fn optional_timestamp(&self, index: usize) -> Option<TimestampTz> {
        self.datum(index).map(|datum| TimestampTz(datum.value() as i64))
    }

    /// The code of a `DO` block, and whether it runs inside a transaction block.
    pub fn inline_block(&self) -> Result<InlineBlock> {
        let Some(datum) = self.datum(0) else { return Err(null_argument("code")) };
        let (mut source, mut atomic) = (std::ptr::null_mut(), true);
        // SAFETY: an inline handler is called with an InlineCodeBlock; the source is its own, not to be freed.
        unsafe {
            check(raw::pgb_inline_block(datum, &mut source, &mut atomic))?;
            let source = text::from_server(std::ffi::CStr::from_ptr(source).to_bytes())?.into_owned();
            Ok(InlineBlock { source, atomic })
        }
    }

    /// `text` as the answer.
    pub fn return_text(&self, value: &str) -> Result<Datum> {
        make_varlena(&text::to_server_bytes(value)?)
    }

    /// `jsonb` as the answer.
    pub fn return_json(&self, value: &serde_json::Value) -> Result<Datum> {
        make_jsonb(&value.to_string())
    }

    /// `jsonb` as the answer, from its text.
    pub fn return_json_text(&self, json: &str) -> Result<Datum> {
        make_jsonb(json)
    }

    /// `int8` as the answer.
    pub fn return_bigint(&self, value: i64) -> Datum {
        // SAFETY: makes a datum of a word.
        unsafe { raw::pgb_int8_datum(value) }
    }
}

/// What a function is called as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallContext {
    Plain,
    Procedure { atomic: bool },
    Trigger,
    EventTrigger,
}

/// The text of a `DO` command.
pub struct InlineBlock {
    pub source: String,
    pub atomic: bool,
}

pub(crate) fn make_varlena(bytes: &[u8]) -> Result<Datum> {
    let mut datum = Datum::null();
    // SAFETY: `bytes` is valid for its length; it raises nothing, and makes nothing when there is no memory.
    if unsafe { raw::pgb_varlena_try(bytes.as_ptr().cast(), bytes.len(), &mut datum) } {
        return Ok(datum);
    }
    // SAFETY: `bytes` is valid for its length; the shim catches errors.
    unsafe { check(raw::pgb_varlena_make(bytes.as_ptr().cast(), bytes.len(), &mut datum))? };
    Ok(datum)
}

thread_local! {
    /// What `jsonb` is made in, and the memory that is kept from one to the next.
    static JSONB: RefCell<(jsonb::Writer, Vec<u8>)> = RefCell::default();
}

/// A larger value's memory is not kept.
const LARGEST_KEPT: usize = 64 << 10;

pub(crate) fn make_jsonb(json: &str) -> Result<Datum> {
    let written = JSONB.with_borrow_mut(|(writer, stored)| {
        let written = text::is_utf8() || json.is_ascii();
        let written = if written { writer.write(json, stored) } else { None };
        let datum = written.map(|()| make_varlena(&stored[jsonb::HEADER..]));
        if stored.capacity() > LARGEST_KEPT {
            *stored = Vec::new();
        }
        datum
    });
    // What is not plain JSON, or none, PostgreSQL reads, or says what is wrong with it.
    if let Some(datum) = written {
        return datum;
    }
    let json = text::to_server(json)?;
    let mut datum = Datum::null();
    // SAFETY: a C string; the shim catches errors.
    unsafe { check(raw::pgb_jsonb_make(json.as_ptr(), &mut datum))? };
    Ok(datum)
}

#[cold]
fn null_argument(name: &str) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::NULL_VALUE_NOT_ALLOWED, format!("{name} must not be null")))
}
