//! Plans of whole bundles, from the answer of `plts.build` to the diff.

mod retirement;

use std::collections::BTreeMap;

use plts_core::Reportable;
use serde_json::{Value, json};

use super::*;
use crate::build::BuildAnswer;
use crate::bundle::BundleSource;
use crate::manifest::DeploymentSource;
use crate::names::ModulePath;

/// Modules as `(path, source version, artifact version, imports by artifact version, exports as (name, kind))`.
type Module<'a> = (&'a str, u8, u8, Option<&'a [u8]>, &'a [(&'a str, &'a str)]);

fn hash(version: u8) -> String {
    format!("sha256:{}", format!("{version:02x}").repeat(32))
}

fn bundle() -> DeploymentSource {
    DeploymentSource::Bundle { origin: BundleSource::default() }
}

fn schema() -> DeploymentSource {
    DeploymentSource::Schema { name: "app".to_owned() }
}

fn answer(fingerprint: &str, modules: &[Module]) -> Value {
    let modules: Vec<Value> = modules
        .iter()
        .map(|(path, source, artifact, imports, exports)| {
            let exports: Vec<Value> = exports
                .iter()
                .map(|(name, kind)| json!({"name": name, "kind": kind, "args": null}))
                .collect();
            let imports = imports.map(|all| {
                all.iter()
                    .map(|version| (format!("./{version}"), json!(hash(*version))))
                    .collect::<serde_json::Map<_, _>>()
            });
            json!({"path": path, "entry": !exports.is_empty(), "artifact_hash": hash(*artifact),
                "source_hash": hash(*source), "imports": imports, "exports": exports})
        })
        .collect();
    json!({"ok": true, "fingerprint": fingerprint, "runtime_hash": hash(0xff), "modules": modules, "diagnostics": []})
}

fn candidates_from(
    fingerprint: &str,
    modules: &[Module],
    source: &DeploymentSource,
) -> Result<Candidates, PlanError> {
    let build = BuildAnswer::from_json(answer(fingerprint, modules)).unwrap().into_build().unwrap();
    Candidates::from_build(build, source, &Default::default(), &Default::default(), &Standing::default())
}

fn candidates(fingerprint: &str, modules: &[Module]) -> Candidates {
    candidates_from(fingerprint, modules, &bundle()).unwrap()
}

/// What the catalog holds after `candidates` were deployed.
fn deployed(id: i64, candidates: &Candidates) -> Deployed {
    let functions = candidates.functions().iter().cloned().enumerate();
    Deployed {
        id,
        release: candidates.release(),
        functions: functions
            .map(|(row, function)| ActiveFunction {
                id: id * 100 + row as i64,
                function,
                retired_until: None,
            })
            .collect(),
    }
}

/// The plan of a deploy that drops what it leaves out.
fn deploy(active: Option<&Deployed>, candidates: &Candidates) -> Result<Plan, PlanError> {
    Plan::deploy(active, candidates, &Removal::AtOnce)
}

/// The plan as `path change` lines.
fn changes(plan: &Plan) -> Vec<String> {
    plan.actions.iter().map(|action| format!("{} {}", action.path(), action.change().as_str())).collect()
}

const QUERY: &[(&str, &str)] = &[("get", "query")];

