//! One release at a time in an environment, by transaction-level advisory locks, which an abort gives back.
//!
//! Whoever switches an environment holds, in this order: the lock of the tree, shared; those of the environments that it
//! inherits from, root first, shared; its own, alone. So a switch keeps away those of its environment, of what that
//! inherits from and of all that inherit from it, but not those of its siblings; and since everybody goes from the root
//! downwards, no two wait for each other crosswise. Whoever changes the tree itself holds its lock alone. Nobody waits
//! without an end: the locks are tried until the time is over.

use std::time::{Duration, Instant};

use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use pg_boundary::{ErrorReport, session};
use plts_core::{SqlState, Value};
use stopgap_core::{EnvName, Lineage};

use crate::caller::Caller;
use crate::catalog::environment;

/// How long to sleep between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes locks for somebody who must be allowed to do what they are for, before and after: they may have been waited for,
/// and by then the environment be another one, or its role no longer the caller's. Gives the lineage, and what
/// `must_be_allowed` found in the end.
///
/// Errors: those of both.
pub fn allowed<T>(
    must_be_allowed: impl Fn() -> Result<T>,
    take: impl FnOnce() -> Result<Lineage>,
) -> Result<(Lineage, T)> {
    must_be_allowed()?;
    let lineage = take()?;
    Ok((lineage, must_be_allowed()?))
}

/// Takes the locks of a switch of `env`, waiting no longer than `wait`, and gives the lineage, which stays as it is
/// until the transaction ends.
///
/// Errors: 55P03 when another release is running; 57014 while waiting.
pub fn take(caller: &Caller, spi: &Connection, env: &EnvName, wait: Duration) -> Result<Lineage> {
    let deadline = Instant::now() + wait;
    wait_for(deadline, &changing, || try_shared(spi, TREE))?;
    let lineage = caller.as_owner(|| environment::lineage(spi))?;
    share_ancestors(spi, &lineage, env, deadline)?;
    take_alone(env, deadline)?;
    Ok(lineage)
}

/// Takes the locks of an environment that is about to be made below `parent`.
///
/// Errors: as [`take`].
pub fn take_new(
    caller: &Caller,
    spi: &Connection,
    env: &EnvName,
    parent: Option<&EnvName>,
    wait: Duration,
) -> Result<Lineage> {
    let deadline = Instant::now() + wait;
    wait_for(deadline, &changing, || try_shared(spi, TREE))?;
    let lineage = caller.as_owner(|| environment::lineage(spi))?;
    if let Some(parent) = parent {
        share_ancestors(spi, &lineage, parent, deadline)?;
        wait_for(deadline, &|| busy(parent), || try_shared(spi, &name_of(parent)))?;
    }
    take_alone(env, deadline)?;
    Ok(lineage)
}

/// Takes the lock of the tree, which keeps away every switch of every environment.
///
/// Errors: as [`take`].
pub fn take_tree(caller: &Caller, spi: &Connection, wait: Duration) -> Result<Lineage> {
    let running = || {
        Box::new(
            ErrorReport::new(SqlState::LOCK_NOT_AVAILABLE, "a release is running")
                .with_detail("Environments are dropped and given other parents while no release is running.")
                .with_hint("Try again when it has ended, or set the option wait_ms."),
        )
    };
    wait_for(Instant::now() + wait, &running, || session::take_advisory_lock(key(TREE), false))?;
    caller.as_owner(|| environment::lineage(spi))
}

/// What the lock of the tree is named after.
const TREE: &str = "stopgap.environments";

fn name_of(env: &EnvName) -> String {
    format!("stopgap.environment:{env}")
}

fn share_ancestors(spi: &Connection, lineage: &Lineage, env: &EnvName, deadline: Instant) -> Result<()> {
    for ancestor in lineage.ancestors(env).into_iter().rev() {
        wait_for(deadline, &|| busy(ancestor), || try_shared(spi, &name_of(ancestor)))?;
    }
    Ok(())
}

fn take_alone(env: &EnvName, deadline: Instant) -> Result<()> {
    wait_for(deadline, &|| busy(env), || session::take_advisory_lock(key(&name_of(env)), false))
}

fn try_shared(spi: &Connection, name: &str) -> Result<bool> {
    let rows =
        spi.run("SELECT pg_catalog.pg_try_advisory_xact_lock_shared($1)", &[Value::BigInt(key(name))])?;
    Ok(matches!(rows.first().and_then(|row| row.first()), Some(Value::Bool(true))))
}

fn wait_for(
    deadline: Instant,
    refusal: &dyn Fn() -> Box<ErrorReport>,
    attempt: impl Fn() -> Result<bool>,
) -> Result<()> {
    while !attempt()? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(refusal());
        }
        std::thread::sleep(PAUSE.min(left));
        session::check_interrupts()?;
    }
    Ok(())
}

fn busy(env: &EnvName) -> Box<ErrorReport> {
    refused(format!("another release of environment \"{env}\" is running"))
}

fn changing() -> Box<ErrorReport> {
    refused("environments are being dropped or given other parents".to_owned())
}

fn refused(message: String) -> Box<ErrorReport> {
    Box::new(
        ErrorReport::new(SqlState::LOCK_NOT_AVAILABLE, message)
            .with_hint("Try again when it has ended, or set the option wait_ms."),
    )
}

/// FNV-1a over a name with a prefix of our own: a stable key, apart from those that applications choose.
fn key(name: &str) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash.cast_signed()
}
