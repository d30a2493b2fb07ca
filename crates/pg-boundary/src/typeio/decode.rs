//! Datums to values. Text and bytes are borrowed from the datum where it lies flat in memory.

use std::borrow::Cow;
use std::ffi::c_char;
use std::mem::ManuallyDrop;

use pgrx::pg_sys::{self, Datum, varlena};
use plts_core::{TimestampTz, Value, jsonb};

use super::{Codec, Kind, record};
use crate::error::{Result, check};
use crate::{raw, text};

impl Codec {
    /// Gives the value of a datum to `to`, made where it is read.
    ///
    /// # Safety
    /// As [`Self::decode`], and the datum lives until this returns.
    #[inline]
    pub(crate) unsafe fn give<R>(&self, datum: Datum, to: impl FnOnce(&Value<'_>) -> R) -> Result<R> {
        // What borrows or owns nothing wants no dropping.
        Ok(match &self.kind {
            Kind::Int4 => to(&ManuallyDrop::new(Value::Int(datum.value() as i32))),
            Kind::TimestampTz => {
                to(&ManuallyDrop::new(Value::TimestampTz(TimestampTz(datum.value() as i64))))
            }
            // SAFETY: the caller's promise: a datum of that type.
            Kind::Text => match text::from_server(unsafe { flat_bytes(datum)? })? {
                Cow::Borrowed(text) => to(&ManuallyDrop::new(Value::Text(Cow::Borrowed(text)))),
                owned => to(&Value::Text(owned)),
            },
            // SAFETY: the caller's promise.
            _ => to(&unsafe { self.decode(datum)? }),
        })
    }

    /// The value of a datum.
    ///
    /// # Safety
    /// `datum` is not NULL, of the type the codec was made for, and lives as long as `'a` says.
    #[inline]
    pub(crate) unsafe fn decode<'a>(&self, datum: Datum) -> Result<Value<'a>> {
        let mut value = Value::Null;
        // SAFETY: the caller's promise.
        unsafe { self.decode_over(datum, &mut value)? };
        Ok(value)
    }

    /// As [`Self::decode`], written over [`Value::Null`] where it is wanted. Each kind writes its own: a value that is put
    /// together elsewhere and moved is read before the processor has it written, which takes longer than all the rest.
    ///
    /// # Safety
    /// As [`Self::decode`].
    #[inline]
    pub(crate) unsafe fn decode_over<'a>(&self, datum: Datum, place: &mut Value<'a>) -> Result<()> {
        match &self.kind {
            Kind::Void => {}
            Kind::Bool => put(place, Value::Bool(datum.value() as u8 != 0)),
            Kind::Int2 => put(place, Value::Int(i32::from(datum.value() as i16))),
            Kind::Int4 => put(place, Value::Int(datum.value() as i32)),
            Kind::Int8 => put(place, Value::BigInt(datum.value() as i64)),
            Kind::Oid => put(place, Value::Unsigned(datum.value() as u32)),
            Kind::Float4 => put(place, Value::Float(f64::from(f32::from_bits(datum.value() as u32)))),
            Kind::Float8 => put(place, Value::Float(f64::from_bits(datum.value() as u64))),
            Kind::TimestampTz => put(place, Value::TimestampTz(TimestampTz(datum.value() as i64))),
            // SAFETY: the caller's promise: a datum of that type.
            Kind::Text => match text::from_server(unsafe { flat_bytes(datum)? })? {
                Cow::Borrowed(text) => put(place, Value::Text(Cow::Borrowed(text))),
                owned => put(place, Value::Text(owned)),
            },
            // SAFETY: the caller's promise, for each of the types below.
            _ => put(place, unsafe { self.decode_by_reference(datum)? }),
        }
        Ok(())
    }

