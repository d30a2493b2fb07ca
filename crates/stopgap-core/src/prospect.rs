//! What a deploy would do, as a whole and before anything happens: the document that `stopgap.plan` gives, and the digest
//! by which a deploy is held to it.
//!
//! The digest covers everything that decides what happens: which deployments are active in the environment and in all
//! that it inherits from or that inherit from it, each function's change, each step in each live schema, what depends on
//! functions that go, and the SQL that runs. So a deploy that computes the same digest does what was planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use plts_core::artifact::{ArtifactHash, source_hash};
use serde::Serialize;
use serde_json::{Value, json};

use crate::compatibility::Compatibility;
use crate::error::ProspectError;
use crate::estate::{LiveFunction, SchemaChange, Step};
use crate::names::{EnvName, LiveSchema, ModulePath};
use crate::plan::{Action, Change, Function, Judgement, Plan, ShownPlan};
use crate::script::{ScriptName, Scripts, checksum};
use crate::signature::Printed;
use crate::text_diff::unified;

/// The version of what a digest is made of.
const DIGEST_VERSION: u32 = 3;

/// The digest of a plan: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanDigest(String);

impl PlanDigest {
    /// Reads a digest; 22023 when it is not of the form above.
    pub fn parse(text: &str) -> Result<Self, ProspectError> {
        match ArtifactHash::parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(ProspectError::Digest { text: text.to_owned() }),
        }
    }

    /// Errors: 55000 when `self`, what is planned now, is not what was planned.
    pub fn must_be(&self, planned: &Self) -> Result<(), ProspectError> {
        if self == planned {
            return Ok(());
        }
        Err(ProspectError::Changed { planned: planned.0.clone(), now: self.0.clone() })
    }
}

/// An environment that a deploy reads or touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relative {
    pub env: EnvName,
    pub live_schema: LiveSchema,
    pub parent: Option<EnvName>,
    pub active_deployment_id: Option<i64>,
    pub app_role: String,
}

/// Something that depends on a live function which would go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dependent {
    pub env: EnvName,
    /// The live function.
    pub function: String,
    /// What depends on it, as PostgreSQL describes it.
    pub object: String,
}

/// A deploy, worked out.
#[derive(Clone, Debug)]
pub struct Prospect {
    pub env: EnvName,
    pub live_schema: LiveSchema,
    pub plan: Plan,
    /// What is done in each live schema, the environment's own first.
    pub changes: Vec<SchemaChange>,
    /// The environment's line, root first, and its heirs.
    pub family: Vec<Relative>,
    pub dependents: Vec<Dependent>,
    /// Types that exports declare and that are not there before the release's SQL has run.
    pub awaited_types: Vec<String>,
    /// Migrations that will run, in order.
    pub migrations: Vec<ScriptName>,
    /// Function files that will run.
    pub sql_functions: Vec<ScriptName>,
    /// The release's SQL.
    pub scripts: Scripts,
    /// Modules whose handlers have to pass before the deployment becomes active.
    pub verify: Vec<ModulePath>,
}

/// What `stopgap.plan` gives.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: ShownPlan<'a>,
    digest: PlanDigest,
    compatible: bool,
    modules: Value,
    schemas: Vec<Value>,
    dependents: &'a [Dependent],
    awaited_types: &'a [String],
    migrations: &'a [ScriptName],
    sql_functions: &'a [ScriptName],
    hooks: Value,
    verify: &'a [ModulePath],
    locks: Value,
}

/// The sources of modules that differ: before and after.
pub type Sources = BTreeMap<ModulePath, (Option<String>, Option<String>)>;

/// How each module's source differs, as plans and diffs show it.
pub fn source_diffs(sources: &Sources) -> Value {
    sources
        .iter()
        .map(|(module, (before, after))| {
            let change = match (before, after) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                _ => Change::Changed,
            };
            let diff = unified(before.as_deref().unwrap_or(""), after.as_deref().unwrap_or(""));
            json!({ "module": module, "change": change.as_str(), "diff": diff })
        })
        .collect()
}

impl Prospect {
    /// Whether SQL of the release runs before its functions are put in place.
    pub fn runs_sql_before(&self) -> bool {
        self.scripts.before.is_some() || !self.migrations.is_empty()
    }

    /// The digest.
    pub fn digest(&self) -> Result<PlanDigest, ProspectError> {
        // What stays follows from what is active, which the family says.
        let changing = self.plan.actions.iter().filter(|action| action.change() != Change::Unchanged);
        let functions: Vec<_> = changing
            .map(|action| {
                let target = action.target();
                let hash = target.map(|target| &target.artifact_hash);
                let rest = target.map(|target| (Printed(&target.signature), &target.annotations));
                (action.path(), action.change(), hash, rest)
            })
            .collect();
        let steps: Vec<(&EnvName, Vec<_>)> = self
            .changes
            .iter()
            .map(|change| (&change.env, change.steps.iter().map(covered_step).collect()))
            .collect();
        let document = (
            DIGEST_VERSION,
            (&self.env, &self.live_schema, &self.family),
            (functions, steps, &self.dependents),
            (
                checksums(&self.migrations, &self.scripts.migrations),
                checksums(&self.sql_functions, &self.scripts.functions),
                self.scripts.before.as_deref().map(checksum),
                self.scripts.after.as_deref().map(checksum),
            ),
            &self.verify,
        );
        Ok(PlanDigest(source_hash(&written(&document)?)))
    }

