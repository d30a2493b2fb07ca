//! A release worked out: built from its source with the rights of the caller, compared with what is active, and with what
//! follows from that for every live schema. `stopgap.plan` shows it and `stopgap.deploy` carries it out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pg_boundary::ErrorReport;
use pg_boundary::error::Result;
use pg_boundary::spi::Connection;
use plts_core::SqlState;
use stopgap_core::plan::{Deployed, Standing, check_names};
use stopgap_core::prospect::{Dependent, Relative, Sources};
use stopgap_core::script::pending;
use stopgap_core::signature::{Types, Unknown, Wanted};
use stopgap_core::{
    Bundle, Candidates, DeploymentSource, EnvName, Function, Lineage, ModulePath, Plan, PlanDigest, Prospect,
    Removal, RoleName, SchemaChange, ScriptName, SourceHash, Step,
};

use crate::build::{self, Keep};
use crate::caller::Caller;
use crate::catalog::row::{Row, text, texts};
use crate::catalog::{Environment, artifact, deployment, environment, function, script};
use crate::options::{Options, reported};
use crate::source::Source;
use crate::{environments, scripts, switch, types};

/// What a release is made of, built.
pub struct Release {
    pub bundle: Bundle,
    pub source: DeploymentSource,
    pub candidates: Candidates,
    /// What is known of the types that its exports declare.
    types: Types,
    /// What need not be looked into.
    standing: Standing,
}

impl Release {
    /// Reads and builds, as the caller.
    ///
    /// Errors: those of the source and of the build.
    pub fn build(caller: &Caller, spi: &Connection, source: &Source, keep: Keep) -> Result<Self> {
        let (bundle, source) = source.read(spi)?;
        Self::build_beside(caller, spi, bundle, source, keep, Standing::default())
    }

    /// As [`Self::build`], for a release to an environment whose lock is held: modules that are what they are in its active
    /// deployment are not looked into.
    pub fn build_for(
        caller: &Caller,
        spi: &Connection,
        env: &EnvName,
        source: &Source,
        keep: Keep,
    ) -> Result<Self> {
        let (bundle, source) = source.read(spi)?;
        let standing =
            caller.as_owner(|| match Environment::find(spi, env)?.and_then(|one| one.active_deployment) {
                Some(id) => deployment::standing(spi, id, &source),
                None => Ok(Standing::default()),
            })?;
        Self::build_beside(caller, spi, bundle, source, keep, standing)
    }

    fn build_beside(
        caller: &Caller,
        spi: &Connection,
        bundle: Bundle,
        source: DeploymentSource,
        keep: Keep,
        standing: Standing,
    ) -> Result<Self> {
        let build = build::build(spi, &bundle, keep, &standing)?;
        let scripts = bundle.scripts();
        let unknown = match scripts.before.is_none() && scripts.migrations.is_empty() {
            true => Unknown::Refused,
            false => Unknown::Awaited,
        };
        let types = types::look_up(caller, spi, &Wanted::of(&build), unknown)?;
        let candidates =
            Candidates::from_build(build, &source, bundle.verify(), &types, &standing).map_err(reported)?;
        Ok(Self { bundle, source, candidates, types, standing })
    }

    /// Whether an export declares a signature.
    pub fn names_types(&self) -> bool {
        !self.types.found.is_empty()
    }

    /// The same release with its types looked up again, when the SQL that it brings has run.
    ///
    /// Errors: those of a type that is still not there.
    pub fn settled(self, caller: &Caller, spi: &Connection) -> Result<Self> {
        let Self { bundle, source, candidates, standing, .. } = self;
        let build = candidates.into_build();
        let types = types::look_up(caller, spi, &Wanted::of(&build), Unknown::Refused)?;
        let candidates =
            Candidates::from_build(build, &source, bundle.verify(), &types, &standing).map_err(reported)?;
        Ok(Self { bundle, source, candidates, types, standing })
    }

    /// Errors: those of a type that is not there, when no SQL runs that could make it.
    fn must_be_settled(&self) -> Result<()> {
        let build = self.candidates.build().clone();
        let types = Types { unknown: Unknown::Refused, ..self.types.clone() };
        Candidates::from_build(build, &self.source, self.bundle.verify(), &types, &self.standing)
            .map_err(reported)
            .map(drop)
    }
}

