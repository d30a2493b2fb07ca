//! What a team does with the tool beside deploying: promote, go back, look back, verify, move, clean up. Each command is run
//! by a role that is a deployer and nothing else, and each document is held against its schema.

use std::fs;
use std::path::Path;

use e2e::bundle::call;
use e2e::cli::{Run, repository, stopgap};
use e2e::folder::Folder;
use e2e::{Database, Role, schema};
use serde_json::{Value, json};

struct Team {
    folder: Folder,
    url: String,
    schema: Value,
}

impl Team {
    fn new(name: &str, database: &Database) -> Self {
        let schema = fs::read_to_string(repository("docs/reference/cli.schema.json")).unwrap();
        Self {
            folder: Folder::new(name),
            url: database.url(Role::Deployer),
            schema: serde_json::from_str(&schema).unwrap(),
        }
    }

    fn write(&self, value: &str) {
        let text = format!(
            "import {{ query, v }} from \"@stopgap/runtime\";\nimport {{ shown }} from \"./lib/shown\";\n\n\
             export const get = query(v.object({{}}), () => shown(\"{value}\"));\n"
        );
        self.folder.write("stopgap/greeting.ts", &text);
        self.folder.write("stopgap/lib/shown.ts", "export const shown = (text: string): string => text;\n");
    }

    fn run(&self, arguments: &[&str]) -> Run {
        stopgap(&self.folder.0, &self.url, arguments)
    }

    /// Runs a command with `--json`, which must succeed, and checks its document.
    fn json(&self, arguments: &[&str]) -> Value {
        let document = self.run(&[arguments, &["--json"]].concat()).succeeded().json();
        self.check(document["command"].as_str().unwrap_or_default(), &document);
        document
    }

    fn check(&self, command: &str, document: &Value) {
        let schema = &self.schema["commands"][command];
        assert!(schema.is_object(), "there is no schema of {command}");
        if let Err(why) = schema::check(&self.schema, schema, document, command) {
            panic!("{why} in {document}");
        }
    }

    fn deploy(&self, env: &str, value: &str) -> i64 {
        self.write(value);
        let document = self.json(&["deploy", "--env", env, "--label", value]);
        document["deployment_id"].as_i64().unwrap()
    }
}

fn answer(database: &Database, env: &str) -> Value {
    call(&mut database.connect(Role::App), &format!("live_{env}.greeting_get"), &json!({})).unwrap()
}

