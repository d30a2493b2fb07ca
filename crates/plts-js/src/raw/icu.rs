//! The default time zone of the ICU that is part of V8. V8 takes it from there, and has no function to set it.

use std::ffi::CStr;

use super::shortcut;

/// The zone that most servers have, by each of its usual names: ICU need not look these up.
const UTC: [&CStr; 3] = [c"Etc/UTC", c"UTC", c"Etc/GMT"];
/// ICU's answer for a name that it does not know.
const UNKNOWN: &str = "Etc/Unknown";
/// Names of zones are short; a longer one is none.
const LONGEST_NAME: usize = 128;

unsafe extern "C" {
    // The names carry ICU's version: with another V8 the linker says so.
    fn ucal_setDefaultTimeZone_77(name: *const u16, status: *mut i32);
    fn ucal_getDefaultTimeZone_77(name: *mut u16, capacity: i32, status: *mut i32) -> i32;
}

/// Makes the zone of that name ICU's default, and says whether it is: false when ICU has no zone of exactly this name.
/// Then the default is another one, and has to be set again. V8 has to be told.
pub(crate) fn set_default_time_zone(name: &str) -> bool {
    // V8 takes the short name for an offset, and `Intl` would say `+00:00`.
    let name = if name == "GMT" { "Etc/GMT" } else { name };
    let utc = UTC.into_iter().find(|utc| utc.to_bytes() == name.as_bytes());
    if utc.is_some_and(shortcut::set_default_time_zone_to_utc) {
        return true;
    }
    if name.is_empty()
        || name.len() >= LONGEST_NAME
        || !name.is_ascii()
        || name.contains('\0')
        || name == UNKNOWN
    {
        return false;
    }
    let mut units: Vec<u16> = name.encode_utf16().collect();
    units.push(0);
    let mut status = 0;
    // SAFETY: a string that ends in NUL, which ICU copies; a status that is zero, as ICU wants it. ICU is in this process
    // and guards its default with a mutex; no other thread of the process uses it.
    unsafe { ucal_setDefaultTimeZone_77(units.as_ptr(), &mut status) };
    if status > 0 {
        return false;
    }
    let mut actual = [0u16; LONGEST_NAME];
    status = 0;
    // SAFETY: ICU writes at most as many units as it is told there is room for.
    let length = unsafe { ucal_getDefaultTimeZone_77(actual.as_mut_ptr(), LONGEST_NAME as i32, &mut status) };
    status <= 0
        && usize::try_from(length).is_ok_and(|length| actual.get(..length) == units.get(..units.len() - 1))
}
