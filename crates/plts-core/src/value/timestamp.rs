//! `timestamptz`, and how it becomes the time value of a JavaScript `Date`.

/// Microseconds between 1970-01-01 and 2000-01-01, PostgreSQL's epoch.
const EPOCH_DIFFERENCE_MICROS: i64 = 946_684_800_000_000;
/// The largest time a JavaScript `Date` can hold, in milliseconds either side of 1970 (ECMA-262, Time Values).
const DATE_RANGE_MILLIS: i64 = 8_640_000_000_000_000;
/// The first `timestamptz` there is, 4714-11-24 BC (`MIN_TIMESTAMP` in `datatype/timestamp.h`).
const LEAST_MICROS: i64 = -211_813_488_000_000_000;

/// A `timestamptz`: microseconds since 2000-01-01 UTC; `i64::MIN` and `i64::MAX` are the infinities, as
/// `datatype/timestamp.h` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimestampTz(pub i64);

/// A time that the other side cannot hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("timestamp out of range")]
pub struct TimestampOutOfRange;

impl crate::Reportable for TimestampOutOfRange {
    fn sqlstate(&self) -> crate::SqlState {
        crate::SqlState::DATETIME_FIELD_OVERFLOW
    }
}

impl TimestampTz {
    pub const NEGATIVE_INFINITY: Self = Self(i64::MIN);
    pub const INFINITY: Self = Self(i64::MAX);

    /// The `Date` time value in milliseconds since 1970, and the microseconds (0 to 999) it cannot hold. The
    /// infinities give `±Infinity`, which is a number in JavaScript, not a `Date`.
    ///
    /// Errors: 22008 beyond the range of `Date`.
    pub fn to_millis(self) -> Result<(f64, u16), TimestampOutOfRange> {
        match self {
            Self::INFINITY => return Ok((f64::INFINITY, 0)),
            Self::NEGATIVE_INFINITY => return Ok((f64::NEG_INFINITY, 0)),
            _ => {}
        }
        let micros = self.0.checked_add(EPOCH_DIFFERENCE_MICROS).ok_or(TimestampOutOfRange)?;
        let millis = micros.div_euclid(1000);
        if millis.abs() > DATE_RANGE_MILLIS {
            return Err(TimestampOutOfRange);
        }
        Ok((millis as f64, micros.rem_euclid(1000) as u16))
    }

    /// Midnight UTC of a `date`, which counts days since 2000-01-01; its infinities are the first and the last number.
    pub fn of_day(days: i32) -> Self {
        match days {
            i32::MIN => Self::NEGATIVE_INFINITY,
            i32::MAX => Self::INFINITY,
            days => Self(i64::from(days).saturating_mul(86_400_000_000)),
        }
    }

    /// Microseconds since 1970, when a double holds all of them: from 1685 to 2255.
    pub fn to_exact_micros(self) -> Option<f64> {
        let micros = self.0.checked_add(EPOCH_DIFFERENCE_MICROS)?;
        (micros.unsigned_abs() < 1 << f64::MANTISSA_DIGITS).then_some(micros as f64)
    }

    /// The reverse of [`Self::to_exact_micros`].
    pub fn from_exact_micros(micros: f64) -> Self {
        Self((micros as i64).saturating_sub(EPOCH_DIFFERENCE_MICROS))
    }

    /// The reverse of [`Self::to_millis`]. A fraction of a millisecond in `millis` is dropped, as `Date` drops it.
    ///
    /// Errors: 22008 for NaN (an invalid `Date`), and for a time before PostgreSQL's first.
    pub fn from_millis(millis: f64, micros: u16) -> Result<Self, TimestampOutOfRange> {
        if millis == f64::INFINITY {
            return Ok(Self::INFINITY);
        }
        if millis == f64::NEG_INFINITY {
            return Ok(Self::NEGATIVE_INFINITY);
        }
        if millis.is_nan() || millis.abs() > DATE_RANGE_MILLIS as f64 {
            return Err(TimestampOutOfRange);
        }
        // The largest Date in microseconds is less than i64::MAX by more than the epochs differ.
        let total = millis as i64 * 1000 + i64::from(micros) - EPOCH_DIFFERENCE_MICROS;
        // What PostgreSQL can hold begins later than what a Date can, and ends later too.
        if total >= LEAST_MICROS { Ok(Self(total)) } else { Err(TimestampOutOfRange) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_keep_their_microseconds() {
        for micros in [0, 1, -1, 999, 1000, -1_000_001, 123_456_789_012_345, -EPOCH_DIFFERENCE_MICROS - 1] {
            let (millis, rest) = TimestampTz(micros).to_millis().unwrap();
            assert_eq!(TimestampTz::from_millis(millis, rest), Ok(TimestampTz(micros)));
        }
        assert_eq!(TimestampTz(0).to_millis(), Ok((946_684_800_000.0, 0)));
        assert_eq!(TimestampTz(-1).to_millis(), Ok((946_684_799_999.0, 999)));
    }

    #[test]
    fn exact_micros_are_exact() {
        let edge = (1 << 53) - EPOCH_DIFFERENCE_MICROS;
        for micros in [0, 1, -1, -EPOCH_DIFFERENCE_MICROS - 1, edge - 1] {
            let exact = TimestampTz(micros).to_exact_micros().unwrap();
            assert_eq!(TimestampTz::from_exact_micros(exact), TimestampTz(micros));
        }
        for beyond in [TimestampTz(edge), TimestampTz::INFINITY, TimestampTz::NEGATIVE_INFINITY] {
            assert_eq!(beyond.to_exact_micros(), None);
        }
    }

    #[test]
    fn infinities_cross_both_ways() {
        for time in [TimestampTz::INFINITY, TimestampTz::NEGATIVE_INFINITY] {
            let (millis, rest) = time.to_millis().unwrap();
            assert!(millis.is_infinite());
            assert_eq!(TimestampTz::from_millis(millis, rest), Ok(time));
        }
    }

    #[test]
    fn out_of_range_is_an_error() {
        assert_eq!(TimestampTz(i64::MAX - 1).to_millis(), Err(TimestampOutOfRange));
        let last = DATE_RANGE_MILLIS * 1000 - EPOCH_DIFFERENCE_MICROS;
        assert_eq!(TimestampTz(last + 999).to_millis(), Ok((8.64e15, 999)));
        assert_eq!(TimestampTz(last + 1000).to_millis(), Err(TimestampOutOfRange));
        assert_eq!(TimestampTz::from_millis(8.64e15, 0), Ok(TimestampTz(last)));
        assert_eq!(TimestampTz::from_millis(f64::NAN, 0), Err(TimestampOutOfRange));
        assert_eq!(TimestampTz::from_millis(8.64e15 + 2.0, 0), Err(TimestampOutOfRange));
        // 4714-11-24 BC is PostgreSQL's first day.
        assert_eq!(TimestampTz::from_millis(-210_866_803_200_000.0, 0), Ok(TimestampTz(LEAST_MICROS)));
        assert_eq!(TimestampTz::from_millis(-210_866_803_200_001.0, 999), Err(TimestampOutOfRange));
    }
}
