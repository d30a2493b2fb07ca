//! A plan as people and tools see it. It is written straight from the plan, which may have thousands of functions.

use plts_core::artifact::ArtifactHash;
use serde::Serialize;

use super::{Action, Change, HandlerKind, Plan, Skipped, Summary};
use crate::annotation::Annotations;
use crate::build::Diagnostic;
use crate::compatibility::Compatibility;
use crate::names::{EnvName, FunctionPath, LiveFunctionName, LiveSchema};
use crate::retirement::Moment;
use crate::signature::Printed;

/// A plan for an environment.
#[derive(Serialize)]
pub struct ShownPlan<'a> {
    env: &'a EnvName,
    live_schema: &'a LiveSchema,
    active_deployment_id: Option<i64>,
    summary: Summary,
    functions: Vec<ShownAction<'a>>,
    skipped: &'a [Skipped],
    diagnostics: &'a [Diagnostic],
}

impl<'a> ShownPlan<'a> {
    /// `judge` says of each action what it means for callers, where that is looked into.
    pub fn of(
        plan: &'a Plan,
        env: &'a EnvName,
        live_schema: &'a LiveSchema,
        mut judge: impl FnMut(&Action) -> Option<Judgement>,
    ) -> Self {
        Self {
            env,
            live_schema,
            active_deployment_id: plan.active_deployment_id,
            summary: plan.summary(),
            functions: plan.actions.iter().map(|action| ShownAction::of(action, judge(action))).collect(),
            skipped: &plan.skipped,
            diagnostics: &plan.warnings,
        }
    }
}

/// What an action means for callers.
#[derive(Serialize)]
pub struct Judgement {
    pub compatible: bool,
    /// None where nobody calls the function yet, or nothing changes.
    pub compatibility: Option<Compatibility>,
    /// The function of an environment further up is live in its place.
    #[serde(skip)]
    pub is_taken_over: bool,
}

/// One live function of a plan.
#[derive(Serialize)]
pub struct ShownAction<'a> {
    path: &'a FunctionPath,
    live_function: &'a LiveFunctionName,
    change: Change,
    kind: HandlerKind,
    active_artifact_hash: Option<&'a ArtifactHash>,
    candidate_artifact_hash: Option<&'a ArtifactHash>,
    signature: Printed<'a>,
    annotations: &'a Annotations,
    retired_until: Option<&'a Moment>,
    active_signature: Option<Printed<'a>>,
    #[serde(flatten)]
    judgement: Option<Judgement>,
}

impl<'a> ShownAction<'a> {
    fn of(action: &'a Action, judgement: Option<Judgement>) -> Self {
        let (shown, active) = (action.shown(), action.active().map(|active| &active.function));
        let is_taken_over = judgement.as_ref().is_some_and(|one| one.is_taken_over);
        Self {
            path: &shown.path,
            live_function: &shown.live_function,
            change: action.change(),
            kind: shown.kind,
            active_artifact_hash: active.map(|active| &active.artifact_hash),
            candidate_artifact_hash: action.target().map(|target| &target.artifact_hash),
            signature: Printed(&shown.signature),
            annotations: &shown.annotations,
            retired_until: action.retired_until().filter(|_| !is_taken_over),
            active_signature: active.map(|active| Printed(&active.signature)),
            judgement,
        }
    }
}
