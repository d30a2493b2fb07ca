//! `cargo xtask bench`: the procedural languages side by side, on one private server.
//!
//! The extensions are built with the release profile, since that is what people install. Every language's answer
//! is compared with the expected one before its time counts. `bench/README.md` has the exact SQL of each row.

mod measure;
mod report;
mod series;
mod work;

use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::setup::{Profile, Setup};
use crate::shell::{self, Result};
use measure::Task;
use report::{Report, Row};
use work::{Bar, LANGUAGES, WORK, Work, for_language};

const DATABASE: &str = "bench";
/// Libraries of all four languages, so that none has an advantage when preloaded.
const PRELOAD: &str = "plts, plpgsql, plperl, plpython3";

/// Builds, installs, measures, prints the table and writes the JSON.
pub fn run() -> Result<()> {
    let setup = Setup::prepare()?;
    let built = setup.build(Profile::Release)?;
    install::install(&setup.workspace, &setup.postgres, &built)?;
    let mut cluster = Cluster::start(&setup, "bench", &[("work_mem", "256MB"), ("autovacuum", "off")])?;
    prepare(&cluster)?;

    let mut rows = Vec::new();
    let mut session = cluster.connect(SUPERUSER, DATABASE)?;
    for work in WORK {
        let series = measure::in_session(&mut session, &tasks(work), work.answer)?;
        rows.push(Row { title: work.title, unit: work.unit, per: work.per, bar: work.bar, series });
    }
    drop(session);
    rows.push(first_call(&cluster, "first call in a new backend", 0.42)?);
    rows.push(bundle(&cluster)?);
    rows.push(memory(&cluster, "private memory gained by the first call")?);
    cluster.restart(&[("shared_preload_libraries", PRELOAD)])?;
    rows.push(first_call(&cluster, "first call in a new backend, libraries preloaded", 0.3)?);
    rows.push(memory(&cluster, "private memory gained by the first call, libraries preloaded")?);

    let report = Report { postgres: setup.postgres.version.clone(), processor: report::processor(), rows };
    print!("{}", report.table());
    let file = setup.workspace.scratch().join("bench.json");
    shell::write(&file, report.json())?;
    println!("written to {}", file.display());
    cluster.stop()
}

fn prepare(cluster: &Cluster) -> Result<()> {
    cluster.execute("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
    for name in LANGUAGES.iter().filter(|name| **name != "plpgsql").chain(&["stopgap"]) {
        cluster.execute(DATABASE, &format!("CREATE EXTENSION {name}"))?;
    }
    for (_, functions) in work::FUNCTIONS {
        cluster.execute(DATABASE, functions)?;
    }
    Ok(())
}

fn tasks(work: &Work) -> Vec<Task> {
    let of_languages = work.languages.iter().map(|language| Task {
        name: (*language).to_owned(),
        is_compared: is_compared(language, &work.bar),
        before: work.before.map(|sql| for_language(sql, language)),
        query: for_language(work.query, language),
    });
    let baseline = work.baseline.map(|query| Task {
        name: report::BASELINE.to_owned(),
        is_compared: false,
        before: None,
        query: query.to_owned(),
    });
    of_languages.chain(baseline).collect()
}

/// Whether the bar is about the language: ours, or the one that ours is compared with.
fn is_compared(language: &str, bar: &Bar) -> bool {
    language == report::OURS || language == bar.than
}

fn first_calls(bar: &Bar) -> Vec<Task> {
    LANGUAGES
        .iter()
        .map(|language| Task {
            name: (*language).to_owned(),
            is_compared: is_compared(language, bar),
            before: None,
            query: for_language(work::FIRST_CALL, language),
        })
        .collect()
}

fn first_call(cluster: &Cluster, title: &'static str, at_most: f64) -> Result<Row> {
    let bar = Bar { than: "plpython3u", at_most };
    let connect = || cluster.connect(SUPERUSER, DATABASE);
    let series = measure::in_new_sessions(connect, &mut connect()?, &first_calls(&bar), "3")?;
    Ok(Row { title, unit: "ms", per: 1, bar, series })
}

fn bundle(cluster: &Cluster) -> Result<Row> {
    let bar = Bar { than: "compiling", at_most: 0.4 };
    let task = |name: &&str| Task {
        name: (*name).to_owned(),
        is_compared: is_compared(name, &bar),
        before: Some(work::BUNDLE_BEFORE.to_owned()),
        query: for_language(work::BUNDLE_CALL, name),
    };
    let tasks: Vec<Task> = work::BUNDLES.iter().map(task).collect();
    let connect = || cluster.connect(SUPERUSER, DATABASE);
    let series = measure::in_new_sessions(connect, &mut connect()?, &tasks, "60")?;
    Ok(Row { title: "first call of a bundle of 200 KB, its code kept", unit: "ms", per: 1, bar, series })
}

fn memory(cluster: &Cluster, title: &'static str) -> Result<Row> {
    let bar = Bar { than: "plpython3u", at_most: 0.8 };
    let connect = || cluster.connect(SUPERUSER, DATABASE);
    let series = measure::memory_gained(connect, work::PRIVATE_MEMORY, &first_calls(&bar), "3")?;
    Ok(Row { title, unit: "kB", per: 1, bar, series })
}
