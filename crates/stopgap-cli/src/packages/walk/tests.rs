//! Packages on disk, resolved.

use std::os::unix::fs::symlink;

use super::*;

/// A folder with these files; the project is its folder `src`.
fn collected(files: &[(&str, &str)], links: &[(&str, &str)]) -> Result<Packages, PackagesError> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (path, text) in files {
        write(path, text);
    }
    for (link, target) in links {
        let link = folder.path().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(folder.path().join(target), link).unwrap();
    }
    let root = folder.path().join("src");
    collect(&root, &Project::collect(&root).unwrap())
}

fn shipped(files: &[(&str, &str)]) -> Packages {
    collected(files, &[]).unwrap_or_else(|error| panic!("{error}\n{:?}", error.detail()))
}

fn paths(packages: &Packages) -> Vec<&str> {
    packages.modules.keys().map(ModulePath::as_str).collect()
}

/// The first problem, without the folder of the test.
fn problem(files: &[(&str, &str)]) -> (String, Option<String>) {
    let error = collected(files, &[]).unwrap_err();
    let text = error.to_string();
    let text = match (text.find("/tmp"), text.find("node_modules")) {
        (Some(start), Some(end)) if start < end => [&text[..start], &text[end..]].concat(),
        _ => text,
    };
    (text, error.hint())
}

const PACKAGE: &str = r##"{"name": "p", "version": "1.2.3", "type": "module", "exports": {
    ".": {"types": "./x.d.ts", "require": "./x.cjs", "import": "./x.js"},
    "./deep/*": "./lib/*.js", "./deep/hidden/*": null, "./deep/*.mjs": "./lib/*.mjs",
    "./data": "./data.json", "./own": {"stopgap": "./own.js", "default": "./none.js"}, "./old": "./x.cjs",
    "./sync": {"module-sync": "./own.js", "node": "./x.cjs"}, "./self": "./self.js"},
  "imports": {"#inner": "./inner.js", "#inner/*": "./lib/*.js"}}"##;

const FILES: &[(&str, &str)] = &[
    ("node_modules/p/package.json", PACKAGE),
    ("node_modules/p/x.js", "import './inner.js'; export const x = 1"),
    ("node_modules/p/inner.js", "export default 2"),
    ("node_modules/p/lib/a.js", "export default 3"),
    ("node_modules/p/lib/b.mjs", "export default 4"),
    ("node_modules/p/lib/unused.js", "export default 5"),
    ("node_modules/p/data.json", "{}"),
    ("node_modules/p/own.js", "import '#inner'; import '#inner/a'; export default 6"),
    ("node_modules/p/self.js", "import 'p/deep/a'; export default 7"),
    ("node_modules/p/x.cjs", "module.exports = 1"),
];

fn with(module: &str) -> Vec<(&'static str, String)> {
    let mut files: Vec<_> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("src/a.ts", module.to_owned()));
    files
}

fn ship(module: &str) -> Packages {
    let files = with(module);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    shipped(&files)
}

#[test]
fn exports_of_a_package_lead_to_its_files() {
    for (module, expected, target) in [
        ("import { x } from 'p'; x", vec!["npm/p@1.2.3/inner.js", "npm/p@1.2.3/x.js"], "npm/p@1.2.3/x.js"),
        ("export * from 'p/deep/a'", vec!["npm/p@1.2.3/lib/a.js"], "npm/p@1.2.3/lib/a.js"),
        ("import 'p/deep/b.mjs'", vec!["npm/p@1.2.3/lib/b.mjs"], "npm/p@1.2.3/lib/b.mjs"),
        (
            "import d from 'p/data' with { type: 'json' }; d",
            vec!["npm/p@1.2.3/data.json"],
            "npm/p@1.2.3/data.json",
        ),
        (
            "await import('p/own')",
            vec!["npm/p@1.2.3/inner.js", "npm/p@1.2.3/lib/a.js", "npm/p@1.2.3/own.js"],
            "npm/p@1.2.3/own.js",
        ),
        (
            "import 'p/sync'",
            vec!["npm/p@1.2.3/inner.js", "npm/p@1.2.3/lib/a.js", "npm/p@1.2.3/own.js"],
            "npm/p@1.2.3/own.js",
        ),
        ("import 'p/self'", vec!["npm/p@1.2.3/lib/a.js", "npm/p@1.2.3/self.js"], "npm/p@1.2.3/self.js"),
    ] {
        let packages = ship(module);
        assert_eq!(paths(&packages), expected, "{module}");
        assert_eq!(packages.imports.values().collect::<Vec<_>>(), [target], "{module}");
    }
    let own = ship("import 'p/own'");
    assert_eq!(own.scopes["npm/p@1.2.3/"]["#inner"], "npm/p@1.2.3/inner.js");
    let selves = ship("import 'p/self'");
    assert_eq!(selves.scopes["npm/p@1.2.3/"]["p/deep/a"], "npm/p@1.2.3/lib/a.js");
}

