//! The references name everything there is: each SQL function with its arguments, each table and view, each command of the
//! tool and each of its options.

use std::collections::BTreeSet;
use std::fs;

use e2e::cli::{repository, stopgap};
use e2e::folder::Folder;
use e2e::{Database, Role};

/// Called by PostgreSQL or by other functions, never by a person.
const INTERNAL: [&str; 6] = [
    "plts.call_handler",
    "plts.inline_handler",
    "plts.validator",
    "stopgap.refuse_by_hand",
    "stopgap.keep_artifacts",
    "stopgap.refuse_change",
];

fn document(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap()
}

#[test]
fn every_sql_object_is_documented() {
    let database = Database::create("reference");
    let mut superuser = database.connect(Role::Superuser);
    let sql = document("docs/reference/sql.md");
    let functions = superuser
        .query(
            "SELECT format('%s.%s', n.nspname, p.proname), p.proargnames::text[], obj_description(p.oid, 'pg_proc') \
             FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname IN ('plts', 'stopgap') ORDER BY 1",
            &[],
        )
        .unwrap();
    assert!(functions.len() > 20);
    let mut missing = BTreeSet::new();
    for row in functions {
        let (name, arguments): (String, Option<Vec<String>>) = (row.get(0), row.get(1));
        if INTERNAL.contains(&name.as_str()) {
            continue;
        }
        if row.get::<_, Option<String>>(2).is_none() {
            missing.insert(format!("{name} has no comment"));
        }
        let Some((_, rest)) = sql.split_once(&format!("`{name}(")) else {
            missing.insert(name);
            continue;
        };
        let shown = rest.split_once('`').map_or(rest, |(shown, _)| shown);
        for argument in arguments.unwrap_or_default() {
            // Results of plts.compile_ts are described beside it.
            if !shown.contains(&argument) && !rest.lines().next().unwrap_or_default().contains(&argument) {
                missing.insert(format!("{argument} of {name}"));
            }
        }
    }
    let relations = superuser
        .query(
            "SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'stopgap' AND c.relkind IN ('r', 'v')",
            &[],
        )
        .unwrap();
    for row in relations {
        let name: String = row.get(0);
        if !sql.contains(&format!("`{name}`")) {
            missing.insert(name);
        }
    }
    assert!(missing.is_empty(), "docs/reference/sql.md says nothing of {missing:?}");
}

#[test]
fn every_command_and_option_is_documented() {
    let folder = Folder::new("reference");
    let tool = document("docs/reference/cli.md");
    let help = |arguments: &[&str]| stopgap(&folder.0, "", arguments).succeeded().stdout;
    let commands: Vec<String> = help(&["--help"])
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    let mut missing = BTreeSet::new();
    for command in &commands {
        if !tool.contains(&format!("    stopgap {command}")) {
            missing.insert(command.clone());
        }
        for word in help(&[command, "--help"]).split_whitespace().filter(|word| word.starts_with("--")) {
            let option = word.trim_end_matches([',', ']']);
            if option.len() > 2 && !["--help", "--version"].contains(&option) && !tool.contains(option) {
                missing.insert(format!("{option} of {command}"));
            }
        }
    }
    assert!(missing.is_empty(), "docs/reference/cli.md says nothing of {missing:?}");
}
