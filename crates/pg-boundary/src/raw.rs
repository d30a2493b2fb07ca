//! Declarations of the C shim (`shim/*.h`), in its order. Nothing here is called but by the modules beside it.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::atomic::AtomicI32;

use pgrx::pg_sys::{
    Datum, ErrorData, FunctionCallInfo, HeapTuple, ItemPointerData, MemoryContext, Oid, QueryEnvironment,
    ResourceOwner, SPIPlanPtr, SPITupleTable, TupleDesc, Tuplestorestate, varlena,
};

#[repr(C)]
pub struct ErrorFields {
    pub sqlstate: c_int,
    pub context_is_complete: bool,
    pub message: *const c_char,
    pub detail: *const c_char,
    pub hint: *const c_char,
    pub context: *const c_char,
    pub schema_name: *const c_char,
    pub table_name: *const c_char,
    pub column_name: *const c_char,
    pub datatype_name: *const c_char,
    pub constraint_name: *const c_char,
    pub cursor_position: c_int,
    pub internal_position: c_int,
    pub internal_query: *const c_char,
}

#[repr(C)]
pub struct SpiResult {
    pub processed: u64,
    pub tuples: *mut SPITupleTable,
}

/// How a statement is run.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Execution {
    pub read_only: bool,
    pub guarded: bool,
    pub nonatomic: bool,
}

/// Who takes the rows of a running statement. The functions must not unwind; false refuses.
#[repr(C)]
pub struct RowSink {
    pub state: *mut c_void,
    pub columns: unsafe extern "C" fn(state: *mut c_void, descriptor: TupleDesc) -> bool,
    pub rows:
        unsafe extern "C" fn(state: *mut c_void, values: *mut Datum, nulls: *mut bool, count: c_int) -> bool,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct PgType {
    pub oid: Oid,
    pub element: Oid,
    pub base: Oid,
    pub base_typmod: i32,
    pub length: i16,
    pub by_value: bool,
    pub align: c_char,
    pub kind: c_char,
    pub category: c_char,
}

/// `struct PgbGivenTypes`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GivenTypes {
    pub types: *const Oid,
    pub count: c_int,
}

/// `struct PgbReadOnly`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ReadOnly {
    pub former: bool,
    pub former_reset: bool,
}

/// Opaque: `struct PgbTypeIo`.
#[repr(C)]
pub struct TypeIo {
    private: [u8; 0],
}

/// Opaque: `struct PgbDomain`.
#[repr(C)]
pub struct Domain {
    private: [u8; 0],
}

/// `MAXDIM` of `utils/array.h`.
pub const MOST_DIMENSIONS: usize = 6;

#[repr(C)]
pub struct PgArray {
    pub dimensions: c_int,
    pub lengths: [c_int; MOST_DIMENSIONS],
    pub lowers: [c_int; MOST_DIMENSIONS],
    pub count: c_int,
    pub values: *mut Datum,
    pub nulls: *mut bool,
}

/// Opaque: `struct PgbRow`.
#[repr(C)]
pub struct Row {
    private: [u8; 0],
}

#[repr(C)]
pub struct Attribute {
    pub name: *const c_char,
    pub kind: Oid,
    pub typmod: i32,
    pub dropped: bool,
}

#[repr(C)]
pub struct Range {
    pub empty: bool,
    pub lower_infinite: bool,
    pub upper_infinite: bool,
    pub lower_inclusive: bool,
    pub upper_inclusive: bool,
    pub lower: Datum,
    pub upper: Datum,
}

#[repr(C)]
pub struct PgFunction {
    pub oid: Oid,
    pub owner: Oid,
    pub xmin: u32,
    pub tid: ItemPointerData,
    pub schema: *mut c_char,
    pub name: *mut c_char,
    pub source: *mut c_char,
    pub result: Oid,
    pub returns_set: bool,
    pub kind: c_char,
    pub volatility: c_char,
    pub argument_count: c_int,
    pub types: *mut Oid,
    pub modes: *mut c_char,
    pub names: *mut *mut c_char,
}

