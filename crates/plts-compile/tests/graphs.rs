//! Bundles: resolution, linking, hashing, diagnostics.

mod graph;

use std::collections::BTreeMap;

use plts_compile::graph::{
    Bundle, Crew, Graph, Importer, ModuleArtifact, ModuleDiagnostic, ModuleKind, NoStoredModules,
    NothingCompiled, RelativeImports, StoredModules, build, build_alone, build_by, stored_module_not_found,
};
use plts_compile::{Options, Severity, fingerprint};
use plts_core::artifact::{ArtifactHash, source_hash};

use graph::runtime;

fn bundle(modules: &[(&str, &str)]) -> Bundle {
    Bundle {
        imports: [("zod".to_owned(), "npm/zod@4.1.0/index.js".to_owned())].into(),
        ..graph::bundle(modules)
    }
}

fn graph(modules: &[(&str, &str)]) -> Graph {
    build(&bundle(modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled)
        .unwrap_or_else(|errors| panic!("{}", errors[0]))
}

fn errors(modules: &[(&str, &str)]) -> Vec<ModuleDiagnostic> {
    build(&bundle(modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap_err()
}

fn module<'a>(graph: &'a Graph, path: &str) -> &'a ModuleArtifact {
    graph.modules.iter().find(|module| module.path == path).unwrap()
}

const SHOP: &[(&str, &str)] = &[
    (
        "users.ts",
        "import { query } from '@stopgap/runtime'\nimport { slug } from './lib/slug.js'\nimport { z } from 'zod'\nexport const getUser = query(() => slug(z))\n",
    ),
    (
        "lib/slug.ts",
        "import words from './words.json' with { type: 'json' }\nexport const slug = (x: unknown) => words\n",
    ),
    ("lib/words.json", "[\"a\"]"),
    ("npm/zod@4.1.0/index.js", "export const z = 1\n"),
    ("unused.ts", "export default () => { try { } catch { } }\n"),
];

#[test]
fn a_bundle_becomes_a_graph() {
    let graph = graph(SHOP);
    let paths: Vec<&str> = graph.modules.iter().map(|module| module.path.as_str()).collect();
    assert_eq!(paths, ["lib/slug.ts", "lib/words.json", "npm/zod@4.1.0/index.js", "unused.ts", "users.ts"]);
    assert!(graph.warnings.is_empty());

    let users = module(&graph, "users.ts");
    let imports: Vec<(&str, &str)> =
        users.imports.iter().map(|(specifier, hash)| (specifier.as_str(), hash.as_str())).collect();
    assert_eq!(
        imports,
        [
            ("./lib/slug.js", module(&graph, "lib/slug.ts").artifact_hash.as_str()),
            ("@stopgap/runtime", runtime("1").hash.as_str()),
            ("zod", module(&graph, "npm/zod@4.1.0/index.js").artifact_hash.as_str()),
        ]
    );
    assert_eq!(users.exports, ["getUser"]);
    assert_eq!(users.options_json, r#"{"filename":"users.ts"}"#);
    assert_eq!(users.fingerprint, fingerprint());
    assert_eq!(users.source_hash, source_hash(&users.source));
    assert!(!users.can_catch);
    assert!(module(&graph, "unused.ts").can_catch);

    let words = module(&graph, "lib/words.json");
    assert_eq!(words.kind, ModuleKind::Json);
    assert_eq!(words.js, "export default [\"a\"];\n");
    assert_eq!(words.exports, ["default"]);
    assert_eq!(words.source_map, "");
}

#[test]
fn the_same_bundle_gives_the_same_graph() {
    assert_eq!(graph(SHOP), graph(SHOP));
}

/// A thread for each job, the last first.
struct Threads;

impl Crew for Threads {
    fn run(&self, count: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), String> {
        std::thread::scope(|scope| (0..count).rev().for_each(|index| drop(scope.spawn(move || job(index)))));
        Ok(())
    }
}

/// Nobody works.
struct Strike;

impl Crew for Strike {
    fn run(&self, _: usize, _: &(dyn Fn(usize) + Sync)) -> Result<(), String> {
        Err("no hands".to_owned())
    }
}

#[test]
fn several_threads_give_the_same_graph_and_the_same_errors() {
    let together = |bundle: &Bundle| {
        build_by(&Threads, bundle, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled)
    };
    let alone = |bundle: &Bundle| build(bundle, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled);
    let mut sources: BTreeMap<String, String> =
        SHOP.iter().map(|(path, source)| ((*path).to_owned(), (*source).to_owned())).collect();
    for n in 0..200 {
        let next = (n + 1) % 200;
        let source =
            format!("import {{ f as g }} from './m{next}'\nexport const f = (): number => g() + {n}\n");
        sources.insert(format!("m{n}.ts"), source);
    }
    let of = |modules: &BTreeMap<String, String>| Bundle { modules: modules.clone(), ..bundle(&[]) };
    assert_eq!(together(&of(&sources)).unwrap(), alone(&of(&sources)).unwrap());
    for n in [3, 77, 150] {
        sources.insert(format!("m{n}.ts"), "export const f = ;".to_owned());
    }
    let errors = together(&of(&sources)).unwrap_err();
    assert_eq!(
        errors.iter().map(|one| one.module.as_str()).collect::<Vec<_>>(),
        ["m150.ts", "m3.ts", "m77.ts"]
    );
    assert_eq!(errors, alone(&of(&sources)).unwrap_err());

    let shop = bundle(SHOP);
    let errors =
        build_by(&Strike, &shop, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap_err();
    assert_eq!(errors[0].message, "cannot compile modules together: no hands");
}

#[test]
fn hashes_change_with_what_is_reached() {
    let hashes = |modules: &[(&str, &str)], version: &str| -> Vec<(String, ArtifactHash)> {
        let graph =
            build(&bundle(modules), &runtime(version), &mut NoStoredModules, &mut NothingCompiled).unwrap();
        graph.modules.into_iter().map(|module| (module.path, module.artifact_hash)).collect()
    };
    let changed = |before: &[(String, ArtifactHash)], after: &[(String, ArtifactHash)]| -> Vec<String> {
        before.iter().zip(after).filter(|(old, new)| old != new).map(|(old, _)| old.0.clone()).collect()
    };
    let before = hashes(SHOP, "1");
    let mut edited = SHOP.to_vec();
    edited[2].1 = "[\"b\"]";
    assert_eq!(changed(&before, &hashes(&edited, "1")), ["lib/slug.ts", "lib/words.json", "users.ts"]);
    assert_eq!(changed(&before, &hashes(SHOP, "2")), ["users.ts"]);
}

#[test]
fn cycles_are_graphs_too() {
    let modules = |extra: &'static str| {
        vec![
            ("a.ts", "import { b } from './b'\nexport const a = () => b"),
            ("b.ts", "import { c } from './c'\nexport const b = () => c"),
            ("c.ts", extra),
            ("self.ts", "import * as self from './self'\nexport const s = () => self"),
            ("user.ts", "import { a } from './a'\nexport const u = a"),
        ]
    };
    let before = graph(&modules("import { a } from './a'\nexport const c = () => a"));
    let after = graph(&modules("import { a } from './a'\nexport const c = () => a // changed"));
    for path in ["a.ts", "b.ts", "c.ts", "user.ts"] {
        assert_ne!(module(&before, path).artifact_hash, module(&after, path).artifact_hash, "{path}");
    }
    assert_eq!(module(&before, "self.ts").artifact_hash, module(&after, "self.ts").artifact_hash);
    assert_eq!(module(&before, "a.ts").imports["./b"], module(&before, "b.ts").artifact_hash);
}

#[test]
fn stars_are_followed() {
    let graph = graph(&[
        (
            "index.ts",
            "export * from './a'\nexport * from './b'\nexport * from '@stopgap/runtime'\nexport const own = 1",
        ),
        ("a.ts", "export const a = 1, both = 1\nexport default 1"),
        ("b.ts", "export const b = 1, both = 2\nexport * from './a'"),
        ("use.ts", "import { a, own, fromRuntime } from './index'\nexport default [a, own, fromRuntime]"),
    ]);
    assert_eq!(module(&graph, "index.ts").exports, ["a", "b", "own"]);
    assert_eq!(module(&graph, "b.ts").exports, ["a", "b", "both"]);
}

#[test]
fn errors_name_module_line_and_column() {
    for (modules, expected) in [
        (
            &[("a.ts", "\nimport { x } from './x'\nexport { x }")][..],
            &["a.ts:2:19: error: cannot find module \"./x\""][..],
        ),
        (
            &[("a.ts", "export const f = () => import('./x')")],
            &["a.ts:1:31: error: cannot find module \"./x\""],
        ),
        (&[("a/b.ts", "import '../../c'")], &["a/b.ts:1:8: error: module \"../../c\" is outside the bundle"]),
        (
            &[("a.ts", "import { T } from './b'\nexport { T }"), ("b.ts", "export type T = 1")],
            &[
                "a.ts:1:10: error: module \"b.ts\" has no export \"T\"; if it is a type, write \"import type\"",
            ],
        ),
        (
            &[("a.ts", "export { T, u } from './b'"), ("b.ts", "export type T = 1; export const u = 1")],
            &[
                "a.ts:1:10: error: module \"b.ts\" has no export \"T\"; if it is a type, write \"export type\"",
            ],
        ),
        (
            &[("a.ts", "import b from './b'\nexport { b }"), ("b.ts", "export const b = 1")],
            &["a.ts:1:8: error: module \"b.ts\" has no export \"default\""],
        ),
        (
            &[("a.ts", "import { x } from './d.json'\nexport { x }"), ("d.json", "{\"x\": 1}")],
            &[
                "a.ts:1:10: error: module \"d.json\" has no export \"x\"; if it is a type, write \"import type\"",
            ],
        ),
        (&[("d.json", "{\n  a: 1\n}")], &["d.json:2:3: error: invalid JSON: key must be a string"]),
        (&[("../a.ts", "")], &["../a.ts:1:1: error: invalid module path"]),
        (&[("a.tsx", "")], &["a.tsx:1:1: error: JSX is not supported"]),
        (
            &[("a.txt", "")],
            &["a.txt:1:1: error: unknown module extension; use .ts, .mts, .js, .mjs or .json"],
        ),
        (
            &[
                ("a.ts", "export const = 1"),
                ("b.ts", "import './c'\nimport './a'"),
                ("d.ts", "export const x = ;"),
            ],
            &[
                "a.ts:1:14: error: ",
                "b.ts:1:8: error: cannot find module \"./c\"",
                "d.ts:1:18: error: expression expected",
            ],
        ),
    ] {
        let found: Vec<String> = errors(modules).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found} is not {expected}");
        }
    }
}

