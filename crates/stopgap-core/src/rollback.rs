//! Where a rollback goes.
//!
//! The target follows from the activation log, never from the order of ids. Reading the log from its beginning gives
//! the *history*: the deployments one could stand on, oldest first, the active one last.
//!
//! - A deploy puts its deployment on top.
//! - A rollback takes the deployment it leaves out of the history: it proved bad. If the target is in the history,
//!   everything above it goes too (it was passed over together with the bad one). If it is not, because it had been
//!   taken out before and somebody named it by id, it is put on top: naming it vouches for it.
//!
//! A rollback of *n* steps goes *n* places down the history. So a rollback after a rollback goes further back; after
//! `1, 2, 3, rollback, deploy 4` a rollback goes to 2 and not to 3; and no number of steps ever reaches a deployment
//! that was rolled back, until somebody names it by id. Deployments that no longer are retired (pruned, say) are no
//! step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use plts_core::TimestampTz;

use crate::error::RollbackError;
use crate::names::TagName;
use crate::state::DeploymentState;

/// What made a deployment active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActivationKind {
    Deploy,
    Rollback,
    /// What is active in another environment became active in this one.
    Promote,
    /// A deployment of another database became active in this one.
    Import,
    /// What was active became active without functions that it had retired.
    Prune,
}

impl ActivationKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Deploy, Self::Rollback, Self::Promote, Self::Import, Self::Prune];

    /// Reads a stored kind.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Promote => "promote",
            Self::Import => "import",
            Self::Prune => "prune",
        }
    }
}

/// One row of an environment's activation log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The deployment that was active before; None for the first.
    pub from: Option<i64>,
    /// The deployment that became active.
    pub to: i64,
    pub kind: ActivationKind,
}

/// What a rollback was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackRequest {
    /// So many places down the history; at least 1.
    Steps(u32),
    /// This deployment.
    To(i64),
}

/// What a rollback was asked for, as a person says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollbackAim {
    Request(RollbackRequest),
    /// The deployment with this tag.
    Tag(TagName),
    /// The deployment that was active then.
    Time(TimestampTz),
}

impl RollbackAim {
    /// Reads the arguments of `stopgap.rollback`, where `steps` is 1 unless given.
    ///
    /// Errors: 22023 when `steps` is below 1 or more than one target is given; 42602 for what cannot be a tag.
    pub fn from_arguments(
        steps: i32,
        to_id: Option<i64>,
        to_tag: Option<&str>,
        to_time: Option<TimestampTz>,
    ) -> Result<Self, RollbackError> {
        let count = u32::try_from(steps).ok().filter(|steps| *steps >= 1);
        let Some(count) = count else { return Err(RollbackError::Steps { steps }) };
        match (to_id, to_tag, to_time) {
            (None, None, None) => Ok(Self::Request(RollbackRequest::Steps(count))),
            _ if count != 1 => Err(RollbackError::MoreThanOneTarget),
            (Some(id), None, None) => Ok(Self::Request(RollbackRequest::To(id))),
            (None, Some(tag), None) => Ok(Self::Tag(TagName::parse(tag)?)),
            (None, None, Some(time)) => Ok(Self::Time(time)),
            _ => Err(RollbackError::MoreThanOneTarget),
        }
    }
}

/// The deployments that a rollback to `target` takes out of the history, newest first: the active one, and what lies
/// between it and the target.
pub fn passed_over(log: &[Activation], target: i64) -> Vec<i64> {
    let before = history(log);
    let from = before.last().copied();
    let mut after = log.to_vec();
    after.push(Activation { from, to: target, kind: ActivationKind::Rollback });
    let after = history(&after);
    before.into_iter().rev().filter(|id| !after.contains(id)).collect()
}

/// The deployments one could stand on, oldest first, the active one last. `log` is newest last.
pub fn history(log: &[Activation]) -> Vec<i64> {
    let mut history: Vec<i64> = Vec::new();
    for activation in log {
        if activation.kind == ActivationKind::Rollback {
            history.retain(|id| Some(*id) != activation.from);
            if let Some(position) = history.iter().position(|id| *id == activation.to) {
                history.truncate(position);
            }
        } else {
            history.retain(|id| *id != activation.to);
        }
        history.push(activation.to);
    }
    history
}

