//! Functions that a release leaves out.

use super::*;

fn at(hour: u8) -> Moment {
    Moment::try_from(format!("2026-12-01T{hour:02}:00:00Z")).unwrap()
}

fn removal(now: u8, until: Option<u8>) -> Removal {
    Removal::InTime { now: at(now), until: until.map(at), keeps_expired: false }
}

/// `a` and `b`, of which `b` is retired until then.
fn with_b_retired(until: u8) -> Deployed {
    let mut deployed =
        deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, QUERY)]));
    deployed.functions[1].retired_until = Some(at(until));
    deployed
}

fn only_a() -> Candidates {
    candidates("c1", &[("a.ts", 1, 1, None, QUERY)])
}

#[test]
fn what_is_left_out_is_retired_and_keeps_its_version() {
    let before = deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, QUERY)]));
    let plan = Plan::deploy(Some(&before), &only_a(), &removal(1, Some(3))).unwrap();
    assert_eq!(changes(&plan), ["api.a.get unchanged", "api.b.get retired"]);
    assert_eq!(plan.retired(), BTreeMap::from([(101, at(3))]));
    assert_eq!((plan.summary().retired, plan.summary().removed), (1, 0));
    assert!(!plan.summary().is_unchanged());
    let plan = Plan::deploy(Some(&before), &only_a(), &removal(1, None)).unwrap();
    assert_eq!(changes(&plan), ["api.a.get unchanged", "api.b.get removed"]);
    assert!(plan.retired().is_empty());
}

#[test]
fn it_has_its_time_whatever_later_releases_ask_for() {
    let before = with_b_retired(3);
    for until in [None, Some(9)] {
        let plan = Plan::deploy(Some(&before), &only_a(), &removal(2, until)).unwrap();
        assert!(plan.summary().is_unchanged());
        assert_eq!(plan.retired(), BTreeMap::from([(101, at(3))]));
        let plan = Plan::deploy(Some(&before), &only_a(), &removal(3, until)).unwrap();
        assert_eq!(changes(&plan), ["api.a.get unchanged", "api.b.get removed"]);
    }
    let kept = Removal::InTime { now: at(4), until: None, keeps_expired: true };
    assert!(Plan::deploy(Some(&before), &only_a(), &kept).unwrap().summary().is_unchanged());
}

#[test]
fn it_can_come_back() {
    let both = candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, QUERY)]);
    let plan = Plan::deploy(Some(&with_b_retired(3)), &both, &removal(2, None)).unwrap();
    assert_eq!(changes(&plan), ["api.a.get unchanged", "api.b.get changed"]);
    assert!(plan.retired().is_empty());
}

#[test]
fn a_rollback_restores_what_was_retired_and_what_was_not() {
    let (retired, live) = (
        with_b_retired(3),
        deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, QUERY)])),
    );
    assert_eq!(
        changes(&Plan::rollback(Some(&live), &retired).unwrap()),
        ["api.a.get unchanged", "api.b.get retired"]
    );
    assert_eq!(
        changes(&Plan::rollback(Some(&retired), &live).unwrap()),
        ["api.a.get unchanged", "api.b.get changed"]
    );
    assert!(Plan::rollback(Some(&retired), &retired.clone()).unwrap().summary().is_unchanged());
    // What comes back retired is said to be so.
    let back = Plan::rollback(Some(&deployed(2, &only_a())), &retired).unwrap();
    assert_eq!(changes(&back), ["api.a.get unchanged", "api.b.get added"]);
    assert_eq!(back.actions[1].retired_until(), Some(&at(3)));
    // Where it goes, it goes at once.
    let without = deployed(2, &only_a());
    let plan = Plan::rollback(Some(&retired), &without).unwrap();
    assert_eq!(changes(&plan), ["api.a.get unchanged", "api.b.get removed"]);
}

#[test]
fn its_live_function_says_so() {
    let body = with_b_retired(3).functions[1].pointer(&EnvName::parse("prod").unwrap());
    let deprecated = body.conduct.deprecated.unwrap();
    assert_eq!(deprecated, "it was removed, and is dropped after 2026-12-01T03:00:00Z");
    let mut retired = with_b_retired(3).functions[1].clone();
    Arc::make_mut(&mut retired.function).annotations.deprecated = Some("call a".to_owned());
    let body = retired.pointer(&EnvName::parse("prod").unwrap());
    assert!(body.conduct.deprecated.unwrap().ends_with("after 2026-12-01T03:00:00Z; call a"));
}
