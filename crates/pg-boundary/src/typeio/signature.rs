//! The conversions of one function's arguments and result, tied to the function they were chosen for.

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{ErrorReport, Value};

use super::Codec;
use crate::call::Call;
use crate::error::Result;

/// Codecs of a function. A call of another function is refused, so that a datum is never read as what it is not: the
/// argument types of a function cannot change while it keeps its OID.
pub struct Signature {
    function: Oid,
    arguments: Vec<Codec>,
    result: Codec,
    /// Whether any of the types is one that can be altered.
    may_change: bool,
    /// The types that a polymorphic function's arguments have in the calls it was prepared for; else empty.
    actual: Box<[Oid]>,
}

impl Signature {
    /// Codecs for the function of that OID, one for each input argument in order.
    pub fn new(function: Oid, arguments: Vec<Codec>, result: Codec) -> Self {
        Self::for_types(function, arguments, result, Box::default())
    }

    /// As [`Self::new`] for a polymorphic function: only calls in which its arguments have these types fit.
    pub fn for_types(function: Oid, arguments: Vec<Codec>, result: Codec, actual: Box<[Oid]>) -> Self {
        let may_change = result.may_change() || arguments.iter().any(Codec::may_change);
        Self { function, arguments, result, may_change, actual }
    }

    /// Whether the types are still what they were when the codecs were chosen.
    ///
    /// Errors: a type is gone.
    #[inline]
    pub fn is_current(&self) -> Result<bool> {
        if self.may_change { self.has_not_changed() } else { Ok(true) }
    }

    #[cold]
    fn has_not_changed(&self) -> Result<bool> {
        for codec in self.arguments.iter().chain([&self.result]) {
            if !codec.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn arguments(&self) -> &[Codec] {
        &self.arguments
    }

    pub fn result(&self) -> &Codec {
        &self.result
    }

    /// Checks that `call` is one of this function. To be asked once before its arguments are read.
    #[inline]
    pub fn of<'a>(&'a self, call: &'a Call) -> Result<Arguments<'a>> {
        if call.function() != self.function
            || call.argument_count() != self.arguments.len()
            || !(self.actual.is_empty() || self.is_called_with_its_types(call))
        {
            return Err(Box::new(ErrorReport::internal("a call does not fit the function it names")));
        }
        Ok(Arguments { signature: self, call })
    }

    #[cold]
    fn is_called_with_its_types(&self, call: &Call) -> bool {
        self.actual.iter().enumerate().all(|(index, oid)| call.argument_type(index) == *oid)
    }

    /// The datum of a result; `None` is SQL NULL.
    #[inline]
    pub fn encode_result(&self, value: &Value<'_>) -> Result<Option<Datum>> {
        self.result.encode(value)
    }
}

/// The arguments of a call.
pub struct Arguments<'a> {
    signature: &'a Signature,
    call: &'a Call,
}

impl<'a> Arguments<'a> {
    #[inline]
    pub fn len(&self) -> usize {
        self.signature.arguments.len()
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives one argument to `to`. Text and bytes are borrowed from it where they lie flat in memory.
    ///
    /// Errors: those of unpacking a stored value, and 22021 for text that is not valid.
    #[inline]
    pub fn give<R>(&self, index: usize, to: impl FnOnce(&Value<'_>) -> R) -> Result<R> {
        let (Some(datum), Some(codec)) = (self.call.datum(index), self.signature.arguments.get(index)) else {
            return Ok(to(&Value::Null));
        };
        // SAFETY: `of` has checked that the call is one of the function whose argument types the codecs were made for,
        // and the arguments live as long as the call.
        unsafe { codec.give(datum, to) }
    }
}
