//! A deploy: read the source and build it as the caller, plan, write the catalog and the live schema as
//! `stopgap_owner`. One transaction, under the environment's lock; a failure leaves nothing but its record.

use std::time::Instant;

use pg_boundary::error::Result;
use pg_boundary::spi::{Connection, Subtransaction};
use serde_json::Value as Json;
use stopgap_core::prospect::source_diffs;
use stopgap_core::script::checksum;
use stopgap_core::{Activation, ActivationKind, DeploymentState, EnvName, Lineage, Manifest, Plan, Prospect};

use crate::build::Keep;
use crate::caller::Caller;
use crate::catalog::activation::Circumstances;
use crate::catalog::deployment::Origin;
use crate::catalog::{deployment, function, script};
use crate::options::{Options, reported};
use crate::prepare::{self, Prepared, Release, prepare};
use crate::source::Source;
use crate::{environments, failure, lock, scripts, switch};

/// What a deploy was asked for.
pub struct Request {
    pub env: EnvName,
    pub source: Source,
    pub label: Option<String>,
    pub options: Options,
}

/// Deploys, and gives the id of the deployment.
///
/// Errors: 42501, 55P03 and the 55000 of a protected environment before anything is done, which leave no record; whatever the source, the build and the plan
/// raise, which leave a failed deployment.
pub fn deploy(request: &Request) -> Result<i64> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed = || must_be_allowed(&caller, &spi, request);
    let take = || lock::take(&caller, &spi, &request.env, request.options.wait);
    let (lineage, ()) = lock::allowed(must_be_allowed, take)?;

    // A subtransaction, so that a failure is undone before its record is written by someone else.
    let attempt = Subtransaction::begin()?;
    match release(&caller, &spi, request, &lineage) {
        Ok(id) => {
            attempt.commit()?;
            Ok(id)
        }
        Err(report) => {
            attempt.roll_back()?;
            failure::record(&caller, request, &report)?;
            Err(report)
        }
    }
}

fn must_be_allowed(caller: &Caller, spi: &Connection, request: &Request) -> Result<()> {
    let to_do = format!("deploy to environment \"{}\"", request.env);
    match &caller.must_release_to_new(spi, &request.env, &to_do)? {
        Some(environment) => request.options.check_confirmed(environment),
        None => Ok(()),
    }
}

fn release(caller: &Caller, spi: &Connection, request: &Request, lineage: &Lineage) -> Result<i64> {
    let began = Instant::now();
    let release = Release::build_for(caller, spi, &request.env, &request.source, Keep::Store)?;
    let (created_by, session_user) = (caller.name()?, caller.session_name()?);
    caller.as_owner(|| {
        // Read again: what was there before the lock was taken may have changed.
        let Prepared { environment, is_new, prospect, removal, .. } = {
            let prepared = prepare(spi, &request.env, &request.options, lineage, &release, None)?;
            prepared.must_be(request.options.plan.as_ref())?;
            prepared
        };
        if is_new {
            environments::establish(spi, &environment)?;
        }
        let label = request.label.as_deref().or(environment.default_label.as_deref());
        let origin = Origin {
            env: &request.env,
            label,
            source: &release.source.describe(),
            created_by: &created_by,
            session_user: &session_user,
        };
        let id = deployment::open(spi, &origin)?;
        run_before(caller, spi, &prospect, id, &created_by)?;
        // What ran may have made or changed types that functions declare.
        let (release, prospect) = if prospect.runs_sql_before() && release.names_types() {
            let release = release.settled(caller, spi)?;
            let options = &request.options;
            let settled = prepare(spi, &request.env, options, lineage, &release, Some(removal))?.prospect;
            let prospect = Prospect { plan: settled.plan, changes: settled.changes, ..prospect };
            (release, prospect)
        } else {
            (release, prospect)
        };
        let mut functions = function::versions(spi, &environment.env, &prospect.plan)?;
        functions.extend(release.candidates.standing());
        let sql_functions = prospect.scripts.function_checksums();
        for (name, sum) in &sql_functions {
            script::keep(spi, sum, &prospect.scripts.functions[name])?;
        }
        let manifest = Manifest::new(
            release.source.clone(),
            label.map(str::to_owned),
            release.candidates.release(),
            functions,
        )
        .with_sql_functions(sql_functions)
        .with_retired(prospect.plan.retired());
        deployment::seal(spi, id, &manifest)?;
        let activated =
            Activation { from: environment.active_deployment, to: id, kind: ActivationKind::Deploy };
        switch::put_in_place(caller, spi, activated, &manifest, &prospect.changes)?;
        scripts::verify(caller, spi, &environment.env, release.candidates.verifications())?;
        if let Some(sql) = &prospect.scripts.after {
            scripts::run(caller, spi, "hook after", sql)?;
        }
        let circumstances = Circumstances {
            label,
            git_commit: manifest.source.git_commit(),
            began,
            changes: prospect.plan.summary(),
        };
        let state = DeploymentState::Sealed;
        switch::conclude(caller, spi, &environment, activated, state, &circumstances)?;
        Ok(id)
    })
}

/// The hook before, and the migrations that have yet to run.
fn run_before(caller: &Caller, spi: &Connection, prospect: &Prospect, id: i64, by: &str) -> Result<()> {
    if let Some(sql) = &prospect.scripts.before {
        scripts::run(caller, spi, "hook before", sql)?;
    }
    for name in &prospect.migrations {
        let sql = &prospect.scripts.migrations[name];
        scripts::run(caller, spi, &format!("migration {name}"), sql)?;
        script::record(spi, &prospect.env, name, &checksum(sql), id, by)?;
    }
    Ok(())
}

/// What a deploy of that source would change, as the diff functions give it.
///
/// Errors: those of [`deploy`] but for the lock.
pub fn diff(env: &EnvName, source: &Source, options: &Options) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let environment =
        caller.must_release_to_new(&spi, env, &format!("compare with environment \"{env}\""))?;
    let release = Release::build(&caller, &spi, source, Keep::Discard)?;
    let environment =
        environment.map_or_else(|| environments::default(env, options.live_schema.as_ref()), Ok)?;
    let (active, removal) = caller.as_owner(|| {
        let active = environment.active_deployment.map(|id| deployment::deployed(&spi, id)).transpose()?;
        Ok((active, options.removal(&spi, &environment)?))
    })?;
    let plan = Plan::deploy(active.as_ref(), &release.candidates, &removal).map_err(reported)?;
    let mut document = plan.to_json(env, &environment.live_schema);
    let sources = caller.as_owner(|| prepare::sources(&spi, active.as_ref(), &release))?;
    document["modules"] = source_diffs(&sources);
    Ok(document)
}
