//! Plans: what a deploy or a rollback changes, function by function.
//!
//! A plan has exactly one action for each live function of either side, so an action never contradicts another. It is
//! a pure function of the active deployment and of what should replace it; `diff` shows the plan that `deploy` runs.
//!
//! *Changed or recompiled.* A function whose artifact differs is `recompiled` when no source it is made of differs (so
//! only the compiler or the runtime can have made the difference), and `changed` otherwise. What it is made of is its
//! module and everything that module imports; when the build gives no import edges, every module of the deployment,
//! which errs towards `changed`. With the same compiler and the same runtime it is always `changed`.

mod candidates;
mod release;
mod shown;
mod standing;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

pub use candidates::{Candidates, SkipReason, Skipped, Verification};
pub use release::{ActiveFunction, Deployed, Function, HandlerKind, Release};
pub use shown::{Judgement, ShownAction, ShownPlan};
pub use standing::{Standing, StandingModule, check_names};

use crate::build::Diagnostic;
use crate::error::PlanError;
use crate::names::{EnvName, FunctionPath, LiveFunctionName, LiveSchema};
use crate::retirement::{Fate, Moment, Removal};

/// How a live function differs from the active deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    /// Its source or a dependency's differs, another export took its name, or it was retired and is back.
    Changed,
    /// Only the compiler or the runtime differs.
    Recompiled,
    /// The target leaves it out, and it is dropped.
    Removed,
    /// The target leaves it out, and it stays for a while.
    Retired,
    Unchanged,
}

impl Change {
    /// The change as a diff shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Recompiled => "recompiled",
            Self::Removed => "removed",
            Self::Retired => "retired",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Why a pointer is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    Changed,
    Recompiled,
}

/// What is done about one live function.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The live schema does not have it yet. A target may have it retired.
    CreatePointer { function: Arc<Function>, retired_until: Option<Moment> },
    /// It is there and will point elsewhere. A target may have it retired.
    ReplacePointer {
        active: Box<ActiveFunction>,
        function: Arc<Function>,
        reason: Replacement,
        retired_until: Option<Moment>,
    },
    /// The target does not have it.
    DropPointer { active: ActiveFunction },
    /// The target does not have it, and it stays until then; its version row is used again.
    Retire { active: Box<ActiveFunction>, until: Moment },
    /// It is right already; its version row is used again and nothing is written.
    Keep { active: ActiveFunction },
}

impl Action {
    /// The change this action carries out.
    pub fn change(&self) -> Change {
        match self {
            Self::CreatePointer { .. } => Change::Added,
            Self::ReplacePointer { reason: Replacement::Changed, .. } => Change::Changed,
            Self::ReplacePointer { reason: Replacement::Recompiled, .. } => Change::Recompiled,
            Self::DropPointer { .. } => Change::Removed,
            Self::Retire { .. } => Change::Retired,
            Self::Keep { .. } => Change::Unchanged,
        }
    }

    /// What is live before.
    pub fn active(&self) -> Option<&ActiveFunction> {
        match self {
            Self::CreatePointer { .. } => None,
            Self::ReplacePointer { active, .. } | Self::Retire { active, .. } => Some(active),
            Self::DropPointer { active } | Self::Keep { active } => Some(active),
        }
    }

    /// What is live after.
    pub fn target(&self) -> Option<&Arc<Function>> {
        match self {
            Self::CreatePointer { function, .. } | Self::ReplacePointer { function, .. } => Some(function),
            Self::Keep { active } => Some(&active.function),
            Self::Retire { active, .. } => Some(&active.function),
            Self::DropPointer { .. } => None,
        }
    }

    /// Until when the function stays, if it is retired afterwards.
    pub fn retired_until(&self) -> Option<&Moment> {
        match self {
            Self::Retire { until, .. } => Some(until),
            Self::Keep { active } => active.retired_until.as_ref(),
            Self::CreatePointer { retired_until, .. } | Self::ReplacePointer { retired_until, .. } => {
                retired_until.as_ref()
            }
            Self::DropPointer { .. } => None,
        }
    }

    /// The function as it will be, or as it was if it goes.
    fn shown(&self) -> &Arc<Function> {
        match self {
            Self::CreatePointer { function, .. } | Self::ReplacePointer { function, .. } => function,
            Self::DropPointer { active } | Self::Keep { active } => &active.function,
            Self::Retire { active, .. } => &active.function,
        }
    }

    /// The path after, or before if it goes.
    pub fn path(&self) -> &FunctionPath {
        &self.shown().path
    }

    /// The live function.
    pub fn live_function(&self) -> &LiveFunctionName {
        &self.shown().live_function
    }
}

/// How many functions change, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub added: usize,
    pub changed: usize,
    pub recompiled: usize,
    pub removed: usize,
    pub retired: usize,
    pub unchanged: usize,
}

impl Summary {
    /// True when no pointer is written or dropped.
    pub fn is_unchanged(&self) -> bool {
        self.added + self.changed + self.recompiled + self.removed + self.retired == 0
    }
}

/// What a deploy or a rollback does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// None when nothing is active.
    pub active_deployment_id: Option<i64>,
    /// One for each live function, but for those that stand without being looked at, in the order of their paths.
    pub actions: Vec<Action>,
    /// How many functions stand.
    pub standing: usize,
    /// Exports that become no function.
    pub skipped: Vec<Skipped>,
    /// What the compiler had to say.
    pub warnings: Vec<Diagnostic>,
}