#[test]
fn every_kind_of_change() {
    let before = deployed(
        1,
        &candidates(
            "c1",
            &[
                ("kept.ts", 1, 1, None, QUERY),
                ("changed.ts", 2, 2, None, QUERY),
                ("gone.ts", 3, 3, None, QUERY),
            ],
        ),
    );
    let after = candidates(
        "c1",
        &[
            ("kept.ts", 1, 1, None, QUERY),
            ("changed.ts", 20, 20, None, QUERY),
            (
                "new.ts",
                4,
                4,
                None,
                &[("get", "query"), ("set", "mutation"), ("helper", "function"), ("LIMIT", "value")],
            ),
        ],
    );
    let plan = deploy(Some(&before), &after).unwrap();
    assert_eq!(
        changes(&plan),
        [
            "api.changed.get changed",
            "api.gone.get removed",
            "api.kept.get unchanged",
            "api.new.get added",
            "api.new.set added",
        ]
    );
    assert_eq!(
        plan.summary(),
        Summary { added: 2, changed: 1, removed: 1, unchanged: 1, ..Summary::default() }
    );
    let json = plan.to_json(&EnvName::parse("prod").unwrap(), &LiveSchema::parse("live_prod").unwrap());
    assert_eq!(json["active_deployment_id"], 1);
    assert_eq!(json["summary"]["added"], 2);
    assert_eq!(
        json["functions"][0],
        json!({"path": "api.changed.get", "live_function": "changed_get", "change": "changed",
        "kind": "query", "active_artifact_hash": hash(2), "candidate_artifact_hash": hash(20),
        "signature": "(args jsonb DEFAULT '{}'::jsonb) RETURNS jsonb",
        "annotations": {},
        "retired_until": null,
        "active_signature": "(args jsonb DEFAULT '{}'::jsonb) RETURNS jsonb"})
    );
    assert_eq!(json["functions"][1]["candidate_artifact_hash"], Value::Null);
    assert_eq!(json["functions"][3]["active_artifact_hash"], Value::Null);
    assert_eq!(
        json["skipped"],
        json!([
        {"module": "new.ts", "export": "helper", "reason": "not a query or mutation"},
        {"module": "new.ts", "export": "LIMIT", "reason": "not a query or mutation"}])
    );
    let mut keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["active_deployment_id", "diagnostics", "env", "functions", "live_schema", "skipped", "summary"]
    );
}

#[test]
fn a_first_deploy_creates_everything() {
    let plan = deploy(None, &candidates("c1", &[("a.ts", 1, 1, None, QUERY)])).unwrap();
    assert!(matches!(plan.actions.as_slice(), [Action::CreatePointer { .. }]));
    assert_eq!(plan.active_deployment_id, None);
}

#[test]
fn a_pointer_names_artifact_export_and_environment() {
    let candidates = candidates("c1", &[("a.ts", 1, 1, None, QUERY)]);
    let pointer = deployed(1, &candidates).functions[0].pointer(&EnvName::parse("prod").unwrap());
    let expected = format!(
        r#"{{"plts":1,"kind":"artifact_ptr","artifact_hash":"{}","export":"get","env":"prod"}}"#,
        hash(1)
    );
    assert_eq!(pointer.print(), expected);
}

#[test]
fn an_unchanged_function_keeps_its_version_row() {
    let same = candidates("c1", &[("a.ts", 1, 1, None, QUERY)]);
    let plan = deploy(Some(&deployed(7, &same)), &same).unwrap();
    assert!(matches!(plan.actions.as_slice(), [Action::Keep { active }] if active.id == 700));
    assert!(plan.summary().is_unchanged());
}

#[test]
fn a_new_compiler_recompiles() {
    let before = deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, QUERY)]));
    let after = candidates("c2", &[("a.ts", 1, 11, None, QUERY), ("b.ts", 2, 12, None, QUERY)]);
    let plan = deploy(Some(&before), &after).unwrap();
    assert_eq!(changes(&plan), ["api.a.get recompiled", "api.b.get recompiled"]);
    let back = Plan::rollback(Some(&deployed(2, &after)), &before).unwrap();
    assert_eq!(changes(&back), ["api.a.get recompiled", "api.b.get recompiled"]);
}

#[test]
fn a_changed_dependency_is_a_change() {
    let before = deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("lib.ts", 2, 2, None, &[])]));
    for compiler in ["c1", "c2"] {
        let after = candidates(compiler, &[("a.ts", 1, 11, None, QUERY), ("lib.ts", 3, 3, None, &[])]);
        let plan = deploy(Some(&before), &after).unwrap();
        assert_eq!(changes(&plan), ["api.a.get changed"], "{compiler}");
    }
}

