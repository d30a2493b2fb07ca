//! Modules and artifacts: graphs, brands, evaluation, descriptions.

mod harness;

use std::rc::Rc;
use std::time::{Duration, Instant};

use harness::*;
use plts_core::{TypeShape, Value};
use plts_js::{ArgumentStyle, DescribeLimits, Engine, ExportKind, FunctionBody, FunctionSpec, ModuleSource};

fn artifact(hash: &str, name: &str, js: &str, imports: &[(&str, &str)]) -> ModuleSource {
    ModuleSource {
        hash: hash.to_owned(),
        imports: imports.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
        ..module(name, js)
    }
}

fn pointer(hash: &str, export: &str) -> Rc<FunctionSpec> {
    let body = FunctionBody::Artifact { hash: hash.to_owned(), export: export.to_owned() };
    spec(body, &[("args", TypeShape::Jsonb)], TypeShape::Jsonb, ArgumentStyle::SingleJson)
}

const BRAND: &str = "const brand = (kind, f, extra = {}) =>
    Object.defineProperty(f, Symbol.for('stopgap.handler'), { value: Object.freeze({ abi: 1, kind, args: null, returns: null, ...extra }) });";

#[test]
fn a_graph_is_loaded_once_and_keeps_its_state() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.add_module(artifact(
            "g1:a",
            "a.ts",
            "import { b } from './b'; import c from 'c'; export const get = () => b() + c;",
            &[("./b", "g1:b"), ("c", "g1:c")],
        ));
        host.add_module(artifact(
            "g1:b",
            "b.ts",
            "import c from './c.json'; let n = 0; export const b = () => c * 10 + ++n;",
            &[("./c.json", "g1:c")],
        ));
        host.add_module(artifact("g1:c", "c.json", "export default 3;", &[]));
        let get = pointer("g1:a", "get");
        assert_eq!(call(engine, &mut host, &get, &[json("{}")]).unwrap(), json("34"));
        let loads = host.events.iter().filter(|event| event.starts_with("load")).count();
        assert_eq!(loads, 3);
        assert_eq!(call(engine, &mut host, &get, &[json("{}")]).unwrap(), json("35"));
        // A second function of the same graph shares it.
        assert_eq!(call(engine, &mut host, &pointer("g1:a", "get"), &[json("{}")]).unwrap(), json("36"));
        assert_eq!(host.events.iter().filter(|event| event.starts_with("load")).count(), loads);
    });
}

#[test]
fn cycles_work() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let a = "import { odd } from './b'; export const even = (n) => (n === 0 ? true : odd(n - 1)); export default () => even(10);";
        let b = "import { even } from './a'; export const odd = (n) => (n === 0 ? false : even(n - 1));";
        host.add_module(artifact("cy:a", "a.ts", a, &[("./b", "cy:b")]));
        host.add_module(artifact("cy:b", "b.ts", b, &[("./a", "cy:a")]));
        assert_eq!(
            call(engine, &mut host, &pointer("cy:a", "default"), &[json("{}")]).unwrap(),
            json("true")
        );
    });
}

#[test]
fn the_brand_says_what_a_handler_may_do() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = format!(
            "{BRAND} export const q = brand('query', (ctx) => ctx.db.mode); export const m = brand('mutation', async (ctx) => ctx.db.mode);
             export const f = (ctx) => ctx.db.mode; export const late = brand('query', () => 1, {{ abi: 2 }});
             export const odd = brand('other', () => 1);"
        );
        host.add_module(artifact("br", "handlers.ts", &js, &[]));
        for (export, mode, begin) in [
            ("q", "\"ro\"", "begin ReadOnly can_catch=false"),
            ("m", "\"rw\"", "begin ReadWrite can_catch=false"),
            ("f", "\"rw\"", "begin ReadWrite can_catch=false"),
        ] {
            host.events.clear();
            assert_eq!(call(engine, &mut host, &pointer("br", export), &[json("{}")]).unwrap(), json(mode));
            assert_eq!(host.events.last().unwrap(), begin);
        }
        for export in ["late", "odd"] {
            let report = failure(call(engine, &mut host, &pointer("br", export), &[json("{}")]));
            assert_eq!(report.sqlstate.as_str(), "0A000");
            assert!(
                report.message.contains(export) && report.message.contains("handlers.ts"),
                "{}",
                report.message
            );
        }
    });
}