#[test]
fn what_only_types_use_is_not_shipped() {
    for module in [
        "import type { X } from 'p'",
        "import { X } from 'p'; export const f = (x: X) => x",
        "export type { X } from 'none'",
        "import { type X } from 'none'; let x: X",
        "import { query } from '@stopgap/runtime'; query",
        "import a from 'data:text/javascript,1'; import b from 'plts:app.x'; a; b",
        "import './b'",
    ] {
        let packages = ship(module);
        assert!(packages.modules.is_empty() && packages.imports.is_empty(), "{module}: {packages:?}");
    }
}

#[test]
fn what_cannot_be_shipped_has_a_place_and_a_hint() {
    for (module, message, hint) in [
        ("\nimport 'none'", "a.ts line 2, column 8: cannot find module \"none\"", Some(INSTALL)),
        (
            "import 'p/lib/a.js'",
            "a.ts line 1, column 8: cannot find module \"p/lib/a.js\": the package does not export it",
            None,
        ),
        (
            "import 'p/deep/hidden/a'",
            "a.ts line 1, column 8: cannot find module \"p/deep/hidden/a\": the package does not export it",
            None,
        ),
        (
            "import 'p/old'",
            "a.ts line 1, column 8: \"p/old\": `node_modules/p/x.cjs` is CommonJS, which is not supported",
            Some(NO_COMMONJS),
        ),
        (
            "import fs from 'fs'; fs",
            "a.ts line 1, column 16: cannot find module \"fs\": Node's own modules do not exist in the database",
            Some(NO_NODE),
        ),
        (
            "export const f = () => import('node:crypto')",
            "a.ts line 1, column 31: cannot find module \"node:crypto\": Node's own modules do not exist in the database",
            Some(NO_NODE),
        ),
        ("import '#none'", "a.ts line 1, column 8: cannot find module \"#none\"", Some(INSTALL)),
    ] {
        let files = with(module);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let (text, found) = problem(&files);
        assert!(text.starts_with(message), "{text}");
        assert_eq!(found.as_deref(), hint, "{text}");
    }
}

