//! Sessions that nobody attacks: all that they have is there, whatever happens around them.

use e2e::{Database, Role};
use postgres::{Client, Error};

/// One such session, and what it knows of itself.
pub struct Bystander {
    client: Client,
    pid: i32,
    calls: i32,
}

impl Bystander {
    /// A session with a temporary table, a prepared statement, a setting, a lock, a cursor, and state in JavaScript; with
    /// an open transaction that has written, if it is to hold one.
    pub fn begin(database: &Database, number: i32, holds_a_transaction: bool) -> Result<Self, Error> {
        let mut client = database.connect(Role::Superuser);
        client.batch_execute(&format!(
            "SET application_name = 'bystander'; SET work_mem = '{}kB';
             CREATE TEMP TABLE mine AS SELECT {number} AS n;
             PREPARE mine AS SELECT chaos.add(sum(n)::int, $1) FROM mine;
             SELECT pg_advisory_lock(4711, {number});
             BEGIN; DECLARE kept CURSOR WITH HOLD FOR SELECT generate_series(1, 1000000); COMMIT",
            4096 + number
        ))?;
        if holds_a_transaction {
            client.batch_execute(
                "BEGIN; LOCK TABLE chaos.held IN ACCESS EXCLUSIVE MODE; INSERT INTO mine VALUES (0)",
            )?;
        }
        let pid = client.query_one("SELECT pg_backend_pid()", &[])?.get(0);
        Ok(Self { client, pid, calls: 0 })
    }

    /// Looks at everything; gives what is not as it was.
    pub fn check(&mut self, number: i32) -> Vec<String> {
        let calls = self.calls + 1;
        match self.look(number, calls) {
            Ok(wrong) => {
                self.calls = calls;
                wrong
            }
            Err(error) => vec![format!("a session that nobody attacked: {error:?}")],
        }
    }

    fn look(&mut self, number: i32, calls: i32) -> Result<Vec<String>, Error> {
        let mut wrong = Vec::new();
        let mut expect = |what: &str, found: String, expected: String| {
            if found != expected {
                wrong.push(format!("its {what} is {found}, not {expected}"));
            }
        };
        let row = self.client.query_one(
            "SELECT pg_backend_pid(), (SELECT sum(n)::int FROM mine), current_setting('work_mem'), chaos.count_up(),
                    (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711
                       AND objid::int = $1 AND pid = pg_backend_pid())",
            &[&number],
        )?;
        expect("process", row.get::<_, i32>(0).to_string(), self.pid.to_string());
        expect("temporary table", row.get::<_, i32>(1).to_string(), number.to_string());
        expect("setting", row.get(2), format!("{}kB", 4096 + number));
        expect("state in JavaScript", row.get::<_, i32>(3).to_string(), calls.to_string());
        expect("lock", row.get::<_, i32>(4).to_string(), "1".to_owned());
        let sum: i32 = self.client.query_one("EXECUTE mine(5)", &[])?.get(0);
        expect("prepared statement", sum.to_string(), (number + 5).to_string());
        let next: i32 = self.client.query_one("FETCH kept", &[])?.get(0);
        expect("cursor", next.to_string(), calls.to_string());
        Ok(wrong)
    }
}