#[test]
fn import_edges_tell_a_new_compiler_from_a_changed_dependency() {
    let before = deployed(
        1,
        &candidates(
            "c1",
            &[
                ("a.ts", 1, 1, Some(&[3]), QUERY),
                ("b.ts", 2, 2, Some(&[]), QUERY),
                ("lib.ts", 3, 3, Some(&[]), &[]),
            ],
        ),
    );
    let after = candidates(
        "c2",
        &[
            ("a.ts", 1, 11, Some(&[13]), QUERY),
            ("b.ts", 2, 12, Some(&[]), QUERY),
            ("lib.ts", 30, 13, Some(&[]), &[]),
        ],
    );
    let plan = deploy(Some(&before), &after).unwrap();
    assert_eq!(changes(&plan), ["api.a.get changed", "api.b.get recompiled"]);
}

#[test]
fn a_moved_export_replaces_the_pointer_of_its_name() {
    let before = deployed(1, &candidates("c1", &[("users/admin.ts", 1, 1, None, QUERY)]));
    let plan = deploy(Some(&before), &candidates("c2", &[("users-admin.ts", 1, 2, None, QUERY)])).unwrap();
    assert_eq!(changes(&plan), ["api.users-admin.get changed"]);
    assert!(matches!(plan.actions.as_slice(), [Action::ReplacePointer { .. }]));
}

#[test]
fn a_query_that_becomes_a_mutation_is_a_change() {
    let before = deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY)]));
    let plan =
        deploy(Some(&before), &candidates("c1", &[("a.ts", 1, 1, None, &[("get", "mutation")])])).unwrap();
    assert_eq!(changes(&plan), ["api.a.get changed"]);
}

#[test]
fn a_rollback_drops_what_the_target_does_not_have() {
    let first = deployed(1, &candidates("c1", &[("a.ts", 1, 1, None, QUERY)]));
    let second = deployed(2, &candidates("c1", &[("a.ts", 2, 2, None, QUERY), ("b.ts", 3, 3, None, QUERY)]));
    let plan = Plan::rollback(Some(&second), &first).unwrap();
    assert_eq!(changes(&plan), ["api.a.get changed", "api.b.get removed"]);
}

#[test]
fn a_schema_deploys_plain_default_exports() {
    let modules: &[Module] = &[
        ("get_user.ts", 1, 1, None, &[("default", "function"), ("helper", "function"), ("other", "query")]),
        ("odd.ts", 2, 2, None, &[("default", "value")]),
    ];
    let from_schema = candidates_from("c1", modules, &schema()).unwrap();
    let functions: Vec<String> = from_schema
        .functions()
        .iter()
        .map(|one| format!("{} {} {}", one.path, one.live_function, one.kind.as_str()))
        .collect();
    assert_eq!(
        functions,
        ["api.get_user.default get_user mutation", "api.get_user.other get_user_other query"]
    );
    assert_eq!(from_schema.skipped().len(), 2);
    let from_bundle = candidates_from("c1", modules, &bundle()).unwrap();
    assert_eq!(from_bundle.functions().len(), 1);
}

#[test]
fn exports_of_other_modules_are_not_looked_at() {
    let mut answer = answer("c1", &[("a.ts", 1, 1, None, QUERY), ("lib.ts", 2, 2, None, QUERY)]);
    answer["modules"][1]["entry"] = json!(false);
    let build = BuildAnswer::from_json(answer).unwrap().into_build().unwrap();
    let candidates = Candidates::from_build(
        build,
        &bundle(),
        &Default::default(),
        &Default::default(),
        &Standing::default(),
    )
    .unwrap();
    assert_eq!(candidates.functions().len(), 1);
    assert!(candidates.skipped().is_empty());
}

#[test]
fn what_cannot_be_deployed() {
    let refused =
        |modules: &[Module], source: &DeploymentSource| candidates_from("c1", modules, source).unwrap_err();
    let error = refused(&[("a.ts", 1, 1, None, &[("f", "function")])], &bundle());
    assert_eq!(
        (error.sqlstate().as_str(), error.to_string().as_str()),
        ("22023", "there is no function to deploy")
    );
    assert!(error.hint().unwrap().contains("@stopgap/runtime"));
    let error = refused(&[], &schema());
    assert!(error.detail().unwrap().contains("LANGUAGE plts"));
    let error =
        refused(&[("a/b.ts", 1, 1, None, QUERY), ("a.ts", 2, 2, None, &[("bGet", "query")])], &bundle());
    assert_eq!(error.sqlstate().as_str(), "42723");
    let error = refused(&[("a.ts", 1, 1, None, &[("not a name", "query")])], &bundle());
    assert_eq!(error.sqlstate().as_str(), "42602");
    assert!(error.to_string().contains("\"a.ts\""), "{error}");
}