#[test]
fn catching_anywhere_in_the_graph_is_told() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.add_module(artifact(
            "cc:a",
            "a.ts",
            "import './b'; export default () => 1;",
            &[("./b", "cc:b")],
        ));
        host.add_module(ModuleSource { can_catch: true, ..artifact("cc:b", "b.ts", "export {};", &[]) });
        call(engine, &mut host, &pointer("cc:a", "default"), &[json("{}")]).unwrap();
        assert_eq!(host.events.last().unwrap(), "begin ReadWrite can_catch=true");
    });
}

#[test]
fn what_is_missing_is_named() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.add_module(artifact("mi:a", "a.ts", "import './gone'; export default () => 1;", &[]));
        host.add_module(artifact("mi:b", "b.ts", "export const x = 1; export default () => 1;", &[]));
        host.add_module(artifact(
            "mi:c",
            "c.ts",
            "import { nope } from './b'; export default () => nope;",
            &[("./b", "mi:b")],
        ));
        host.add_module(artifact(
            "mi:d",
            "d.ts",
            "import './e'; export default () => 1;",
            &[("./e", "mi:none")],
        ));
        for (hash, export, code, message) in [
            ("mi:a", "default", "42704", "cannot find module \"./gone\" imported by \"a.ts\""),
            ("mi:b", "y", "42883", "module \"b.ts\" has no export \"y\""),
            ("mi:b", "x", "42P13", "export \"x\" of module \"b.ts\" is not a function"),
            (
                "mi:c",
                "default",
                "38000",
                "SyntaxError: The requested module './b' does not provide an export named 'nope'",
            ),
            ("mi:d", "default", "42704", "artifact \"mi:none\" does not exist"),
            ("mi:x", "default", "42704", "artifact \"mi:x\" does not exist"),
        ] {
            let report = failure(call(engine, &mut host, &pointer(hash, export), &[json("{}")]));
            assert_eq!((report.sqlstate.as_str(), report.message.as_str()), (code, message));
        }
    });
}

#[test]
fn there_is_no_database_while_a_module_is_evaluated() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let keep = "export let db; export const setup = (ctx) => { globalThis.keptForEvaluation = ctx.db; return 1; };";
        host.add_module(artifact("nd:a", "a.ts", keep, &[]));
        call(engine, &mut host, &pointer("nd:a", "setup"), &[json("{}")]).unwrap();
        host.add_module(artifact(
            "nd:b",
            "b.ts",
            "globalThis.keptForEvaluation.sync.query('x'); export default () => 1;",
            &[],
        ));
        let report = failure(call(engine, &mut host, &pointer("nd:b", "default"), &[json("{}")]));
        assert_eq!(report.sqlstate.as_str(), "0A000");
        assert_eq!(report.message, "no database access while a module is evaluated");
        assert!(!host.events.iter().any(|event| event.starts_with("prepare")));
    });
}

#[test]
fn a_module_that_fails_to_evaluate_is_tried_again() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "globalThis.tries = (globalThis.tries ?? 0) + 1; if (globalThis.tries < 3) throw new Error('not yet'); export default () => globalThis.tries;";
        host.add_module(artifact("tr", "tries.ts", js, &[]));
        let f = pointer("tr", "default");
        for _ in 0..2 {
            let report = failure(call(engine, &mut host, &f, &[json("{}")]));
            assert_eq!(report.message, "not yet");
            assert_eq!(report.context.as_deref(), Some("at tries.ts:1:81"));
        }
        assert_eq!(call(engine, &mut host, &f, &[json("{}")]).unwrap(), json("3"));
    });
}

