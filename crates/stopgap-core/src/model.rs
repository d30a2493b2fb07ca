//! What the release manager should do, in the plainest words: environments in memory, and what each operation makes of them.
//!
//! It shares no code with what decides in earnest ([`crate::rollback`], [`crate::collect`], [`crate::estate`]): it is what
//! random sequences of operations on a server are compared with after each step. Deployments are numbered from 1 in the
//! order in which they are made, whatever ids the server gives them.

use std::collections::{BTreeMap, BTreeSet};

/// A deployment, by the order of making.
pub type Number = usize;

/// What each function gives, by its name.
pub type Contents = BTreeMap<String, String>;

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    Retired,
    Pruned,
}

/// Where a rollback goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Steps(usize),
    Deployment(Number),
    Tag(String),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    Deploy {
        env: String,
        contents: Contents,
        /// Whether functions that it leaves out are retired, for longer than anybody waits; else they are dropped.
        retire: bool,
    },
    /// A deploy of what does not compile.
    FailingDeploy {
        env: String,
    },
    Rollback {
        env: String,
        target: Target,
    },
    Promote {
        from: String,
        to: String,
    },
    Tag {
        env: String,
        name: String,
        deployment: Number,
    },
    Untag {
        env: String,
        name: String,
    },
    Pin {
        env: String,
        deployment: Number,
        pinned: bool,
    },
    Collect {
        env: String,
        keep_last: usize,
    },
    /// Drops all that is retired, also what still has time.
    Prune {
        env: String,
    },
    /// Sets how much of the history each release keeps.
    KeepLast {
        env: String,
        count: Option<usize>,
    },
}

/// What a deployment answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Functions {
    /// Those of its release.
    current: Contents,
    /// Those that it has retired.
    retired: Contents,
}

/// An environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub parent: Option<String>,
    /// The deployments one could go back to, the active one last.
    pub history: Vec<Number>,
    pub deployments: BTreeMap<Number, Standing>,
    pub tags: BTreeMap<String, Number>,
    pub pinned: BTreeSet<Number>,
    /// How much of the history each release keeps.
    pub keep_last: Option<usize>,
}

/// All environments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub places: BTreeMap<String, Place>,
    functions: BTreeMap<Number, Functions>,
    made: Number,
}

/// What is given up of an environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Also what was rolled back.
    Everything,
    History,
}

/// The SQLSTATE of a refusal.
pub type Refusal = &'static str;

/// What is not in the right state.
pub const WRONG_STATE: Refusal = "55000";
/// What is not there.
pub const UNDEFINED: Refusal = "42704";
/// What is there already.
pub const DUPLICATE: Refusal = "42710";
/// What does not compile.
pub const SYNTAX: Refusal = "42601";
/// What makes no sense.
pub const INVALID: Refusal = "22023";

impl Model {
    /// Environments with their parents, none of which has a deployment.
    pub fn new(environments: &[(&str, Option<&str>)]) -> Self {
        let place = |parent: &Option<&str>| Place { parent: parent.map(str::to_owned), ..Place::default() };
        let places = environments.iter().map(|(env, parent)| ((*env).to_owned(), place(parent))).collect();
        Self { places, ..Self::default() }
    }

