//! Ranges and multiranges, by their bounds.

use std::ffi::c_int;
use std::sync::Arc;

use pgrx::pg_sys::{Datum, Oid};
use plts_core::{CompositeShape, ErrorReport, RangeValue, SqlState, Value};

use super::{Codec, Use, type_name};
use crate::error::{Result, check};
use crate::raw;

/// How values of one range type are converted.
pub struct RangeCodec {
    oid: Oid,
    bound: Codec,
}

impl RangeCodec {
    pub fn new(oid: Oid, purpose: Use) -> Result<Self> {
        let mut element = Oid::INVALID;
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_range_element(oid, &mut element))? };
        Ok(Self { oid, bound: Codec::new(element, -1, purpose)? })
    }

    /// How its bounds are converted.
    pub fn bound(&self) -> &Codec {
        &self.bound
    }

    /// What its values are in JavaScript, under the name of that type.
    pub fn shape(&self, named: Oid) -> Result<Arc<CompositeShape>> {
        let name = type_name(named, -1)?;
        Ok(Arc::new(CompositeShape::of_range(name, self.bound.shape().clone())))
    }

    /// # Safety
    /// `datum` is a value of the range type, not NULL, that lives as long as `'a` says.
    pub unsafe fn decode<'a>(&self, datum: Datum) -> Result<RangeValue<'a>> {
        let mut range = std::mem::MaybeUninit::<raw::Range>::zeroed();
        // SAFETY: the caller's promise; the shim catches errors and else fills the record; a bound that is there is of
        // the element type, inside the range or its detoasted copy.
        unsafe {
            check(raw::pgb_range_open(datum, range.as_mut_ptr()))?;
            let range = range.assume_init();
            if range.empty {
                return Ok(RangeValue::Empty);
            }
            Ok(RangeValue::Bounds {
                lower: if range.lower_infinite { Value::Null } else { self.bound.decode(range.lower)? },
                upper: if range.upper_infinite { Value::Null } else { self.bound.decode(range.upper)? },
                lower_inclusive: range.lower_inclusive,
                upper_inclusive: range.upper_inclusive,
            })
        }
    }

    /// Errors: those of the element type, and 22000 for bounds in the wrong order.
    pub fn encode(&self, value: &RangeValue<'_>) -> Result<Datum> {
        let mut range = raw::Range {
            empty: true,
            lower_infinite: true,
            upper_infinite: true,
            lower_inclusive: false,
            upper_inclusive: false,
            lower: Datum::null(),
            upper: Datum::null(),
        };
        if let RangeValue::Bounds { lower, upper, lower_inclusive, upper_inclusive } = value {
            // A bound that is NULL is none; a domain as element type is not asked about it.
            let encode = |bound: &Value<'_>| match bound {
                Value::Null => Ok(None),
                bound => self.bound.encode(bound),
            };
            let (lower, upper) = (encode(lower)?, encode(upper)?);
            range = raw::Range {
                empty: false,
                lower_infinite: lower.is_none(),
                upper_infinite: upper.is_none(),
                lower_inclusive: *lower_inclusive,
                upper_inclusive: *upper_inclusive,
                lower: lower.unwrap_or(Datum::null()),
                upper: upper.unwrap_or(Datum::null()),
            };
        }
        let mut datum = Datum::null();
        // SAFETY: the bounds are of the element type; the shim catches errors.
        unsafe { check(raw::pgb_range_make(self.oid, &range, &mut datum))? };
        Ok(datum)
    }
}

/// How values of one multirange type are converted.
pub struct MultirangeCodec {
    oid: Oid,
    range: RangeCodec,
}

impl MultirangeCodec {
    pub fn new(oid: Oid, purpose: Use) -> Result<Self> {
        let mut range = Oid::INVALID;
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_multirange_element(oid, &mut range))? };
        Ok(Self { oid, range: RangeCodec::new(range, purpose)? })
    }

    /// How the bounds of its ranges are converted.
    pub fn bound(&self) -> &Codec {
        self.range.bound()
    }

    /// What each of its ranges is in JavaScript, under the name of that type.
    pub fn shape(&self, named: Oid) -> Result<Arc<CompositeShape>> {
        self.range.shape(named)
    }

    /// # Safety
    /// `datum` is a value of the multirange type, not NULL, that lives as long as `'a` says.
    pub unsafe fn decode<'a>(&self, datum: Datum) -> Result<Vec<Value<'a>>> {
        let (mut count, mut ranges) = (0, std::ptr::null_mut());
        // SAFETY: the caller's promise; the shim catches errors.
        unsafe { check(raw::pgb_multirange_open(datum, &mut count, &mut ranges))? };
        let count = usize::try_from(count).unwrap_or(0);
        (0..count)
            // SAFETY: `count` ranges of the multirange's type, in the current memory context.
            .map(|index| unsafe {
                self.range.decode(*ranges.add(index)).map(|range| Value::Range(Box::new(range)))
            })
            .collect()
    }

    /// Errors: as [`RangeCodec::encode`].
    pub fn encode(&self, values: &[Value<'_>]) -> Result<Datum> {
        let ranges = values
            .iter()
            .map(|value| match value {
                Value::Range(range) => self.range.encode(range),
                _ => Err(Box::new(ErrorReport::internal("a multirange holds something that is no range"))),
            })
            .collect::<Result<Vec<Datum>>>()?;
        let count = c_int::try_from(ranges.len()).map_err(|_| {
            Box::new(ErrorReport::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "multirange has too many ranges"))
        })?;
        let mut datum = Datum::null();
        // SAFETY: as many ranges of its range type as it says; the shim catches errors.
        unsafe { check(raw::pgb_multirange_make(self.oid, ranges.as_ptr(), count, &mut datum))? };
        Ok(datum)
    }
}
