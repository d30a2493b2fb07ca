//! What JavaScript throws, as PostgreSQL sees it: code, message, fields, and a stack of TypeScript lines.

mod harness;

use harness::*;
use plts_core::{ErrorReport, TypeShape, Value};
use plts_js::{
    ArgumentStyle, CallError, Completion, FunctionBody, ModuleSource, PackedText, SourceMapText,
    current_stack,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

fn thrown(body: &str) -> ErrorReport {
    let body = body.to_owned();
    on_engine(move |engine| {
        let mut host = FakeHost::new();
        failure(value_of(engine, &mut host, &body, TypeShape::Int4))
    })
}

#[test]
fn code_and_message() {
    for (body, code, message) in [
        ("throw new Error('plain')", "38000", "plain"),
        ("null.x", "38000", "TypeError: Cannot read properties of null (reading 'x')"),
        ("throw Object.assign(new Error('mine'), { sqlstate: 'P0001' })", "P0001", "mine"),
        ("throw Object.assign(new TypeError('mine'), { sqlstate: 'AB123' })", "AB123", "mine"),
        ("throw Object.assign(new Error('m'), { sqlstate: '00000' })", "38000", "m"),
        ("throw Object.assign(new Error('m'), { sqlstate: 'nope' })", "38000", "m"),
        ("throw Object.assign(new Error('m'), { sqlstate: 42 })", "38000", "m"),
        ("class Mine extends Error { name = 'Mine' } throw new Mine('x')", "38000", "Mine: x"),
        ("throw new Error()", "38000", "Error"),
        ("throw new PgError('made', { sqlstate: '23505' })", "23505", "made"),
        ("throw 'text'", "38000", "text"),
        ("throw 42", "38000", "42"),
        ("throw null", "38000", "null"),
        ("throw undefined", "38000", "undefined"),
        ("throw Symbol('s')", "38000", "Symbol(s)"),
        ("throw { a: 1 }", "38000", "[object Object]"),
        ("throw { toString() { throw 1; } }", "38000", "a value that cannot be shown was thrown"),
        ("throw Object.create(null)", "38000", "a value that cannot be shown was thrown"),
        (
            "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw 1; } }); throw e",
            "38000",
            "Error",
        ),
        ("const e = new Error('nul\\0'); throw e", "38000", "nul\u{FFFD}"),
        ("throw new Proxy(new Error('p'), { get() { throw 1; } })", "38000", "Error"),
        ("function f() { f(); } f();", "54001", "stack depth limit exceeded in JavaScript"),
        ("throw new RangeError('other')", "38000", "RangeError: other"),
    ] {
        let report = thrown(body);
        assert_eq!((report.sqlstate.as_str(), report.message.as_str()), (code, message), "{body}");
    }
}

#[test]
fn fields_of_an_error_are_kept() {
    let report = thrown(
        "throw Object.assign(new Error('m'), { sqlstate: '23514', detail: 'D.', hint: 'H.', schema: 's', table: 't', column: 'c',
           constraint: 'k', dataType: 'd' })",
    );
    let texts = [
        report.detail,
        report.hint,
        report.schema_name,
        report.table_name,
        report.column_name,
        report.constraint_name,
        report.datatype_name,
    ];
    let texts: Vec<String> = texts.into_iter().map(Option::unwrap_or_default).collect();
    assert_eq!(texts, ["D.", "H.", "s", "t", "c", "k", "d"]);
    assert!(!report.context_is_complete);
}

#[test]
fn a_getter_cannot_use_the_database_while_the_error_is_read() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach_rows("select 1", &["x"], vec![]);
        let body = "const db = ctx.db; const e = new Error('m');
            Object.defineProperty(e, 'detail', { get() { db.sync.query('select 1'); return 'read'; } }); throw e;";
        let report = failure(value_of(engine, &mut host, body, TypeShape::Int4));
        assert_eq!((report.message.as_str(), report.detail), ("m", None));
        assert!(!host.events.iter().any(|event| event.starts_with("prepare")));
    });
}

#[test]
fn the_stack_is_in_the_context() {
    let report =
        thrown("\nfunction inner() {\n  throw new Error('deep');\n}\nconst outer = () => inner();\nouter();");
    assert_eq!(
        report.context.as_deref(),
        Some("at inner (body.ts:3:9)\nat outer (body.ts:5:21)\nat body.ts:6:1")
    );
    let report = thrown("(function f(n) { if (n === 0) throw new Error('x'); f(n - 1); })(100);");
    assert_eq!(report.context.unwrap().lines().count(), 20);
}

#[test]
fn the_stack_of_a_rejection_and_of_an_error_in_a_query_is_kept() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let body = "\nasync function inner() { await null;\n throw new Error('async'); }\nawait inner();";
        let report = failure(value_of_async(engine, &mut host, body, TypeShape::Int4));
        assert!(
            report.context.as_deref().unwrap().starts_with("at inner (body.ts:3:8)"),
            "{:?}",
            report.context
        );
        let report = failure(value_of(engine, &mut host, "\nctx.db.sync.query('nope');", TypeShape::Int4));
        // The frames of the prelude are hidden.
        assert_eq!(report.context.as_deref(), Some("at body.ts:2:13"));
    });
}

/// One line of JavaScript, whose columns 0 and 22 came from lines 10 and 20 of the TypeScript.
const MAP: &str = r#"{"version":3,"sources":["users.ts"],"names":[],"mappings":"AASA,sBAUI"}"#;

/// A source map that counts how often it is asked for.
struct Packed {
    text: &'static str,
    unpacked: Rc<Cell<u32>>,
}