    /// Does an operation; gives the deployment that is active afterwards, where the operation says so, or the SQLSTATE
    /// that refuses it, and then nothing has changed.
    pub fn apply(&mut self, operation: &Operation) -> Result<Option<Number>, Refusal> {
        match operation {
            Operation::Deploy { env, contents, retire } => {
                let former = self.active_functions(env);
                let mut retired = former.retired;
                if *retire {
                    retired.extend(former.current);
                }
                Ok(Some(self.release(env, contents.clone(), retired)))
            }
            Operation::FailingDeploy { .. } => Err(SYNTAX),
            Operation::Rollback { env, target } => self.roll_back(env, target).map(Some),
            Operation::Promote { from, to } => {
                if from == to {
                    return Err(INVALID);
                }
                if self.line(to).contains(from) {
                    return Err(WRONG_STATE);
                }
                let active = self.active(from).ok_or(WRONG_STATE)?;
                let current = self.functions.get(&active).cloned().unwrap_or_default().current;
                let retired = self.active_functions(to).retired;
                Ok(Some(self.release(to, current, retired)))
            }
            Operation::Prune { env } => {
                let former = self.active_functions(env);
                Ok(match (self.active(env), former.retired.is_empty()) {
                    (Some(_), false) => Some(self.make(env, former.current, Contents::new())),
                    (active, _) => active,
                })
            }
            Operation::KeepLast { env, count } => {
                self.place(env).keep_last = *count;
                Ok(None)
            }
            Operation::Tag { env, name, deployment } => {
                self.must_be_kept(env, *deployment)?;
                let place = self.place(env);
                if place.tags.contains_key(name) {
                    return Err(DUPLICATE);
                }
                place.tags.insert(name.clone(), *deployment);
                Ok(None)
            }
            Operation::Untag { env, name } => {
                self.place(env).tags.remove(name).map(|_| None).ok_or(UNDEFINED)
            }
            Operation::Pin { env, deployment, pinned } => {
                self.must_be_kept(env, *deployment)?;
                let place = self.place(env);
                if *pinned {
                    place.pinned.insert(*deployment);
                } else {
                    place.pinned.remove(deployment);
                }
                Ok(None)
            }
            Operation::Collect { env, keep_last } => {
                self.collect(env, *keep_last, Of::Everything);
                Ok(None)
            }
        }
    }

    /// What is active.
    pub fn active(&self, env: &str) -> Option<Number> {
        self.places.get(env).and_then(|place| place.history.last().copied())
    }

