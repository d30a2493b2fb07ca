//! Nothing is lost: a release is held at each of its steps, and its backend, the postmaster or the command-line tool is
//! killed there. The environment is wholly before or wholly after it, and says which.

use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use e2e::bundle::bundle;
use e2e::cli::stopgap;
use e2e::folder::Folder;
use e2e::{Cluster, Role};
use postgres::Client;

/// Three functions that give the same number: a mixture of two releases shows.
const MODULES: [&str; 3] = ["a.ts", "b.ts", "c/d.ts"];

fn module(value: i64) -> String {
    format!(
        "import {{ query, v }} from \"@stopgap/runtime\";\nexport const get = query(v.object({{}}), () => {value});\n"
    )
}

/// Triggers that stop a session at the step that its setting `test.step` names, until nobody holds the lock any more.
const STEPS: &str = "
CREATE FUNCTION public.stop(step text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.current_setting('test.step', true) = step THEN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(4242);
  END IF;
END $$;
CREATE FUNCTION public.step() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.stop(TG_ARGV[0]); RETURN NULL; END $$;
CREATE FUNCTION public.command() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.stop('live function'); END $$;
CREATE TRIGGER step AFTER INSERT ON plts.artifact FOR EACH STATEMENT EXECUTE FUNCTION public.step('artifact');
CREATE TRIGGER step AFTER INSERT ON stopgap.deployment FOR EACH STATEMENT EXECUTE FUNCTION public.step('deployment');
CREATE TRIGGER step AFTER INSERT ON stopgap.fn_version FOR EACH STATEMENT EXECUTE FUNCTION public.step('version');
CREATE EVENT TRIGGER step ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION public.command();
CREATE TRIGGER step AFTER UPDATE ON stopgap.environment FOR EACH STATEMENT EXECUTE FUNCTION public.step('environment');
CREATE TRIGGER step AFTER INSERT ON stopgap.activation_log FOR EACH STATEMENT EXECUTE FUNCTION public.step('log');
CREATE CONSTRAINT TRIGGER last AFTER INSERT ON stopgap.activation_log DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION public.step('commit');
";
const DEPLOY_STEPS: [&str; 7] =
    ["artifact", "deployment", "version", "live function", "environment", "log", "commit"];
const ROLLBACK_STEPS: [&str; 4] = ["live function", "environment", "log", "commit"];

/// A server with an environment whose releases can be stopped.
struct Stage {
    cluster: Cluster,
    value: i64,
}

impl Stage {
    fn set(name: &str, port: u16) -> Self {
        let cluster = Cluster::create(name, port, "shared_preload_libraries = 'plts'");
        let mut session = cluster.server.connect("postgres", Role::Superuser);
        session
            .batch_execute(
                "CREATE EXTENSION stopgap CASCADE; CREATE ROLE e2e_deployer LOGIN; GRANT stopgap_deployer TO e2e_deployer",
            )
            .unwrap();
        session.batch_execute(STEPS).unwrap();
        let mut stage = Self { cluster, value: 0 };
        for _ in 0..2 {
            stage.value += 1;
            release(&mut session, stage.value).unwrap();
        }
        stage
    }

    fn admin(&self) -> Client {
        self.cluster.server.connect("postgres", Role::Superuser)
    }

    /// Which release is live: every function gives its number, and the catalog says the same.
    fn live(&self) -> i64 {
        let row = self
            .admin()
            .query_one(
                "SELECT (live_prod.a_get())::int8, (live_prod.b_get())::int8, (live_prod.c_d_get())::int8, d.label::int8,
                        (SELECT count(*) FROM stopgap.deployment WHERE state = 'active'),
                        (SELECT to_deployment_id FROM stopgap.activation_log ORDER BY id DESC LIMIT 1) = d.id,
                        (SELECT count(*) FROM stopgap.deployment WHERE state IN ('open', 'sealed')),
                        jsonb_array_length(stopgap.verify('prod') -> 'differences')
                 FROM stopgap.deployment d JOIN stopgap.environment e ON e.active_deployment_id = d.id",
                &[],
            )
            .expect("the environment answers");
        let values: [i64; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
        assert!(values.iter().all(|value| *value == values[0]), "half of it: {values:?}");
        assert_eq!((row.get::<_, i64>(4), row.get::<_, bool>(5)), (1, true), "what the catalog says");
        assert_eq!(
            (row.get::<_, i64>(6), row.get::<_, i32>(7)),
            (0, 0),
            "nothing unfinished, nothing that differs"
        );
        values[0]
    }

    /// A session that holds the lock, so that others stop.
    fn barrier(&self) -> Client {
        let mut session = self.admin();
        session.batch_execute("SELECT pg_advisory_lock(4242)").unwrap();
        session
    }

    /// Waits until a session has stopped, and gives its process.
    fn stopped(&self) -> i32 {
        let mut session = self.admin();
        let began = Instant::now();
        loop {
            let waiting = session
                .query_opt(
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242 AND NOT granted",
                    &[],
                )
                .unwrap();
            if let Some(row) = waiting {
                return row.get(0);
            }
            assert!(began.elapsed() < Duration::from_secs(30), "it never came to that step");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// A release that stops at a step.
    fn begin(&self, step: &'static str, operation: Operation) -> JoinHandle<Result<i64, postgres::Error>> {
        let mut session = self.admin();
        session.batch_execute(&format!("SET test.step = '{step}'")).unwrap();
        let value = self.value + 1;
        thread::spawn(move || match operation {
            Operation::Deploy => release(&mut session, value),
            Operation::Rollback => {
                session.query_one("SELECT stopgap.rollback('prod')", &[]).map(|row| row.get(0))
            }
        })
    }

    fn kill(&mut self, victim: Victim, process: i32) {
        let before = self.starts();
        match victim {
            Victim::Postmaster => {
                self.cluster.kill();
                self.cluster.start();
            }
            Victim::Backend => kill(process),
        }
        // The server starts all its processes anew when one was killed.
        let began = Instant::now();
        while self.starts() == before {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.cluster.server.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How often the server began to take sessions.
    fn starts(&self) -> usize {
        self.cluster.server.log().matches("ready to accept connections").count()
    }
}

fn kill(process: i32) {
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
}

fn release(session: &mut Client, value: i64) -> Result<i64, postgres::Error> {
    let text = module(value);
    let modules = bundle(&MODULES.map(|path| (path, text.as_str())));
    let row =
        session.query_one("SELECT stopgap.deploy_bundle('prod', $1, $2)", &[&modules, &value.to_string()])?;
    Ok(row.get(0))
}

#[derive(Clone, Copy, Debug)]
enum Victim {
    Postmaster,
    Backend,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Deploy,
    Rollback,
}

/// The victims take turns from step to step, and `first` is that of the first step: two stages have each pair.
fn attack(stage: &mut Stage, first: Victim) {
    let mut victims = match first {
        Victim::Backend => [Victim::Backend, Victim::Postmaster],
        Victim::Postmaster => [Victim::Postmaster, Victim::Backend],
    }
    .into_iter()
    .cycle();
    let deploys = DEPLOY_STEPS.map(|step| (step, Operation::Deploy));
    let rollbacks = ROLLBACK_STEPS.map(|step| (step, Operation::Rollback));
    for (step, operation) in deploys.into_iter().chain(rollbacks) {
        let victim = victims.next().expect("it has no end");
        let barrier = stage.barrier();
        let releasing = stage.begin(step, operation);
        let process = stage.stopped();
        stage.kill(victim, process);
        assert!(releasing.join().unwrap().is_err(), "{operation:?} at {step}: an answer of what was killed");
        drop(barrier);
        assert_eq!(stage.live(), stage.value, "{operation:?}, {victim:?} killed at {step}");
    }
    // What was answered stays, however soon the server is killed after it.
    for victim in [Victim::Backend, Victim::Postmaster] {
        let mut session = stage.admin();
        let process = session.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
        release(&mut session, stage.value + 1).unwrap();
        stage.kill(victim, process);
        stage.value += 1;
        assert_eq!(stage.live(), stage.value, "{victim:?} killed after the answer");
    }
    let mut session = stage.admin();
    session.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    assert_eq!(stage.live(), stage.value - 1);
    assert!(!stage.cluster.server.log().contains("PANIC"), "{}", stage.cluster.server.log());
}

#[test]
fn a_release_whose_server_is_killed_never_was() {
    attack(&mut Stage::set("killed-1", 5601), Victim::Backend);
}

#[test]
fn a_release_whose_server_is_killed_never_was_the_other_way_round() {
    attack(&mut Stage::set("killed-2", 5602), Victim::Postmaster);
}

/// `stopgap deploy` of the next value, stopping at a step.
fn tool(stage: &Stage, folder: &Folder, step: &str, value: i64) -> Child {
    for path in MODULES {
        folder.write(path, &module(value));
    }
    let step = step.replace(' ', "%5C%20");
    let url =
        format!("{}&options=-c%20test.step%3D{step}", stage.cluster.server.url("postgres", Role::Deployer));
    Command::new(std::env::var("PLTS_TEST_STOPGAP").expect("cargo xtask test e2e says where it is"))
        .args(["deploy", ".", "--env", "prod", "--label", &value.to_string()])
        .current_dir(&folder.0)
        .env("STOPGAP_DB", url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts")
}

#[test]
fn a_killed_tool_leaves_no_half_release() {
    let mut stage = Stage::set("killed-3", 5603);
    for step in DEPLOY_STEPS {
        let folder = Folder::new(&format!("killed-tool-{}", step.replace(' ', "-")));
        let barrier = stage.barrier();
        let mut tool = tool(&stage, &folder, step, stage.value + 1);
        let process = stage.stopped();
        tool.kill().unwrap();
        tool.wait().unwrap();
        assert_eq!(stage.live(), stage.value, "the tool killed at {step}");
        drop(barrier);
        // Its backend learns of it when it answers: the release is done by then.
        let gone = format!("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {process})");
        stage.cluster.wait_until("postgres", &gone);
        stage.value += 1;
        assert_eq!(stage.live(), stage.value, "the tool killed at {step}, and its backend went on");
        let url = stage.cluster.server.url("postgres", Role::Deployer);
        let status = stopgap(&folder.0, &url, &["status", "--env", "prod"]).succeeded();
        assert!(status.stdout.contains(&format!("\"{}\"", stage.value)), "{}", status.stdout);
    }
}

#[test]
fn the_tool_says_what_became_of_a_release_whose_server_was_killed() {
    let mut stage = Stage::set("killed-4", 5604);
    for (step, victim) in [("log", Victim::Backend), ("commit", Victim::Postmaster)] {
        let folder = Folder::new(&format!("killed-server-{step}"));
        let barrier = stage.barrier();
        let tool = tool(&stage, &folder, step, stage.value + 1);
        let process = stage.stopped();
        stage.kill(victim, process);
        let output = tool.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains("is as it was before: deployment 2 is active"),
            "{said}"
        );
        drop(barrier);
        assert_eq!(stage.live(), stage.value, "{victim:?} killed at {step}");
    }
}
