//! Nesting: whatever the scan lets pass compiles on a small stack and in little time, and real code passes.

use plts_compile::{BodyForm, Options, analyze, body_form, compile_body, compile_module};
use std::time::{Duration, Instant};

/// What a compilation may use of the native stack; a database backend has several times that.
const STACK: usize = 1536 * 1024;

/// Each construct that nests: what opens it, what is inside, what closes it.
const CONSTRUCTS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{a:", "1", "}"),
    ("f(", "1", ")"),
    ("`${", "1", "}`"),
    ("!", "1", ""),
    ("-", "1", ""),
    ("typeof ", "1", ""),
    ("await ", "1", ""),
    ("new ", "1", ""),
    ("a=>", "1", ""),
    ("a=>{", "1", "}"),
    ("(a,b=>(", "1", "))"),
    ("async(a)=>(", "1", ")"),
    ("async <T>(a)=>(", "1", ")"),
    ("<T>(", "1", ")"),
    ("<T>(a)=>(", "1", ")"),
    ("(<T>", "1", ")"),
    ("<any>", "1", ""),
    ("a?b:", "1", ""),
    ("a?(b):c=>(", "1", ")"),
    ("a?async(b):c=>(", "1", ")"),
    ("a?<T>(b):c=>(", "1", ")"),
    ("(a):b=>(", "1", ")"),
    ("f<T>(", "1", ")"),
    ("a=", "1", ""),
    ("a**", "1", ""),
    ("a??", "1", ""),
    ("function(){return ", "1", "}"),
    ("class{a=", "1", "}"),
    ("class extends f(", "1", "){}"),
    ("a<b>", "1", ""),
    ("", "1", "+1"),
    ("", "a", ".b"),
    ("", "a", "?.b"),
    ("", "a", "()"),
    ("", "a", "[0]"),
    ("", "a", "``"),
    ("", "a", "!"),
    ("", "a", " as any"),
    ("", "a", " satisfies any"),
    ("", "a", "\n.b()"),
];

const STATEMENTS: &[(&str, &str, &str)] = &[
    ("{", "x", "}"),
    ("if(a)", "x", ""),
    ("if(a){", "x", "}"),
    ("if(a)b;else ", "x", ""),
    ("if(a){}else ", "x", ""),
    ("if(a)b\nelse ", "x", ""),
    ("for(;;)", "x", ""),
    ("while(a)", "x", ""),
    ("do ", "x", "\nwhile(1)"),
    ("do ", "x;", " while(1);"),
    ("a:", "x", ""),
    ("try{", "x", "}finally{}"),
    ("switch(a){case 1:", "x", "}"),
    ("function f(){", "x", "}"),
    ("namespace a{", "x", "}"),
    ("namespace a{export ", "const x = 1", "}"),
    ("type A = ", "B", "[]"),
    ("x = function(){ return 1, (function(){", "y", "})}"),
    ("if(a)if(a)if(a)if(a) 1, function(){", "y", "}"),
    ("l1:l2:l3: x, function(){", "y", "}"),
];

const TYPES: &[(&str, &str, &str)] = &[
    ("C<", "B", ">"),
    ("C<x,", "B", ">"),
    ("(", "B", ")"),
    ("[", "B", "]"),
    ("{a:", "B", "}"),
    ("()=>", "B", ""),
    ("<T>()=>", "B", ""),
    ("C extends D ? E : ", "B", ""),
    ("keyof ", "B", ""),
    ("", "B", "[]"),
    ("", "B", ".C"),
    ("", "B", "['x']"),
    ("", "B", "|C"),
    ("`${", "B", "}`"),
];

