//! Inheritance, case by case, and against a slow definition of it.

use super::*;
use crate::names::{ExportName, FunctionPath, ModulePath};
use crate::plan::{Function, HandlerKind};
use crate::source_hash::SourceHash;

fn env(name: &str) -> EnvName {
    EnvName::parse(name).unwrap()
}

/// Version `id` of live function `name`; its artifact follows from the id.
fn function(name: &str, id: i64) -> Arc<ActiveFunction> {
    let hash = format!("sha256:{id:064x}");
    let (module, export) =
        (ModulePath::parse(&format!("{name}.ts")).unwrap(), ExportName::parse("default").unwrap());
    let path = FunctionPath::of(&module, &export).unwrap();
    Arc::new(ActiveFunction {
        id,
        function: Arc::new(Function {
            live_function: LiveFunctionName::of(&path, &module).unwrap(),
            path,
            module,
            export,
            kind: HandlerKind::Query,
            artifact_hash: plts_core::artifact::ArtifactHash::parse(&hash).unwrap(),
            source_hash: SourceHash::parse(&hash).unwrap(),
            args: None,
            returns: None,
            signature: crate::Signature::Json,
            annotations: crate::Annotations::default(),
        }),
        retired_until: None,
    })
}

fn lineage(pairs: &[(&str, &str)]) -> Lineage {
    Lineage::new(pairs.iter().map(|(one, parent)| (env(one), (!parent.is_empty()).then(|| env(parent)))))
        .unwrap()
}

/// `tenant` inherits from `eu`, which inherits from `global`; `other` inherits from `global`.
fn family() -> Estate {
    Estate::new(lineage(&[("global", ""), ("eu", "global"), ("tenant", "eu"), ("other", "global")]))
        .with_own(&env("global"), [function("a", 1), function("b", 2), function("c", 3)])
        .with_own(&env("eu"), [function("b", 20)])
        .with_own(&env("tenant"), [function("c", 300), function("d", 400)])
}

fn shown(live: &LiveSet) -> Vec<String> {
    live.iter().map(|(name, one)| format!("{name} {} of {}", one.active.id, one.origin)).collect()
}

fn done(changes: &[SchemaChange]) -> Vec<String> {
    let line = |env: &EnvName, step: &Step| match step {
        Step::Create { after } => {
            format!("{env}: create {} {}", after.active.function.live_function, after.active.id)
        }
        Step::Replace { before, after } | Step::MakeAnew { before, after } => {
            format!(
                "{env}: {} {} by {}",
                before.active.function.live_function, before.active.id, after.active.id
            )
        }
        Step::Drop { before } => format!("{env}: drop {}", before.active.function.live_function),
    };
    changes.iter().flat_map(|change| change.steps.iter().map(|step| line(&change.env, step))).collect()
}

#[test]
fn the_nearest_wins() {
    assert_eq!(
        shown(&family().live(&env("tenant"))),
        ["a 1 of global", "b 20 of eu", "c 300 of tenant", "d 400 of tenant"]
    );
    assert_eq!(shown(&family().live(&env("other"))), ["a 1 of global", "b 2 of global", "c 3 of global"]);
}

#[test]
fn a_change_above_reaches_whoever_does_not_have_the_name() {
    let before = family();
    let after =
        before.clone().with_own(&env("global"), [function("a", 1), function("b", 5), function("c", 6)]);
    assert_eq!(
        done(&before.changes(&after, &env("global"))),
        ["global: b 2 by 5", "global: c 3 by 6", "eu: c 3 by 6", "other: b 2 by 5", "other: c 3 by 6"]
    );
}

#[test]
fn what_is_removed_below_is_the_parents_again() {
    let before = family();
    let after = before.clone().with_own(&env("tenant"), []);
    assert_eq!(done(&before.changes(&after, &env("tenant"))), ["tenant: c 300 by 3", "tenant: drop d"]);
    let after = before.clone().with_own(&env("eu"), []);
    assert_eq!(done(&before.changes(&after, &env("eu"))), ["eu: b 20 by 2", "tenant: b 20 by 2"]);
}

