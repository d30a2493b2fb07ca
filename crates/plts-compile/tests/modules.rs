//! Modules: what TypeScript becomes, imports, exports, diagnostics, maps.

use plts_compile::{Compiled, Import, ImportKind, Options, Severity, analyze, compile_module};

fn compile(source: &str) -> Compiled {
    compile_module(source, &Options::new("users.ts"))
        .unwrap_or_else(|errors| panic!("{source}: {}", errors[0]))
}

fn js(source: &str) -> String {
    compile(source).js.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn typescript_becomes_javascript() {
    for (source, expected) in [
        ("export const a: number = 1", "export const a = 1;"),
        ("export default (x: string): x is 'a' => x === 'a'", "export default ((x)=>x === 'a');"),
        ("export const a = <T,>(x: T) => x as const", "export const a = (x)=>x;"),
        ("export const a = { b: 1 } satisfies X", "export const a = { b: 1 };"),
        ("export const a = b!.c!", "export const a = b.c;"),
        ("export const a = <any>b", "export const a = b;"),
        ("export function f(this: X, a?: number, ...b: Y[]): void { }", "export function f(a, ...b) {}"),
        (
            "export function f(a: 1): 1\nexport function f(a: any) { return a }",
            "export function f(a) { return a; }",
        ),
        (
            "export abstract class C<T> implements I { abstract a(): void; declare b: 1; private c = 2; d!: T }",
            "export class C { c = 2; d; }",
        ),
        ("export type X = 1; export interface Y { }", "export { };"),
        ("import type { X } from './x'; export const a = 1 as X", "export const a = 1;"),
        ("import { X } from './x'; export const a: X = 1", "export const a = 1;"),
        (
            "import { type X, y } from './x'; export const a: X = y",
            "import { y } from './x'; export const a = y;",
        ),
        ("import './x'; export {}", "import './x';"),
        (
            "import data from './d.json' with { type: 'json' }; export default data",
            "import data from './d.json' with { type: 'json' }; export default data;",
        ),
        ("declare const x: 1; declare global { interface A { } } export const a = x", "export const a = x;"),
        ("const a = 1; type B = 2; export { a, type B }", "const a = 1; export { a };"),
        ("export const a = await f()", "export const a = await f();"),
        (
            "export * from './x'; export * as y from './y'; export type * from './z'",
            "export * from './x'; export * as y from './y';",
        ),
        ("export const a = 'ö\u{1F600}'", "export const a = 'ö\u{1F600}';"),
        ("#!/usr/bin/env node\nexport {}", "#!/usr/bin/env node export { };"),
    ] {
        assert_eq!(js(source), expected, "{source}");
    }
}

#[test]
fn enums_namespaces_and_parameter_properties_run() {
    let enumeration = js("export enum E { A, B = 5, C, D = 'd' }");
    for part in ["export var E", "E[E[\"A\"] = 0] = \"A\"", "E[E[\"C\"] = 6] = \"C\"", "E[\"D\"] = \"d\""] {
        assert!(enumeration.contains(part), "{part}: {enumeration}");
    }
    assert!(js("export const enum E { A = 1 }").contains("E[E[\"A\"] = 1]"));
    let namespace = js(
        "export namespace N { export const x = 1; export namespace M { export function f() { return x } } }",
    );
    for part in ["N.x = 1", "M.f = f", "return N.x"] {
        assert!(namespace.contains(part), "{part}: {namespace}");
    }
    let class = js("export class C { constructor(private readonly a: number, public b = 2) { } }");
    for part in ["constructor(a, b = 2)", "this.a = a", "this.b = b"] {
        assert!(class.contains(part), "{part}: {class}");
    }
}

#[test]
fn javascript_is_kept() {
    let options = Options::new("npm/x/index.mjs");
    let compiled =
        compile_module("import { unused } from './y'\nexport const a = (b < c), d = e > (f)\n", &options)
            .unwrap();
    assert_eq!(compiled.js, "import { unused } from './y'\nexport const a = (b < c), d = e > (f)\n");
    assert_eq!(compiled.source_map, "");
    assert_eq!(compiled.imports.len(), 1);
    assert_eq!(compiled.exports, ["a", "d"]);
    assert!(compile_module("export const a: number = 1", &options).is_err());
    assert!(compile_module("export const a: number", &Options::new("a.tsx")).is_err());
}

#[test]
fn commonjs_is_named() {
    for (source, line, column, name) in [
        ("'use strict'\nexports.a = 1", 2, 1, "exports"),
        ("const { a } = require('a')", 1, 15, "require"),
        ("(function (root) { if (typeof module === 'object') module.exports = 1 })(this)", 1, 31, "module"),
    ] {
        for filename in ["a.js", "a.ts"] {
            let errors = compile_module(source, &Options::new(filename)).unwrap_err();
            assert_eq!((errors[0].line, errors[0].column), (line, column), "{source}: {}", errors[0]);
            let expected = format!("CommonJS is not supported: an ES module has no \"{name}\"");
            assert_eq!(errors[0].message, expected);
        }
    }
    for source in [
        "export const a = typeof require",
        "import 'a'; require('b')",
        "const require = (x) => x; require('b')",
        "x.module.exports = 1",
        "const url = import.meta.url; typeof module",
        "globalThis.a = 1",
    ] {
        assert!(compile_module(source, &Options::new("a.js")).is_ok(), "{source}");
    }
}

fn summary(import: &Import) -> (&str, ImportKind, Vec<&str>, u32, u32) {
    let names = import.names.iter().map(|name| name.name.as_str()).collect();
    (&import.specifier, import.kind, names, import.line, import.column)
}

#[test]
fn imports_are_listed_in_order() {
    let compiled = compile(
        "import a, { b as c, type D } from './a'\nimport * as n from \"n\"\nimport './side'\nimport type { T } from './t'\n\
         import { U } from './u'\nexport { x as y, default } from './re'\nexport * from './star'\nexport * as s from './ns'\n\
         export const f: U = async () => [a, c, n, await import('./dyn'), await import(`./tpl`), await import(c)]\n",
    );
    let found: Vec<_> = compiled.imports.iter().map(summary).collect();
    assert_eq!(
        found,
        [
            ("./a", ImportKind::Static, vec!["default", "b"], 1, 35),
            ("n", ImportKind::Static, vec![], 2, 20),
            ("./side", ImportKind::Static, vec![], 3, 8),
            ("./re", ImportKind::Reexport, vec!["x", "default"], 6, 33),
            ("./star", ImportKind::Reexport, vec![], 7, 15),
            ("./ns", ImportKind::Reexport, vec![], 8, 20),
            ("./dyn", ImportKind::Dynamic, vec![], 9, 56),
            ("./tpl", ImportKind::Dynamic, vec![], 9, 79),
        ]
    );
    assert_eq!(compiled.diagnostics.len(), 1);
    assert_eq!(compiled.diagnostics[0].severity, Severity::Warning);
    assert_eq!((compiled.diagnostics[0].line, compiled.diagnostics[0].column), (9, 95));
}

#[test]
fn exports_are_listed() {
    let compiled = compile(
        "export const a = 1, { b, c: d, ...e } = o, [f, [g = 1]] = p\nexport function h() { }\nexport class I { }\n\
         export enum J { }\nexport namespace K { export const x = 1 }\nexport namespace Empty { export type X = 1 }\nexport type L = 1\nexport interface M { }\n\
         const n = 1; export { n, n as o, n as 'any text' }\nexport { p as q } from './x'\nexport * from './y'\nexport * as r from './z'\nexport default 1\nexport declare const s: 1\nexport * from './y'",
    );
    assert_eq!(
        compiled.exports,
        ["a", "b", "d", "e", "f", "g", "h", "I", "J", "n", "o", "any text", "q", "r", "default", "K"]
    );
    assert_eq!(compiled.star_exports, ["./y"]);
}

#[test]
fn analysis_agrees_with_compilation() {
    let source = "import { a } from './a'\nexport * from './b'\nexport default () => a.catch(1)";
    let (compiled, analysis) = (compile(source), analyze(source, &Options::new("users.ts")).unwrap());
    assert_eq!(compiled.imports, analysis.imports);
    assert_eq!(compiled.exports, analysis.exports);
    assert_eq!(compiled.star_exports, analysis.star_exports);
    assert!(compiled.can_catch && analysis.can_catch);
}

#[test]
fn errors_have_lines_and_columns() {
    for (source, line, column, message) in [
        ("export const x = ;", 1, 18, "expression expected"),
        ("export {}\n  const é = 😀", 2, 13, ""),
        ("export const a = 1\nreturn a", 2, 1, "return statement is not allowed here"),
        ("import x = require('y')\nexport {}", 1, 1, "\"import = require()\" is not supported"),
        ("export = 1", 1, 1, "\"export =\" is not supported"),
        ("export class C { accessor a = 1 }", 1, 18, "the \"accessor\" keyword is not supported"),
        ("@dec export class C { }", 1, 1, ""),
        ("export class C { @dec a = 1 }", 1, 18, ""),
        ("import x from './x' with { type: 'css' }; export { x }", 1, 28, "unsupported import attribute"),
        ("export namespace N { export * from './x' }", 1, 22, ""),
        ("export const a = <b>c</b>", 1, 23, ""),
        ("export const a = 08", 1, 18, ""),
    ] {
        let errors = match compile_module(source, &Options::default()) {
            Ok(compiled) => panic!("{source}: compiles to {}", compiled.js),
            Err(errors) => errors,
        };
        assert!(errors.iter().all(|error| error.severity == Severity::Error));
        assert_eq!((errors[0].line, errors[0].column), (line, column), "{source}: {errors:?}");
        assert!(errors[0].message.starts_with(message), "{source}: {errors:?}");
    }
}

#[test]
fn every_recoverable_error_is_told() {
    let errors = compile_module("export {}\nreturn 1\nreturn 2\n", &Options::default()).unwrap_err();
    let lines: Vec<u32> = errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn maps_lead_to_the_source() {
    let source = "// first\ntype A = 1\n\nexport function f(a: A) {\n  /* é😀 */ throw new Error('no')\n}\n";
    let compiled = compile(source);
    let map = sourcemap::SourceMap::from_slice(compiled.source_map.as_bytes()).unwrap();
    assert_eq!(map.sources().collect::<Vec<_>>(), ["users.ts"]);
    assert!(!compiled.source_map.contains("sourcesContent"));
    let line = compiled.js.lines().position(|line| line.contains("throw")).unwrap();
    let column = compiled.js.lines().nth(line).unwrap().find("throw").unwrap();
    let token = map.lookup_token(line as u32, column as u32).unwrap();
    assert_eq!((token.get_src_line(), token.get_src_col()), (4, 12));
}

#[test]
fn weird_input_is_no_panic() {
    for source in [
        "",
        "\0",
        "\u{FEFF}",
        "\u{FEFF}export {}",
        "\r\r\n\u{2028}",
        "\\",
        "\\u{",
        "\\u{}",
        "export {",
        "`${",
        "/",
        "//",
        "/*",
        "'\\",
        "\"\\\n\"",
        "#",
        "#!",
        "@",
        "<",
        "<!--",
        "`\\",
        "import",
        "export *",
        "export default",
        "0x",
        "1e",
        "1_",
        "a\\u0062 = 1",
        "\u{200D}",
        "é",
        "😀",
        "x = '\\u{110000}'",
        "x = `\\u`",
        "/[/",
        "export const \u{10FFFF} = 1",
        "class { #a; #a }",
        "'\\ud800'",
        "x = /(/",
        "export { 'a' }",
        "import { 'a' } from 'b'",
        "enum E { A = B.C.D, [x] = 1 }",
        "namespace 1 {}",
        "let let = 1",
    ] {
        for filename in ["a.ts", "a.js", "a.d.ts"] {
            if let Err(errors) = compile_module(source, &Options::new(filename)) {
                assert!(!errors.is_empty());
                for error in errors {
                    assert!(!error.message.contains("internal"), "{source:?}: {error}");
                    assert!(error.line >= 1 && error.column >= 1);
                }
            }
            let _ = analyze(source, &Options::new(filename));
        }
        let _ = plts_compile::compile_body(source, &[], &Options::default());
    }
}

#[test]
fn the_same_input_gives_the_same_output() {
    let source =
        "export enum E { A }\nexport namespace N { export const x = 1 }\nexport const f = (E: number) => E";
    assert_eq!(compile(source), compile(source));
}
