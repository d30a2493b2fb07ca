//! What `pg_proc` says of a function, and when it has changed.

use std::ffi::{CStr, c_char, c_int};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{ErrorReport, SqlState};

use crate::error::{Result, check};
use crate::{raw, text};

/// A row of `pg_proc`, copied.
#[derive(Clone, Debug)]
pub struct FunctionRow {
    pub oid: Oid,
    pub owner: Oid,
    pub version: RowVersion,
    pub schema: String,
    pub name: String,
    pub source: String,
    pub result: Oid,
    pub returns_set: bool,
    pub kind: FunctionKind,
    pub volatility: Volatility,
    /// All arguments, in the order of `pg_proc`.
    pub arguments: Vec<Argument>,
}

/// Which version of its row a function is: another transaction or another place means another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowVersion {
    xmin: u32,
    block: u32,
    offset: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    Function,
    Procedure,
    Window,
    Aggregate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: Option<String>,
    pub type_oid: Oid,
    pub mode: ArgumentMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentMode {
    In,
    Out,
    InOut,
    Variadic,
    Table,
}

impl ArgumentMode {
    /// Whether a call gives it a value.
    pub fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }

    /// Whether it is a part of the result.
    pub fn is_output(self) -> bool {
        matches!(self, Self::Out | Self::InOut | Self::Table)
    }
}

impl FunctionRow {
    /// The arguments that a call gives values to, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.mode.is_input())
    }

    /// The arguments that make up the result, in order.
    pub fn outputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.mode.is_output())
    }

    /// Reads a function's row from the system cache.
    ///
    /// Errors: XX000 when there is none.
    pub fn lookup(oid: Oid) -> Result<Self> {
        let mut found = std::mem::MaybeUninit::<raw::PgFunction>::zeroed();
        // SAFETY: the shim fills the record, or gives an error; a zeroed record is a valid one.
        let found = unsafe {
            check(raw::pgb_function_lookup(oid, found.as_mut_ptr()))?;
            found.assume_init()
        };
        // SAFETY: filled by the shim with palloc'd C strings and arrays of `argument_count`.
        unsafe { read(&found) }
    }
}

/// # Safety
/// `found` was filled by `pgb_function_lookup`.
unsafe fn read(found: &raw::PgFunction) -> Result<FunctionRow> {
    let count = usize::try_from(found.argument_count).unwrap_or(0);
    let mut arguments = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: the arrays have `count` entries, and the optional ones are null when absent.
        let (type_oid, mode, name) = unsafe {
            (
                *found.types.add(index),
                found.modes.as_ref().map_or(b'i', |_| *found.modes.add(index) as u8),
                found.names.as_ref().and_then(|_| (*found.names.add(index)).as_ref()),
            )
        };
        let name = name
            // SAFETY: each name is a C string.
            .map(|name| unsafe { owned(name) })
            .transpose()?
            .filter(|name| !name.is_empty());
        arguments.push(Argument { name, type_oid, mode: argument_mode(mode)? });
    }
    // SAFETY: C strings all, by the caller's promise.
    let (schema, name, source) = unsafe { (owned(found.schema)?, owned(found.name)?, owned(found.source)?) };
    Ok(FunctionRow {
        oid: found.oid,
        owner: found.owner,
        version: RowVersion {
            xmin: found.xmin,
            block: (u32::from(found.tid.ip_blkid.bi_hi) << 16) | u32::from(found.tid.ip_blkid.bi_lo),
            offset: found.tid.ip_posid,
        },
        schema,
        name,
        source,
        result: found.result,
        returns_set: found.returns_set,
        kind: match found.kind as u8 {
            b'f' => FunctionKind::Function,
            b'p' => FunctionKind::Procedure,
            b'w' => FunctionKind::Window,
            b'a' => FunctionKind::Aggregate,
            other => return Err(unknown("prokind", other)),
        },
        volatility: match found.volatility as u8 {
            b'i' => Volatility::Immutable,
            b's' => Volatility::Stable,
            b'v' => Volatility::Volatile,
            other => return Err(unknown("provolatile", other)),
        },
        arguments,
    })
}

/// # Safety
/// `text` is a C string.
unsafe fn owned(text: *const c_char) -> Result<String> {
    // SAFETY: the caller's promise.
    Ok(text::from_server(unsafe { CStr::from_ptr(text) }.to_bytes())?.into_owned())
}

fn argument_mode(mode: u8) -> Result<ArgumentMode> {
    Ok(match mode {
        b'i' => ArgumentMode::In,
        b'o' => ArgumentMode::Out,
        b'b' => ArgumentMode::InOut,
        b'v' => ArgumentMode::Variadic,
        b't' => ArgumentMode::Table,
        other => return Err(unknown("proargmodes", other)),
    })
}

#[cold]
fn unknown(column: &str, value: u8) -> Box<ErrorReport> {
    Box::new(ErrorReport::internal(format!("unknown {column} \"{}\" in pg_proc", char::from(value))))
}

/// The function as `schema.name(types)`, the schema left out where the search path finds it.
pub fn signature(oid: Oid) -> Result<String> {
    let mut signature = std::ptr::null_mut();
    // SAFETY: the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_function_signature(oid, &mut signature))?;
        text::take(signature)
    }
}

static CHANGES: AtomicU64 = AtomicU64::new(1);

/// A number that grows whenever a row of `pg_proc` may have changed, as this backend learns of it. As long as it is the
/// same, what [`FunctionRow::lookup`] gave still holds.
#[inline]
pub fn catalog_version() -> u64 {
    CHANGES.load(Ordering::Relaxed)
}

/// Begins to watch `pg_proc`; to be called before the first lookup that is kept. Later calls do nothing.
pub fn watch_catalog() -> Result<()> {
    static ONCE: Once = Once::new();
    let mut outcome = Ok(());
    // SAFETY: the callback is a plain function that lives as long as the library, which is never unloaded.
    ONCE.call_once(|| outcome = unsafe { check(raw::pgb_function_watch(note_change)) });
    outcome
}

/// Called by PostgreSQL for each change of `pg_proc`; it only counts.
unsafe extern "C-unwind" fn note_change(_argument: Datum, _cache: c_int, _hash: u32) {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}

/// Whether a validator should look at the function at all (`CheckFunctionValidatorAccess`).
///
/// Errors: 42501 when the caller may not see the language or the function.
pub fn validator_access(validator: Oid, function: Oid) -> Result<bool> {
    let mut allowed = false;
    // SAFETY: the shim catches errors.
    unsafe { check(raw::pgb_validator_access(validator, function, &mut allowed))? };
    Ok(allowed)
}

/// The setting `check_function_bodies`.
pub fn checks_bodies() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { raw::pgb_check_function_bodies() }
}

/// The one-based character position of a line and column (one-based, UTF-16 columns) within a source; 0 when unknown.
pub fn position_in(source: &str, line: u32, column: u32) -> i32 {
    let Ok(source) = text::to_server(source) else { return 0 };
    let (Ok(line), Ok(column)) = (c_int::try_from(line), c_int::try_from(column)) else { return 0 };
    let mut position = 0;
    // SAFETY: a C string; the shim catches errors.
    match unsafe { check(raw::pgb_syntax_position(source.as_ptr(), line, column, &mut position)) } {
        Ok(()) => position,
        Err(_) => 0,
    }
}

/// An error of 0A000 for something a function asks that is not there yet.
pub fn unsupported(what: impl Into<String>) -> Box<ErrorReport> {
    Box::new(ErrorReport::new(SqlState::FEATURE_NOT_SUPPORTED, what))
}
