//! `record`: composites that say themselves what they are. A session numbers each list of columns that it meets, and
//! the number stays, so that the codec of a number can be kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{CompositeValue, Dialect};

use super::row::RowCodec;
use crate::error::{Result, check};
use crate::raw;

/// How many codecs of records a backend keeps.
const CAPACITY: usize = 256;

thread_local! {
    static CODECS: RefCell<HashMap<(Oid, i32, Dialect), Rc<RowCodec>>> = RefCell::new(HashMap::new());
}

/// A composite value in one piece, and the type its header says.
pub struct Identity {
    pub flat: Datum,
    pub oid: Oid,
    pub typmod: i32,
}

/// # Safety
/// `datum` is a composite value, not NULL.
pub unsafe fn identify(datum: Datum) -> Result<Identity> {
    let mut identity = Identity { flat: Datum::null(), oid: Oid::INVALID, typmod: -1 };
    // SAFETY: the caller's promise; the shim catches errors.
    unsafe {
        check(raw::pgb_row_identify(datum, &mut identity.flat, &mut identity.oid, &mut identity.typmod))?;
    }
    Ok(identity)
}

/// The value of a record.
///
/// # Safety
/// `datum` is a composite value, not NULL, that lives as long as `'a` says.
pub unsafe fn decode<'a>(datum: Datum, dialect: Dialect) -> Result<CompositeValue<'a>> {
    // SAFETY: the caller's promise.
    unsafe { decode_as(&identify(datum)?, dialect) }
}

/// The value of a composite as what its header says.
///
/// # Safety
/// `identity` is that of a composite value that lives as long as `'a` says.
pub unsafe fn decode_as<'a>(identity: &Identity, dialect: Dialect) -> Result<CompositeValue<'a>> {
    let codec = codec(identity.oid, identity.typmod, dialect)?;
    // SAFETY: the caller's promise, and the codec was made for the type in the header.
    unsafe { codec.decode_identified(identity) }
}

fn codec(oid: Oid, typmod: i32, dialect: Dialect) -> Result<Rc<RowCodec>> {
    let known = CODECS.with_borrow(|codecs| codecs.get(&(oid, typmod, dialect)).cloned());
    if let Some(codec) = known
        && codec.is_current()?
    {
        return Ok(codec);
    }
    let codec = Rc::new(RowCodec::of_type(oid, typmod, dialect)?);
    let dropped = CODECS.with_borrow_mut(|codecs| {
        let full = codecs.len() >= CAPACITY;
        let dropped = if full { std::mem::take(codecs) } else { HashMap::new() };
        codecs.insert((oid, typmod, dialect), Rc::clone(&codec));
        dropped
    });
    drop(dropped);
    Ok(codec)
}