#[test]
fn what_is_retired_fills_gaps_only() {
    let retired = |name: &str, id: i64| {
        let until = crate::Moment::try_from("2026-12-01T00:00:00Z".to_owned()).unwrap();
        Arc::new(ActiveFunction { retired_until: Some(until), ..ActiveFunction::clone(&function(name, id)) })
    };
    let before = family();
    let after = before.clone().with_own(&env("tenant"), [retired("c", 300), retired("d", 400)]);
    assert_eq!(
        shown(&after.live(&env("tenant"))),
        ["a 1 of global", "b 20 of eu", "c 3 of global", "d 400 of tenant"]
    );
    assert_eq!(done(&before.changes(&after, &env("tenant"))), ["tenant: c 300 by 3", "tenant: d 400 by 400"]);
    // The heirs have what a parent retires, too, until somebody else has the name.
    let parent = before.clone().with_own(&env("eu"), [retired("b", 20), retired("e", 50)]);
    assert_eq!(
        shown(&parent.live(&env("tenant"))),
        ["a 1 of global", "b 2 of global", "c 300 of tenant", "d 400 of tenant", "e 50 of eu"]
    );
}

#[test]
fn another_parent_is_a_change_like_any_other() {
    let before = family();
    let moved = before.lineage().with(&env("tenant"), Some(&env("other"))).unwrap();
    let after = before.clone().with_lineage(moved);
    assert_eq!(done(&before.changes(&after, &env("tenant"))), ["tenant: b 20 by 2"]);
    let alone = before.lineage().with(&env("tenant"), None).unwrap();
    let after = before.clone().with_lineage(alone);
    assert_eq!(done(&before.changes(&after, &env("tenant"))), ["tenant: drop a", "tenant: drop b"]);
}

#[test]
fn the_same_function_of_another_origin_is_not_written_again() {
    let before = family();
    let after =
        before.clone().with_own(&env("tenant"), [function("b", 20), function("c", 300), function("d", 400)]);
    assert!(before.changes(&after, &env("tenant")).is_empty());
}

/// Carries out changes, as the extension does, on a plain map of what is live.
fn carry_out(live: &mut BTreeMap<EnvName, BTreeMap<String, i64>>, changes: &[SchemaChange]) {
    for change in changes {
        let schema = live.entry(change.env.clone()).or_default();
        for step in &change.steps {
            match step {
                Step::Create { after } => {
                    let name = after.active.function.live_function.to_string();
                    assert_eq!(schema.insert(name, after.active.id), None, "created where it was");
                }
                Step::Replace { before, after } | Step::MakeAnew { before, after } => {
                    let name = after.active.function.live_function.to_string();
                    assert_eq!(schema.insert(name, after.active.id), Some(before.active.id));
                }
                Step::Drop { before } => {
                    let name = before.active.function.live_function.to_string();
                    assert_eq!(schema.remove(&name), Some(before.active.id));
                }
            }
        }
    }
}

#[test]
fn random_switches_leave_every_schema_as_it_should_be() {
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let envs: Vec<EnvName> = (0..6).map(|n| env(&format!("e{n}"))).collect();
    let mut estate =
        Estate::new(lineage(&[("e0", ""), ("e1", ""), ("e2", ""), ("e3", ""), ("e4", ""), ("e5", "")]));
    let mut live: BTreeMap<EnvName, BTreeMap<String, i64>> = BTreeMap::new();
    let mut reparented = 0;
    for _ in 0..3000 {
        let one = &envs[random(6) as usize];
        let after = if random(4) == 0 {
            let parent = (random(3) > 0).then(|| &envs[random(6) as usize]);
            let Ok(moved) = estate.lineage().with(one, parent) else { continue };
            reparented += 1;
            estate.clone().with_lineage(moved)
        } else {
            // Ids are those of names, so that equal versions meet by different ways.
            let names = ["a", "b", "c", "d", "f"];
            let own: Vec<_> = names
                .iter()
                .enumerate()
                .filter_map(|(n, name)| {
                    let version = random(4) as i64;
                    (version > 0).then(|| function(name, (n as i64 + 1) * 10 + version))
                })
                .collect();
            estate.clone().with_own(one, own)
        };
        carry_out(&mut live, &estate.changes(&after, one));
        estate = after;
        for env in &envs {
            let expected: BTreeMap<String, i64> =
                estate.live(env).iter().map(|(name, one)| (name.to_string(), one.active.id)).collect();
            assert_eq!(live.get(env).cloned().unwrap_or_default(), expected, "{env}");
        }
    }
    assert!(reparented > 100, "the test must change parents");
}
