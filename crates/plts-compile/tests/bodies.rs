//! Function bodies: parameters, aliases, kinds, positions.

use plts_compile::{CompiledBody, Options, ParameterKind, SqlParameter, compile_body};

fn params(names: &[&str]) -> Vec<SqlParameter> {
    let parameter = |name: &&str| SqlParameter {
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        kind: ParameterKind::Other,
    };
    names.iter().map(parameter).collect()
}

fn compile(source: &str, names: &[&str]) -> CompiledBody {
    compile_body(source, &params(names), &Options::new("f"))
        .unwrap_or_else(|errors| panic!("{source}: {}", errors[0]))
}

/// The JavaScript on one line.
fn js(source: &str, names: &[&str]) -> String {
    compile(source, names).js.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn parameters_have_their_names_and_positions() {
    for (source, names, expected) in [
        ("return a + b", &["a", "b"][..], "(function(ctx, a, b) { \"use strict\"; return a + b; })"),
        ("return $1 + $2", &["", ""], "(function(ctx, $1, $2) { \"use strict\"; return $1 + $2; })"),
        ("return $1", &["a"], "(function(ctx, a) { \"use strict\"; let $1 = a; return $1; })"),
        (
            "return $2 + a",
            &["a", "b"],
            "(function(ctx, a, b) { \"use strict\"; let $2 = b; return $2 + a; })",
        ),
        // Found in the tree, not in the text.
        ("return '$1' // $1", &["a"], "(function(ctx, a) { \"use strict\"; return '$1'; })"),
        ("return x.$1", &["a"], "(function(ctx, a) { \"use strict\"; return x.$1; })"),
        (
            "const $1 = 5; return $1",
            &["a"],
            "(function(ctx, a) { \"use strict\"; const $1 = 5; return $1; })",
        ),
        (
            "return eval('$1')",
            &["a"],
            "(function(ctx, a) { \"use strict\"; let $1 = a; return eval('$1'); })",
        ),
        ("return $3", &["a"], "(function(ctx, a) { \"use strict\"; return $3; })"),
        // Names that JavaScript does not allow.
        ("return $1", &["class"], "(function(ctx, $1) { \"use strict\"; return $1; })"),
        ("return 1", &["my arg"], "(function(ctx, $1) { \"use strict\"; return 1; })"),
        ("return 1", &["a", "a"], "(function(ctx, a, $2) { \"use strict\"; return 1; })"),
        (
            "return 1",
            &["await", "yield", "let", "arguments", "eval", "static"],
            "(function(ctx, $1, $2, $3, $4, $5, $6) { \"use strict\"; return 1; })",
        ),
        ("return 1", &["$2", ""], "(function(ctx, $1, $2) { \"use strict\"; return 1; })"),
        ("return $1", &["$1"], "(function(ctx, $1) { \"use strict\"; return $1; })"),
        ("return größe", &["größe"], "(function(ctx, größe) { \"use strict\"; return größe; })"),
        ("", &[], "(function(ctx) { \"use strict\"; })"),
        ("// nothing", &[], "(function(ctx) { \"use strict\"; })"),
    ] {
        assert_eq!(js(source, names), expected, "{source}");
    }
}

#[test]
fn a_parameter_may_not_be_called_ctx() {
    let errors = compile_body("return 1", &params(&["a", "ctx"]), &Options::default()).unwrap_err();
    assert_eq!(errors[0].message, "parameter name \"ctx\" is reserved");
}

#[test]
fn await_and_yield_at_the_top_make_the_kind() {
    for (source, is_async, is_generator, start) in [
        ("return 1", false, false, "(function("),
        ("return await x", true, false, "(async function("),
        ("yield 1", false, true, "(function*("),
        ("yield await x", true, true, "(async function*("),
        ("for await (const x of y) { }", true, false, "(async function("),
        ("await using x = y", true, false, "(async function("),
        ("if (a) { await x }", true, false, "(async function("),
        ("return async () => await x", false, false, "(function("),
        ("return async function () { await x }", false, false, "(function("),
        ("return function* () { yield 1 }", false, false, "(function("),
        ("return { async m() { await x }, *g() { yield 1 } }", false, false, "(function("),
        ("class C { async m() { await x } }", false, false, "(function("),
        ("class C { [await x]() { } }", true, false, "(async function("),
        ("return { [await x]: 1 }", true, false, "(async function("),
        ("return 'await x; yield 1'", false, false, "(function("),
    ] {
        let body = compile(source, &[]);
        assert_eq!((body.is_async, body.is_generator), (is_async, is_generator), "{source}");
        assert!(body.js.starts_with(start), "{source}: {}", body.js);
    }
}

#[test]
fn knows_whether_ctx_is_used() {
    for (source, expected) in [
        ("return ctx.db.query('select 1')", true),
        ("return () => ctx", true),
        ("return { ctx }", true),
        ("return eval('ctx')", true),
        ("return x.ctx + 'ctx' // ctx", false),
        ("return ((ctx) => ctx)(1)", false),
        ("return 1", false),
    ] {
        assert_eq!(compile(source, &[]).uses_ctx, expected, "{source}");
    }
}

#[test]
fn types_are_stripped() {
    assert_eq!(
        js("const x: number = a as number; interface I { }; type T = string; return x!", &["a"]),
        "(function(ctx, a) { \"use strict\"; const x = a; ; return x; })"
    );
    let body = js("enum Color { Red, Green = 'g' } return Color.Red", &[]);
    assert!(body.contains("Color[\"Red\"] = 0"), "{body}");
}

#[test]
fn errors_are_at_the_users_lines_and_columns() {
    for (source, line, column, message) in [
        ("return 1 +* 2", 1, 11, "expression expected"),
        ("\n  let x = ;", 2, 11, "expression expected"),
        ("é😀 = ", 1, 2, ""),
        ("export const x = 1", 1, 1, "import and export are allowed at the top level of a module only"),
        ("import x from 'y'", 1, 1, "import and export are allowed at the top level of a module only"),
        ("if (a) {", 1, 9, "unexpected end of text"),
        ("return (1", 1, 10, "unexpected end of text"),
        ("}", 1, 2, ""),
        ("}); (function () {", 1, 1, ""),
        ("}, function () {", 1, 1, "unbalanced \"}\""),
        ("})(), (function () {", 1, 1, ""),
        ("@dec class X { }", 1, 1, ""),
        ("return import.meta.url", 1, 8, ""),
        ("with (a) { }", 1, 1, ""),
    ] {
        let errors = match compile_body(source, &[], &Options::default()) {
            Ok(body) => panic!("{source}: compiles to {}", body.js),
            Err(errors) => errors,
        };
        assert_eq!((errors[0].line, errors[0].column), (line, column), "{source}: {errors:?}");
        assert!(errors[0].message.starts_with(message), "{source}: {errors:?}");
        assert!(!errors[0].message.starts_with(char::is_uppercase), "{errors:?}");
    }
}

#[test]
fn maps_lead_to_the_users_lines() {
    let source = "const x = 1\n\n  const y: number = x; /* é😀 */ throw new Error('a')\n";
    let body = compile(source, &["a"]);
    let map = sourcemap::SourceMap::from_slice(body.source_map.as_bytes()).unwrap();
    assert_eq!(map.get_source_count(), 1);
    assert_eq!(map.get_source(0), Some("f"));
    assert_eq!(map.get_source_contents(0), None);
    let line = body.js.lines().position(|line| line.contains("throw")).unwrap();
    let column = body.js.lines().nth(line).unwrap().find("throw").unwrap();
    let token = map.lookup_token(line as u32, column as u32).unwrap();
    // UTF-16: the two characters of the comment are three units.
    assert_eq!((token.get_src_line(), token.get_src_col()), (2, 33));
    // An empty body has a map too.
    let empty = compile("", &[]);
    assert!(sourcemap::SourceMap::from_slice(empty.source_map.as_bytes()).is_ok());
}
