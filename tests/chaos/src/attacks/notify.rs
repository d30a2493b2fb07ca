//! LISTEN and NOTIFY: what a committed function sent arrives, once and in order; what was undone does not.

use std::time::Duration;

use e2e::Role;
use postgres::fallible_iterator::FallibleIterator;

use crate::attack::Work::{Alone, JavaScript};
use crate::attack::{Attack, Ground, Step, end::*, must};

fn counted(ground: &mut Ground<'_>) -> Step {
    let channel = format!("chaos_{}", ground.number);
    let mut listener = ground.server.connect(ground.database, Role::Superuser);
    listener.batch_execute(&format!("LISTEN {channel}"))?;
    let count = ground.random.within(1, 300);
    let send = |undone: bool| {
        format!(
            "DO LANGUAGE plts $js$ for (let i = 0; i < {count}; i++) await ctx.db.query('select pg_notify($1, $2)', ['{channel}', String(i)]); if ({undone}) throw new Error('undone') $js$"
        )
    };
    let undone = ground.session.batch_execute(&send(true));
    must(undone.is_err(), || "a thrown error was lost".to_owned())?;
    ground.session.batch_execute(&send(false))?;
    let mut seen = Vec::new();
    let mut notifications = listener.notifications();
    let mut arriving = notifications.timeout_iter(Duration::from_secs(5));
    while (seen.len() as u64) < count
        && let Some(notification) = arriving.next()?
    {
        seen.push(notification.payload().to_owned());
    }
    let wanted: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    must(seen == wanted, || format!("{count} notifications were sent, these came: {seen:?}"))
}

pub const ATTACKS: &[Attack] = &[
    Attack::ending("notifications counted", &[DONE, THROWN], Alone(counted)),
    Attack::ending(
        "notification too long",
        &["22023"],
        JavaScript("await ctx.db.query('select pg_notify($1, $2)', ['chaos', 'x'.repeat(8000)])"),
    ),
    Attack::ending(
        "listen and unlisten inside",
        &[DONE],
        JavaScript(
            "for (let i = 0; i < 50; i++) { await ctx.db.exec(`listen c${i}`); await ctx.db.exec('unlisten *') }",
        ),
    ),
];
