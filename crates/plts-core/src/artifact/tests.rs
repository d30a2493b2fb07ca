//! Tests of the artifact hash: its format, its reach, and its independence of order.

use super::*;

fn fields<'a>(filename: &'a str, source: &'a str) -> ArtifactFields<'a> {
    ArtifactFields {
        filename,
        fingerprint: "compiler@1",
        options_json: "{}",
        source,
        js: source,
        source_map: "",
        runtime_hash: None,
        imports: BTreeMap::new(),
    }
}

fn with_imports<'a>(
    mut module: ArtifactFields<'a>,
    imports: &[(&'a str, ImportTarget<'a>)],
) -> ArtifactFields<'a> {
    module.imports = imports.iter().copied().collect();
    module
}

/// The format, written a second time: bytes by hand, so that a change of the format fails here.
fn by_hand(parts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let digest = Sha256::digest(&bytes);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[test]
fn source_hash_is_sha_256_of_the_bytes() {
    // The digests of the empty string and of "abc" in FIPS 180-4's examples.
    assert_eq!(source_hash(""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(source_hash("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn hash_texts_are_checked() {
    let good = source_hash("x");
    assert_eq!(ArtifactHash::parse(&good).unwrap().as_str(), good);
    for bad in [
        "",
        "sha256:",
        &good[7..],
        &good[..70],
        &good.to_uppercase(),
        &format!("{good}0"),
        &format!(" {good}"),
    ] {
        assert_eq!(ArtifactHash::parse(bad), Err(InvalidArtifactHash), "{bad:?}");
        assert!(serde_json::from_value::<ArtifactHash>(bad.into()).is_err(), "{bad:?}");
    }
    let hash: ArtifactHash = serde_json::from_value(good.as_str().into()).unwrap();
    assert_eq!(serde_json::to_value(&hash).unwrap(), serde_json::Value::from(good));
}

#[test]
fn the_format_is_what_it_was() {
    let target = ArtifactHash::parse(&source_hash("target")).unwrap();
    let runtime = ArtifactHash::parse(&source_hash("runtime")).unwrap();
    let mut module = fields("a.ts", "let a: 1");
    module.js = "let a";
    module.source_map = "map";
    module.options_json = r#"{"filename":"a.ts"}"#;
    module.runtime_hash = Some(&runtime);
    module.imports =
        [("./b", ImportTarget::Artifact(&target)), ("#c", ImportTarget::Artifact(&target))].into();
    let expected = by_hand(&[
        "plts-artifact",
        "1",
        "compiler@1",
        r#"{"filename":"a.ts"}"#,
        "let a: 1",
        "let a",
        "map",
        runtime.as_str(),
        "2",
        "#c",
        target.as_str(),
        "./b",
        target.as_str(),
    ]);
    assert_eq!(hash_graph(&[module.clone()]).unwrap()[0].as_str(), expected);
    assert_eq!(artifact_hash(&module, &[("./b", &target), ("#c", &target)].into()).as_str(), expected);
}

#[test]
fn the_format_of_a_cycle_is_what_it_was() {
    let a = with_imports(fields("a.ts", "A"), &[("./b", ImportTarget::Module(1))]);
    let b = with_imports(fields("b.ts", "B"), &[("./a", ImportTarget::Module(0))]);
    let unit = by_hand(&[
        "plts-artifact",
        "1",
        "compiler@1",
        "{}",
        "A",
        "A",
        "",
        "",
        "1",
        "./b",
        "unit:1", //
        "plts-artifact",
        "1",
        "compiler@1",
        "{}",
        "B",
        "B",
        "",
        "",
        "1",
        "./a",
        "unit:0",
    ]);
    let hashes = hash_graph(&[a, b]).unwrap();
    assert_eq!(hashes[0].as_str(), by_hand(&["plts-artifact-member", &unit, "0"]));
    assert_eq!(hashes[1].as_str(), by_hand(&["plts-artifact-member", &unit, "1"]));
}

#[test]
fn every_field_counts() {
    let runtime = ArtifactHash::parse(&source_hash("runtime")).unwrap();
    let base = fields("a.ts", "source");
    let variants = [
        ArtifactFields { fingerprint: "compiler@2", ..base.clone() },
        ArtifactFields { options_json: "{\"a\":1}", ..base.clone() },
        ArtifactFields { source: "other", ..base.clone() },
        ArtifactFields { js: "other", ..base.clone() },
        ArtifactFields { source_map: "other", ..base.clone() },
        ArtifactFields { runtime_hash: Some(&runtime), ..base.clone() },
        with_imports(base.clone(), &[("./x", ImportTarget::Artifact(&runtime))]),
        with_imports(base.clone(), &[("./y", ImportTarget::Artifact(&runtime))]),
        // Fields do not run together.
        ArtifactFields { source: "sourcesourc", js: "e", ..base.clone() },
        with_imports(base.clone(), &[("./a", ImportTarget::Module(0))]),
    ];
    let mut hashes: Vec<ArtifactHash> =
        variants.iter().map(|module| hash_graph(std::slice::from_ref(module)).unwrap().remove(0)).collect();
    hashes.push(hash_graph(&[base]).unwrap().remove(0));
    let distinct: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
}

#[test]
fn a_changed_helper_changes_its_importers_and_nobody_else() {
    let graph = |helper: &'static str| {
        hash_graph(&[
            with_imports(fields("main.ts", "main"), &[("./middle", ImportTarget::Module(1))]),
            with_imports(fields("middle.ts", "middle"), &[("./helper", ImportTarget::Module(2))]),
            fields("helper.ts", helper),
            fields("alone.ts", "alone"),
        ])
        .unwrap()
    };
    let (before, after) = (graph("helper"), graph("helper 2"));
    for index in 0..3 {
        assert_ne!(before[index], after[index]);
    }
    assert_eq!(before[3], after[3]);
}

#[test]
fn a_change_anywhere_in_a_cycle_changes_all_of_it() {
    let graph = |third: &'static str| {
        hash_graph(&[
            with_imports(fields("a.ts", "a"), &[("./b", ImportTarget::Module(1))]),
            with_imports(fields("b.ts", "b"), &[("./c", ImportTarget::Module(2))]),
            with_imports(fields("c.ts", third), &[("./a", ImportTarget::Module(0))]),
            with_imports(fields("user.ts", "user"), &[("./b", ImportTarget::Module(1))]),
        ])
        .unwrap()
    };
    let (before, after) = (graph("c"), graph("c 2"));
    assert!(before.iter().zip(&after).all(|(old, new)| old != new));
    let distinct: std::collections::BTreeSet<_> = before.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn the_order_of_modules_does_not_matter() {
    let names = ["a.ts", "b.ts", "c.ts", "d.ts"];
    // Edges by name: a cycle of b, c, d, and a which uses it.
    let edges = [("a.ts", "b.ts"), ("b.ts", "c.ts"), ("c.ts", "d.ts"), ("d.ts", "b.ts"), ("d.ts", "d.ts")];
    let mut expected: Option<BTreeMap<&str, ArtifactHash>> = None;
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let ordered: Vec<&str> = order.iter().map(|index| names[*index]).collect();
        let modules: Vec<ArtifactFields<'_>> = ordered
            .iter()
            .map(|name| {
                let imports: Vec<(&str, ImportTarget<'_>)> = edges
                    .iter()
                    .filter(|(from, _)| from == name)
                    .map(|(_, to)| {
                        (*to, ImportTarget::Module(ordered.iter().position(|other| other == to).unwrap()))
                    })
                    .collect();
                with_imports(fields(name, name), &imports)
            })
            .collect();
        let hashes: BTreeMap<&str, ArtifactHash> =
            ordered.iter().copied().zip(hash_graph(&modules).unwrap()).collect();
        match &expected {
            None => expected = Some(hashes),
            Some(expected) => assert_eq!(expected, &hashes),
        }
    }
}

#[test]
fn impossible_graphs_are_errors() {
    let outside = with_imports(fields("a.ts", "a"), &[("./b", ImportTarget::Module(7))]);
    assert_eq!(hash_graph(&[outside]), Err(GraphHashError::NoSuchModule { filename: "a.ts".to_owned() }));
    assert_eq!(
        hash_graph(&[fields("a.ts", "1"), fields("a.ts", "2")]),
        Err(GraphHashError::DuplicateModule { filename: "a.ts".to_owned() })
    );
}
