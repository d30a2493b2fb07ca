//! The same input has the same hash on every machine, today and after a refactoring: the hashes are written down here.
//! When a compiler changes what it emits, its fingerprint changes, and these with it.

use std::collections::BTreeMap;

use plts_compile::graph::{Bundle, Runtime, build};
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
        imports: BTreeMap::new(),
    };
    let hash = ArtifactHash::parse(&format!("sha256:{}", "7".repeat(64))).unwrap();
    let graph = build(&bundle, &Runtime { specifier: "@stopgap/runtime".to_owned(), hash }).unwrap();
    let hashes: Vec<String> = graph
        .modules
        .iter()
        .map(|module| format!("{} {}", module.path, module.artifact_hash.as_str()))
        .collect();
    assert_eq!(
        hashes,
        [
            "lib/slug.ts sha256:?",
            "limits.json sha256:?",
            "ring/a.ts sha256:?",
            "ring/b.ts sha256:?",
            "users.ts sha256:?",
        ]
    );
}