/// A release beside what is there.
pub struct Prepared {
    /// As it is, or as it will be made.
    pub environment: Environment,
    pub is_new: bool,
    /// What is active, without what stands.
    pub active: Option<Deployed>,
    pub prospect: Prospect,
    pub removal: Removal,
}

/// Works a release out; a `removal` that was worked out before stays. As `stopgap_owner`.
///
/// Errors: those of the plan; 55000 for a migration that was changed or comes too late.
pub fn prepare(
    spi: &Connection,
    env: &EnvName,
    options: &Options,
    lineage: &Lineage,
    release: &Release,
    removal: Option<Removal>,
) -> Result<Prepared> {
    let (environment, is_new) = match Environment::find(spi, env)? {
        Some(environment) => (environment, false),
        None => (environments::default(env, options.live_schema.as_ref())?, true),
    };
    let manifest = environment.active_deployment.map(|id| deployment::manifest(spi, id)).transpose()?;
    let active = match (environment.active_deployment, &manifest) {
        (Some(id), Some(manifest)) => {
            let standing = release.candidates.standing();
            if !standing.is_empty() {
                let names = function::namesakes(spi, env, standing, release.candidates.functions())?;
                check_names(release.candidates.functions(), names).map_err(reported)?;
            }
            Some(deployment::without(spi, id, manifest, standing)?)
        }
        _ => None,
    };
    must_exist(spi, &release.candidates)?;
    let removal = removal.map_or_else(|| options.removal(spi, &environment), Ok)?;
    let plan = Plan::deploy(active.as_ref(), &release.candidates, &removal).map_err(reported)?;
    let changes = switch::consequences_of_plan(spi, lineage, env, &plan)?;
    let family = family(spi, lineage, &environment)?;
    let dependents = dependents(spi, &family, &changes)?;
    let bundled = release.bundle.scripts();
    let migrations = pending(&bundled.migrations, &script::applied(spi, env)?).map_err(reported)?;
    let awaited_types: Vec<String> = release.types.missing().map(str::to_owned).collect();
    if !awaited_types.is_empty() && migrations.is_empty() && bundled.before.is_none() {
        release.must_be_settled()?;
    }
    let nothing = BTreeMap::new();
    let before = manifest.as_ref().map_or(&nothing, |manifest| &manifest.sql_functions);
    let checksums = bundled.function_checksums();
    let prospect = Prospect {
        env: env.clone(),
        live_schema: environment.live_schema.clone(),
        plan,
        changes,
        family,
        dependents,
        awaited_types,
        migrations: migrations.into_iter().cloned().collect::<Vec<ScriptName>>(),
        sql_functions: scripts::changed(before, &checksums).into_iter().cloned().collect(),
        scripts: bundled.clone(),
        verify: release.bundle.verify().iter().cloned().collect(),
    };
    Ok(Prepared { environment, is_new, active, prospect, removal })
}

/// Everything that a deploy would do, as JSON. It takes no lock and changes nothing.
///
/// Errors: those of a deploy but for the lock.
pub fn plan(env: &EnvName, source: &Source, options: &Options) -> Result<String> {
    let caller = Caller::identify()?;
    let spi = Connection::open(false)?;
    caller.must_release_to_new(&spi, env, &format!("plan a deploy to environment \"{env}\""))?;
    let release = Release::build(&caller, &spi, source, Keep::Discard)?;
    let document = caller.as_owner(|| {
        let lineage = environment::lineage(&spi)?;
        let prepared = prepare(&spi, env, options, &lineage, &release, None)?;
        let sources = sources(&spi, prepared.active.as_ref(), &release)?;
        prepared.prospect.to_json(&sources).map_err(reported)
    })?;
    spi.finish()?;
    Ok(document)
}

impl Prepared {
    /// Errors: 55000 when this is not what was planned.
    pub fn must_be(&self, planned: Option<&PlanDigest>) -> Result<()> {
        match planned {
            Some(planned) => self.prospect.digest().and_then(|now| now.must_be(planned)).map_err(reported),
            None => Ok(()),
        }
    }
}

