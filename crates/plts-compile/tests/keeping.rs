//! Graphs of modules some of which were compiled before: the same as without, and only what must be is done again.

mod graph;

use std::collections::BTreeMap;

use plts_compile::Options;
use plts_compile::graph::{
    Code, Compiled, CompiledModules, Findings, Graph, NoStoredModules, NothingCompiled, Version, build,
    recompile,
};
use plts_core::artifact::ArtifactHash;

use graph::{bundle, runtime};

/// What earlier builds left, as a database keeps it.
#[derive(Default)]
struct Kept {
    compiled: BTreeMap<(String, String), Compiled>,
    code: BTreeMap<ArtifactHash, Code>,
    fetched: usize,
}

impl Kept {
    fn add(&mut self, graph: &Graph) {
        for module in &graph.modules {
            let Some(findings) = &module.findings else { continue };
            let findings = Findings::from_json(&findings.to_json().to_string()).unwrap();
            let key = (module.source_hash.clone(), module.options_json.clone());
            let version =
                Version { artifact_hash: module.artifact_hash.clone(), imports: module.imports.clone() };
            self.compiled
                .entry(key)
                .or_insert_with(|| Compiled { findings, versions: Vec::new() })
                .versions
                .push(version);
            let code = Code { js: module.js.clone(), source_map: module.source_map.clone() };
            self.code.insert(module.artifact_hash.clone(), code);
        }
    }
}

impl CompiledModules for Kept {
    fn find(&mut self, source_hash: &str, options_json: &str) -> Option<Compiled> {
        self.compiled.get(&(source_hash.to_owned(), options_json.to_owned())).cloned()
    }

    fn code(&mut self, wanted: &[&ArtifactHash]) -> Result<Vec<Code>, String> {
        self.fetched += wanted.len();
        wanted.iter().map(|hash| self.code.get(*hash).cloned().ok_or_else(|| "gone".to_owned())).collect()
    }
}

/// Hash, imports and exports of each module.
type Shown = BTreeMap<String, (ArtifactHash, BTreeMap<String, ArtifactHash>, Vec<String>)>;

fn shown(graph: &Graph) -> Shown {
    let anew = graph
        .modules
        .iter()
        .map(|one| (one.path.clone(), (one.artifact_hash.clone(), one.imports.clone(), one.exports.clone())));
    let kept = graph
        .kept
        .iter()
        .map(|one| (one.path.clone(), (one.artifact_hash.clone(), one.imports.clone(), one.exports.clone())));
    anew.chain(kept).collect()
}

const MODULES: [(&str, &str); 6] = [
    ("a.ts", "import { b } from './b'; import { h } from './help'; export const a = () => [b, h];"),
    ("b.ts", "import { a } from './a'; export const b: unknown = () => a; export * from './data.json';"),
    ("data.json", "[1]"),
    ("help.ts", "import { v } from '@stopgap/runtime'; export const h: number = v;"),
    ("self.ts", "import * as me from './self'; export default () => me;"),
    ("top.ts", "export { a as main } from './a'; import './self';"),
];

/// The paths of a list.
fn paths<'a>(modules: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    modules.map(String::as_str).collect()
}

#[test]
fn what_was_compiled_before_changes_nothing() {
    let mut kept = Kept::default();
    let mut modules = MODULES;
    let steps: [(usize, &str, &[&str], usize); 4] = [
        // A leaf under a cycle: all that reach it are hashed again, from their old code.
        (
            3,
            "import { v } from '@stopgap/runtime'; export const h: number = v + 1;",
            &["a.ts", "b.ts", "help.ts", "top.ts"],
            3,
        ),
        // Alone.
        (4, "import * as me from './self'; export default () => [me];", &["self.ts", "top.ts"], 1),
        // As it was at first, with a newer top: everything is there but for top's graph.
        (5, "export { a as main } from './a'; import './self'; export const x = 1;", &["top.ts"], 0),
        // Data.
        (2, "[2]", &["a.ts", "b.ts", "data.json", "top.ts"], 3),
    ];
    kept.add(&build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap());
    let again = build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut kept).unwrap();
    assert!(again.modules.is_empty());
    assert_eq!(kept.fetched, 0);
    for (index, source, anew, fetched) in steps {
        modules[index].1 = source;
        let whole =
            build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap();
        kept.fetched = 0;
        let graph = build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut kept).unwrap();
        assert_eq!(shown(&graph), shown(&whole));
        assert_eq!(paths(graph.modules.iter().map(|one| &one.path)), anew, "{}", modules[index].0);
        assert_eq!(kept.fetched, fetched, "{}", modules[index].0);
        for module in &graph.modules {
            assert!(whole.modules.contains(module), "{}", module.path);
        }
        kept.add(&graph);
    }
    // Another runtime: whoever reaches it is hashed again.
    let whole = build(&bundle(&modules), &runtime("2"), &mut NoStoredModules, &mut NothingCompiled).unwrap();
    let graph = build(&bundle(&modules), &runtime("2"), &mut NoStoredModules, &mut kept).unwrap();
    assert_eq!(shown(&graph), shown(&whole));
    assert_eq!(paths(graph.modules.iter().map(|one| &one.path)), ["a.ts", "b.ts", "help.ts", "top.ts"]);
}

#[test]
fn errors_are_found_without_compiling() {
    let mut kept = Kept::default();
    kept.add(&build(&bundle(&MODULES), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap());
    let mut modules = MODULES;
    modules[3].1 = "export const other = 1;";
    let without = build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled);
    let with = build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut kept);
    assert_eq!(with.unwrap_err(), without.unwrap_err());
    // Another name is another module, of the same source.
    let renamed = [("c.ts", "export const h = 1;"), ("d.ts", "export const h = 1;")];
    let first = build(&bundle(&renamed[..1]), &runtime("1"), &mut NoStoredModules, &mut kept).unwrap();
    kept.add(&first);
    let both = build(&bundle(&renamed), &runtime("1"), &mut NoStoredModules, &mut kept).unwrap();
    assert_eq!(paths(both.kept.iter().map(|one| &one.path)), ["c.ts"]);
    assert_eq!(paths(both.modules.iter().map(|one| &one.path)), ["d.ts"]);
}

#[test]
fn what_has_warnings_is_compiled_again() {
    let modules = [("a.ts", "export const f = (x: string) => import(x);")];
    let first = build(&bundle(&modules), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap();
    assert!(!first.warnings.is_empty());
    assert_eq!(first.modules[0].findings, None);
}

#[test]
fn a_module_compiled_again_is_the_same() {
    let graph = build(&bundle(&MODULES), &runtime("1"), &mut NoStoredModules, &mut NothingCompiled).unwrap();
    for module in &graph.modules {
        let again = recompile(&Options::new(module.path.as_str()), &module.source).unwrap();
        assert_eq!((again.code.js, again.code.source_map), (module.js.clone(), module.source_map.clone()));
        assert!(again.specifiers.iter().eq(module.imports.keys()), "{}", module.path);
        assert_eq!(again.findings, module.findings);
    }
    assert!(recompile(&Options::new("a.ts"), "export const = 1").is_err());
}