    /// The plan as `stopgap.plan` gives it, as text.
    pub fn to_json(&self, sources: &Sources) -> Result<String, ProspectError> {
        let mut all_compatible = true;
        let plan = ShownPlan::of(&self.plan, &self.env, &self.live_schema, |action| {
            let heir = self.takes_over(action);
            let compatibility = compatibility(action, heir);
            let goes = action.change() == Change::Removed && heir.is_none();
            let compatible = compatibility.as_ref().is_none_or(Compatibility::is_compatible) && !goes;
            all_compatible &= compatible;
            Some(Judgement { compatible, compatibility, is_taken_over: heir.is_some() })
        });
        written(&Shown {
            plan,
            digest: self.digest()?,
            compatible: all_compatible,
            modules: source_diffs(sources),
            schemas: self.changes.iter().map(|change| self.schema_json(change)).collect(),
            dependents: &self.dependents,
            awaited_types: &self.awaited_types,
            migrations: &self.migrations,
            sql_functions: &self.sql_functions,
            hooks: json!({ "before": self.scripts.before.is_some(), "after": self.scripts.after.is_some() }),
            verify: &self.verify,
            locks: self.locks(),
        })
    }

    /// The function of an environment further up that is live in the place of one that is left out.
    fn takes_over(&self, action: &Action) -> Option<&Arc<Function>> {
        if !matches!(action.change(), Change::Removed | Change::Retired) {
            return None;
        }
        let own = self.changes.iter().find(|change| change.env == self.env)?;
        let after = own.steps.iter().filter_map(Step::after);
        let mut live = after.filter(|live| live.active.function.live_function == *action.live_function());
        live.find(|live| live.origin != self.env && live.active.retired_until.is_none())
            .map(|live| &live.active.function)
    }

    fn schema_json(&self, change: &SchemaChange) -> Value {
        let names = |wanted: fn(&Step) -> bool| -> Vec<&str> {
            change
                .steps
                .iter()
                .filter(|step| wanted(step))
                .map(|step| match step {
                    Step::Create { after } | Step::Replace { after, .. } | Step::MakeAnew { after, .. } => {
                        after
                    }
                    Step::Drop { before } => before,
                })
                .map(|one| one.active.function.live_function.as_str())
                .collect()
        };
        let schema = self.family.iter().find(|one| one.env == change.env).map(|one| &one.live_schema);
        json!({
            "env": change.env,
            "live_schema": schema.unwrap_or(&self.live_schema),
            "created": names(|step| matches!(step, Step::Create { .. })),
            "replaced": names(|step| matches!(step, Step::Replace { .. })),
            "made_anew": names(|step| matches!(step, Step::MakeAnew { .. })),
            "dropped": names(|step| matches!(step, Step::Drop { .. })),
        })
    }

    /// The locks that the deploy takes, in their order; what migrations and hooks lock is theirs to know.
    fn locks(&self) -> Value {
        let mut locks =
            vec![json!({ "on": "environments", "mode": "shared", "until": "the transaction ends" })];
        for relative in self.family.iter().take_while(|one| one.env != self.env) {
            locks.push(json!({ "on": format!("environment {}", relative.env), "mode": "shared",
                "until": "the transaction ends" }));
        }
        locks.push(json!({ "on": format!("environment {}", self.env), "mode": "exclusive",
            "until": "the transaction ends" }));
        let dropped = self.changes.iter().flat_map(|change| {
            let schema = self.family.iter().find(|one| one.env == change.env).map(|one| &one.live_schema);
            change.steps.iter().filter_map(move |step| step.dropped().map(|before| (schema, before)))
        });
        for (schema, function) in dropped {
            let schema = schema.unwrap_or(&self.live_schema);
            let name = format!("function {schema}.{}", function.active.function.live_function);
            locks.push(json!({ "on": name, "mode": "exclusive", "until": "the transaction ends" }));
        }
        Value::Array(locks)
    }
}

/// What the digest covers of a step.
fn covered_step(step: &Step) -> impl Serialize + '_ {
    (step.before().map(covered), step.after().map(covered))
}

/// What the digest covers of a live function.
fn covered(one: &LiveFunction) -> impl Serialize + '_ {
    let function = &one.active.function;
    (
        &function.live_function,
        &function.artifact_hash,
        Printed(&function.signature),
        &function.annotations,
        // Not until when: that goes on with the clock.
        one.active.retired_until.is_some(),
    )
}

/// Files with the checksums of their texts.
fn checksums<'a>(
    files: &'a [ScriptName],
    texts: &BTreeMap<ScriptName, String>,
) -> Vec<(&'a ScriptName, Option<String>)> {
    files.iter().map(|name| (name, texts.get(name).map(|text| checksum(text)))).collect()
}

fn written(document: &impl Serialize) -> Result<String, ProspectError> {
    serde_json::to_string(document).map_err(|error| ProspectError::Unwritable { reason: error.to_string() })
}

/// Whether callers of the function can go on with what is live afterwards; None for one that nobody calls yet, or that stays
/// as it is. `heir` takes its place.
fn compatibility(action: &Action, heir: Option<&Arc<Function>>) -> Option<Compatibility> {
    let (before, after) = match (action, heir) {
        (Action::ReplacePointer { active, function, .. }, _) => (&active.function, function),
        (_, Some(heir)) => (&action.active()?.function, heir),
        _ => return None,
    };
    let mut judgement = Compatibility::of(before.schemas(), after.schemas());
    judgement.consider_signatures(&before.signature, &after.signature);
    Some(judgement)
}
