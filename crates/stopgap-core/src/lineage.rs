//! Which environment inherits from which: a forest of parents and children.
//!
//! Guarantees of a [`Lineage`]: every parent is an environment of it, nothing inherits from itself, and no line is longer
//! than [`MAX_GENERATIONS`]. The order of the locks follows from it: whoever works on an environment takes those of its
//! line from the root downwards, so no two wait for each other crosswise.

use std::collections::BTreeMap;

use crate::error::LineageError;
use crate::names::EnvName;

/// The longest line of environments, from the one without a parent to the last that inherits.
pub const MAX_GENERATIONS: usize = 8;

/// Environments and their parents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    parents: BTreeMap<EnvName, Option<EnvName>>,
}

impl Lineage {
    /// The lineage of these environments.
    ///
    /// Errors: 42704 for a parent that is none of them, 22023 for a cycle, 54000 for a line that is too long.
    pub fn new(
        environments: impl IntoIterator<Item = (EnvName, Option<EnvName>)>,
    ) -> Result<Self, LineageError> {
        let mut lineage = Self::default();
        let mut with_parents = Vec::new();
        for (env, parent) in environments {
            lineage.parents.insert(env.clone(), None);
            with_parents.extend(parent.map(|parent| (env, parent)));
        }
        for (env, parent) in with_parents {
            lineage = lineage.with(&env, Some(&parent))?;
        }
        Ok(lineage)
    }

    /// The lineage in which `env`, new or not, has that parent, or none.
    ///
    /// Errors: as [`Lineage::new`].
    pub fn with(&self, env: &EnvName, parent: Option<&EnvName>) -> Result<Self, LineageError> {
        if let Some(parent) = parent {
            if parent == env || self.descendants(env).contains(parent) {
                return Err(LineageError::Cycle { env: env.to_string(), parent: parent.to_string() });
            }
            if !self.parents.contains_key(parent) {
                return Err(LineageError::Unknown { env: parent.to_string() });
            }
        }
        let mut parents = self.parents.clone();
        parents.insert(env.clone(), parent.cloned());
        let changed = Self { parents };
        let longest = changed.descendants(env).iter().map(|one| changed.generations(one)).max();
        if longest.unwrap_or(0).max(changed.generations(env)) > MAX_GENERATIONS {
            return Err(LineageError::TooDeep { env: env.to_string() });
        }
        Ok(changed)
    }

    /// The lineage without `env`; what inherited from it has no parent any more.
    pub fn without(&self, env: &EnvName) -> Self {
        let keep = |parent: &Option<EnvName>| parent.clone().filter(|parent| parent != env);
        let others = self.parents.iter().filter(|(one, _)| *one != env);
        Self { parents: others.map(|(one, parent)| (one.clone(), keep(parent))).collect() }
    }

    /// What `env` inherits from directly.
    pub fn parent(&self, env: &EnvName) -> Option<&EnvName> {
        self.parents.get(env).and_then(Option::as_ref)
    }

    /// What `env` inherits from, nearest first.
    pub fn ancestors(&self, env: &EnvName) -> Vec<&EnvName> {
        std::iter::successors(self.parent(env), |one| self.parent(one)).collect()
    }

    /// The line that ends in `env`, root first: the order in which its locks are taken.
    pub fn line(&self, env: &EnvName) -> Vec<EnvName> {
        let mut line: Vec<EnvName> = self.ancestors(env).into_iter().cloned().collect();
        line.reverse();
        line.push(env.clone());
        line
    }

    /// What inherits from `env`, parents before their children.
    pub fn descendants(&self, env: &EnvName) -> Vec<EnvName> {
        let mut found = Vec::new();
        let mut generation = vec![env];
        while !generation.is_empty() {
            let is_child =
                |parent: &Option<EnvName>| parent.as_ref().is_some_and(|parent| generation.contains(&parent));
            let children: Vec<&EnvName> =
                self.parents.iter().filter(|(_, parent)| is_child(parent)).map(|(one, _)| one).collect();
            found.extend(children.iter().copied().cloned());
            generation = children;
        }
        found
    }

    fn generations(&self, env: &EnvName) -> usize {
        self.ancestors(env).len() + 1
    }
}

#[cfg(test)]
mod tests {
    use plts_core::Reportable;

    use super::*;

    fn env(name: &str) -> EnvName {
        EnvName::parse(name).unwrap()
    }

    fn lineage(pairs: &[(&str, &str)]) -> Result<Lineage, LineageError> {
        Lineage::new(pairs.iter().map(|(one, parent)| (env(one), (!parent.is_empty()).then(|| env(parent)))))
    }

    fn names(envs: &[EnvName]) -> Vec<&str> {
        envs.iter().map(EnvName::as_str).collect()
    }

    #[test]
    fn lines_go_from_the_root_and_descendants_by_generation() {
        // Children may come before their parents.
        let lineage = lineage(&[
            ("t1", "eu"),
            ("eu", "global"),
            ("global", ""),
            ("a", "t1"),
            ("us", "global"),
            ("x", ""),
        ])
        .unwrap();
        assert_eq!(names(&lineage.line(&env("a"))), ["global", "eu", "t1", "a"]);
        assert_eq!(names(&lineage.descendants(&env("global"))), ["eu", "us", "t1", "a"]);
        assert_eq!(lineage.ancestors(&env("t1")), [&env("eu"), &env("global")]);
        assert!(lineage.descendants(&env("x")).is_empty());
        assert_eq!(names(&lineage.line(&env("new"))), ["new"]);
        assert_eq!(lineage.without(&env("eu")).parent(&env("t1")), None);
    }

    #[test]
    fn refuses_what_would_not_end() {
        for (pairs, sqlstate) in [
            (&[("a", "a")][..], "22023"),
            (&[("a", "b"), ("b", "a")][..], "22023"),
            (&[("a", "b"), ("b", "c"), ("c", "a")][..], "22023"),
            (&[("a", "nowhere")][..], "42704"),
        ] {
            assert_eq!(lineage(pairs).unwrap_err().sqlstate().as_str(), sqlstate, "{pairs:?}");
        }
    }

    #[test]
    fn the_length_of_a_line_counts_from_its_end() {
        let mut chain = lineage(&[("e0", "")]).unwrap();
        for level in 1..MAX_GENERATIONS {
            chain = chain.with(&env(&format!("e{level}")), Some(&env(&format!("e{}", level - 1)))).unwrap();
        }
        let last = env(&format!("e{}", MAX_GENERATIONS - 1));
        assert_eq!(chain.with(&env("more"), Some(&last)).unwrap_err().sqlstate().as_str(), "54000");
        // A new root above the chain makes it too long at its other end.
        let above = chain.with(&env("root"), None).unwrap();
        assert!(above.with(&env("e0"), Some(&env("root"))).is_err());
    }
}