    /// What the live schema of an environment answers: its own functions, and over what it does not have, its parent's; and
    /// over what none of them has, what they have retired.
    pub fn live(&self, env: &str) -> Contents {
        let own: Vec<Functions> = self.line(env).iter().map(|one| self.active_functions(one)).collect();
        let mut live = Contents::new();
        // What is retired is there only where nothing else is.
        for functions in own.iter().map(|one| &one.current).chain(own.iter().map(|one| &one.retired)) {
            for (name, value) in functions {
                live.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        live
    }

    fn active_functions(&self, env: &str) -> Functions {
        self.active(env).and_then(|active| self.functions.get(&active)).cloned().unwrap_or_default()
    }

    /// How many deployments were made.
    pub fn made(&self) -> Number {
        self.made
    }

    /// An environment and what it inherits from, nearest first.
    fn line(&self, env: &str) -> Vec<String> {
        let parent = |env: &String| self.places.get(env).and_then(|place| place.parent.clone());
        std::iter::successors(Some(env.to_owned()), parent).collect()
    }

    fn place(&mut self, env: &str) -> &mut Place {
        self.places.entry(env.to_owned()).or_default()
    }

    /// Makes a deployment the active one, and gives up what the setting leaves no place for.
    fn release(&mut self, env: &str, current: Contents, retired: Contents) -> Number {
        let number = self.make(env, current, retired);
        if let Some(count) = self.place(env).keep_last {
            self.collect(env, count, Of::History);
        }
        number
    }

    fn make(&mut self, env: &str, current: Contents, mut retired: Contents) -> Number {
        self.made += 1;
        let number = self.made;
        retired.retain(|name, _| !current.contains_key(name));
        self.functions.insert(number, Functions { current, retired });
        let place = self.place(env);
        if let Some(former) = place.history.last() {
            place.deployments.insert(*former, Standing::Retired);
        }
        place.deployments.insert(number, Standing::Active);
        place.history.push(number);
        number
    }

    fn roll_back(&mut self, env: &str, target: &Target) -> Result<Number, Refusal> {
        let place = self.place(env);
        let Some((&active, below)) = place.history.split_last() else {
            // A tag is looked up before anything else is asked.
            return Err(if matches!(target, Target::Tag(_)) { UNDEFINED } else { WRONG_STATE });
        };
        let number = match target {
            Target::Steps(steps) => {
                let position = below.len().checked_sub(*steps).ok_or(WRONG_STATE)?;
                *below.get(position).ok_or(WRONG_STATE)?
            }
            Target::Deployment(number) => *number,
            Target::Tag(name) => *place.tags.get(name).ok_or(UNDEFINED)?,
        };
        match place.deployments.get(&number) {
            None => return Err(UNDEFINED),
            Some(Standing::Retired) => {}
            Some(Standing::Active | Standing::Pruned) => return Err(WRONG_STATE),
        }
        place.history.retain(|one| *one != active);
        if let Some(position) = place.history.iter().position(|one| *one == number) {
            place.history.truncate(position);
        }
        place.history.push(number);
        place.deployments.insert(active, Standing::Retired);
        place.deployments.insert(number, Standing::Active);
        Ok(number)
    }

    fn must_be_kept(&mut self, env: &str, deployment: Number) -> Result<(), Refusal> {
        match self.place(env).deployments.get(&deployment) {
            None => Err(UNDEFINED),
            Some(Standing::Pruned) => Err(WRONG_STATE),
            Some(Standing::Active | Standing::Retired) => Ok(()),
        }
    }

    fn collect(&mut self, env: &str, keep_last: usize, of: Of) {
        let place = self.place(env);
        let first = place.history.len().saturating_sub(keep_last.max(1));
        let kept: BTreeSet<Number> = place.history[first..].iter().copied().collect();
        for (number, standing) in &mut place.deployments {
            let is_marked = place.pinned.contains(number) || place.tags.values().any(|one| one == number);
            let is_of_interest = of == Of::Everything || place.history.contains(number);
            if *standing == Standing::Retired && is_of_interest && !is_marked && !kept.contains(number) {
                *standing = Standing::Pruned;
            }
        }
        let deployments = &place.deployments;
        place.history.retain(|number| deployments.get(number) != Some(&Standing::Pruned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deploy(model: &mut Model, env: &str, value: &str) -> Number {
        let contents = Contents::from([("f".to_owned(), value.to_owned())]);
        release(model, env, contents, false)
    }

    fn release(model: &mut Model, env: &str, contents: Contents, retire: bool) -> Number {
        model.apply(&Operation::Deploy { env: env.to_owned(), contents, retire }).unwrap().unwrap()
    }

    fn back(model: &mut Model, target: Target) -> Result<Option<Number>, Refusal> {
        model.apply(&Operation::Rollback { env: "a".to_owned(), target })
    }

    #[test]
    fn it_behaves_as_the_documents_say() {
        let mut model = Model::new(&[("a", None), ("child", Some("a"))]);
        for value in ["1", "2", "3"] {
            deploy(&mut model, "a", value);
        }
        assert_eq!(back(&mut model, Target::Steps(1)), Ok(Some(2)));
        assert_eq!(deploy(&mut model, "a", "4"), 4);
        assert_eq!(back(&mut model, Target::Steps(1)), Ok(Some(2)));
        assert_eq!(model.live("child")["f"], "2");
        assert_eq!(back(&mut model, Target::Steps(1)), Ok(Some(1)));
        assert_eq!(back(&mut model, Target::Steps(1)), Err(WRONG_STATE));
        assert_eq!(back(&mut model, Target::Deployment(3)), Ok(Some(3)));
        let collect = Operation::Collect { env: "a".to_owned(), keep_last: 1 };
        model.apply(&collect).unwrap();
        assert_eq!(back(&mut model, Target::Deployment(2)), Err(WRONG_STATE));
        let retiring = Contents::from([("g".to_owned(), "5".to_owned())]);
        release(&mut model, "a", retiring.clone(), true);
        assert_eq!(
            model.live("child"),
            Contents::from([("f".to_owned(), "3".to_owned()), ("g".to_owned(), "5".to_owned())])
        );
        model.apply(&Operation::Prune { env: "a".to_owned() }).unwrap();
        assert_eq!(model.live("child"), retiring);
        let up = Operation::Promote { from: "a".to_owned(), to: "child".to_owned() };
        assert_eq!(model.apply(&up), Err(WRONG_STATE));
    }
}
