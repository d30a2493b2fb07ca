//! What the modules of a graph export, `export *` followed, as ECMA-262 has it (GetExportedNames, ResolveExport): a
//! star gives every name but `default`, a module's own names hide those of its stars, and a name that stars bring
//! from different places is exported by none of them.

use std::collections::{BTreeMap, BTreeSet};

/// How far a chain of re-exports is followed; what is behind counts as unknown, and the engine decides.
const MAX_CHAIN: usize = 500;

/// A module that an export comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Module(usize),
    /// Its exports are not known here: the runtime.
    Unknown,
}

/// What one module exports.
pub(super) struct Exporter<'a> {
    pub(super) names: &'a [String],
    /// Of the names, those of another module, with the name there; `None` for its namespace.
    pub(super) indirect: BTreeMap<&'a str, (Source, Option<&'a str>)>,
    pub(super) stars: Vec<Source>,
}

/// The exports of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exported {
    /// Sorted.
    pub(super) names: Vec<String>,
    /// There may be more that are not known here.
    pub(super) is_open: bool,
}

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Resolution<'a> {
    /// To a variable (or the namespace, `None`) of a module.
    Found(usize, Option<&'a str>),
    Ambiguous,
    Missing,
    Unknown,
}

/// The names that each module exports.
pub(super) fn exported(modules: &[Exporter<'_>]) -> Vec<Exported> {
    (0..modules.len())
        .map(|module| {
            let (names, is_open) = candidates(modules, module);
            let names = names
                .into_iter()
                .filter(|name| {
                    let resolution = resolve(modules, module, name, &mut BTreeSet::new(), 0);
                    matches!(resolution, Resolution::Found(..) | Resolution::Unknown)
                })
                .map(str::to_owned)
                .collect();
            Exported { names, is_open }
        })
        .collect()
}

/// Every name that the module or a star of it mentions, and whether a star leads to the unknown.
fn candidates<'a>(modules: &'a [Exporter<'a>], module: usize) -> (BTreeSet<&'a str>, bool) {
    let mut names: BTreeSet<&str> = modules[module].names.iter().map(String::as_str).collect();
    let mut is_open = false;
    let mut seen = BTreeSet::from([module]);
    let mut pending = vec![module];
    while let Some(current) = pending.pop() {
        if current != module {
            names.extend(modules[current].names.iter().map(String::as_str).filter(|name| *name != "default"));
        }
        for star in &modules[current].stars {
            match star {
                Source::Module(target) if seen.insert(*target) => pending.push(*target),
                Source::Module(_) => {}
                Source::Unknown => is_open = true,
            }
        }
    }
    (names, is_open)
}

fn resolve<'a>(
    modules: &'a [Exporter<'a>],
    module: usize,
    name: &'a str,
    seen: &mut BTreeSet<(usize, &'a str)>,
    chain: usize,
) -> Resolution<'a> {
    if chain > MAX_CHAIN {
        return Resolution::Unknown;
    }
    if !seen.insert((module, name)) {
        return Resolution::Missing;
    }
    let exporter = &modules[module];
    match exporter.indirect.get(name) {
        Some((Source::Module(target), Some(original))) => {
            return resolve(modules, *target, original, seen, chain + 1);
        }
        Some((Source::Module(target), None)) => return Resolution::Found(*target, None),
        Some((Source::Unknown, _)) => return Resolution::Unknown,
        None => {}
    }
    if exporter.names.iter().any(|own| own == name) {
        return Resolution::Found(module, Some(name));
    }
    if name == "default" {
        return Resolution::Missing;
    }
    let mut found = Resolution::Missing;
    for star in &exporter.stars {
        let resolution = match star {
            Source::Module(target) => resolve(modules, *target, name, seen, chain + 1),
            // The unknown may have the name or not; what the others say stands.
            Source::Unknown => Resolution::Missing,
        };
        match (&found, resolution) {
            (_, Resolution::Missing) => {}
            (_, Resolution::Ambiguous) => return Resolution::Ambiguous,
            (Resolution::Missing, resolution) => found = resolution,
            (Resolution::Unknown, _) | (_, Resolution::Unknown) => found = Resolution::Unknown,
            (known, resolution) if *known != resolution => return Resolution::Ambiguous,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Own names, indirect names (exported, module, name there), stars.
    type Module<'a> = (&'a [&'a str], &'a [(&'a str, usize, Option<&'a str>)], &'a [usize]);

    fn names(modules: &[Module<'_>]) -> Vec<Vec<String>> {
        let owned: Vec<Vec<String>> = modules
            .iter()
            .map(|(names, indirect, _)| {
                let names = names.iter().copied().chain(indirect.iter().map(|(name, ..)| *name));
                names.map(str::to_owned).collect()
            })
            .collect();
        let exporters: Vec<Exporter<'_>> = modules
            .iter()
            .zip(&owned)
            .map(|((_, indirect, stars), names)| Exporter {
                names,
                indirect: indirect
                    .iter()
                    .map(|(name, module, there)| (*name, (Source::Module(*module), *there)))
                    .collect(),
                stars: stars.iter().map(|star| Source::Module(*star)).collect(),
            })
            .collect();
        exported(&exporters).into_iter().map(|exported| exported.names).collect()
    }

    #[test]
    fn stars_bring_all_but_default() {
        let found = names(&[(&["own"], &[], &[1]), (&["default", "a", "b"], &[], &[2]), (&["c"], &[], &[])]);
        assert_eq!(found[0], ["a", "b", "c", "own"]);
        assert_eq!(found[1], ["a", "b", "c", "default"]);
    }

    #[test]
    fn own_names_hide_and_ambiguous_names_vanish() {
        let found =
            names(&[(&["x"], &[], &[1, 2]), (&["x", "y", "z"], &[], &[]), (&["x", "y", "w"], &[], &[])]);
        assert_eq!(found[0], ["w", "x", "z"]);
    }

    #[test]
    fn one_value_by_two_ways_is_not_ambiguous() {
        let found = names(&[(&[], &[], &[1, 2]), (&[], &[], &[3]), (&[], &[], &[3]), (&["x"], &[], &[])]);
        assert_eq!(found[0], ["x"]);
        // The same through named re-exports, and through namespaces.
        let found = names(&[
            (&[], &[], &[1, 2]),
            (&[], &[("x", 3, Some("y")), ("n", 3, None)], &[]),
            (&[], &[("x", 3, Some("y")), ("n", 3, None)], &[]),
            (&["y"], &[], &[]),
        ]);
        assert_eq!(found[0], ["n", "x"]);
        let found = names(&[
            (&[], &[], &[1, 2]),
            (&[], &[("x", 3, Some("y"))], &[]),
            (&[], &[("x", 3, Some("z"))], &[]),
            (&["y", "z"], &[], &[]),
        ]);
        assert_eq!(found[0], Vec::<String>::new());
    }

    #[test]
    fn re_exports_of_nothing_are_nothing() {
        let found = names(&[(&["a"], &[("x", 1, Some("none"))], &[]), (&["b"], &[], &[])]);
        assert_eq!(found[0], ["a"]);
    }

    #[test]
    fn cycles_end() {
        let found =
            names(&[(&["a"], &[("x", 1, Some("x"))], &[1]), (&["b"], &[("x", 0, Some("x"))], &[0, 1])]);
        assert_eq!(found, [["a", "b"], ["a", "b"]]);
    }

    #[test]
    fn the_runtime_has_names_of_its_own() {
        let own = ["a".to_owned()];
        let exporter = Exporter {
            names: &own,
            indirect: [("a", (Source::Unknown, Some("b")))].into(),
            stars: vec![Source::Unknown],
        };
        assert_eq!(exported(&[exporter]), [Exported { names: vec!["a".to_owned()], is_open: true }]);
    }
}
