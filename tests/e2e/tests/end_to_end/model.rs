//! Random sequences of operations, on a server and on the model of `stopgap-core`, compared after each step.
//!
//! `E2E_MODEL_STEPS` says how many steps (thousands in the long form), `E2E_MODEL_SEED` with which seed; a failure prints the
//! seed and the step, which give the same sequence again.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use e2e::bundle::{bundle, constant};
use e2e::random::Random;
use e2e::{Database, Role, sqlstate};
use postgres::Client;
use serde_json::{Value, json};
use stopgap_core::model::{Contents, Model, Number, Operation, Standing, Target};

/// Two environments of their own, and a tenant of the first.
const ENVIRONMENTS: [(&str, Option<&str>); 3] = [("blue", None), ("green", None), ("tenant", Some("blue"))];
const FUNCTIONS: [&str; 4] = ["fa", "fb", "fc", "fd"];
const TAGS: [&str; 3] = ["v1", "v2", "v3"];
/// Seconds: longer than a run lasts.
const A_LONG_TIME: u32 = 86_400;
/// Steps of the short form.
const STEPS: u64 = 80;

#[test]
fn random_sequences_do_what_the_model_does() {
    let setting =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (steps, seed) = (setting("E2E_MODEL_STEPS", STEPS), setting("E2E_MODEL_SEED", 20_260_701));
    let mut run = Run::new(seed);
    for step in 1..=steps {
        let operation = run.choose();
        let crash = run.chance.below(12) == 0;
        if crash {
            run.crash(&operation);
        } else {
            run.both(&operation, &format!("seed {seed}, step {step}"));
        }
        run.compare(&format!("seed {seed}, step {step}: {operation:?}, crash: {crash}"));
    }
    println!("{steps} steps with seed {seed}, {} deployments", run.model.made());
}

