//! Declarations of `shim/trigger.h`, in its order.

use std::ffi::{c_char, c_int};

use pgrx::pg_sys::{Datum, HeapTuple, Node, Oid, QueryEnvironment, TupleDesc};

use crate::raw::Caught;

/// `struct PgbTrigger`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Trigger {
    pub event: c_int,
    pub timing: c_int,
    pub for_each_row: bool,
    pub oid: Oid,
    pub relation: Oid,
    pub schema: Oid,
    pub name: *const c_char,
    pub table: *const c_char,
    pub argument_count: c_int,
    pub arguments: *mut *mut c_char,
    pub old_row: HeapTuple,
    pub new_row: HeapTuple,
    pub descriptor: TupleDesc,
    pub old_table: *const c_char,
    pub new_table: *const c_char,
    pub data: *mut Node,
}

/// `struct PgbColumn`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Column {
    pub name: *const c_char,
    pub type_oid: Oid,
    pub typmod: i32,
    pub dropped: bool,
    pub generated: bool,
}

unsafe extern "C" {
    pub fn pgb_trigger_read(context: *mut Node, trigger: *mut Trigger) -> bool;
    pub fn pgb_event_trigger_read(
        context: *mut Node,
        event: *mut *const c_char,
        tag: *mut *const c_char,
    ) -> bool;
    pub fn pgb_descriptor_hold(descriptor: TupleDesc) -> bool;
    pub fn pgb_descriptor_release(descriptor: TupleDesc);
    pub fn pgb_column(descriptor: TupleDesc, index: c_int, column: *mut Column);
    pub fn pgb_tuple_modify(
        tuple: HeapTuple,
        descriptor: TupleDesc,
        count: c_int,
        columns: *mut c_int,
        values: *mut Datum,
        nulls: *mut bool,
        modified: *mut HeapTuple,
    ) -> Caught;
    pub fn pgb_transition_tables_open(data: *mut Node, environment: *mut *mut QueryEnvironment) -> Caught;
    pub fn pgb_schema_name(schema: Oid, name: *mut *mut c_char) -> Caught;
    pub fn pgb_schema_watch(changed: unsafe extern "C-unwind" fn(Datum, c_int, u32)) -> Caught;
}
