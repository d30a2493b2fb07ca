//! The session around a call: users, transaction, interrupts, locks, privileges.

use std::ffi::CStr;
use std::sync::atomic::AtomicI32;

use pgrx::guc::{GucSetting, GucValue};
use pgrx::pg_sys::Oid;
use plts_core::TimestampTz;

use crate::error::{Result, check};
use crate::{raw, text};

/// True when PostgreSQL's own limit (`max_stack_depth`) is reached.
#[inline]
pub fn stack_is_too_deep() -> bool {
    // SAFETY: compares addresses; there is no error path.
    unsafe { raw::pgb_stack_is_too_deep() }
}

/// Errors: 54001 when the stack is too deep.
pub fn check_stack_depth() -> Result<()> {
    // SAFETY: the shim catches the error.
    unsafe { check(raw::pgb_check_stack_depth()) }
}

/// The size of the process's stack in bytes, when the operating system says one.
pub fn stack_limit_bytes() -> Option<usize> {
    // SAFETY: asks the operating system; there is no error path.
    usize::try_from(unsafe { raw::pgb_stack_limit_bytes() }).ok()
}

/// Serves pending interrupts.
///
/// Errors: 57014 and whatever else an interrupt raises. A shutdown does not return at all.
pub fn check_interrupts() -> Result<()> {
    // SAFETY: the shim catches the error.
    unsafe { check(raw::pgb_check_interrupts()) }
}

/// PostgreSQL's `InterruptPending`. It may be read from any thread.
pub fn interrupt_flag() -> &'static AtomicI32 {
    // SAFETY: the address of a global `volatile sig_atomic_t`, an int that lives as long as the process.
    unsafe { &*raw::pgb_interrupt_flag() }
}

/// Whether a cancel, a timeout, a shutdown or a lost client waits to end what runs. It may be asked from any thread.
pub fn is_told_to_stop() -> bool {
    // SAFETY: reads `volatile sig_atomic_t` variables of the backend.
    unsafe { raw::pgb_is_told_to_stop() }
}

/// The user whose rights count now.
#[inline]
pub fn current_user() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_current_user() }
}

/// The user who logged in, or whom SET SESSION AUTHORIZATION made.
pub fn session_user() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_session_user() }
}

/// The user whose rights count outside of functions that run with their owner's.
pub fn outer_user() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_outer_user() }
}

/// A setting as text; `None` when there is none of that name, and when it is empty.
///
/// Errors: 42501 for one that the user may not see.
pub fn setting(name: &str) -> Result<Option<String>> {
    let name = text::to_server(name)?;
    let mut value = std::ptr::null_mut();
    // SAFETY: a C string; the shim catches errors and gives a palloc'd C string or null.
    unsafe {
        check(raw::pgb_setting(name.as_ptr(), &mut value))?;
        if value.is_null() {
            return Ok(None);
        }
        text::take(value).map(|value| (!value.is_empty()).then_some(value))
    }
}

pub fn current_database() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_database() }
}

/// Errors: XX000 when there is no such role.
pub fn role_name(role: Oid) -> Result<String> {
    let mut name = std::ptr::null_mut();
    // SAFETY: the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_role_name(role, &mut name))?;
        text::take(name)
    }
}

/// The role of that name, if there is one.
pub fn role_by_name(name: &str) -> Result<Option<Oid>> {
    let name = text::to_server(name)?;
    let mut role = Oid::INVALID;
    // SAFETY: a C string; the shim catches errors.
    unsafe { check(raw::pgb_role_oid(name.as_ptr(), &mut role))? };
    Ok((role != Oid::INVALID).then_some(role))
}

/// Whether `member` is `role` or a member of it, directly or not; a superuser is a member of every role.
pub fn is_member_of(member: Oid, role: Oid) -> Result<bool> {
    let mut answer = false;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_is_member(member, role, &mut answer))? };
    Ok(answer)
}

/// When the transaction began: what `now()` gives.
pub fn transaction_timestamp() -> TimestampTz {
    // SAFETY: reads a variable of the backend.
    TimestampTz(unsafe { raw::pgb_transaction_timestamp() })
}

/// The transaction is read-only until this is dropped. PostgreSQL refuses to make it writable again inside, and an
/// abort restores what was.
#[must_use]
pub struct ReadOnlyTransaction {
    former: raw::ReadOnly,
}

impl ReadOnlyTransaction {
    pub fn enter() -> Self {
        // SAFETY: reads and sets variables of the backend.
        Self { former: unsafe { raw::pgb_read_only_enter() } }
    }
}