#[test]
fn top_level_await_works_and_must_end() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.add_module(artifact(
            "ta:a",
            "a.ts",
            "const n = await Promise.resolve(4); export default () => n;",
            &[],
        ));
        assert_eq!(call(engine, &mut host, &pointer("ta:a", "default"), &[json("{}")]).unwrap(), json("4"));
        host.add_module(artifact(
            "ta:b",
            "b.ts",
            "await new Promise(() => {}); export default () => 1;",
            &[],
        ));
        let report = failure(call(engine, &mut host, &pointer("ta:b", "default"), &[json("{}")]));
        assert_eq!(report.message, "module \"b.ts\" never finishes evaluating");
        host.add_module(artifact(
            "ta:c",
            "c.ts",
            "await null; throw new RangeError('late'); export default () => 1;",
            &[],
        ));
        let report = failure(call(engine, &mut host, &pointer("ta:c", "default"), &[json("{}")]));
        assert_eq!(report.message, "RangeError: late");
    });
}

#[test]
fn dynamic_import_finds_what_the_artifact_names() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "export default async (ctx) => { const { x } = await import('./b'); return x; };
            export const missing = async () => { try { await import('./nope'); } catch (e) { return e.message; } };";
        host.add_module(artifact("di:a", "a.ts", js, &[("./b", "di:b")]));
        host.add_module(artifact("di:b", "b.ts", "export const x = 'there';", &[]));
        assert_eq!(
            call(engine, &mut host, &pointer("di:a", "default"), &[json("{}")]).unwrap(),
            json("\"there\"")
        );
        let missing = call(engine, &mut host, &pointer("di:a", "missing"), &[json("{}")]).unwrap();
        assert_eq!(missing, json("\"cannot find module \\\"./nope\\\" imported by \\\"a.ts\\\"\""));
        let report =
            failure(value_of_async(engine, &mut host, "return (await import('x')).y;", TypeShape::Int4));
        assert_eq!(report.sqlstate.as_str(), "0A000");
    });
}

fn describe(
    engine: &Engine,
    host: &mut FakeHost,
    hash: &str,
) -> Result<Vec<plts_js::ExportDescription>, plts_js::CallError> {
    engine.describe(host, hash, DescribeLimits { time: Duration::from_millis(300) })
}

#[test]
fn exports_are_described() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = format!(
            "{BRAND} export const q = brand('query', () => 1, {{ args: {{ type: 'object' }} }});
             const lazy = () => 1; Object.defineProperty(lazy, Symbol.for('stopgap.handler'), {{ value: {{ abi: 1, kind: 'mutation',
               get args() {{ return {{ type: 'string' }}; }}, get returns() {{ return {{ maximum: 10n ** 20n }}; }} }} }});
             export {{ lazy }}; export function plain() {{}} export const value = 5; export default class {{}}"
        );
        host.add_module(artifact("de", "d.ts", &js, &[]));
        let described = describe(engine, &mut host, "de").unwrap();
        let seen: Vec<(&str, ExportKind)> =
            described.iter().map(|export| (export.name.as_str(), export.kind)).collect();
        assert_eq!(
            seen,
            [
                ("default", ExportKind::Function),
                ("lazy", ExportKind::Mutation),
                ("plain", ExportKind::Function),
                ("q", ExportKind::Query),
                ("value", ExportKind::Value)
            ]
        );
        let shown = |index: usize| serde_json::to_string(&described[index]).unwrap();
        assert_eq!(shown(3), r#"{"name":"q","kind":"query","args":{"type":"object"},"returns":null}"#);
        assert_eq!(described[1].args.as_ref().unwrap().get(), r#"{"type":"string"}"#);
        // Half a character is no text of PostgreSQL's, and the module that has it is named.
        let js =
            format!(r"{BRAND} export const q = brand('query', () => 1, {{ args: {{ const: '\ud800' }} }});");
        host.add_module(artifact("de:half", "half.ts", &js, &[]));
        let report = failure(describe(engine, &mut host, "de:half"));
        assert_eq!(report.sqlstate.as_str(), "22023");
        assert!(report.message.contains("half.ts"), "{}", report.message);
        assert!(!host.events.iter().any(|event| event.starts_with("begin")));
    });
}

