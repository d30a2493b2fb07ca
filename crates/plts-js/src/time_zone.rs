//! The time zone of `Date` and `Intl`: that of the session.

use deno_core::v8;

use crate::engine::Engine;
use crate::raw::icu;

/// A time zone as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTimeZone {
    /// Its name there: `Europe/Berlin`, `<+05:30>-05:30`, `FOO-3`, …
    pub name: String,
    /// Seconds east of UTC, when that never changes.
    pub fixed_offset: Option<i32>,
}

/// The zone that JavaScript has when the session's zone cannot be had.
const FALLBACK: &str = "UTC";

impl Engine {
    /// From now on `Date` and `Intl` have this zone. A zone whose name only the database knows is taken by its offset,
    /// if that is fixed.
    ///
    /// False when there is no such zone here: JavaScript then has UTC.
    pub fn follow_time_zone(&self, zone: &SessionTimeZone) -> bool {
        let known = icu::set_default_time_zone(&zone.name)
            || other_name(&zone.name).is_some_and(|name| icu::set_default_time_zone(&name))
            || zone.fixed_offset.is_some_and(|offset| icu::set_default_time_zone(&offset_name(offset)));
        if !known {
            icu::set_default_time_zone(FALLBACK);
        }
        self.with_isolate(|isolate| {
            // Not detected: set, a moment ago.
            isolate.date_time_configuration_change_notification(v8::TimeZoneDetection::Skip);
        });
        known
    }
}

/// The name of the same zone without the folder of a system's time zone database, or the one that `localtime` links to.
fn other_name(name: &str) -> Option<String> {
    if let Some(name) = name.strip_prefix("posix/") {
        return Some(name.to_owned());
    }
    if name != "localtime" {
        return None;
    }
    let target = std::fs::canonicalize("/etc/localtime").ok()?;
    let (_, name) = target.to_str()?.rsplit_once("/zoneinfo/")?;
    Some(name.strip_prefix("posix/").unwrap_or(name).to_owned())
}

/// ICU's name of a zone with that offset: `GMT+05:30`.
fn offset_name(seconds: i32) -> String {
    if seconds == 0 {
        return "GMT".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("GMT{sign}{hours:02}:{minutes:02}"),
        rest => format!("GMT{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_have_names() {
        for (seconds, name) in [
            (0, "GMT"),
            (19800, "GMT+05:30"),
            (-3600, "GMT-01:00"),
            (-1521, "GMT-00:25:21"),
            (50400, "GMT+14:00"),
        ] {
            assert_eq!(offset_name(seconds), name);
        }
    }

    #[test]
    fn a_folder_of_the_database_is_no_part_of_a_name() {
        assert_eq!(other_name("posix/Europe/Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(other_name("Europe/Berlin"), None);
    }
}
