//! Two deployments side by side: which functions and which modules differ.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::Change;

/// A module of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleText {
    pub source_hash: String,
    pub source: String,
}

/// How a module differs. The sources are there when they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModuleChange {
    pub module: String,
    /// `added`, `changed` or `removed`.
    pub change: &'static str,
    pub from_source: Option<String>,
    pub to_source: Option<String>,
}

/// The modules that differ, in the order of their names.
pub fn modules(from: &BTreeMap<String, ModuleText>, to: &BTreeMap<String, ModuleText>) -> Vec<ModuleChange> {
    let names: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (before, after) = (from.get(name), to.get(name));
            let change = match (before, after) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (Some(before), Some(after)) if before.source_hash == after.source_hash => return None,
                (Some(_), Some(_)) => Change::Changed,
            };
            Some(ModuleChange {
                module: name.clone(),
                change: change.as_str(),
                from_source: before.map(|module| module.source.clone()),
                to_source: after.map(|module| module.source.clone()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(modules: &[(&str, &str)]) -> BTreeMap<String, ModuleText> {
        let text = |source: &str| ModuleText { source_hash: source.to_owned(), source: source.to_owned() };
        modules.iter().map(|(name, source)| ((*name).to_owned(), text(source))).collect()
    }

    #[test]
    fn only_what_differs() {
        let from = side(&[("a.ts", "1"), ("b.ts", "1"), ("c.ts", "1")]);
        let to = side(&[("b.ts", "1"), ("c.ts", "2"), ("d.ts", "1")]);
        let shown: Vec<String> =
            modules(&from, &to).iter().map(|one| format!("{} {}", one.change, one.module)).collect();
        assert_eq!(shown, ["removed a.ts", "changed c.ts", "added d.ts"]);
        let changed = &modules(&from, &to)[1];
        assert_eq!((changed.from_source.as_deref(), changed.to_source.as_deref()), (Some("1"), Some("2")));
        assert!(modules(&from, &from).is_empty());
    }
}