    /// # Safety
    /// As [`Self::decode`].
    unsafe fn decode_by_reference<'a>(&self, datum: Datum) -> Result<Value<'a>> {
        // SAFETY: the caller's promise says what lies behind the datum in each case.
        unsafe {
            Ok(match &self.kind {
                Kind::Json(_) => Value::Json(text::from_server(flat_bytes(datum)?)?),
                Kind::Bytea => Value::Bytes(Cow::Borrowed(flat_bytes(datum)?)),
                Kind::Uuid => {
                    let bytes = &*datum.cast_mut_ptr::<[u8; 16]>();
                    Value::Text(Cow::Owned(plts_core::uuid::print(bytes)))
                }
                Kind::Date(_) => Value::Text(Cow::Owned(plts_core::date::print(datum.value() as i32))),
                Kind::DateAsTime(_) => Value::TimestampTz(TimestampTz::of_day(datum.value() as i32)),
                Kind::NumericAsNumber(_) => {
                    let mut printed = std::ptr::null_mut();
                    check(raw::pgb_numeric_text(datum, &mut printed))?;
                    // PostgreSQL prints what Rust reads, NaN and Infinity too.
                    Value::Float(text::take(printed)?.parse().unwrap_or(f64::NAN))
                }
                Kind::Numeric(_) => {
                    let mut printed = std::ptr::null_mut();
                    check(raw::pgb_numeric_text(datum, &mut printed))?;
                    Value::Text(Cow::Owned(text::take(printed)?))
                }
                Kind::Jsonb => Value::Json(Cow::Owned(jsonb_text(datum)?)),
                Kind::Io(io) => Value::Text(Cow::Owned(io.output(datum)?)),
                Kind::TimestampTzRounded(_) | Kind::Timestamp(_) => {
                    Value::TimestampTz(TimestampTz(datum.value() as i64))
                }
                Kind::Array(array) => array.decode(datum)?,
                Kind::Composite(row) => Value::Composite(row.decode(datum)?),
                Kind::Numbers(numbers) => Value::Numbers(Box::new(numbers.decode(datum)?)),
                Kind::Record(dialect) => Value::Composite(record::decode(datum, *dialect)?),
                Kind::Range(range) => Value::Range(Box::new(range.decode(datum)?)),
                Kind::Multirange(multirange) => Value::Array(multirange.decode(datum)?),
                // A value of a domain lies in memory as one of its base type.
                Kind::Domain(domain) => return domain.base().decode(datum),
                Kind::Void
                | Kind::Bool
                | Kind::Int2
                | Kind::Int4
                | Kind::Int8
                | Kind::Oid
                | Kind::Float4
                | Kind::Float8
                | Kind::TimestampTz
                | Kind::Text => return self.decode(datum),
            })
        }
    }
}

/// Writes over [`Value::Null`], which wants no dropping.
#[inline]
fn put<'a>(place: &mut Value<'a>, value: Value<'a>) {
    std::mem::forget(std::mem::replace(place, value));
}

/// The text of a `jsonb`.
///
/// # Safety
/// `datum` is a `jsonb`.
pub(crate) unsafe fn jsonb_text(datum: Datum) -> Result<String> {
    // SAFETY: the caller's promise.
    let stored = unsafe { flat_bytes(datum)? };
    let mut json = String::new();
    if jsonb::print(stored, &mut json).is_some() && (text::is_utf8() || json.is_ascii()) {
        return Ok(json);
    }
    let (mut printed, mut length) = (std::ptr::null_mut::<c_char>(), 0);
    // SAFETY: the caller's promise; the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_jsonb_text(datum, &mut printed, &mut length))?;
        text::take(printed)
    }
}

/// The bytes of a varlena, fetched and unpacked only when it is stored elsewhere or compressed.
///
/// # Safety
/// `datum` is a varlena that lives as long as `'a` says.
pub(super) unsafe fn flat_bytes<'a>(datum: Datum) -> Result<&'a [u8]> {
    let mut value = datum.cast_mut_ptr::<varlena>();
    // SAFETY: the caller's promise; VARATT_IS_EXTENDED looks at the first byte. A value that detoasting makes lives in
    // the current memory context, which is the call's.
    unsafe {
        if pgrx::varatt_is_1b_e(value) || pgrx::varatt_is_4b_c(value) {
            check(raw::pgb_detoast(datum, &mut value))?;
        }
        Ok(pgrx::varlena::varlena_to_byte_slice(value))
    }
}

/// The type codes that [`Codec::new`] knows are PostgreSQL's own and never change.
const _: () = assert!(pg_sys::TEXTOID.to_u32() == 25);
