//! Retirement: a function that a release leaves out stays live for a while and says that it will go, before it is dropped.
//!
//! A retired function is still one of its deployment's, marked in the manifest with the time until which it stays. It fills
//! a gap only: a function of that name that is not retired, of the environment or of one that it inherits from, goes
//! before it.

use serde::{Deserialize, Serialize};

use crate::error::ManifestError;
use crate::plan::ActiveFunction;

/// A point of time in UTC, to the second: `2026-12-01T00:00:00Z`. Its order is that of its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Moment(String);

impl Moment {
    /// The time as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Moment {
    type Error = ManifestError;

    fn try_from(text: String) -> Result<Self, ManifestError> {
        let fits = |(place, byte): (usize, u8)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            19 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        };
        if text.len() == 20 && text.bytes().enumerate().all(fits) {
            return Ok(Self(text));
        }
        Err(ManifestError::Shape { reason: "a time is not of the form 2026-12-01T00:00:00Z".to_owned() })
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long functions that a release leaves out stay, in seconds: at most ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GracePeriod(u32);

impl GracePeriod {
    /// The longest, in seconds.
    pub const MAX_SECONDS: u32 = 10 * 366 * 86_400;

    /// A period of so many seconds; None when it is too long. None at all is 0.
    pub fn of_seconds(seconds: u64) -> Option<Self> {
        u32::try_from(seconds).ok().filter(|seconds| *seconds <= Self::MAX_SECONDS).map(Self)
    }

    /// In seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// What becomes of functions that are live and that the target leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They are dropped, retired or not: the target is to be live exactly as it is.
    AtOnce,
    /// They have their time.
    InTime {
        now: Moment,
        /// Until when those stay that are not retired yet; they are dropped without it.
        until: Option<Moment>,
        /// Whether those stay whose time is over.
        keeps_expired: bool,
    },
}

/// What becomes of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Dropped,
    Retired(Moment),
    StaysRetired,
}

impl Removal {
    /// What becomes of a function that is left out.
    pub(crate) fn of(&self, function: &ActiveFunction) -> Fate {
        let Self::InTime { now, until, keeps_expired } = self else { return Fate::Dropped };
        match (&function.retired_until, until) {
            (Some(end), _) if *keeps_expired || now < end => Fate::StaysRetired,
            (Some(_), _) | (None, None) => Fate::Dropped,
            (None, Some(until)) => Fate::Retired(until.clone()),
        }
    }
}

/// What a live function that is retired says when it is called, with what its author had it say.
pub(crate) fn notice(until: &Moment, deprecated: Option<&str>) -> String {
    let end = deprecated.filter(|text| !text.is_empty()).map(|text| format!("; {text}"));
    format!("it was removed, and is dropped after {until}{}", end.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_text_of_one_form() {
        let of = |text: &str| Moment::try_from(text.to_owned());
        assert!(of("2026-12-01T00:00:00Z").unwrap() < of("2026-12-01T00:00:01Z").unwrap());
        for wrong in
            ["", "2026-12-01", "2026-12-01 00:00:00Z", "2026-12-01T00:00:00+", "12026-12-01T00:00:00Z"]
        {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Moment>("\"soon\"").is_err());
    }

    #[test]
    fn a_period_has_an_end() {
        assert_eq!(GracePeriod::of_seconds(60).unwrap().seconds(), 60);
        assert_eq!(GracePeriod::of_seconds(u64::from(GracePeriod::MAX_SECONDS) + 1), None);
        assert_eq!(GracePeriod::of_seconds(u64::MAX), None);
    }
}