#[test]
fn warnings_do_not_stop_a_build() {
    let graph = graph(&[("a.ts", "export const f = (x: string) => import(x)")]);
    assert_eq!(graph.warnings.len(), 1);
    assert_eq!(graph.warnings[0].severity, Severity::Warning);
    assert_eq!(graph.warnings[0].module, "a.ts");
}

#[test]
fn one_bad_module_of_two_hundred_is_named() {
    let mut bundle = Bundle::default();
    for number in 0..200 {
        let source = format!(
            "import {{ f{number} as next }} from './m{}'\nexport const f{} = (x: number) => next\n",
            (number + 1) % 200,
            (number + 199) % 200
        );
        bundle.modules.insert(format!("m{number}.ts"), source);
    }
    let start = std::time::Instant::now();
    let graph = build(&bundle, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap();
    assert_eq!(graph.modules.len(), 200);
    let distinct: std::collections::BTreeSet<_> =
        graph.modules.iter().map(|module| &module.artifact_hash).collect();
    assert_eq!(distinct.len(), 200);
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    bundle.modules.insert("m77.ts".to_owned(), "export const f76 = 1\nexport const = 2".to_owned());
    let errors = build(&bundle, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].module.as_str(), errors[0].line, errors[0].column), ("m77.ts", 2, 14));
}