impl Plan {
    /// The plan that replaces `active` by `candidates`. Functions that stand are in neither.
    pub fn deploy(
        active: Option<&Deployed>,
        candidates: &Candidates,
        removal: &Removal,
    ) -> Result<Self, PlanError> {
        let decide = |before: &Deployed, function: &Function| {
            let old = &before.release;
            let same_tools = old.fingerprint == candidates.build().fingerprint
                && old.runtime_hash == candidates.build().runtime_hash;
            if same_tools || candidates.differs_in_source(function, &old.sources) {
                Replacement::Changed
            } else {
                Replacement::Recompiled
            }
        };
        let wanted = candidates.functions().iter().map(|function| (function, None));
        let mut plan = Self::between(active, wanted, removal, decide)?;
        plan.standing = candidates.standing().len();
        plan.skipped = candidates.skipped().to_vec();
        plan.warnings = candidates.build().warnings.clone();
        Ok(plan)
    }

    /// The plan that goes from `active` to `target`, a deployment made before.
    pub fn rollback(active: Option<&Deployed>, target: &Deployed) -> Result<Self, PlanError> {
        Self::publish(active, target, &Removal::AtOnce)
    }

    /// The plan that replaces `active` by the functions of `target`, which were built before.
    pub fn publish(
        active: Option<&Deployed>,
        target: &Deployed,
        removal: &Removal,
    ) -> Result<Self, PlanError> {
        let wanted = target.functions.iter().map(|one| (&one.function, one.retired_until.as_ref()));
        Self::between(active, wanted, removal, |before, _| {
            let (old, new) = (&before.release, &target.release);
            let same_tools = old.fingerprint == new.fingerprint && old.runtime_hash == new.runtime_hash;
            if same_tools || old.sources != new.sources {
                Replacement::Changed
            } else {
                Replacement::Recompiled
            }
        })
    }

    /// What is wanted is functions, each with the time until which it stays if it is retired.
    fn between<'a>(
        active: Option<&Deployed>,
        wanted: impl ExactSizeIterator<Item = (&'a Arc<Function>, Option<&'a Moment>)>,
        removal: &Removal,
        decide: impl Fn(&Deployed, &Function) -> Replacement,
    ) -> Result<Self, PlanError> {
        let mut remaining = match active {
            Some(active) => active.by_live_function()?,
            None => Default::default(),
        };
        let mut actions = Vec::with_capacity(wanted.len());
        let mut seen = std::collections::BTreeSet::new();
        for (function, until) in wanted {
            if !seen.insert(&function.live_function) {
                return Err(PlanError::DuplicateActive { name: function.live_function.to_string() });
            }
            let action = match (active, remaining.remove(&function.live_function)) {
                (Some(_), Some(before)) if before.function.is_same_release_as(function) => {
                    match (&before.retired_until, until) {
                        (now, then) if now.as_ref() == then => Action::Keep { active: before.clone() },
                        (_, Some(until)) => {
                            Action::Retire { active: Box::new(before.clone()), until: until.clone() }
                        }
                        // It is back.
                        (_, None) => Action::ReplacePointer {
                            active: Box::new(before.clone()),
                            function: function.clone(),
                            reason: Replacement::Changed,
                            retired_until: None,
                        },
                    }
                }
                (Some(deployed), Some(before)) => {
                    let reason = if before.function.is_same_export_as(function) {
                        decide(deployed, function)
                    } else {
                        Replacement::Changed
                    };
                    Action::ReplacePointer {
                        active: Box::new(before.clone()),
                        function: function.clone(),
                        reason,
                        retired_until: until.cloned(),
                    }
                }
                (_, _) => Action::CreatePointer { function: function.clone(), retired_until: until.cloned() },
            };
            actions.push(action);
        }
        actions.extend(remaining.into_values().map(|before| match removal.of(before) {
            Fate::Dropped => Action::DropPointer { active: before.clone() },
            Fate::Retired(until) => Action::Retire { active: Box::new(before.clone()), until },
            Fate::StaysRetired => Action::Keep { active: before.clone() },
        }));
        actions.sort_by(|a, b| (a.path(), a.live_function()).cmp(&(b.path(), b.live_function())));
        Ok(Self {
            active_deployment_id: active.map(|active| active.id),
            actions,
            standing: 0,
            skipped: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The versions that are there already and are retired afterwards, with the time until which they stay.
    pub fn retired(&self) -> BTreeMap<i64, Moment> {
        let retired = |action: &Action| match action {
            Action::Retire { active, until } => Some((active.id, until.clone())),
            Action::Keep { active } => Some((active.id, active.retired_until.clone()?)),
            _ => None,
        };
        self.actions.iter().filter_map(retired).collect()
    }

    /// Counts of each kind of change.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { unchanged: self.standing, ..Summary::default() };
        for action in &self.actions {
            *match action.change() {
                Change::Added => &mut summary.added,
                Change::Changed => &mut summary.changed,
                Change::Recompiled => &mut summary.recompiled,
                Change::Removed => &mut summary.removed,
                Change::Retired => &mut summary.retired,
                Change::Unchanged => &mut summary.unchanged,
            } += 1;
        }
        summary
    }

    /// The plan as `stopgap.diff` shows it.
    pub fn to_json(&self, env: &EnvName, live_schema: &LiveSchema) -> Value {
        json!(ShownPlan::of(self, env, live_schema, |_| None))
    }
}

#[cfg(test)]
mod tests;
