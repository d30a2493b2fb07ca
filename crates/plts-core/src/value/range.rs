//! Ranges.

use super::Value;

/// A range. A bound that is `Null` is no bound: the range goes on for ever on that side.
#[derive(Clone, Debug, PartialEq)]
pub enum RangeValue<'a> {
    Empty,
    Bounds { lower: Value<'a>, upper: Value<'a>, lower_inclusive: bool, upper_inclusive: bool },
}

impl RangeValue<'_> {
    pub fn into_owned(self) -> RangeValue<'static> {
        match self {
            Self::Empty => RangeValue::Empty,
            Self::Bounds { lower, upper, lower_inclusive, upper_inclusive } => RangeValue::Bounds {
                lower: lower.into_owned(),
                upper: upper.into_owned(),
                lower_inclusive,
                upper_inclusive,
            },
        }
    }
}
