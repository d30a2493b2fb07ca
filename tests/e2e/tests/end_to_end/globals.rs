//! What must differ from session to session, although all start from one snapshot.

use std::collections::HashSet;

use e2e::{Database, Role};

#[test]
fn sessions_draw_different_random_numbers() {
    let database = Database::create("random");
    let mut owner = database.connect(Role::Superuser);
    owner
        .batch_execute(
            "CREATE FUNCTION drawn() RETURNS text LANGUAGE plts AS
             'return `${Math.random()} ${crypto.randomUUID()} ${Math.random()}`'",
        )
        .unwrap();
    let mut numbers = HashSet::new();
    let mut sessions: Vec<_> = (0..4).map(|_| database.connect(Role::Superuser)).collect();
    for _ in 0..2 {
        for session in &mut sessions {
            let drawn: String = session.query_one("SELECT drawn()", &[]).unwrap().get(0);
            numbers.extend(drawn.split(' ').map(str::to_owned));
        }
    }
    assert_eq!(numbers.len(), 2 * sessions.len() * 3, "{numbers:?}");
}

#[test]
fn sessions_have_their_own_time_zones() {
    let database = Database::create("time_zones");
    let mut first = database.connect(Role::Superuser);
    let mut second = database.connect(Role::Superuser);
    first
        .batch_execute(
            "CREATE FUNCTION hour() RETURNS int LANGUAGE plts AS 'return new Date(0).getHours()';
             SET TimeZone = 'Asia/Tokyo'",
        )
        .unwrap();
    second.batch_execute("SET TimeZone = 'UTC'").unwrap();
    let hour =
        |client: &mut postgres::Client| -> i32 { client.query_one("SELECT hour()", &[]).unwrap().get(0) };
    assert_eq!((hour(&mut first), hour(&mut second), hour(&mut first)), (9, 0, 9));
    second.batch_execute("SET TimeZone = 'Europe/Berlin'").unwrap();
    assert_eq!((hour(&mut first), hour(&mut second)), (9, 1));
}