/// The deployment a rollback makes active.
///
/// `log` is the environment's activation log, newest last; `states` the states of its deployments. Errors: 55000 when
/// nothing is active, when the history is shorter than the steps, when the deployment named is active already or was
/// never active; 42704 when it is no deployment of this environment.
pub fn choose_target(
    log: &[Activation],
    states: &BTreeMap<i64, DeploymentState>,
    request: RollbackRequest,
) -> Result<i64, RollbackError> {
    let mut history = history(log);
    let active = history.pop().ok_or(RollbackError::NothingActive)?;
    match request {
        RollbackRequest::To(id) => match states.get(&id) {
            None => Err(RollbackError::Unknown { id }),
            Some(_) if id == active => Err(RollbackError::AlreadyActive { id }),
            Some(DeploymentState::Retired) => Ok(id),
            Some(state) => Err(RollbackError::WrongState { id, state: *state }),
        },
        RollbackRequest::Steps(steps) => {
            history.retain(|id| states.get(id) == Some(&DeploymentState::Retired));
            let available = history.len();
            usize::try_from(steps)
                .ok()
                .filter(|steps| *steps >= 1)
                .and_then(|steps| available.checked_sub(steps))
                .and_then(|position| history.get(position).copied())
                .ok_or(RollbackError::NotThatFar { active, steps, available })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// An environment as the extension keeps it, with what the model needs to judge it.
    #[derive(Clone, Default)]
    struct Model {
        log: Vec<Activation>,
        states: BTreeMap<i64, DeploymentState>,
        active: Option<i64>,
        /// Rolled back from, and not named by id since.
        bad: BTreeSet<i64>,
    }

    impl Model {
        fn activate(&mut self, to: i64, kind: ActivationKind) {
            if let Some(from) = self.active {
                self.states.insert(from, DeploymentState::Retired);
                if kind == ActivationKind::Rollback {
                    self.bad.insert(from);
                }
            }
            self.log.push(Activation { from: self.active, to, kind });
            self.states.insert(to, DeploymentState::Active);
            self.active = Some(to);
        }

        fn deploy(&mut self) -> i64 {
            let id = self.states.len() as i64 + 1;
            self.activate(id, ActivationKind::Deploy);
            id
        }

        fn deploy_times(&mut self, times: u32) {
            for _ in 0..times {
                self.deploy();
            }
        }

        fn rollback(&mut self, request: RollbackRequest) -> Result<i64, RollbackError> {
            let target = choose_target(&self.log, &self.states, request)?;
            if let RollbackRequest::To(id) = request {
                self.bad.remove(&id);
            }
            self.activate(target, ActivationKind::Rollback);
            Ok(target)
        }

        fn steps(&mut self, steps: u32) -> Result<i64, RollbackError> {
            self.rollback(RollbackRequest::Steps(steps))
        }
    }

    #[test]
    fn a_rollback_never_goes_to_the_bad_one_again() {
        let mut model = Model::default();
        model.deploy_times(3);
        assert_eq!(model.steps(1), Ok(2));
        assert_eq!(model.deploy(), 4);
        assert_eq!(model.steps(1), Ok(2));
        assert_eq!(model.steps(1), Ok(1));
        assert_eq!(model.steps(1), Err(RollbackError::NotThatFar { active: 1, steps: 1, available: 0 }));
    }

    #[test]
    fn steps_count_places_in_the_history() {
        let mut model = Model::default();
        model.deploy_times(5);
        assert_eq!(model.steps(2), Ok(3));
        assert_eq!(model.steps(3), Err(RollbackError::NotThatFar { active: 3, steps: 3, available: 2 }));
        assert_eq!(model.steps(2), Ok(1));
    }

    #[test]
    fn naming_a_bad_one_vouches_for_it() {
        let mut model = Model::default();
        model.deploy_times(3);
        assert_eq!(model.steps(1), Ok(2));
        assert_eq!(model.rollback(RollbackRequest::To(3)), Ok(3));
        // 2 was rolled back from to get to 3.
        assert_eq!(model.steps(1), Ok(1));
    }

    #[test]
    fn what_cannot_be_named() {
        let mut model = Model::default();
        assert_eq!(model.steps(1), Err(RollbackError::NothingActive));
        model.deploy();
        model.deploy();
        model.states.insert(7, DeploymentState::Failed);
        assert_eq!(model.rollback(RollbackRequest::To(2)), Err(RollbackError::AlreadyActive { id: 2 }));
        assert_eq!(model.rollback(RollbackRequest::To(9)), Err(RollbackError::Unknown { id: 9 }));
        let failed = RollbackError::WrongState { id: 7, state: DeploymentState::Failed };
        assert_eq!(model.rollback(RollbackRequest::To(7)), Err(failed));
    }

    #[test]
    fn a_pruned_deployment_is_no_step() {
        let mut model = Model::default();
        model.deploy_times(3);
        model.states.remove(&2);
        assert_eq!(model.steps(1), Ok(1));
    }

    #[test]
    fn arguments() {
        let read = RollbackAim::from_arguments;
        let request = |request| Ok(RollbackAim::Request(request));
        let then = TimestampTz(7);
        assert_eq!(read(1, None, None, None), request(RollbackRequest::Steps(1)));
        assert_eq!(read(3, None, None, None), request(RollbackRequest::Steps(3)));
        assert_eq!(read(1, Some(7), None, None), request(RollbackRequest::To(7)));
        assert_eq!(read(1, None, Some("v1"), None), Ok(RollbackAim::Tag(TagName::parse("v1").unwrap())));
        assert_eq!(read(1, None, None, Some(then)), Ok(RollbackAim::Time(then)));
        for (steps, id, tag, time) in [
            (2, Some(7), None, None),
            (2, None, Some("v1"), None),
            (1, Some(7), Some("v1"), None),
            (1, None, Some("v1"), Some(then)),
            (1, Some(7), None, Some(then)),
        ] {
            assert_eq!(read(steps, id, tag, time), Err(RollbackError::MoreThanOneTarget));
        }
        for steps in [0, -1, i32::MIN] {
            assert_eq!(read(steps, None, None, None), Err(RollbackError::Steps { steps }));
        }
        assert!(matches!(read(1, None, Some("7"), None), Err(RollbackError::Name(_))));
    }

    #[test]
    fn what_a_rollback_passes_over() {
        let mut model = Model::default();
        model.deploy_times(4);
        assert_eq!(passed_over(&model.log, 2), [4, 3]);
        assert_eq!(passed_over(&model.log, 3), [4]);
        model.steps(1).unwrap();
        // 4 is out of the history: naming it takes only what is active.
        assert_eq!(passed_over(&model.log, 4), [3]);
    }

    /// What the model is asked to do at each step of the search.
    #[derive(Clone, Copy)]
    enum Action {
        Deploy,
        Back(u32),
        /// To the n-th deployment there is.
        Name(i64),
    }

    /// Every sequence of seven actions out of six: no target by steps is bad, active or failed; the log alone agrees
    /// with the model about what is active; going back one step at a time ends, at each deployment at most once, and
    /// n single steps lead where one rollback of n steps does.
    #[test]
    fn every_short_life_of_an_environment() {
        let actions = [
            Action::Deploy,
            Action::Back(1),
            Action::Back(2),
            Action::Name(1),
            Action::Name(2),
            Action::Name(3),
        ];
        let mut checked = 0_u32;
        explore(&Model::default(), &actions, 7, &mut checked);
        assert!(checked > 6_u32.pow(6), "{checked}");
    }

    fn explore(model: &Model, actions: &[Action], depth: u32, checked: &mut u32) {
        check(model);
        *checked += 1;
        if depth == 0 {
            return;
        }
        for action in actions {
            let mut next = model.clone();
            match action {
                Action::Deploy => next.deploy_times(1),
                Action::Back(steps) => match next.steps(*steps) {
                    Ok(target) => {
                        assert!(!model.bad.contains(&target), "went to bad {target}: {:?}", model.log)
                    }
                    Err(RollbackError::NotThatFar { .. } | RollbackError::NothingActive) => {}
                    Err(other) => panic!("{other}: {:?}", model.log),
                },
                // A deployment that does not exist or is active is refused and changes nothing.
                Action::Name(id) => {
                    let allowed =
                        model.active.is_some() && model.states.get(id) == Some(&DeploymentState::Retired);
                    assert_eq!(next.rollback(RollbackRequest::To(*id)).is_ok(), allowed);
                }
            }
            explore(&next, actions, depth - 1, checked);
        }
    }

    fn check(model: &Model) {
        let history = history(&model.log);
        assert_eq!(history.last().copied(), model.active);
        let distinct: BTreeSet<i64> = history.iter().copied().collect();
        assert_eq!(distinct.len(), history.len(), "{history:?}");
        let mut walker = model.clone();
        let mut single_steps = 0;
        while let Ok(target) = walker.steps(1) {
            single_steps += 1;
            assert_eq!(
                choose_target(&model.log, &model.states, RollbackRequest::Steps(single_steps)),
                Ok(target)
            );
        }
        assert_eq!(single_steps as usize + 1, history.len().max(1));
    }
}
