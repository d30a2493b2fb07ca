//! The same input has the same hash on every machine, today and after a refactoring: the hashes are written down here.
//! When a compiler changes what it emits, its fingerprint changes, and these with it.

use std::collections::BTreeMap;

use plts_compile::graph::{Bundle, NoStoredModules, NothingCompiled, Runtime, build};
use plts_core::artifact::ArtifactHash;

#[test]
fn a_graph_hashes_to_what_it_always_did() {
    let module = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let bundle = Bundle {
        modules: BTreeMap::from([
            module(
                "users.ts",
                "import { query, v } from \"@stopgap/runtime\";\nimport { slug } from \"./lib/slug\";\n\
                 export const get = query(v.object({ name: v.string() }), ({ name }): string => slug(name));\n",
            ),
            module("lib/slug.ts", "export const slug = (text: string): string => text.toLowerCase();\n"),
            module("ring/a.ts", "import { b } from \"./b\";\nexport const a = (): number => b();\n"),
            module("ring/b.ts", "import { a } from \"./a\";\nexport const b = (): number => a.length;\n"),
            module("limits.json", "{\"most\": 3}"),
        ]),
        ..Bundle::default()
    };
    let hash = ArtifactHash::parse(&format!("sha256:{}", "7".repeat(64))).unwrap();
    let graph = build(
        &bundle,
        &Runtime { specifier: "@stopgap/runtime".to_owned(), hash },
        &mut NoStoredModules,
        &mut NothingCompiled,
    )
    .unwrap();
    let hashes: Vec<String> = graph
        .modules
        .iter()
        .map(|module| format!("{} {}", module.path, module.artifact_hash.as_str()))
        .collect();
    assert_eq!(
        hashes,
        [
            "lib/slug.ts sha256:32ee5db08359c314f9c09d34dd3a946c65ab015426373d14168b26d7b36d63e6",
            "limits.json sha256:7cc1548c9d427112bbaf497d367f25c7d6f90705b323f1c49d01efdc1c7b5aab",
            "ring/a.ts sha256:dc2880981fd8808225dda030d68e9b690851afcab20743faaf117a511f40fa01",
            "ring/b.ts sha256:a6f2b426035c6449be20467e55c5f1615608736966193d7ecce7c3494e86cd50",
            "users.ts sha256:8d60e84bc761dc952a25a84c8e9bdedbd3700f6dc60bba39eb95fed23ced8fcc",
        ]
    );
}
