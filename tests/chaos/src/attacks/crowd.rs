//! Two hundred sessions at once: each makes an engine of its own, and each gets its answer.

use std::sync::{Arc, Barrier};
use std::thread;

use e2e::Role;

use crate::attack::Work::Alone;
use crate::attack::{Attack, Ground, Step, Stop, end::*, must};

const CROWD: usize = 200;

fn at_once(ground: &mut Ground<'_>) -> Step {
    let gate = Arc::new(Barrier::new(CROWD));
    let sessions: Vec<_> = (0..CROWD)
        .map(|number| {
            let (gate, server, database) = (gate.clone(), ground.server.clone(), ground.database.to_owned());
            thread::spawn(move || -> Result<i32, postgres::Error> {
                gate.wait();
                let mut session = server.connect(&database, Role::Superuser);
                let number = i32::try_from(number).expect("a small number");
                Ok(session.query_one("SELECT chaos.add($1, 1)", &[&number])?.get(0))
            })
        })
        .collect();
    for (number, session) in sessions.into_iter().enumerate() {
        let found =
            session.join().map_err(|_| Stop::Wrong("one of the crowd could not connect".to_owned()))??;
        must(usize::try_from(found) == Ok(number + 1), || format!("session {number} got {found}"))?;
    }
    Ok(())
}

pub const ATTACKS: &[Attack] =
    &[Attack::heavy("two hundred sessions at once", &[DONE], Alone(at_once)).unhunted()];
