//! `cargo xtask bench`: the procedural languages side by side, in one session of one private server.
//!
//! The extensions are built with the release profile, since that is what people install. Every language's answer
//! is compared with the expected one before its time counts. `bench/README.md` has the exact SQL of each row.

mod languages;
mod measure;
mod report;

use crate::postgres::cluster::{Cluster, SUPERUSER};
use crate::postgres::install;
use crate::setup::{Profile, Setup};
use crate::shell::{self, Result};
use languages::{LANGUAGES, Language};
use measure::Sample;
use report::{Report, Row};

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
    for work in [languages::ADD, languages::LOOP] {
        let mut queries: Vec<(&str, String)> =
            LANGUAGES.iter().map(|language| (language.name, (work.query)(language.name))).collect();
        queries.extend(work.baseline.map(|query| (report::BASELINE, query.to_owned())));
        let samples = measure::in_session(&mut session, &queries, work.answer)?;
        rows.push(row(work.title, work.unit, work.per, samples));
    }
    drop(session);
    rows.push(first_call(&cluster, "first call in a new backend")?);
    cluster.restart(&[("shared_preload_libraries", PRELOAD)])?;
    rows.push(first_call(&cluster, "first call in a new backend, libraries preloaded")?);

    let report = Report { postgres: setup.postgres.version.clone(), processor: report::processor(), rows };
    print!("{}", report.table());
    let file = setup.workspace.scratch().join("bench.json");
    shell::write(&file, report.json())?;
    println!("written to {}", file.display());
    cluster.stop()
}

fn prepare(cluster: &Cluster) -> Result<()> {
    cluster.execute("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
    for Language { name, .. } in LANGUAGES.iter().filter(|language| language.name != "plpgsql") {
        cluster.execute(DATABASE, &format!("CREATE EXTENSION {name}"))?;
    }
    for language in LANGUAGES {
        cluster.execute(DATABASE, &language.functions())?;
    }
    Ok(())
}

fn first_call(cluster: &Cluster, title: &'static str) -> Result<Row> {
    let queries: Vec<(&str, String)> =
        LANGUAGES.iter().map(|language| (language.name, languages::first_call(language.name))).collect();
    let samples = measure::in_new_sessions(|| cluster.connect(SUPERUSER, DATABASE), &queries, "3")?;
    Ok(row(title, "ms", 1, samples))
}

fn row(title: &'static str, unit: &'static str, per: u32, samples: Vec<(String, Sample)>) -> Row {
    Row { title, unit, per, samples }
}