#[repr(C)]
pub struct ResultType {
    pub kind: c_int,
    pub oid: Oid,
    pub descriptor: TupleDesc,
}

#[repr(C)]
pub struct Set {
    pub store: *mut Tuplestorestate,
    pub descriptor: TupleDesc,
    pub row: MemoryContext,
}

#[repr(C)]
pub struct WindowValue {
    pub value: Datum,
    pub is_null: bool,
    pub is_out: bool,
}

pub type Caught = *mut ErrorData;

unsafe extern "C" {
    pub fn pgb_error_stage(fields: *const ErrorFields) -> *mut ErrorData;
    pub fn pgb_log_event(line: *const c_char) -> Caught;
    pub fn pgb_log(elevel: c_int, message: *const c_char) -> Caught;
    pub fn pgb_log_is_wanted(elevel: c_int) -> bool;
    pub fn pgb_errcontext(line: *const c_char);

    pub fn pgb_spi_connect(nonatomic: bool) -> Caught;
    pub fn pgb_spi_finish() -> Caught;
    pub fn pgb_spi_prepare(
        sql: *const c_char,
        cursor_options: c_int,
        environment: *mut QueryEnvironment,
        given: GivenTypes,
        plan: *mut SPIPlanPtr,
    ) -> Caught;
    pub fn pgb_spi_plan_fits(plan: SPIPlanPtr, fits: *mut bool) -> Caught;
    pub fn pgb_spi_same_parameters(
        sql: *const c_char,
        environment: *mut QueryEnvironment,
        given: GivenTypes,
        plan: SPIPlanPtr,
        same: *mut bool,
    ) -> Caught;
    pub fn pgb_spi_may_end_transaction(plan: SPIPlanPtr) -> bool;
    pub fn pgb_spi_execute(
        plan: SPIPlanPtr,
        values: *mut Datum,
        nulls: *const c_char,
        how: Execution,
        sink: *const RowSink,
        processed: *mut u64,
    ) -> Caught;
    pub fn pgb_spi_execute_text(
        sql: *const c_char,
        read_only: bool,
        guarded: bool,
        result: *mut SpiResult,
    ) -> Caught;
    pub fn pgb_cursor_open(
        plan: SPIPlanPtr,
        values: *mut Datum,
        nulls: *const c_char,
        how: Execution,
        name: *mut *mut c_char,
    ) -> Caught;
    pub fn pgb_cursor_fetch(
        name: *const c_char,
        count: c_long,
        guarded: bool,
        sink: *const RowSink,
        moved: *mut u64,
    ) -> Caught;
    pub fn pgb_cursor_close(name: *const c_char) -> Caught;
    pub fn pgb_transaction_end(commit: bool) -> Caught;
    pub fn pgb_ensure_snapshot() -> Caught;
    pub fn pgb_subtransaction_begin(context: *mut MemoryContext, owner: *mut ResourceOwner) -> Caught;
    pub fn pgb_subtransaction_end(commit: bool, context: MemoryContext, owner: ResourceOwner) -> Caught;

    pub fn pgb_type_lookup(oid: Oid, kind: *mut PgType) -> Caught;
    pub fn pgb_type_name(oid: Oid, typmod: i32, name: *mut *mut c_char) -> Caught;
    pub fn pgb_type_io_open(oid: Oid, typmod: i32, io: *mut *mut TypeIo) -> Caught;
    pub fn pgb_type_io_close(io: *mut TypeIo);
    pub fn pgb_type_output(io: *mut TypeIo, value: Datum, iso: bool, text: *mut *mut c_char) -> Caught;
    pub fn pgb_type_input(io: *mut TypeIo, text: *const c_char, value: *mut Datum) -> Caught;
    pub fn pgb_domain_open(oid: Oid, domain: *mut *mut Domain) -> Caught;
    pub fn pgb_domain_close(domain: *mut Domain);
    pub fn pgb_domain_check(domain: *mut Domain, value: Datum, is_null: bool) -> Caught;
    pub fn pgb_timestamptz_round(time: i64, typmod: i32, value: *mut Datum) -> Caught;
    pub fn pgb_detoast(value: Datum, flat: *mut *mut varlena) -> Caught;
    pub fn pgb_numeric_text(value: Datum, text: *mut *mut c_char) -> Caught;
    pub fn pgb_jsonb_text(value: Datum, text: *mut *mut c_char, length: *mut c_int) -> Caught;
    pub fn pgb_jsonb_make(text: *const c_char, value: *mut Datum) -> Caught;
    pub fn pgb_varlena_try(bytes: *const c_char, length: usize, value: *mut Datum) -> bool;
    pub fn pgb_varlena_make(bytes: *const c_char, length: usize, value: *mut Datum) -> Caught;
    pub fn pgb_uuid_make(bytes: *const u8, value: *mut Datum) -> Caught;
    pub fn pgb_array_open(
        value: Datum,
        element: Oid,
        length: i16,
        by_value: bool,
        align: c_char,
        array: *mut PgArray,
    ) -> Caught;
    pub fn pgb_array_make(
        array: *mut PgArray,
        element: Oid,
        length: i16,
        by_value: bool,
        align: c_char,
        value: *mut Datum,
    ) -> Caught;
    pub fn pgb_deform(tuple: HeapTuple, descriptor: TupleDesc, values: *mut Datum, nulls: *mut bool);
    pub fn pgb_float8_datum(value: f64) -> Datum;
    pub fn pgb_float4_datum(value: f32) -> Datum;
    pub fn pgb_int8_datum(value: i64) -> Datum;
    pub fn pgb_quote_identifier(name: *const c_char, quoted: *mut *mut c_char) -> Caught;
    pub fn pgb_server_to_utf8(text: *const c_char, length: c_int, converted: *mut *mut c_char) -> Caught;
    pub fn pgb_utf8_to_server(text: *const c_char, length: c_int, converted: *mut *mut c_char) -> Caught;
    pub fn pgb_attribute_count(descriptor: TupleDesc) -> c_int;
    pub fn pgb_attribute(
        descriptor: TupleDesc,
        index: c_int,
        name: *mut *const c_char,
        kind: *mut Oid,
        typmod: *mut i32,
    );

    pub fn pgb_row_of_type(kind: Oid, typmod: i32, row: *mut *mut Row) -> Caught;
    pub fn pgb_row_of_descriptor(descriptor: TupleDesc, row: *mut *mut Row) -> Caught;
    pub fn pgb_row_close(row: *mut Row);
    pub fn pgb_row_is_current(row: *mut Row, current: *mut bool) -> Caught;
    pub fn pgb_row_type(row: *mut Row) -> Oid;
    pub fn pgb_row_width(row: *mut Row) -> c_int;
    pub fn pgb_row_typmod(row: *mut Row) -> i32;
    pub fn pgb_row_descriptor(row: *mut Row) -> TupleDesc;
    pub fn pgb_row_attribute(row: *mut Row, index: c_int, attribute: *mut Attribute);
    pub fn pgb_row_identify(value: Datum, flat: *mut Datum, kind: *mut Oid, typmod: *mut i32) -> Caught;
    pub fn pgb_row_fits(row: *mut Row, kind: Oid, typmod: i32) -> bool;
    pub fn pgb_row_deform(row: *mut Row, flat: Datum, values: *mut Datum, nulls: *mut bool);
    pub fn pgb_row_deform_tuple(row: *mut Row, tuple: HeapTuple, values: *mut Datum, nulls: *mut bool);
    pub fn pgb_row_make_datum(
        row: *mut Row,
        values: *mut Datum,
        nulls: *mut bool,
        value: *mut Datum,
    ) -> Caught;
    pub fn pgb_row_make_tuple(
        row: *mut Row,
        values: *mut Datum,
        nulls: *mut bool,
        tuple: *mut HeapTuple,
    ) -> Caught;

    pub fn pgb_range_element(range: Oid, element: *mut Oid) -> Caught;
    pub fn pgb_multirange_element(multirange: Oid, range: *mut Oid) -> Caught;
    pub fn pgb_range_open(value: Datum, range: *mut Range) -> Caught;
    pub fn pgb_range_make(kind: Oid, range: *const Range, value: *mut Datum) -> Caught;
    pub fn pgb_multirange_open(value: Datum, count: *mut c_int, ranges: *mut *mut Datum) -> Caught;
    pub fn pgb_multirange_make(kind: Oid, ranges: *const Datum, count: c_int, value: *mut Datum) -> Caught;

    pub fn pgb_function_lookup(oid: Oid, function: *mut PgFunction) -> Caught;
    pub fn pgb_function_signature(oid: Oid, signature: *mut *mut c_char) -> Caught;
    pub fn pgb_function_watch(changed: unsafe extern "C-unwind" fn(Datum, c_int, u32)) -> Caught;
    pub fn pgb_validator_access(validator: Oid, function: Oid, allowed: *mut bool) -> Caught;
    pub fn pgb_check_function_bodies() -> bool;
    pub fn pgb_inline_block(argument: Datum, source: *mut *mut c_char, atomic: *mut bool) -> Caught;
    pub fn pgb_syntax_position(
        source: *const c_char,
        line: c_int,
        column: c_int,
        position: *mut c_int,
    ) -> Caught;

    pub fn pgb_shared_request(name: *const c_char, common: usize, each: usize, gauges: usize);
    pub fn pgb_shared_area() -> *mut c_void;
    pub fn pgb_shared_slots() -> c_int;
    pub fn pgb_shared_slot() -> c_int;

    pub fn pgb_deadline_begin(milliseconds: c_int) -> i64;
    pub fn pgb_deadline_end(former: i64) -> bool;

    pub fn pgb_stack_is_too_deep() -> bool;
    pub fn pgb_check_stack_depth() -> Caught;
    pub fn pgb_stack_limit_bytes() -> c_long;
    pub fn pgb_check_interrupts() -> Caught;
    pub fn pgb_interrupt_flag() -> *const AtomicI32;
    pub fn pgb_is_told_to_stop() -> bool;
    pub fn pgb_current_user() -> Oid;
    pub fn pgb_session_user() -> Oid;
    pub fn pgb_outer_user() -> Oid;
    pub fn pgb_setting(name: *const c_char, value: *mut *mut c_char) -> Caught;
    pub fn pgb_database() -> Oid;
    pub fn pgb_role_name(role: Oid, name: *mut *mut c_char) -> Caught;
    pub fn pgb_role_oid(name: *const c_char, role: *mut Oid) -> Caught;
    pub fn pgb_is_member(member: Oid, role: Oid, answer: *mut bool) -> Caught;
    pub fn pgb_transaction_timestamp() -> i64;
    pub fn pgb_read_only_enter() -> ReadOnly;
    pub fn pgb_read_only_leave(state: ReadOnly);
    pub fn pgb_in_parallel_mode() -> bool;
    pub fn pgb_time_zone_name() -> *const c_char;
    pub fn pgb_time_zone_offset(seconds: *mut c_long) -> bool;
    pub fn pgb_recovery_in_progress() -> bool;
    pub fn pgb_identity_get(role: *mut Oid, context: *mut c_int);
    pub fn pgb_identity_set(role: Oid, context: c_int);
    pub fn pgb_identity_assume(role: Oid);
    pub fn pgb_settings_nest() -> c_int;
    pub fn pgb_setting_for_call(name: *const c_char, value: *const c_char) -> Caught;
    pub fn pgb_settings_restore(level: c_int) -> Caught;
    pub fn pgb_database_is_utf8() -> bool;
    pub fn pgb_is_backend() -> bool;
    pub fn pgb_lock_take(key: i64, wait: bool, taken: *mut bool) -> Caught;
    pub fn pgb_relation_oid(schema: *const c_char, name: *const c_char, relation: *mut Oid) -> Caught;
    pub fn pgb_may_select(relation: Oid, role: Oid, answer: *mut bool) -> Caught;
    pub fn pgb_command_counter() -> Caught;

    pub fn pgb_worker_run(
        library: *const c_char,
        function: *const c_char,
        payload: *const c_char,
        length: usize,
        started: *mut bool,
    ) -> Caught;

    pub fn pgb_heap_fetch(
        relation: Oid,
        key: *const c_char,
        columns: c_int,
        packed: c_int,
        values: *mut Datum,
        nulls: *mut bool,
        descriptor: *mut TupleDesc,
    ) -> Caught;
    pub fn pgb_heap_release(descriptor: TupleDesc, values: *mut Datum, nulls: *const bool);
    pub fn pgb_heap_fetch_parts(
        relation: Oid,
        key: *const c_char,
        take: unsafe extern "C" fn(taker: *mut c_void, bytes: *const c_char, length: usize),
        taker: *mut c_void,
    ) -> Caught;

    pub fn pgb_module_type(found: *mut Oid) -> Caught;
    pub fn pgb_module_find(schema: *const c_char, name: *const c_char, function: *mut Oid) -> Caught;
    pub fn pgb_module_may_import(function: Oid, role: Oid, answer: *mut bool) -> Caught;

    pub fn pgb_call_result_type(call: FunctionCallInfo, result: *mut ResultType) -> Caught;
    pub fn pgb_function_result_type(function: Oid, result: *mut ResultType) -> Caught;
    pub fn pgb_actual_types(
        call: FunctionCallInfo,
        count: c_int,
        types: *mut Oid,
        modes: *mut c_char,
        known: *mut bool,
    ) -> Caught;
    pub fn pgb_argument_type(call: FunctionCallInfo, index: c_int) -> Oid;
    pub fn pgb_argument_size(
        call: FunctionCallInfo,
        index: c_int,
        type_: *mut Oid,
        bytes: *mut usize,
    ) -> Caught;
    pub fn pgb_set_begin(call: FunctionCallInfo, descriptor: TupleDesc, set: *mut Set) -> Caught;
    pub fn pgb_set_put(set: *mut Set, values: *mut Datum, nulls: *mut bool) -> Caught;
    pub fn pgb_set_put_composite(set: *mut Set, row: Datum) -> Caught;
    pub fn pgb_set_end(call: FunctionCallInfo, set: *mut Set);

    pub fn pgb_is_window_call(call: FunctionCallInfo) -> bool;
    pub fn pgb_window_position(call: FunctionCallInfo, position: *mut i64) -> Caught;
    pub fn pgb_window_row_count(call: FunctionCallInfo, count: *mut i64) -> Caught;
    pub fn pgb_window_set_mark(call: FunctionCallInfo, position: i64) -> Caught;
    pub fn pgb_window_peers(call: FunctionCallInfo, first: i64, second: i64, peers: *mut bool) -> Caught;
    pub fn pgb_window_argument_current(
        call: FunctionCallInfo,
        index: c_int,
        value: *mut WindowValue,
    ) -> Caught;
    pub fn pgb_window_argument(
        call: FunctionCallInfo,
        in_frame: bool,
        index: c_int,
        offset: c_int,
        seek: c_int,
        set_mark: bool,
        value: *mut WindowValue,
    ) -> Caught;
    pub fn pgb_window_state(
        call: FunctionCallInfo,
        fresh: u64,
        freed: unsafe extern "C-unwind" fn(*mut c_void),
        state: *mut u64,
    ) -> Caught;
}

unsafe extern "C-unwind" {
    /// Longjmps: only [`crate::entry`] calls it, from a frame that holds nothing to drop.
    pub fn pgb_throw(error: *mut ErrorData) -> !;
    /// Exits: only [`crate::entry::end_backend`] calls it.
    pub fn pgb_end_backend(error: *mut ErrorData) -> !;
    /// Longjmps and exits: only [`crate::worker`] calls it, from such a frame.
    pub fn pgb_worker_main(
        argument: Datum,
        work: unsafe extern "C" fn(*const c_char, usize) -> *mut ErrorData,
    );
}