/// The roles that functions name.
///
/// Errors: 42704 for one there is not, naming file and export.
fn must_exist(spi: &Connection, candidates: &Candidates) -> Result<()> {
    let named: BTreeSet<&RoleName> =
        candidates.functions().iter().flat_map(|one| &one.annotations.roles).collect();
    if named.is_empty() {
        return Ok(());
    }
    let names = texts(named.iter().map(|role| role.as_str()));
    let missing = spi.run(
        "SELECT wanted.name FROM unnest($1::text[]) AS wanted (name) \
         WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) ORDER BY 1 LIMIT 1",
        &[names],
    )?;
    let Some(row) = missing.into_iter().next() else { return Ok(()) };
    let name = Row::new(row).text()?;
    let names_it = |one: &&Arc<Function>| one.annotations.roles.iter().any(|role| role.as_str() == name);
    let place = candidates.functions().iter().find(names_it);
    let place = place.map(|one| format!("export \"{}\" of \"{}\": ", one.export, one.module));
    Err(Box::new(ErrorReport::new(
        SqlState::UNDEFINED_OBJECT,
        format!("{}role \"{name}\" does not exist", place.unwrap_or_default()),
    )))
}

/// The line of an environment, root first, and its heirs.
pub fn family(spi: &Connection, lineage: &Lineage, environment: &Environment) -> Result<Vec<Relative>> {
    let mut envs = lineage.line(&environment.env);
    envs.extend(lineage.descendants(&environment.env));
    let known: BTreeMap<EnvName, Environment> =
        Environment::of(spi, &envs)?.into_iter().map(|one| (one.env.clone(), one)).collect();
    let relative = |one: &Environment| Relative {
        env: one.env.clone(),
        live_schema: one.live_schema.clone(),
        parent: one.parent.clone(),
        active_deployment_id: one.active_deployment,
        app_role: one.app_role.to_string(),
    };
    Ok(envs.iter().map(|env| relative(known.get(env).unwrap_or(environment))).collect())
}

/// What depends on the live functions that go.
pub fn dependents(spi: &Connection, family: &[Relative], changes: &[SchemaChange]) -> Result<Vec<Dependent>> {
    let mut found = BTreeSet::new();
    for change in changes {
        let Some(relative) = family.iter().find(|one| one.env == change.env) else { continue };
        let dropped: Vec<&str> = change
            .steps
            .iter()
            .filter_map(Step::dropped)
            .map(|before| before.active.function.live_function.as_str())
            .collect();
        if dropped.is_empty() {
            continue;
        }
        let rows = spi.run(
            "SELECT p.proname::text, pg_describe_object(d.classid, d.objid, d.objsubid) \
             FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
             JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid \
             WHERE n.nspname = $1::text::name AND p.proname = ANY ($2::text[]::name[])",
            &[text(relative.live_schema.as_str()), texts(dropped)],
        )?;
        for row in rows {
            let mut row = Row::new(row);
            found.insert(Dependent { env: change.env.clone(), function: row.text()?, object: row.text()? });
        }
    }
    Ok(found.into_iter().collect())
}

/// The sources of the modules that differ from what is active; as `stopgap_owner`.
pub fn sources(spi: &Connection, active: Option<&Deployed>, release: &Release) -> Result<Sources> {
    let Some(active) = active else { return Ok(Sources::new()) };
    let (before, after) = (&active.release.sources, release.candidates.release().sources);
    let differing: BTreeSet<&ModulePath> = before
        .keys()
        .chain(after.keys())
        .filter(|module| before.get(*module) != after.get(*module))
        .collect();
    if differing.is_empty() {
        return Ok(Sources::new());
    }
    let roots = active.functions.iter().map(|one| &one.function.artifact_hash);
    let stored: BTreeMap<String, String> = artifact::sources(spi, roots)?
        .into_iter()
        .map(|module| (module.source_hash, module.source))
        .collect();
    let old = |module: &ModulePath| {
        before.get(module).map(SourceHash::as_str).and_then(|hash| stored.get(hash)).cloned()
    };
    let new = |module: &ModulePath| release.bundle.modules().get(module).cloned();
    Ok(differing.into_iter().map(|module| (module.clone(), (old(module), new(module)))).collect())
}
