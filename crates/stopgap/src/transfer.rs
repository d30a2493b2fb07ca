//! Deployments as files: an archive of one is made, and made a deployment again, here or in another database.

use std::collections::BTreeMap;
use std::time::Instant;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::{SqlState, Value};
use serde_json::{Value as Json, json};
use stopgap_core::plan::Deployed;
use stopgap_core::{
    ActivationKind, Archive, DeploymentSource, DeploymentState, EnvName, Lineage, RollbackError,
};

use crate::caller::Caller;
use crate::catalog::audit::{self, Action};
use crate::catalog::row::Row;
use crate::catalog::{Environment, artifact, deployment, function, script};
use crate::options::{Options, reported};
use crate::publish::{Publication, publish};
use crate::{environments, lock};

/// The archive of a deployment, the active one unless said otherwise, without what it has retired.
///
/// Errors: 42501, since it holds the sources; 42704; 55000 for a deployment that failed or was pruned.
pub fn export(env: &EnvName, id: Option<i64>) -> Result<Json> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let to_do = format!("read the sources of environment \"{env}\"");
    let environment = caller.must_release_to(&spi, env, &to_do)?;
    let file = caller.as_owner(|| {
        let Some(id) = id.or(environment.active_deployment) else {
            return Err(reported(RollbackError::NothingActive));
        };
        match deployment::hold(&spi, env, id)? {
            Some(DeploymentState::Active | DeploymentState::Retired) => {}
            Some(state) => {
                return Err(Box::new(ErrorReport::new(
                    SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                    format!("deployment {id} is {state} and cannot be exported"),
                )));
            }
            None => return Err(reported(RollbackError::Unknown { id })),
        }
        let manifest = deployment::manifest(&spi, id)?.without_retired();
        let roots = function::artifacts_of(&spi, &manifest.functions)?;
        let mut sql_files = BTreeMap::new();
        for checksum in manifest.sql_functions.values() {
            sql_files.insert(checksum.clone(), script::source(&spi, checksum)?);
        }
        let archive = Archive {
            env: env.clone(),
            deployment_id: id,
            functions: function::rows(&spi, &manifest.functions)?,
            artifacts: artifact::rows(&spi, &roots)?,
            sql_files,
            manifest,
        };
        let file = archive.to_file();
        let detail = json!({ "sha256": file["sha256"], "artifacts": archive.artifacts.len() });
        audit::record(&spi, &caller, Some(env), Action::Export, Some(id), &detail)?;
        Ok(file)
    })?;
    spi.finish()?;
    Ok(file)
}

/// Makes an archive the active deployment of an environment, which is made if it is not there, and gives its id. The
/// artifacts are stored under their own hashes, which plts works out anew, as it does their code from their sources.
///
/// Errors: 22023 for what is no archive, was damaged, or has code that its source does not give; 55000 for code that cannot be
/// verified; 0A000 for a later format; 42501, 55P03, 55000 and 2BP01 as a
/// deploy.
pub fn import(env: &EnvName, file: Json, label: Option<&str>, options: &Options) -> Result<i64> {
    let began = Instant::now();
    let archive = Archive::from_file(file).map_err(reported)?;
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    let must_be_allowed =
        || caller.must_release_to_new(&spi, env, &format!("import into environment \"{env}\""));
    let (lineage, _) = lock::allowed(must_be_allowed, || lock::take(&caller, &spi, env, options.wait))?;
    let entry = Entry { env, archive: &archive, label, options, began };
    let id = caller.as_owner(|| entry.enter(&caller, &spi, &lineage))?;
    spi.finish()?;
    Ok(id)
}

/// An archive on its way in.
struct Entry<'a> {
    env: &'a EnvName,
    archive: &'a Archive,
    label: Option<&'a str>,
    options: &'a Options,
    began: Instant,
}

impl Entry<'_> {
    /// Stores the artifacts and publishes the functions. As `stopgap_owner`.
    fn enter(&self, caller: &Caller, spi: &Connection, lineage: &Lineage) -> Result<i64> {
        let Self { env, archive, label, options, began } = *self;
        let environment = match Environment::find(spi, env)? {
            Some(environment) => environment,
            None => {
                let environment = environments::default(env, options.live_schema.as_ref())?;
                environments::establish(spi, &environment)?;
                environment
            }
        };
        options.check_confirmed(&environment)?;
        let artifacts = Json::Array(archive.artifacts.clone());
        let how = json!({ "unverified": options.unverified }).to_string();
        let rows = spi.run(
            "SELECT plts.import_artifacts($1, $2)",
            &[Value::Json(artifacts.to_string().into()), Value::Json(how.into())],
        )?;
        let stored = match rows.into_iter().next() {
            Some(row) => Row::new(row).json()?,
            None => return Err(Box::new(ErrorReport::internal("plts.import_artifacts gave no answer"))),
        };
        let deployed = Deployed {
            id: archive.deployment_id,
            release: archive.manifest.release(),
            functions: function::of_rows(spi, &archive.functions)?,
        };
        let source = DeploymentSource::Archive {
            env: archive.env.clone(),
            deployment_id: archive.deployment_id,
            of: Box::new(archive.manifest.source.clone()),
        };
        for (checksum, source) in &archive.sql_files {
            script::keep(spi, checksum, source)?;
        }
        let publication = Publication {
            deployed: &deployed,
            source,
            sql_functions: archive.manifest.sql_functions.clone(),
            label: label.or(archive.manifest.label.as_deref()),
            kind: ActivationKind::Import,
            removal: options.removal(spi, &environment)?,
            began,
        };
        let id = publish(caller, spi, lineage, &environment, publication)?;
        audit::record(spi, caller, Some(env), Action::Import, Some(id), &stored)?;
        Ok(id)
    }
}