impl Drop for ReadOnlyTransaction {
    fn drop(&mut self) {
        // SAFETY: sets variables of the backend to what they were.
        unsafe { raw::pgb_read_only_leave(self.former) };
    }
}

/// Whether a parallel query is running: then no subtransaction can begin, in the leader as in a worker.
pub fn in_parallel_mode() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_in_parallel_mode() }
}

/// False in the postmaster, where V8 must not start: nothing of it would survive the fork.
pub fn is_backend() -> bool {
    // SAFETY: reads variables of the process.
    unsafe { raw::pgb_is_backend() }
}

/// A setting as it is now. Each call asks for some, and pgrx asks each time which thread it is on.
#[inline]
pub fn value_of<T: GucValue<Raw = T> + Copy>(setting: &GucSetting<T>) -> T {
    // SAFETY: settings change on the backend's main thread alone, between two of its steps; nothing else runs there now.
    unsafe { *setting.as_ptr() }
}

/// Whether the postmaster is loading `shared_preload_libraries`.
pub fn is_preloading() -> bool {
    // SAFETY: reads a variable of the process.
    unsafe { pgrx::pg_sys::process_shared_preload_libraries_in_progress }
}

/// Whether the server is in recovery (a standby).
pub fn is_in_recovery() -> bool {
    // SAFETY: reads shared memory; there is no error path.
    unsafe { raw::pgb_recovery_in_progress() }
}

/// Takes the transaction-level advisory lock of `key`. Without `wait`, false when another session has it.
///
/// Errors: 57014, 55P03 (by `lock_timeout`) and 40P01 while waiting.
pub fn take_advisory_lock(key: i64, wait: bool) -> Result<bool> {
    let mut taken = false;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_lock_take(key, wait, &mut taken))? };
    Ok(taken)
}

/// The table of that name, if there is one.
pub fn relation(schema: &str, name: &str) -> Result<Option<Oid>> {
    let (schema, name) = (text::to_server(schema)?, text::to_server(name)?);
    let mut relation = Oid::INVALID;
    // SAFETY: C strings; the shim catches errors.
    unsafe { check(raw::pgb_relation_oid(schema.as_ptr(), name.as_ptr(), &mut relation))? };
    Ok((relation != Oid::INVALID).then_some(relation))
}

/// Whether `role` has SELECT on the table.
pub fn may_select(relation: Oid, role: Oid) -> Result<bool> {
    let mut answer = false;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_may_select(relation, role, &mut answer))? };
    Ok(answer)
}

/// Makes what this command did visible to the next.
pub fn next_command() -> Result<()> {
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_command_counter()) }
}

/// Keeps the prefix of custom settings for those that are registered: from now on one with another name is an error, and
/// no misspelt limit is silently none.
pub fn reserve_settings(prefix: &'static CStr) {
    // SAFETY: a C string that lives for ever; called while a library is loaded, as PostgreSQL asks.
    unsafe { pgrx::pg_sys::MarkGUCPrefixReserved(prefix.as_ptr()) };
}

/// Reports a message below ERROR to the client and the log, as their settings ask.
pub fn log(level: MessageLevel, message: &str) -> Result<()> {
    let message = text::to_server(&message.replace('\0', "\u{FFFD}"))?;
    // SAFETY: a C string; the shim catches errors.
    unsafe { check(raw::pgb_log(level as i32, message.as_ptr())) }
}

/// Writes a line to the server's log, and nothing of the statement that runs. The client does not see it.
pub fn log_event(line: &str) -> Result<()> {
    let line = text::to_server(line)?;
    // SAFETY: a C string; the shim catches errors.
    unsafe { check(raw::pgb_log_event(line.as_ptr())) }
}

/// Whether a message of that level would reach the client or the log.
pub fn log_is_wanted(level: MessageLevel) -> bool {
    // SAFETY: compares settings; there is no error path.
    unsafe { raw::pgb_log_is_wanted(level as i32) }
}

/// The levels of `elog.h` that do not raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum MessageLevel {
    Debug5 = pgrx::pg_sys::DEBUG5 as i32,
    Debug4 = pgrx::pg_sys::DEBUG4 as i32,
    Debug3 = pgrx::pg_sys::DEBUG3 as i32,
    Debug2 = pgrx::pg_sys::DEBUG2 as i32,
    Debug = pgrx::pg_sys::DEBUG1 as i32,
    Log = pgrx::pg_sys::LOG as i32,
    Info = pgrx::pg_sys::INFO as i32,
    Notice = pgrx::pg_sys::NOTICE as i32,
    Warning = pgrx::pg_sys::WARNING as i32,
}
