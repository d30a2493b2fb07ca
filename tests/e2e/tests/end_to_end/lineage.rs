//! Releases of environments that inherit from one another, at once with each other, with environments that come and go, and
//! with cleaning up: whoever gets through, in the end every live schema holds what it should.

use std::collections::BTreeMap;
use std::thread;

use e2e::bundle::{bundle, call, constant, deploy};
use e2e::{Database, Role};
use postgres::Client;
use serde_json::{Value, json};

/// How often each session does its part.
const ROUNDS: usize = 12;
const WAITING: &str = r#"{"wait_ms": 30000}"#;

fn environment(client: &mut Client, env: &str, parent: Option<&str>) {
    client.execute("SELECT stopgap.create_environment($1, $2)", &[&env, &parent]).unwrap();
}

/// Does something that may be refused because of the others, with one of these SQLSTATEs; whether it was done.
fn attempt(result: Result<u64, postgres::Error>, refusals: &[&str]) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => {
            let state = error.code().map(|state| state.code().to_owned()).unwrap_or_default();
            assert!(refusals.contains(&state.as_str()), "{error:?}");
            false
        }
    }
}

/// Every environment is as its deployments say, and no version lacks its artifact.
fn check(database: &Database) {
    let mut client = database.connect(Role::Superuser);
    for row in client.query("SELECT env, stopgap.verify(env) FROM stopgap.environment", &[]).unwrap() {
        let (env, found): (String, Value) = (row.get(0), row.get(1));
        assert_eq!(found["ok"], json!(true), "{env}: {}", found["differences"]);
    }
    let lost: i64 = client
        .query_one(
            "SELECT count(*) FROM stopgap.fn_version WHERE artifact_hash NOT IN (SELECT artifact_hash FROM plts.artifact)",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(lost, 0);
}

#[test]
fn parents_and_children_are_released_at_once() {
    let database = Database::create("lineage");
    let mut client = database.connect(Role::Deployer);
    environment(&mut client, "root", None);
    environment(&mut client, "middle", Some("root"));
    environment(&mut client, "leaf", Some("middle"));
    let sessions: Vec<_> = ["root", "middle", "leaf", "root", "leaf"]
        .into_iter()
        .enumerate()
        .map(|(session, env)| {
            let mut client = database.connect(Role::Deployer);
            thread::spawn(move || {
                for round in 0..ROUNDS {
                    // Each has a function that all have, one of its own, and one that comes and goes.
                    let own = format!("{env}.ts");
                    let mut modules = vec![
                        ("all.ts".to_owned(), constant(&format!("{env} {session} {round}"))),
                        (own, constant(env)),
                    ];
                    if round % 2 == session % 2 {
                        modules.push(("some.ts".to_owned(), constant(env)));
                    }
                    let modules: Vec<(&str, &str)> =
                        modules.iter().map(|(path, source)| (path.as_str(), source.as_str())).collect();
                    client
                        .execute(
                            "SELECT stopgap.deploy_bundle($1, $2, NULL, $3::text::jsonb)",
                            &[&env, &bundle(&modules), &WAITING],
                        )
                        .unwrap();
                    if round % 3 == 2 {
                        let back = "SELECT stopgap.rollback($1, options => $2::text::jsonb)";
                        client.execute(back, &[&env, &WAITING]).unwrap();
                    }
                }
            })
        })
        .collect();
    sessions.into_iter().for_each(|session| session.join().unwrap());
    check(&database);
    let mut app = database.connect(Role::App);
    for (schema, functions) in [
        ("live_leaf", &["root", "middle", "leaf"][..]),
        ("live_middle", &["root", "middle"]),
        ("live_root", &["root"]),
    ] {
        for function in functions {
            let answer = call(&mut app, &format!("{schema}.{function}_get"), &json!({})).unwrap();
            assert_eq!(answer, json!(function));
        }
    }
    let answer = call(&mut app, "live_leaf.all_get", &json!({})).unwrap();
    assert!(answer.as_str().unwrap().starts_with("leaf "), "{answer}");
}

#[test]
fn environments_come_and_go_beside_releases_and_cleaning_up() {
    let database = Database::create("comings");
    let mut client = database.connect(Role::Deployer);
    environment(&mut client, "base", None);
    deploy(&mut client, "base", &[("a.ts", &constant("first"))]).unwrap();
    type Part = fn(&mut Client, usize) -> bool;
    let parts: [(&str, Part); 4] = [
        ("base", |client, round| {
            let modules = bundle(&[("a.ts", &constant(&format!("base {round}"))), ("b.ts", &constant("b"))]);
            let deploy = "SELECT stopgap.deploy_bundle('base', $1, NULL, $2::text::jsonb)";
            attempt(client.execute(deploy, &[&modules, &WAITING]), &[])
        }),
        ("guest", |client, round| {
            let modules = bundle(&[("g.ts", &constant(&format!("guest {round}")))]);
            let deploy = "SELECT stopgap.deploy_bundle('guest', $1, NULL, $2::text::jsonb)";
            attempt(client.execute(deploy, &[&modules, &WAITING]), &[])
        }),
        ("come and go", |client, round| {
            let parent = (round % 2 == 0).then_some("base");
            let create = "SELECT stopgap.create_environment('guest', $1, '{}', $2::text::jsonb)";
            attempt(client.execute(create, &[&parent, &WAITING]), &["42710"]);
            let drop = "SELECT stopgap.drop_environment('guest', $1::text::jsonb)";
            attempt(client.execute(drop, &[&WAITING]), &["42704"])
        }),
        ("clean", |client, _| {
            let options = r#"{"wait_ms": 30000, "keep_last": 1, "min_age_s": 0}"#;
            let collect = "SELECT stopgap.gc(NULL, $1::text::jsonb)";
            // Whoever is storing artifacts is not waited for.
            attempt(client.execute(collect, &[&options]), &["55P03"])
        }),
    ];
    let sessions: Vec<_> = parts
        .into_iter()
        .map(|(name, part)| {
            let mut client = database.connect(Role::Deployer);
            thread::spawn(move || (name, (0..ROUNDS).filter(|round| part(&mut client, *round)).count()))
        })
        .collect();
    let done: BTreeMap<&str, usize> = sessions.into_iter().map(|session| session.join().unwrap()).collect();
    assert_eq!(done["base"], ROUNDS, "{done:?}");
    assert!(done.values().all(|count| *count > 0), "{done:?}");
    check(&database);
    let answer = call(&mut database.connect(Role::App), "live_base.a_get", &json!({})).unwrap();
    assert_eq!(answer, json!(format!("base {}", ROUNDS - 1)));
}

/// Who waited for the lock is asked for his rights again: the environment may be another one by now.
#[test]
fn rights_count_when_the_lock_is_held() {
    let database = Database::create("waited_rights");
    let mut admin = database.connect(Role::Superuser);
    let mut client = database.connect(Role::Deployer);
    environment(&mut client, "prod", None);
    deploy(&mut client, "prod", &[("a.ts", &constant("one"))]).unwrap();
    admin.batch_execute("CREATE ROLE waited_rights_other").unwrap();
    let mut open = admin.transaction().unwrap();
    open.execute(
        r#"SELECT stopgap.alter_environment('prod', '{"deployer_role": "waited_rights_other"}')"#,
        &[],
    )
    .unwrap();
    let waiting = thread::spawn(move || {
        let modules = bundle(&[("a.ts", &constant("two"))]);
        let deploy = "SELECT stopgap.deploy_bundle('prod', $1, NULL, $2::text::jsonb)";
        client.execute(deploy, &[&modules, &WAITING])
    });
    thread::sleep(std::time::Duration::from_millis(300));
    open.commit().unwrap();
    let error = waiting.join().unwrap().unwrap_err();
    assert_eq!(error.code().unwrap().code(), "42501");
    admin.execute("SELECT stopgap.drop_environment('prod')", &[]).unwrap();
    admin.batch_execute("DROP ROLE waited_rights_other").unwrap();
}
