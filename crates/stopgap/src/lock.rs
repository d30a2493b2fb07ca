//! One release at a time in an environment: a transaction-level advisory lock, which an abort gives back.

use std::time::{Duration, Instant};

use pg_boundary::error::Result;
use pg_boundary::{ErrorReport, session};
use plts_core::SqlState;
use stopgap_core::EnvName;

/// How long to sleep between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the lock of an environment, waiting no longer than `wait`.
///
/// Errors: 55P03 when another release is running; 57014 while waiting.
pub fn take(env: &EnvName, wait: Duration) -> Result<()> {
    let key = key(env);
    let deadline = Instant::now() + wait;
    loop {
        if session::take_advisory_lock(key, false)? {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::LOCK_NOT_AVAILABLE,
                    format!("another release of environment \"{env}\" is running"),
                )
                .with_hint("Try again when it has ended, or set the option wait_ms."),
            ));
        }
        std::thread::sleep(PAUSE.min(left));
        session::check_interrupts()?;
    }
}

/// FNV-1a over a prefix of our own and the name: a stable key, apart from those that applications choose.
fn key(env: &EnvName) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in b"stopgap.environment:".iter().chain(env.as_str().as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash.cast_signed()
}