/// Stored modules with the right to each other written down.
struct Stored<'a>(&'a [(&'a str, &'a str)], Vec<String>);

impl StoredModules for Stored<'_> {
    fn source(&mut self, name: &str, importer: Importer<'_>) -> Result<String, String> {
        self.1.push(format!("{importer:?} {name}"));
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, source)| (*source).to_owned()).ok_or_else(|| stored_module_not_found(name))
    }
}

#[test]
fn data_and_stored_modules_are_part_of_the_graph() {
    let mut stored = Stored(
        &[
            (
                "app.money",
                "import { vat } from 'plts:app.tax'\nexport const gross = (n: number) => n * vat\n",
            ),
            ("app.tax", "export const vat = 1.2\nexport { self } from 'plts:app.tax2'\n"),
            ("app.tax2", "import * as tax from 'plts:app.tax'\nexport const self = () => tax.vat\n"),
        ],
        Vec::new(),
    );
    let modules = [(
        "a.ts",
        "import one from 'data:text/javascript,export { default } from \"data:application/json,1\"'\n\
         import { gross } from 'plts:app.money'\nimport { vat } from 'plts:app.tax'\n\
         export const get = async () => [one, gross, vat, await import('data:text/javascript,')]\n",
    )];
    let bundle = Bundle { modules: bundle(&modules).modules, ..Bundle::default() };
    let graph = build(&bundle, &runtime("1"), &mut stored, &mut NothingCompiled)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    let paths: Vec<&str> = graph.modules.iter().map(|module| module.path.as_str()).collect();
    assert_eq!(paths.iter().filter(|path| path.starts_with("data:")).count(), 3, "{paths:?}");
    assert_eq!(&paths[4..], ["plts:app.money.ts", "plts:app.tax.ts", "plts:app.tax2.ts"]);
    let a = module(&graph, "a.ts");
    assert_eq!(a.imports.len(), 4);
    assert_eq!(a.imports["plts:app.money"], module(&graph, "plts:app.money.ts").artifact_hash);
    assert_eq!(
        stored.1,
        [
            "Bundle app.money",
            "Bundle app.tax",
            "Stored(\"app.money\") app.tax",
            "Stored(\"app.tax\") app.tax2",
            "Stored(\"app.tax2\") app.tax",
        ]
    );
}