struct Run {
    database: Database,
    deployer: Client,
    superuser: Client,
    app: Client,
    model: Model,
    chance: Random,
    /// Ids by number.
    ids: BTreeMap<Number, i64>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let database = Database::create("model");
        let mut deployer = database.connect(Role::Deployer);
        for (env, parent) in ENVIRONMENTS {
            deployer.query_one("SELECT stopgap.create_environment($1, $2)", &[&env, &parent]).unwrap();
        }
        Self {
            superuser: database.connect(Role::Superuser),
            app: database.connect(Role::App),
            deployer,
            database,
            model: Model::new(&ENVIRONMENTS),
            chance: Random::of(seed, 0),
            ids: BTreeMap::new(),
        }
    }

    /// An operation, mostly one that makes sense.
    fn choose(&mut self) -> Operation {
        let env = self.chance.pick(&ENVIRONMENTS).0.to_owned();
        let deployment = self.chance.below(self.model.made() as u64 + 2) as Number;
        match self.chance.below(110) {
            0..=34 => {
                let (contents, retire) = (self.contents(), self.chance.below(3) == 0);
                Operation::Deploy { env, contents, retire }
            }
            35..=39 => Operation::FailingDeploy { env },
            40..=59 => {
                let target = match self.chance.below(10) {
                    0..=5 => Target::Steps(1 + self.chance.below(2) as usize),
                    6..=7 => Target::Deployment(deployment),
                    _ => Target::Tag((*self.chance.pick(&TAGS)).to_owned()),
                };
                Operation::Rollback { env, target }
            }
            60..=71 => Operation::Promote { from: self.chance.pick(&ENVIRONMENTS).0.to_owned(), to: env },
            72..=79 => {
                let name = (*self.chance.pick(&TAGS)).to_owned();
                // Mostly one of this environment.
                let own = self.model.active(&env).filter(|_| self.chance.below(2) == 0);
                Operation::Tag { env, name, deployment: own.unwrap_or(deployment) }
            }
            80..=85 => Operation::Untag { env, name: (*self.chance.pick(&TAGS)).to_owned() },
            86..=91 => Operation::Pin { env, deployment, pinned: self.chance.below(2) == 0 },
            92..=99 => Operation::Collect { env, keep_last: 1 + self.chance.below(4) as usize },
            100..=106 => Operation::Prune { env },
            _ => {
                // A short history now and then; mostly all of it.
                let count = Some(1 + self.chance.below(6) as usize).filter(|_| self.chance.below(3) == 0);
                Operation::KeepLast { env, count }
            }
        }
    }

    /// Some functions, of few values, so that versions come back.
    fn contents(&mut self) -> Contents {
        let mut contents = Contents::new();
        while contents.is_empty() {
            for name in FUNCTIONS {
                if self.chance.below(3) != 0 {
                    contents.insert(name.to_owned(), format!("{name} {}", self.chance.below(5)));
                }
            }
        }
        contents
    }

    fn id(&self, number: Number) -> i64 {
        // One that no deployment has, for a number that was not made.
        self.ids.get(&number).copied().unwrap_or(-1)
    }

    /// The statement of an operation.
    fn statement(&self, operation: &Operation) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        match operation {
            Operation::Deploy { env, contents, retire } => {
                let sources: Vec<(String, String)> =
                    contents.iter().map(|(name, value)| (format!("{name}.ts"), constant(value))).collect();
                let modules: Vec<(&str, &str)> =
                    sources.iter().map(|(path, source)| (path.as_str(), source.as_str())).collect();
                format!(
                    "SELECT stopgap.deploy_bundle({}, {}::jsonb, NULL, '{}')",
                    quoted(env),
                    quoted(&bundle(&modules).to_string()),
                    json!({ "retire_s": if *retire { A_LONG_TIME } else { 0 } })
                )
            }
            Operation::FailingDeploy { env } => {
                let broken = bundle(&[("fa.ts", "export const x = ;")]).to_string();
                format!("SELECT stopgap.deploy_bundle({}, {}::jsonb)", quoted(env), quoted(&broken))
            }
            Operation::Rollback { env, target } => {
                let target = match target {
                    Target::Steps(steps) => format!("steps => {steps}"),
                    Target::Deployment(number) => format!("to_id => {}", self.id(*number)),
                    Target::Tag(name) => format!("to_tag => {}", quoted(name)),
                };
                format!("SELECT stopgap.rollback({}, {target})", quoted(env))
            }
            Operation::Promote { from, to } => {
                format!("SELECT stopgap.promote({}, {})", quoted(from), quoted(to))
            }
            Operation::Tag { env, name, deployment } => {
                format!("SELECT stopgap.tag({}, {}, {})", quoted(env), quoted(name), self.id(*deployment))
            }
            Operation::Untag { env, name } => {
                format!("SELECT stopgap.untag({}, {})", quoted(env), quoted(name))
            }
            Operation::Pin { env, deployment, pinned } => {
                format!("SELECT stopgap.pin({}, {}, {pinned})", quoted(env), self.id(*deployment))
            }
            Operation::Prune { env } => format!(
                "SELECT (stopgap.prune({}, '{}') ->> 'deployment_id')::bigint",
                quoted(env),
                json!({ "all": true })
            ),
            Operation::KeepLast { env, count } => format!(
                "SELECT stopgap.alter_environment({}, '{}')",
                quoted(env),
                json!({ "keep_last": count })
            ),
            Operation::Collect { env, keep_last } => format!(
                "SELECT stopgap.gc({}, '{}')",
                quoted(env),
                json!({ "keep_last": keep_last, "min_age_s": 0, "wait_ms": 10_000 })
            ),
        }
    }

    /// Does an operation on both sides; the answers must agree.
    fn both(&mut self, operation: &Operation, place: &str) {
        let expected = self.model.apply(operation);
        let answer = self.deployer.query_one(&self.statement(operation), &[]);
        match (expected, answer) {
            (Ok(Some(number)), Ok(row)) => {
                let id: i64 = row.get(0);
                let known = *self.ids.entry(number).or_insert(id);
                assert_eq!(known, id, "{place}: {operation:?}");
            }
            (Ok(None), Ok(_)) => {}
            (Err(refusal), Err(error)) => {
                assert_eq!(sqlstate(&error), refusal, "{place}: {operation:?}: {error:?}");
            }
            (expected, answer) => panic!("{place}: {operation:?}: expected {expected:?}, got {answer:?}"),
        }
    }

    /// Does an operation in a session that is terminated: either while the statement runs, or before it commits.
    fn crash(&mut self, operation: &Operation) {
        let statement = self.statement(operation);
        let mut session = self.database.connect(Role::Deployer);
        let pid: i32 = session.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
        let switches = "SELECT count(*) FROM stopgap.activation_log";
        let before: i64 = self.superuser.query_one(switches, &[]).unwrap().get(0);
        let terminate = format!("SELECT pg_terminate_backend({pid}, 10000)");
        if self.chance.below(2) == 0 {
            let mut transaction = session.transaction().unwrap();
            // Whether it is refused or not, nothing of it may stay.
            let _refused = transaction.query(&statement, &[]);
            self.superuser.query_one(&terminate, &[]).unwrap();
            assert!(transaction.query("SELECT 1", &[]).is_err());
            return;
        }
        let delay = Duration::from_micros(self.chance.below(20_000));
        let is_switch = match operation {
            Operation::Deploy { .. } | Operation::Rollback { .. } | Operation::Promote { .. } => true,
            Operation::Prune { .. } => {
                let mut after = self.model.clone();
                after.apply(operation).is_ok() && after.made() > self.model.made()
            }
            _ => false,
        };
        if !is_switch {
            // What leaves no row in the log cannot be told from what did not happen.
            self.superuser.query_one(&terminate, &[]).unwrap();
            return;
        }
        let running = thread::spawn(move || session.query(&statement, &[]).is_ok());
        thread::sleep(delay);
        self.superuser.query_one(&terminate, &[]).unwrap();
        let answered = running.join().unwrap();
        let after: i64 = self.superuser.query_one(switches, &[]).unwrap().get(0);
        assert!(after == before || after == before + 1);
        assert!(!answered || after == before + 1 || self.model.clone().apply(operation).is_err());
        if after == before + 1 {
            // It was committed before the session ended: then it happened as a whole.
            let number =
                self.model.apply(operation).expect("the model allows what was done").expect("a switch");
            let id: i64 = self
                .superuser
                .query_one(
                    "SELECT to_deployment_id FROM stopgap.activation_log ORDER BY id DESC LIMIT 1",
                    &[],
                )
                .unwrap()
                .get(0);
            assert_eq!(*self.ids.entry(number).or_insert(id), id);
        }
    }

    /// Everything that can be seen must be as the model has it.
    fn compare(&mut self, place: &str) {
        for (env, _) in ENVIRONMENTS {
            let deployments: Value = self
                .deployer
                .query_one("SELECT stopgap.deployments($1)", &[&env])
                .map_or(json!([]), |row| row.get(0));
            let expected = &self.model.places[env];
            let numbers: BTreeMap<i64, Number> = self.ids.iter().map(|(number, id)| (*id, *number)).collect();
            let mut seen = BTreeMap::new();
            for one in deployments.as_array().unwrap().iter().filter(|one| one["state"] != "failed") {
                let number = numbers[&one["id"].as_i64().unwrap()];
                let standing = match one["state"].as_str().unwrap() {
                    "active" => Standing::Active,
                    "retired" => Standing::Retired,
                    "pruned" => Standing::Pruned,
                    other => panic!("{place}: deployment {number} is {other}"),
                };
                seen.insert(number, standing);
                assert_eq!(one["pinned"], expected.pinned.contains(&number), "{place}: pin of {number}");
                let mut tags: Vec<&str> =
                    one["tags"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                tags.sort_unstable();
                let wanted: Vec<&str> = expected
                    .tags
                    .iter()
                    .filter(|(_, at)| **at == number)
                    .map(|(name, _)| name.as_str())
                    .collect();
                assert_eq!(tags, wanted, "{place}: tags of {number} in {env}");
            }
            assert_eq!(seen, expected.deployments, "{place}: {env}");

            let live = self.live(env);
            assert_eq!(live, self.model.live(env), "{place}: live functions of {env}");
            let verified: Value =
                self.deployer.query_one("SELECT stopgap.verify($1)", &[&env]).unwrap().get(0);
            assert_eq!(verified["ok"], true, "{place}: {verified}");
        }
    }

    /// What is in a live schema, and what it answers.
    fn live(&mut self, env: &str) -> Contents {
        let names = self
            .superuser
            .query(
                "SELECT proname::text FROM pg_proc WHERE pronamespace = $1::text::regnamespace",
                &[&format!("live_{env}")],
            )
            .unwrap();
        names
            .iter()
            .map(|row| {
                let name: String = row.get(0);
                let value: Value =
                    self.app.query_one(&format!("SELECT live_{env}.{name}()"), &[]).unwrap().get(0);
                (name.trim_end_matches("_get").to_owned(), value.as_str().unwrap().to_owned())
            })
            .collect()
    }
}