#[test]
fn a_build_that_was_not_described_is_a_bug() {
    let mut answer = answer("c1", &[("a.ts", 1, 1, None, QUERY)]);
    answer["modules"][0]["exports"][0]["kind"] = Value::Null;
    let build = BuildAnswer::from_json(answer).unwrap().into_build().unwrap();
    let error = Candidates::from_build(
        build,
        &bundle(),
        &Default::default(),
        &Default::default(),
        &Standing::default(),
    )
    .unwrap_err();
    assert_eq!(error.sqlstate().as_str(), "XX000");
}

#[test]
fn paths_of_a_plan_are_sorted_and_unique() {
    let after = candidates("c1", &[("b.ts", 1, 1, None, QUERY), ("a.ts", 2, 2, None, QUERY)]);
    let plan = deploy(None, &after).unwrap();
    assert_eq!(changes(&plan), ["api.a.get added", "api.b.get added"]);
    assert!(after.release().sources.contains_key(&ModulePath::parse("b.ts").unwrap()));
}

#[test]
fn what_stands_is_in_no_action() {
    let before = deployed(
        1,
        &candidates("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 2, 2, None, &[("f", "query")])]),
    );
    let of_module = |path: &str| StandingModule {
        artifact_hash: before
            .functions
            .iter()
            .find(|one| one.function.module.to_string() == path)
            .unwrap()
            .function
            .artifact_hash
            .clone(),
        functions: before
            .functions
            .iter()
            .filter(|one| one.function.module.to_string() == path)
            .map(|one| one.id)
            .collect(),
    };
    let modules = ["a.ts", "b.ts"].map(|path| (ModulePath::parse(path).unwrap(), of_module(path)));
    let schema = DeploymentSource::Schema { name: "app".to_owned() };
    let standing = Standing::of(BTreeMap::from(modules.clone()), &bundle(), &bundle());
    // The same artifact may offer other functions when it comes from a schema.
    assert_eq!(Standing::of(BTreeMap::from(modules), &bundle(), &schema), Standing::default());

    let mut answer = answer("c1", &[("a.ts", 1, 1, None, QUERY), ("b.ts", 3, 3, None, &[("f", "query")])]);
    answer["modules"][0]["exports"] = json!(null);
    let build = |answer: &Value| BuildAnswer::from_json(answer.clone()).unwrap().into_build().unwrap();
    let after = Candidates::from_build(
        build(&answer),
        &bundle(),
        &Default::default(),
        &Default::default(),
        &standing,
    )
    .unwrap();
    let stands = after.standing().clone();
    let active = Deployed {
        functions: before.functions.iter().filter(|one| !stands.contains(&one.id)).cloned().collect(),
        ..before.clone()
    };
    let plan = deploy(Some(&active), &after).unwrap();
    assert_eq!(changes(&plan), ["api.b.f changed"]);
    assert_eq!(plan.summary().unchanged, stands.len());

    // What nobody described and is not what it was is an error.
    answer["modules"][0]["artifact_hash"] = json!(hash(9));
    let error = Candidates::from_build(
        build(&answer),
        &bundle(),
        &Default::default(),
        &Default::default(),
        &standing,
    )
    .unwrap_err();
    assert_eq!(error.sqlstate().as_str(), "XX000");

    // A new function may not have the live name of one that stands.
    let function = &active.functions[0].function;
    let origin =
        crate::names::Origin { module: ModulePath::parse("a.ts").unwrap(), export: function.export.clone() };
    let error = check_names(after.functions(), [(function.live_function.clone(), origin)]).unwrap_err();
    assert_eq!(error.sqlstate().as_str(), "42723");
}
