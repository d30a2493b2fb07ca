//! What each live schema should hold: the functions that an environment has of its own, and over what it does not have,
//! those of its parent.
//!
//! Every switch goes through here. A deploy, a rollback, a promotion, another parent, a dropped environment are each one
//! [`Estate`] before and one after; [`Estate::changes`] says what has to be done in every live schema that this touches,
//! parents before children. An estate may be restricted to some live names: what is decided for a name depends on that
//! name alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lineage::Lineage;
use crate::names::{EnvName, LiveFunctionName};
use crate::plan::ActiveFunction;
use crate::signature::{SignatureChange, signature_change};

/// The functions of one environment by live name; shared, since children hold those of their parents.
pub type Own = BTreeMap<LiveFunctionName, Arc<ActiveFunction>>;

/// A function in a live schema.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveFunction {
    /// The environment whose deployment has it: the schema's own, or one it inherits from.
    pub origin: EnvName,
    pub active: Arc<ActiveFunction>,
}

/// What a live schema should hold.
pub type LiveSet = BTreeMap<LiveFunctionName, LiveFunction>;

/// What is done about one function of a live schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The schema does not have it yet.
    Create { after: LiveFunction },
    /// It is there, and is another one afterwards.
    Replace { before: LiveFunction, after: LiveFunction },
    /// It is there, and has to be dropped and created: its signature is another one. Its rights stay.
    MakeAnew { before: LiveFunction, after: LiveFunction },
    /// Neither the environment nor what it inherits from has it any more.
    Drop { before: LiveFunction },
}

impl Step {
    /// What is there afterwards.
    pub fn after(&self) -> Option<&LiveFunction> {
        match self {
            Self::Create { after } | Self::Replace { after, .. } | Self::MakeAnew { after, .. } => {
                Some(after)
            }
            Self::Drop { .. } => None,
        }
    }

    /// What was there before.
    pub fn before(&self) -> Option<&LiveFunction> {
        match self {
            Self::Replace { before, .. } | Self::MakeAnew { before, .. } | Self::Drop { before } => {
                Some(before)
            }
            Self::Create { .. } => None,
        }
    }

    /// The function that PostgreSQL is told to drop: what depends on it is in the way.
    pub fn dropped(&self) -> Option<&LiveFunction> {
        match self {
            Self::MakeAnew { before, .. } | Self::Drop { before } => Some(before),
            Self::Create { .. } | Self::Replace { .. } => None,
        }
    }
}

/// What is done in one live schema.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaChange {
    pub env: EnvName,
    /// At least one, in the order of their live names.
    pub steps: Vec<Step>,
}

/// Environments, who inherits from whom, and what each has of its own.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    lineage: Lineage,
    own: BTreeMap<EnvName, Own>,
}

impl Estate {
    /// Environments that have nothing yet.
    pub fn new(lineage: Lineage) -> Self {
        Self { lineage, own: BTreeMap::new() }
    }

    /// Gives an environment functions of its own, in place of those it had.
    #[must_use]
    pub fn with_own(
        mut self,
        env: &EnvName,
        functions: impl IntoIterator<Item = Arc<ActiveFunction>>,
    ) -> Self {
        let by_name = functions.into_iter().map(|one| (one.function.live_function.clone(), one)).collect();
        self.own.insert(env.clone(), by_name);
        self
    }

    /// The same functions, inherited otherwise.
    #[must_use]
    pub fn with_lineage(mut self, lineage: Lineage) -> Self {
        self.lineage = lineage;
        self
    }

    /// Who inherits from whom.
    pub fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// What the live schema of an environment should hold: of each name the nearest function, and a retired one only where
    /// there is no other.
    pub fn live(&self, env: &EnvName) -> LiveSet {
        let mut live = LiveSet::new();
        let line: Vec<&EnvName> = std::iter::once(env).chain(self.lineage.ancestors(env)).collect();
        for retired in [false, true] {
            for origin in &line {
                let own = self.own.get(*origin).into_iter().flatten();
                for (name, active) in own.filter(|(_, one)| one.retired_until.is_some() == retired) {
                    live.entry(name.clone()).or_insert_with(|| LiveFunction {
                        origin: EnvName::clone(origin),
                        active: active.clone(),
                    });
                }
            }
        }
        live
    }

    /// What has to be done to go from here to `after` in the live schema of `env` and of all that inherit from it, here
    /// or there. Schemas in which nothing is done are left out.
    pub fn changes(&self, after: &Self, env: &EnvName) -> Vec<SchemaChange> {
        let mut touched = vec![env.clone()];
        for one in after.lineage.descendants(env).into_iter().chain(self.lineage.descendants(env)) {
            if !touched.contains(&one) {
                touched.push(one);
            }
        }
        touched
            .into_iter()
            .map(|env| SchemaChange { steps: steps(&self.live(&env), &after.live(&env)), env })
            .filter(|change| !change.steps.is_empty())
            .collect()
    }
}

fn steps(before: &LiveSet, after: &LiveSet) -> Vec<Step> {
    let names: BTreeSet<&LiveFunctionName> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (before.get(name), after.get(name)) {
            (None, Some(after)) => Some(Step::Create { after: after.clone() }),
            (Some(before), None) => Some(Step::Drop { before: before.clone() }),
            (Some(before), Some(after)) if !before.active.is_live_as(&after.active) => {
                let (before, after) = (before.clone(), after.clone());
                let change =
                    signature_change(&before.active.function.signature, &after.active.function.signature);
                Some(match change {
                    Some(SignatureChange::MadeAnew) => Step::MakeAnew { before, after },
                    Some(SignatureChange::Replaced) | None => Step::Replace { before, after },
                })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