#[test]
fn a_description_leaves_nothing_behind_and_ends_in_time() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.add_module(artifact(
            "dl:a",
            "a.ts",
            "globalThis.described = true; export default () => 1;",
            &[],
        ));
        describe(engine, &mut host, "dl:a").unwrap();
        let left = value_of(engine, &mut host, "return globalThis.described === undefined;", TypeShape::Bool);
        assert_eq!(left.unwrap(), Value::Bool(true));

        host.add_module(artifact("dl:b", "b.ts", "for (;;) {} export default 1;", &[]));
        let start = Instant::now();
        let report = failure(describe(engine, &mut host, "dl:b"));
        assert_eq!(report.sqlstate.as_str(), "57014");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(value_of(engine, &mut host, "return 1;", TypeShape::Int4).unwrap(), Value::Int(1));

        host.add_module(artifact("dl:c", "c.ts", "throw new Error('at load'); export default 1;", &[]));
        let report = failure(describe(engine, &mut host, "dl:c"));
        assert_eq!((report.message.as_str(), report.context.as_deref()), ("at load", Some("at c.ts:1:7")));
    });
}

#[test]
fn a_function_brings_modules_that_no_host_has() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let brought = Rc::new(artifact("br:b", "b.ts", "let n = 0; export const next = () => ++n;", &[]));
        let function = |name: &str, js: &str| {
            let source = Rc::new(artifact(&format!("function:{name}"), name, js, &[("./b", "br:b")]));
            let body = FunctionBody::Module { source, modules: vec![Rc::clone(&brought)] };
            spec(body, &[], TypeShape::Int4, ArgumentStyle::Positional)
        };
        let one = function("one", "import { next } from './b'; export default () => next();");
        let two = function("two", "export default async () => (await import('./b')).next();");
        assert_eq!(call(engine, &mut host, &one, &[]).unwrap(), Value::Int(1));
        assert_eq!(call(engine, &mut host, &two, &[]).unwrap(), Value::Int(2), "one module, one state");
        // What one function brought stays as long as another needs it.
        engine.forget(one.id);
        assert_eq!(call(engine, &mut host, &two, &[]).unwrap(), Value::Int(3));
        engine.forget(two.id);
        let again = function("two", "export default async () => (await import('./b')).next();");
        assert_eq!(call(engine, &mut host, &again, &[]).unwrap(), Value::Int(1), "gone with the last");
        assert!(!host.events.iter().any(|event| event.starts_with("load")), "{:?}", host.events);
    });
}

#[test]
fn import_meta_names_the_module() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "export default () => [import.meta.url, Object.keys(import.meta).length, import.meta === import.meta];";
        host.add_module(artifact("me:a", "npm/@s/p@1.0.0/é b#?.js", js, &[]));
        let meta = call(engine, &mut host, &pointer("me:a", "default"), &[json("{}")]).unwrap();
        assert_eq!(meta, json("[\"plts:///npm/@s/p@1.0.0/%C3%A9%20b%23%3F.js\",1,true]"));
    });
}

#[test]
fn no_code_is_made_of_text_by_import() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "export default (ctx) => import(ctx.args.name).then(() => 'ran', (error) => `${error.sqlstate} ${error.hint}`);";
        host.add_module(artifact("co:a", "a.ts", js, &[]));
        let mut ask = |name: &str| {
            let arguments = [json(&format!("{{\"name\":\"{name}\"}}"))];
            call(engine, &mut host, &pointer("co:a", "default"), &arguments).unwrap()
        };
        assert_eq!(
            ask("data:text/javascript,1"),
            json("\"0A000 Write the whole URL as a literal in an import.\"")
        );
        assert_eq!(
            ask("./b"),
            json(
                "\"42704 import() finds what the module names in an import, or in an import() with a literal.\""
            )
        );
    });
}

#[test]
fn the_text_of_a_module_outlives_whoever_gave_it() {
    on_engine(|engine| {
        // V8 shares the first text and has the second one to itself.
        for (hash, word) in [("text:ascii", "plain"), ("text:other", "schön")] {
            let js = format!("export default function told() {{ return [told.toString(), '{word}']; }}");
            let f = pointer(hash, "default");
            let mut host = FakeHost::new();
            host.add_module(artifact(hash, "told.ts", &js, &[]));
            let first = call(engine, &mut host, &f, &[json("{}")]).unwrap();
            drop(host);
            let again = call(engine, &mut FakeHost::new(), &f, &[json("{}")]).unwrap();
            let told = js.strip_prefix("export default ").unwrap();
            assert_eq!(first, json(&format!("[\"{told}\",\"{word}\"]")));
            assert_eq!(again, first);
        }
    });
}