fn sources(count: usize) -> Vec<(String, String)> {
    let repeat = |lead: &str, (open, inner, close): &(&str, &str, &str)| {
        let source = [lead, &open.repeat(count), inner, &close.repeat(count), "\n"].concat();
        (format!("{lead}{open}{inner}{close} × {count}"), source)
    };
    let mut all: Vec<(String, String)> = CONSTRUCTS.iter().map(|case| repeat("x = ", case)).collect();
    all.extend(STATEMENTS.iter().map(|case| repeat("", case)));
    all.extend(TYPES.iter().map(|case| repeat("type A = ", case)));
    all.push((
        format!("pattern × {count}"),
        ["var ", &"[".repeat(count), "a", &"]".repeat(count), " = 1"].concat(),
    ));
    all.push((
        format!("dotted namespace × {count}"),
        ["namespace a", &".b".repeat(count), " {export const x = 1}"].concat(),
    ));
    all
}

fn is_refused(source: &str) -> bool {
    match compile_module(source, &Options::default()) {
        Ok(_) => false,
        Err(errors) => errors[0].message == "the text is nested too deeply",
    }
}

fn on_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

#[test]
fn nothing_overflows_a_small_stack_or_takes_long() {
    on_small_stack(|| {
        for count in [4, 10, 13, 15, 20, 40, 100, 200, 250, 400, 620, 1000, 1240, 20_000] {
            for (name, source) in sources(count) {
                let start = Instant::now();
                is_refused(&source);
                assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
            }
        }
    });
}

#[test]
fn the_deepest_text_that_passes_fits_the_stack() {
    // For each construct the largest count that is not refused, by bisection on the refusal alone.
    on_small_stack(|| {
        for index in 0..sources(1).len() {
            let (mut low, mut high) = (1, 6000);
            while high - low > 1 {
                let middle = (low + high) / 2;
                let (_, source) = sources(middle).swap_remove(index);
                if is_refused(&source) { high = middle } else { low = middle }
            }
            // Bisection has compiled the text of `low`; here the other entry points follow.
            let start = Instant::now();
            let (_, source) = sources(low).swap_remove(index);
            let source = format!("{source}\nexport {{}}");
            let _ = analyze(&source, &Options::default());
            let _ = compile_body(&source, &[], &Options::default());
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "{} {low}: {:?}",
                &source[..40.min(source.len())],
                start.elapsed()
            );
        }
    });
}

#[test]
fn a_hundred_thousand_brackets_are_refused() {
    on_small_stack(|| {
        for open in
            ["(", "[", "{", "f(", "`${", "a=>", "!", "if(a)", "x=", "class{a=", "<T>(", "1+", "a.", "a?b:"]
        {
            let source = open.repeat(100_000);
            let errors = compile_module(&source, &Options::default()).unwrap_err();
            assert_eq!(errors.len(), 1, "{open}");
            assert!(
                matches!(
                    errors[0].message.as_str(),
                    "the text is nested too deeply" | "unterminated template literal"
                ),
                "{open}: {}",
                errors[0]
            );
            assert_eq!(errors[0].line, 1);
            assert!(compile_body(&source, &[], &Options::default()).is_err(), "{open}");
            assert!(analyze(&source, &Options::default()).is_err(), "{open}");
            assert!(body_form(&format!("export {source}")).is_err(), "{open}");
        }
    });
}