#[test]
fn a_file_of_a_package_that_cannot_run_is_named() {
    let package = ("node_modules/q/package.json", r#"{"name": "q", "version": "1.0.0"}"#);
    let project = ("src/a.ts", "import q from 'q'; q");
    for (source, expected) in [
        (
            "'use strict'\nconst x = require('x')\nmodule.exports = x",
            "node_modules/q/index.js line 2, column 11: CommonJS is not supported: an ES module has no \"require\"",
        ),
        ("\nimport './x'", "node_modules/q/index.js line 2, column 8: cannot find module \"./x\""),
        ("import '../p/x.js'", "node_modules/q/index.js line 1, column 8: cannot find module \"../p/x.js\""),
        (
            "import 'node:fs'",
            "node_modules/q/index.js line 1, column 8: cannot find module \"node:fs\": Node's own",
        ),
        ("import 'https://x.y/z.js'", "node_modules/q/index.js line 1, column 8: unsupported import"),
        ("import {", "node_modules/q/index.js line 1, column 9: "),
    ] {
        let (text, hint) = problem(&[package, project, ("node_modules/q/index.js", source)]);
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(hint.as_deref() == Some(NO_COMMONJS), source.contains("require"), "{text}");
    }
    // What a package asks for at run time may be missing.
    let optional = "export const f = () => import('node:fs')";
    let packages = shipped(&[package, project, ("node_modules/q/index.js", optional)]);
    assert_eq!(paths(&packages), ["npm/q@1.0.0/index.js"]);
}

#[test]
fn two_versions_of_a_package_live_side_by_side() {
    let packages = shipped(&[
        ("src/a.ts", "import z from 'z'; import q from 'q'; z; q"),
        (
            "node_modules/z/package.json",
            r#"{"name": "z", "version": "2.0.0", "type": "module", "main": "main.js"}"#,
        ),
        ("node_modules/z/main.js", "export default 2"),
        ("node_modules/q/package.json", r#"{"name": "q", "version": "1.0.0", "exports": "./q.mjs"}"#),
        ("node_modules/q/q.mjs", "import z from 'z'; import s from '@s/t'; export default [z, s]"),
        (
            "node_modules/q/node_modules/z/package.json",
            r#"{"name": "z", "version": "1.0.0", "exports": "./z.js"}"#,
        ),
        ("node_modules/q/node_modules/z/z.js", "export default 1"),
        ("node_modules/@s/t/package.json", r#"{"name": "@s/t", "version": "3.0.0", "exports": "./t.js"}"#),
        ("node_modules/@s/t/t.js", "import z from 'z'; export default z"),
    ]);
    assert_eq!(
        paths(&packages),
        ["npm/@s/t@3.0.0/t.js", "npm/q@1.0.0/q.mjs", "npm/z@1.0.0/z.js", "npm/z@2.0.0/main.js"]
    );
    assert_eq!(packages.imports["z"], "npm/z@2.0.0/main.js");
    assert_eq!(packages.scopes["npm/q@1.0.0/"]["z"], "npm/z@1.0.0/z.js");
    assert_eq!(packages.scopes["npm/q@1.0.0/"]["@s/t"], "npm/@s/t@3.0.0/t.js");
    assert_eq!(packages.scopes.len(), 1, "what the import map says already is not said again");
}

#[test]
fn links_are_followed_to_where_the_files_are() {
    let packages = collected(
        &[
            ("src/a.ts", "import x from 'x'; import w from 'workspace'; x; w"),
            (
                "node_modules/.pnpm/x@1.0.0/node_modules/x/package.json",
                r#"{"name": "x", "version": "1.0.0"}"#,
            ),
            ("node_modules/.pnpm/x@1.0.0/node_modules/x/index.js", "import y from 'y'; export default y"),
            (
                "node_modules/.pnpm/y@1.0.0/node_modules/y/package.json",
                r#"{"name": "y", "version": "1.0.0"}"#,
            ),
            ("node_modules/.pnpm/y@1.0.0/node_modules/y/index.js", "export default 1"),
            ("packages/w/package.json", r#"{"name": "workspace", "exports": "./src/index.ts"}"#),
            ("packages/w/src/index.ts", "import { v } from './value'; export default v as number"),
            ("packages/w/src/value.ts", "export const v = 1"),
        ],
        &[
            ("node_modules/x", "node_modules/.pnpm/x@1.0.0/node_modules/x"),
            ("node_modules/.pnpm/x@1.0.0/node_modules/y", "node_modules/.pnpm/y@1.0.0/node_modules/y"),
            ("node_modules/workspace", "packages/w"),
        ],
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        paths(&packages),
        [
            "npm/workspace@0.0.0/src/index.ts",
            "npm/workspace@0.0.0/src/value.ts",
            "npm/x@1.0.0/index.js",
            "npm/y@1.0.0/index.js"
        ]
    );
}

#[test]
fn one_version_in_two_folders_is_two_packages() {
    let package = |version: &str| format!(r#"{{"name": "z", "version": "{version}", "exports": "./z.js"}}"#);
    let z = package("1.0.0");
    let q = r#"{"name": "q", "version": "1.0.0", "exports": "./q.js"}"#;
    let packages = shipped(&[
        ("src/a.ts", "import z from 'z'; import q from 'q'; z; q"),
        ("node_modules/z/package.json", &z),
        ("node_modules/z/z.js", "export default 1"),
        ("node_modules/q/package.json", q),
        ("node_modules/q/q.js", "export { default } from 'z'"),
        ("node_modules/q/node_modules/z/package.json", &z),
        ("node_modules/q/node_modules/z/z.js", "export default 1"),
    ]);
    assert_eq!(paths(&packages), ["npm/q@1.0.0/q.js", "npm/z@1.0.0+2/z.js", "npm/z@1.0.0/z.js"]);
    assert_eq!(packages.scopes["npm/q@1.0.0/"]["z"], "npm/z@1.0.0+2/z.js");
}

#[test]
fn a_project_names_its_own_modules() {
    let packages = shipped(&[
        (
            "package.json",
            r##"{"name": "shop", "imports": {"#lib/*": "./src/lib/*.ts", "#shared": "./shared.ts"}}"##,
        ),
        ("src/a.ts", "import s from '#lib/slug'; import t from '#shared'; s; t"),
        ("src/lib/slug.ts", "export default 1"),
        ("shared.ts", "export default 2"),
    ]);
    assert_eq!(packages.imports["#lib/slug"], "lib/slug.ts");
    assert_eq!(packages.imports["#shared"], "npm/shop@0.0.0/shared.ts");
    assert_eq!(paths(&packages), ["npm/shop@0.0.0/shared.ts"]);
}
