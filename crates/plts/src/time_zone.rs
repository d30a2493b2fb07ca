//! JavaScript's local time is the session's: whenever `TimeZone` has changed, V8 is told before JavaScript goes on.

use pg_boundary::error::Result;
use pg_boundary::session::{self, MessageLevel};
use pg_boundary::time_zone::{self, LastTimeZone, TimeZoneId};
use plts_js::{Engine, SessionTimeZone};

/// The zone that V8 was told of last. Not the thread's own: see [`crate::limits::follow_heap`].
static FOLLOWED: LastTimeZone = LastTimeZone::none();

/// To be called before JavaScript begins or goes on. It costs a comparison as long as the zone is the same.
///
/// Errors: what sending a warning raises.
#[inline]
pub fn follow(engine: &Engine) -> Result<()> {
    let zone = time_zone::current();
    if FOLLOWED.is(zone) { Ok(()) } else { change(engine, zone) }
}

#[cold]
fn change(engine: &Engine, zone: TimeZoneId) -> Result<()> {
    let described = time_zone::describe();
    let session_zone = SessionTimeZone { name: described.name, fixed_offset: described.fixed_offset };
    let known = engine.follow_time_zone(&session_zone);
    FOLLOWED.set(zone);
    if known {
        return Ok(());
    }
    session::log(
        MessageLevel::Warning,
        &format!("JavaScript does not know the time zone \"{}\" and uses UTC instead", session_zone.name),
    )
}
