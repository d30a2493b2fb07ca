//! Releases attacked: deploys and rollbacks that are cancelled and terminated, beside calls. The environment is always
//! wholly before or wholly after, and says which.

use std::thread;

use e2e::bundle::bundle;
use postgres::Client;
use serde_json::Value;

use crate::attack::Work::Alone;
use crate::attack::{Attack, Ground, Step, end::*, must};

fn modules(value: u64) -> Value {
    let text = |name: &str| {
        format!(
            "import {{ query, v }} from \"@stopgap/runtime\";\nexport const {name} = query(v.object({{}}), () => {value});\n"
        )
    };
    bundle(&[("a.ts", &text("get")), ("b.ts", &text("get")), ("c/d.ts", &text("get"))])
}

/// What is live: the same value in every function, and the one that the label of the active deployment says.
fn live(session: &mut Client, env: &str) -> Step<Option<i64>> {
    let active: Option<i64> = session
        .query_one("SELECT max(active_deployment_id) FROM stopgap.environment WHERE env = $1", &[&env])?
        .get(0);
    let Some(active) = active else { return Ok(None) };
    let row = session.query_one(
        &format!(
            "SELECT (live_{env}.a_get('{{}}'))::int8, (live_{env}.b_get('{{}}'))::int8, (live_{env}.c_d_get('{{}}'))::int8,
                    d.label::int8, d.state FROM stopgap.deployment d WHERE d.id = $1"
        ),
        &[&active],
    )?;
    let values: [i64; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
    let state: String = row.get(4);
    must(values.iter().all(|value| *value == values[0]) && state == "active", || {
        format!(
            "{env}: functions give {:?}, the label says {}, the state is {state}",
            &values[..3],
            values[3]
        )
    })?;
    Ok(Some(active))
}

/// A few releases of an environment of this worker's own, each perhaps ended from outside at a random moment.
fn releases(ground: &mut Ground<'_>) -> Step {
    let env = format!("w{}", ground.worker);
    let before = live(ground.second, &env)?;
    let deploys = ground.random.chance(70) || before.is_none();
    let pid: i32 = ground.session.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    let delay = std::time::Duration::from_micros(ground.random.within(0, 400_000));
    let weapon = *ground.random.pick(&["cancel", "terminate", "nothing"]);
    let value = ground.number;
    let result = thread::scope(|scope| {
        let second = &mut *ground.second;
        let hunt = scope.spawn(move || {
            thread::sleep(delay);
            match weapon {
                "cancel" => second.execute("SELECT pg_cancel_backend($1)", &[&pid]).map(drop),
                "terminate" => second.execute("SELECT pg_terminate_backend($1, 5000)", &[&pid]).map(drop),
                _ => Ok(()),
            }
        });
        let result = if deploys {
            ground.session.execute(
                "SELECT stopgap.deploy_bundle($1, $2, $3)",
                &[&env, &modules(value), &value.to_string()],
            )
        } else {
            ground.session.execute("SELECT stopgap.rollback($1)", &[&env])
        };
        hunt.join().expect("the hunting thread").map(|()| result)
    })?;
    let after = live(ground.second, &env)?;
    if let Err(error) = result {
        let code = error.code().map_or(GONE, |code| code.code());
        let expected = match weapon {
            "cancel" => code == CANCELED,
            "terminate" => matches!(code, TERMINATED | GONE),
            _ => false,
        };
        // Nothing to go back to is an answer of its own.
        must(expected || (!deploys && code == "55000"), || format!("{weapon} during a release: {error:?}"))?;
        // An answer that was lost may have been a success; one that was not is a failure.
        must(after == before || code == GONE || code == TERMINATED, || {
            format!("a failed release changed {before:?} to {after:?}")
        })?;
    } else {
        must(after != before, || format!("a release that went through left {before:?} active"))?;
    }
    Ok(())
}

pub const ATTACKS: &[Attack] =
    &[Attack::heavy("releases ended from outside", &[DONE], Alone(releases)).unhunted()];