impl PackedText for Packed {
    fn packed(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn unpack(&self) -> Option<String> {
        self.unpacked.set(self.unpacked.get() + 1);
        Some(self.text.to_owned())
    }
}

#[test]
fn lines_are_those_of_the_typescript() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let source = Rc::new(ModuleSource {
            source_map: Some(MAP.into()),
            ..module("users.ts", "export default () => { throw new Error('mapped'); }")
        });
        let f = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &[],
            TypeShape::Int4,
            ArgumentStyle::Positional,
        );
        let report = failure(call(engine, &mut host, &f, &[]));
        let context = report.context.unwrap();
        assert!(context.starts_with("at ") && context.contains("(users.ts:20:5)"), "{context}");

        // As well when the text is packed, which is asked for once, or not at all.
        let unpacked = Rc::new(Cell::new(0));
        let packed = Rc::new(Packed { text: MAP, unpacked: Rc::clone(&unpacked) });
        let source = Rc::new(ModuleSource {
            source_map: Some(SourceMapText::Packed(packed)),
            ..module(
                "packed.ts",
                "export default (ctx) => { if (ctx.args.fail) throw new Error('mapped'); return 1; }",
            )
        });
        let f = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &[("args", TypeShape::Jsonb)],
            TypeShape::Int4,
            ArgumentStyle::SingleJson,
        );
        let arguments = [json("{}"), json("{\"fail\": true}"), json("{\"fail\": true}")];
        assert!(call(engine, &mut host, &f, &arguments[..1]).is_ok());
        assert_eq!(unpacked.get(), 0);
        for argument in &arguments[1..] {
            let context =
                failure(call(engine, &mut host, &f, std::slice::from_ref(argument))).context.unwrap();
            assert!(context.contains("(packed.ts:20:5)"), "{context}");
        }
        assert_eq!(unpacked.get(), 1);

        let source = Rc::new(ModuleSource {
            source_map: Some("not a map".into()),
            ..module("broken.ts", "export default function h() { throw new Error('unmapped'); }")
        });
        let f = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &[],
            TypeShape::Int4,
            ArgumentStyle::Positional,
        );
        assert_eq!(
            failure(call(engine, &mut host, &f, &[])).context.as_deref(),
            Some("at h (broken.ts:1:37)")
        );
    });
}

#[test]
fn a_body_that_does_not_parse_is_a_syntax_error() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let f = expression("(function (ctx) {\n  return 1 +; })", &[], TypeShape::Int4);
        let report = failure(call(engine, &mut host, &f, &[]));
        assert_eq!(report.sqlstate.as_str(), "42601");
        assert_eq!(report.message, "SyntaxError: Unexpected token ';'");
        assert_eq!(report.context.as_deref(), Some("at body.ts:2:13"));
        let source = Rc::new(module("bad.ts", "export default ((("));
        let f = spec(
            FunctionBody::Module { source, modules: Vec::new() },
            &[],
            TypeShape::Int4,
            ArgumentStyle::Positional,
        );
        assert_eq!(failure(call(engine, &mut host, &f, &[])).sqlstate.as_str(), "42601");
    });
}

#[test]
fn the_running_stack_can_be_asked_for() {
    on_engine(|engine| {
        assert_eq!(current_stack(engine, 0), "");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut host = FakeHost::new();
        let outer = Arc::clone(&seen);
        host.teach("look", &[], move |_, _| {
            outer.lock().unwrap().push(current_stack(engine, 0));
            let mut host = FakeHost::new();
            let inner = Arc::clone(&outer);
            host.teach("look", &[], move |_, _| {
                let stacks = [1, 0, 2].map(|level| current_stack(engine, level));
                inner.lock().unwrap().extend(stacks);
                Ok(Completion { row_count: 0 })
            });
            value_of(
                engine,
                &mut host,
                "const look = () => ctx.db.sync.query('look'); look();",
                TypeShape::Void,
            )
            .unwrap();
            outer.lock().unwrap().push(current_stack(engine, 0));
            Ok(Completion { row_count: 0 })
        });
        value_of(
            engine,
            &mut host,
            "\n\nfunction find() { ctx.db.sync.query('look'); }\nfind();",
            TypeShape::Void,
        )
        .unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0], "at find (body.ts:3:31)\nat body.ts:4:1");
        assert!(seen[1].starts_with("at look (body.ts:1:"), "{}", seen[1]);
        assert_eq!(seen[2], seen[0], "the outer call, asked while the inner one runs");
        assert_eq!(seen[3], "");
        assert_eq!(seen[4], seen[0]);
        assert_eq!(current_stack(engine, 0), "");
    });
}

#[test]
fn a_panic_in_the_host_ends_the_call_and_no_more() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.teach("panic", &[], |_, _| panic!("the host's bug"));
        let body = "try { ctx.db.sync.query('panic'); } catch { return 1; } finally { globalThis.ran = 1; }";
        let report = failure(value_of(engine, &mut host, body, TypeShape::Int4));
        assert_eq!(report.sqlstate.as_str(), "XX000");
        assert!(report.message.contains("the host's bug"), "{}", report.message);
        let ran = value_of(engine, &mut host, "return globalThis.ran === undefined;", TypeShape::Bool);
        assert_eq!(ran.unwrap(), Value::Bool(true));
    });
}

#[test]
fn an_endless_getter_of_an_error_can_be_interrupted() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        host.on_interrupt = Some(Box::new(|| {
            INTERRUPT_PENDING.store(0, std::sync::atomic::Ordering::SeqCst);
            Err(plts_js::HostError::Terminate)
        }));
        INTERRUPT_PENDING.store(1, std::sync::atomic::Ordering::SeqCst);
        let body =
            "const e = new Error('x'); Object.defineProperty(e, 'hint', { get() { for (;;) {} } }); throw e;";
        assert!(matches!(value_of(engine, &mut host, body, TypeShape::Int4), Err(CallError::Terminated)));
    });
}