#[test]
fn a_release_goes_from_staging_to_production_and_back() {
    let database = Database::create("teamwork");
    let team = Team::new("teamwork", &database);
    let first = team.deploy("staging", "one");
    team.write("two");
    assert_eq!(team.json(&["plan", "--env", "staging"])["plan"]["summary"]["changed"], 1);
    assert_eq!(team.json(&["deploy", "--env", "staging", "--dry-run"])["dry_run"], true);
    let differs = team.run(&["diff", "--env", "staging"]).succeeded().stdout;
    assert!(differs.contains("--- a/greeting.ts") && differs.contains("+export const get"), "{differs}");
    let beside = team.run(&["plan", "--env", "staging", "-y"]).succeeded().stdout;
    assert!(beside.lines().any(|line| line.contains("\"one\"") && line.contains(" | ")), "{beside}");
    let short = team.run(&["diff", "--env", "staging", "--no-source"]).succeeded().stdout;
    assert!(short.contains("changed") && !short.contains("export const"), "{short}");
    let second = team.deploy("staging", "two");
    let made = team.json(&["env", "create", "prod", "--keep-last", "5"]);
    assert_eq!(made["environments"][0]["live_schema"], "live_prod");
    assert_eq!(team.json(&["env", "list"])["environments"].as_array().unwrap().len(), 2);

    // Promotion, tags, pins.
    let promoted = team.json(&["promote", "staging", "--env", "prod"]);
    assert_eq!(answer(&database, "prod"), "two");
    assert_eq!(promoted["status"]["active"]["label"], "two");
    team.json(&["tag", "v1", &first.to_string(), "--env", "staging"]);
    team.json(&["tag", "v2", "--env", "staging"]);
    assert_eq!(team.json(&["tag", "--env", "staging"])["tags"].as_array().unwrap().len(), 2);
    team.json(&["pin", "v1", "--env", "staging"]);
    team.json(&["pin", "v1", "--remove", "--env", "staging"]);
    let listed = team.run(&["deployments", "--env", "staging"]).succeeded().stdout;
    assert!(listed.contains("v1") && listed.contains("tags"), "{listed}");

    // Going back: what would happen, then it does.
    let planned = team.json(&["rollback", "--env", "staging", "--to", "v1", "--dry-run"]);
    assert_eq!(planned["what_if"]["passed_over"], json!([second]));
    assert_eq!(answer(&database, "staging"), "two");
    let text = team.run(&["rollback", "--env", "staging", "--dry-run"]).succeeded().stdout;
    assert!(
        text.contains("changed") && text.contains(&format!("would be back at deployment {first}")),
        "{text}"
    );
    assert_eq!(team.json(&["rollback", "--env", "staging", "--to", "v1"])["deployment_id"], first);
    assert_eq!(answer(&database, "staging"), "one");
    assert_eq!(
        team.json(&["rollback", "--env", "staging", "--to", &second.to_string()])["deployment_id"],
        second
    );
    let refused = team.run(&["rollback", "--env", "staging", "--to", "v2", "--json"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    let error: Value = serde_json::from_str(&refused.stderr).unwrap();
    team.check("error", &error);
    assert_eq!(error["error"]["sqlstate"], "55000");

    // Looking back.
    let unified = team.run(&["compare", "v1", "v2", "--env", "staging"]).succeeded().stdout;
    assert!(unified.contains("-export const get = query(v.object({}), () => shown(\"one\"));"), "{unified}");
    assert!(unified.contains("+export const get = query(v.object({}), () => shown(\"two\"));"), "{unified}");
    let beside = team.run(&["compare", "v1", "--env", "staging", "--side-by-side"]).succeeded().stdout;
    assert!(beside.lines().any(|line| line.contains("\"one\"") && line.contains(" | ")), "{beside}");
    assert_eq!(
        team.json(&["compare", "v1", "active", "--env", "staging"])["compare"]["summary"]["changed"],
        1
    );
    let versions = team.json(&["history", "api.greeting.get", "--env", "staging"]);
    assert_eq!(versions["history"].as_array().unwrap().len(), 2);
    let shown = team.run(&["history", "greeting_get", "--env", "staging"]).succeeded().stdout;
    assert!(shown.contains("version") && shown.contains("+export const get"), "{shown}");
    let events = team.json(&["history", "--env", "staging", "--last", "50"]);
    let kinds: Vec<&str> =
        events["history"].as_array().unwrap().iter().filter_map(|one| one["event"].as_str()).collect();
    for kind in ["deploy", "rollback", "tag", "pin", "unpin"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(
        events["history"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["application_name"] != "" || one["event"] == "failed deploy")
    );
    let told = team.run(&["history", "--env", "prod"]).succeeded().stdout;
    assert!(told.contains("promote"), "{told}");
    team.json(&["status", "--env", "prod"]);
    team.json(&["deployments", "--env", "prod"]);
    team.json(&["diff", "--env", "staging"]);
}

#[test]
fn what_a_release_leaves_out_has_its_time() {
    let database = Database::create("teamwork_retire");
    let team = Team::new("teamwork-retire", &database);
    team.folder.write("stopgap/old.ts", "import { query, v } from \"@stopgap/runtime\";\n\nexport const get = query(v.object({}), () => \"old\");\n");
    team.deploy("prod", "one");
    fs::remove_file(team.folder.0.join("stopgap/old.ts")).unwrap();
    let at_once = team.json(&["plan", "--env", "prod"]);
    assert_eq!(at_once["plan"]["summary"]["removed"], 1);
    let shown = team.run(&["diff", "--env", "prod", "--retire", "7d", "--no-source"]).succeeded().stdout;
    assert!(
        shown.contains("retired") && shown.contains("until 20") && shown.contains("1 retired"),
        "{shown}"
    );
    let deployed = team.json(&["deploy", "--env", "prod", "--retire", "7d"]);
    assert_eq!(
        (&deployed["diff"]["summary"]["retired"], &deployed["diff"]["summary"]["removed"]),
        (&json!(1), &json!(0))
    );

    // It answers, and says until when.
    let called = stopgap(&team.folder.0, &database.url(Role::App), &["call", "api.old.get", "--env", "prod"])
        .succeeded();
    assert_eq!(called.stdout.trim(), "\"old\"");
    let notice = "function live_prod.old_get(jsonb) is deprecated: it was removed, and is dropped after 20";
    assert!(called.stderr.contains("warning:") && called.stderr.contains(notice), "{}", called.stderr);
    let status = team.run(&["status", "--env", "prod"]).succeeded().stdout;
    assert!(status.contains("live_prod.old_get       retired until 20"), "{status}");
    assert_eq!(team.json(&["verify", "--env", "prod"])["verification"]["ok"], true);

    // It still has time, unless somebody takes it.
    assert_eq!(team.json(&["prune", "--env", "prod"])["pruning"]["pruned"], json!([]));
    let planned = team.run(&["prune", "--env", "prod", "--all", "--dry-run"]).succeeded().stdout;
    assert!(
        planned.contains("removed  api.old.get") && planned.contains("would go: 1 functions"),
        "{planned}"
    );
    let pruned = team.json(&["prune", "--env", "prod", "--all"]);
    assert_eq!(pruned["pruning"]["pruned"][0]["live_function"], "old_get");
    let gone = stopgap(&team.folder.0, &database.url(Role::App), &["call", "api.old.get", "--env", "prod"]);
    assert_eq!(gone.code, 1);
    team.json(&["rollback", "--env", "prod"]);
    assert!(team.run(&["status", "--env", "prod"]).succeeded().stdout.contains("old_get"));

    // An environment may have it that way for all releases.
    let altered = team.json(&["env", "alter", "prod", "--retire", "12h"]);
    assert_eq!(altered["environments"][0]["retire_s"], 43_200);
    let altered = team.json(&["env", "alter", "prod", "--retire", "0"]);
    assert_eq!(altered["environments"][0]["retire_s"], Value::Null);
    let nonsense = team.run(&["deploy", "--env", "prod", "--retire", "soon"]);
    assert!(nonsense.code != 0 && nonsense.stderr.contains("s, m, h or d"), "{}", nonsense.stderr);
}

#[test]
fn signatures_and_annotations_are_seen() {
    let database = Database::create("teamwork_signatures");
    let team = Team::new("teamwork-signatures", &database);
    let write = |args: &str| {
        team.folder.write(
            "stopgap/sums.ts",
            &format!(
                "import {{ query }} from \"@stopgap/runtime\";\n\n/**\n * @timeout 500ms\n * @role e2e_app\n * @cache stable\n */\n\
                 export const add = query({{ sql: {{ args: {{ {args} }}, returns: \"int\" }}, handler: ({{ a }}) => a + 1 }});\n"
            ),
        );
    };
    write("a: \"int\"");
    let plan = team.json(&["plan", "--env", "prod"]);
    let function = &plan["plan"]["functions"][0];
    assert_eq!(function["signature"], "(a integer) RETURNS integer");
    assert_eq!(function["annotations"], json!({"timeout_ms": 500, "roles": ["e2e_app"], "cache": "stable"}));
    team.json(&["deploy", "--env", "prod"]);
    let status = team.run(&["status", "--env", "prod"]).succeeded().stdout;
    assert!(status.contains("sums_add  @timeout 500ms, @role e2e_app, @cache stable"), "{status}");
    let sum: i32 =
        database.connect(Role::App).query_one("SELECT live_prod.sums_add(a => 2)", &[]).unwrap().get(0);
    assert_eq!(sum, 3);
    write("a: \"int\", b: \"text\"");
    let shown = team.run(&["plan", "--env", "prod", "--no-source"]).succeeded().stdout;
    let becomes =
        "live_prod.sums_add (a integer) RETURNS integer becomes (a integer, b text) RETURNS integer";
    assert!(shown.contains(becomes), "{shown}");
    database.sql(Role::Superuser, "CREATE VIEW needs AS SELECT live_prod.sums_add(1) AS one");
    let refused = team.run(&["deploy", "--env", "prod"]);
    assert!(refused.code == 1 && refused.stderr.contains("view public.needs"), "{}", refused.stderr);
}

#[test]
fn drift_is_found_and_put_right() {
    let database = Database::create("teamwork_drift");
    let team = Team::new("teamwork-drift", &database);
    team.deploy("prod", "one");
    assert_eq!(team.json(&["verify", "--env", "prod"])["verification"]["ok"], true);
    database.sql(Role::Superuser, "ALTER FUNCTION live_prod.greeting_get(jsonb) STRICT; CREATE FUNCTION live_prod.x() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    let found = team.run(&["verify", "--env", "prod"]);
    assert_eq!(found.code, 1);
    assert!(
        found.stdout.contains("strict: true in place of false") && found.stdout.contains("2 differences"),
        "{}",
        found.stdout
    );
    let repaired = team.run(&["verify", "--env", "prod", "--repair", "--json"]);
    assert_eq!(repaired.code, 1, "an extra function is left");
    team.check("verify", &repaired.json());
    team.json(&["verify", "--env", "prod", "--repair", "--drop-extra"]);
    assert_eq!(team.run(&["verify", "--env", "prod"]).code, 0);
}

#[test]
fn a_deployment_moves_to_another_database_signed() {
    let (here, there) = (Database::create("teamwork_here"), Database::create("teamwork_there"));
    let team = Team::new("teamwork-move", &here);
    let id = team.deploy("prod", "one");
    team.deploy("prod", "two");
    team.folder.write(
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n",
    );
    let exported =
        team.json(&["export", &id.to_string(), "--env", "prod", "-o", "one.json", "--sign", "key.pem"]);
    assert_eq!(exported["signed"], true);
    let file = team.folder.0.join("one.json");
    let text = fs::read_to_string(&file).unwrap();
    let archive: Value = serde_json::from_str(&text).unwrap();
    // The key is the first of RFC 8032, section 7.1, the other one its second.
    let public = archive["signature"]["public_key"].as_str().unwrap();
    team.folder.write("public.pem", &public_pem(public));
    team.folder.write("other.pem", &public_pem("PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="));

    let other = there.url(Role::Deployer);
    let import = |arguments: &[&str]| {
        stopgap(&team.folder.0, &other, &[&["import"], arguments, &["--env", "copy", "--json"]].concat())
    };
    assert_eq!(import(&["one.json", "--signed-by", "other.pem"]).code, 1);
    let taken = import(&["one.json", "--signed-by", "public.pem"]).succeeded().json();
    team.check("import", &taken);
    assert_eq!((&taken["signature"], &taken["status"]["active"]["label"]), (&json!("valid"), &json!("one")));
    assert_eq!(answer(&there, "copy"), "one");
    // The same artifacts, to the hash.
    let hash = |database: &Database, env: &str| -> String {
        let sql = "SELECT artifact_hash FROM stopgap.fn_version WHERE env = $1 ORDER BY id LIMIT 1";
        database.connect(Role::Superuser).query_one(sql, &[&env]).unwrap().get(0)
    };
    assert_eq!(hash(&here, "prod"), hash(&there, "copy"));

    // A file that was changed is refused before anything is sent, and by the server too.
    fs::write(&file, text.replace("shown(\\\"one\\\")", "shown(\\\"six\\\")")).unwrap();
    let refused = import(&["one.json"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("damaged"), "{}", refused.stderr);
    fs::write(&file, "nonsense").unwrap();
    assert_eq!(import(&["one.json"]).code, 1);
    assert_eq!(answer(&there, "copy"), "one");
    assert_eq!(import(&["nowhere.json"]).code, 1);
}

fn public_pem(key: &str) -> String {
    // RFC 8410: the prefix of an ed25519 key in base64 is 16 characters, so the two can be put together as text.
    format!("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA{key}\n-----END PUBLIC KEY-----\n")
}

#[test]
fn what_nobody_needs_is_thrown_away() {
    let database = Database::create("teamwork_gc");
    let team = Team::new("teamwork-gc", &database);
    for value in ["one", "two", "three", "four"] {
        team.deploy("prod", value);
    }
    team.json(&["tag", "keep", "--env", "prod", "active"]);
    let planned = team.json(&["gc", "--env", "prod", "--keep-last", "2", "--min-age", "0", "--dry-run"]);
    assert_eq!(planned["collected"]["pruned"].as_array().unwrap().len(), 2);
    team.json(&["gc", "--env", "prod", "--keep-last", "2", "--min-age", "0"]);
    let listed = team.run(&["deployments", "--env", "prod"]).succeeded().stdout;
    assert_eq!(listed.matches("pruned").count(), 2, "{listed}");
    assert_eq!(team.json(&["gc", "--all", "--min-age", "0"])["env"], Value::Null);
    assert_eq!(answer(&database, "prod"), "four");

    // While a release runs, nothing is thrown away.
    let mut deployer = database.connect(Role::Deployer);
    let mut open = deployer.transaction().unwrap();
    open.query_one("SELECT stopgap.rollback('prod')", &[]).unwrap();
    let busy = team.run(&["gc", "--env", "prod", "--json"]);
    let error: Value = serde_json::from_str(&busy.stderr).unwrap();
    assert_eq!(error["error"]["sqlstate"], "55P03");
}

#[test]
fn a_switch_notifies_when_it_commits() {
    let database = Database::create("teamwork_notify");
    let team = Team::new("teamwork-notify", &database);
    let mut listener = database.connect(Role::Deployer);
    listener.batch_execute("LISTEN stopgap_activation").unwrap();
    let id = team.deploy("prod", "one");
    let mut notifications = listener.notifications();
    let mut waiting = notifications.timeout_iter(std::time::Duration::from_secs(10));
    let heard =
        postgres::fallible_iterator::FallibleIterator::next(&mut waiting).unwrap().expect("a notification");
    let payload: Value = serde_json::from_str(heard.payload()).unwrap();
    assert_eq!(
        (&payload["env"], &payload["kind"], &payload["to_deployment_id"]),
        (&json!("prod"), &json!("deploy"), &json!(id))
    );
    assert_eq!((&payload["label"], &payload["activated_by"]), (&json!("one"), &json!("e2e_deployer")));
}

#[test]
fn a_lost_connection_says_what_became_of_the_environment() {
    let database = Database::create("teamwork_lost");
    let team = Team::new("teamwork-lost", &database);
    let first = team.deploy("prod", "one");
    // A release that never ends: a lock keeps it from switching.
    let mut gate = database.connect(Role::Superuser);
    let mut held = gate.transaction().unwrap();
    held.batch_execute("LOCK TABLE stopgap.deployment IN SHARE ROW EXCLUSIVE MODE").unwrap();
    team.write("two");
    let (folder, url) = (team.folder.0.clone(), team.url.clone());
    let running = std::thread::spawn(move || stopgap(Path::new(&folder), &url, &["deploy", "--env", "prod"]));
    let mut superuser = database.connect(Role::Superuser);
    let pid = loop {
        let waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        match superuser.query_opt(waiting, &[]).unwrap() {
            Some(row) => break row.get::<_, i32>(0),
            None => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    superuser.query_one("SELECT pg_terminate_backend($1, 10000)", &[&pid]).unwrap();
    held.rollback().unwrap();
    let run = running.join().unwrap();
    assert_eq!(run.code, 2, "{}", run.stderr);
    let expected = format!("environment `prod` is as it was before: deployment {first} is active");
    assert!(run.stderr.contains(&expected), "{}", run.stderr);
    assert_eq!(answer(&database, "prod"), "one");
}

#[test]
fn shells_are_told_how_to_complete() {
    let database = Database::create("teamwork_completion");
    let team = Team::new("teamwork-completion", &database);
    for shell in ["bash", "zsh", "fish"] {
        assert!(team.run(&["completion", shell]).succeeded().stdout.contains("promote"));
    }
    team.json(&["completion", "bash"]);
}