#[test]
fn long_flat_code_is_not_deep() {
    let many = |line: &str| line.repeat(5000);
    for source in [
        many("x.y(a, b)\n"),
        many("x.y(a, b);\n"),
        many("const x = a + b * c\n"),
        many("if (a) b\n"),
        many("if (a) { b() } else { c() }\n"),
        many("if (a) return1()\nelse c()\n"),
        many("for (let i = 0; i < n; i++) f(i)\n"),
        many("while (x < 1) x++;\n"),
        many("export function f() { return /[/]['\"]{1}/.test(a) ? 1 / 2 : 3 }\n"),
        many(
            "class C { a = 1\n b(): void {}\n get c() { return 1 }\n static d?: Map<string, Array<number>>\n}\n",
        ),
        many("interface I { a: string\n b(): void; <T>(x: T): T\n new (): I }\n"),
        many("type A = B | C<D> & E['f'] | (() => void)\n"),
        many("enum E { A, B = 'x', C = 1 << 3 }\n"),
        many("import { a as b, type c } from './x'\n"),
        many("const f = async <T,>(a: T) => { await a }\n"),
        many("const x = a ? (b) : (c) => d\n"),
        many("// don't (\n/* \" ` [ */\n"),
        many("const s = `a ${b} c ${`d`} (`, t = '(', u = \"[\"\n"),
        many("switch (a) {\n case 1: {\n break\n }\n case 2:\n default:\n f()\n }\n"),
        many("label: for (const a of b) { continue label }\n"),
        many("try { f() } catch (e) { g() } finally { h() }\n"),
        ["x = [", &many("{ a: 1, b: [c ? d : e, (f) => g] },"), "]"].concat(),
        ["x = {", &many("a: b => c, d() { return 1 }, get e() { return 2 }, 'f': g > h,\n"), "}"].concat(),
        ["f(", &many("(a: number, b?: string) => c,\n"), ")"].concat(),
    ] {
        let errors = match compile_module(&source, &Options::default()) {
            Ok(_) => continue,
            Err(errors) => errors,
        };
        for error in errors {
            assert!(!error.message.contains("nested"), "{}: {error}", &source[..60]);
            assert!(!error.message.contains("ambiguous"), "{}: {error}", &source[..60]);
        }
    }
}

#[test]
fn code_as_people_write_it_passes() {
    let chain = format!("x = a{}", "\n  .where((row) => row.id === 1)".repeat(200));
    let sum = format!("x = {}''", "'part of a long text' +\n".repeat(500));
    let otherwise = format!("{}{{}}", "if (a === 1) { b(); } else ".repeat(150));
    let callbacks =
        format!("{}x{}", "f(async (a) => {\n await g(a, { b: [1] });\n".repeat(20), "});\n".repeat(20));
    let json = format!("x = {}1{}", "{ \"a\": [".repeat(50), "] }".repeat(50));
    for source in [chain, sum, otherwise, callbacks, json] {
        if let Err(errors) = compile_module(&source, &Options::default()) {
            panic!("{}: {}", &source[..60], errors[0]);
        }
    }
}

#[test]
fn slashes_are_told_apart() {
    for source in [
        "x = a / b / c",
        "x = /[/\"']/.test(y) / 2",
        "if (a) /\"/.test(b)",
        "x = (a) / 2 / (b)",
        "return1\n/ 2",
        "x = a++ / 2",
        "x = [1] / 2; y = b! / 2",
        "x = { a: 1 }.a / 2",
        "x = !/`/.test(y)",
        "for (const a of [/'/, /\\//]) /[`]/g.exec(a)",
        "x = y.if (z) / 2 + \"/\"",
        "x = a => /`/; y = () => { }",
        "x = typeof /'/; x = y.return / 2 + '/'",
        "const x = <T,>(a: T) => /'/",
        "x = 1 / 2 // it's",
        "x = `${/`/.source}` / 2",
        "x = this / 2 + '/'",
    ] {
        if let Err(errors) = compile_module(source, &Options::default()) {
            panic!("{source}: {}", errors[0]);
        }
    }
    for (source, message) in [
        (
            "x = {}\n/'/.test(y)",
            "ambiguous \"/\"; put the regular expression or the division into parentheses",
        ),
        ("x = 'a", "unterminated string"),
        ("x = \"a\n\"", "unterminated string"),
        ("x = `a ${b} ", "unterminated template literal"),
        ("x = 1 /* ", "unterminated comment"),
        ("x = /a", "unterminated regular expression"),
        ("x = a<!--b", "HTML-like comments are not supported"),
        ("x\n--> y", "HTML-like comments are not supported"),
    ] {
        let errors = compile_module(source, &Options::default()).unwrap_err();
        assert_eq!(errors[0].message, message, "{source}");
    }
}

#[test]
fn a_body_may_be_as_deep_as_a_module() {
    let source = format!("return {}1{}", "(".repeat(200), ")".repeat(200));
    assert_eq!(body_form(&source), Ok(BodyForm::Body));
    assert!(compile_body(&source, &[], &Options::default()).is_ok());
}