#[test]
fn what_is_wrong_with_an_import_is_said_at_its_place() {
    for (source, place, message) in [
        ("\nimport 'plts:app.none'", (2, 8), "cannot find module \"plts:app.none\""),
        ("import { b } from 'plts:app.a'; b", (1, 10), "module \"plts:app.a.ts\" has no export \"b\""),
        ("import 'data:text/css,x'", (1, 8), "invalid data: module: its type is text/css"),
        (
            "import 'data:text/javascript,import \"./b\"'",
            (1, 8),
            "cannot find module \"./b\": a data: module",
        ),
        (
            "import x from './b' with { type: 'json' }; x",
            (1, 15),
            "module \"./b\" is not JSON, as its import says",
        ),
    ] {
        let bundle = Bundle {
            modules: bundle(&[("a.ts", source), ("b.ts", "export default 1")]).modules,
            ..Bundle::default()
        };
        let mut stored = Stored(&[("app.a", "export const a = 1")], Vec::new());
        let errors = build(&bundle, &runtime("1"), &mut stored, &mut NothingCompiled).unwrap_err();
        assert!(errors[0].message.starts_with(message), "{source}: {}", errors[0]);
        assert_eq!((errors[0].line, errors[0].column), place, "{source}: {}", errors[0]);
    }
}

#[test]
fn paths_of_what_is_no_file_are_reserved() {
    for path in ["data:x.ts", "plts:app.x.ts"] {
        assert!(errors(&[(path, "export {}")])[0].message.contains("reserved"), "{path}");
    }
}

#[test]
fn a_function_alone_may_have_relative_imports_that_lead_nowhere() {
    let source =
        "import x from './x'\nimport j from 'data:application/json,[1]'\nexport default () => [x, j]\n";
    let alone = |relative| {
        build_alone(&Options::typescript("public.f"), source, &runtime("1"), &mut NoStoredModules, relative)
    };
    let graph = alone(RelativeImports::MayLeadNowhere).unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(module(&graph, "public.f").imports.len(), 1);
    let errors = alone(RelativeImports::MustLead).unwrap_err();
    assert_eq!((errors[0].module.as_str(), errors[0].line, errors[0].column), ("public.f", 1, 15));
    let missing = build_alone(
        &Options::typescript("f"),
        "import 'x'",
        &runtime("1"),
        &mut NoStoredModules,
        RelativeImports::MayLeadNowhere,
    );
    assert!(missing.unwrap_err()[0].message.starts_with("cannot find module \"x\""));
}

#[test]
fn a_package_may_ask_for_what_is_not_there() {
    let source = "export const f = () => import('node:fs')\n";
    let modules = [("a.ts", "export * from './npm/q@1.0.0/q.js'"), ("npm/q@1.0.0/q.js", source)];
    let bundle = Bundle { modules: bundle(&modules).modules, ..Bundle::default() };
    let graph = build(&bundle, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(graph.warnings.len(), 1);
    assert!(graph.warnings[0].message.contains("\"node:fs\""), "{}", graph.warnings[0]);
    let own = Bundle { modules: [("a.ts".to_owned(), source.to_owned())].into(), ..Bundle::default() };
    assert!(build(&own, &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).is_err());
}
