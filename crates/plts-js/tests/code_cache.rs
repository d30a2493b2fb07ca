//! Kept code: what is taken from it, and what V8 refuses.

mod harness;

use std::collections::BTreeMap;
use std::rc::Rc;

use harness::*;
use plts_core::TypeShape;
use plts_js::{ArgumentStyle, Engine, FunctionBody, FunctionSpec, KeptModule, ModuleSource, RoleId};

fn pointer(hash: &str) -> Rc<FunctionSpec> {
    let body = FunctionBody::Artifact { hash: hash.to_owned(), export: "default".to_owned() };
    spec(body, &[("args", TypeShape::Jsonb)], TypeShape::Jsonb, ArgumentStyle::SingleJson)
}

fn host(hash: &str, js: &str) -> FakeHost {
    let mut host = FakeHost::new();
    host.add_module(ModuleSource { hash: hash.to_owned(), ..module("sum.ts", js) });
    host
}

fn answer(engine: &Engine, host: &mut FakeHost, role: u32, hash: &str) -> String {
    let spec = pointer(hash);
    let outcome =
        engine.call(RoleId(role), &spec, host, [json("{}")].as_slice(), |value| format!("{value:?}"));
    engine.forget(spec.id);
    outcome.unwrap()
}

/// The module as it is kept, with the code that V8 makes of it.
fn kept(engine: &Engine, host: &mut FakeHost, hash: &str, js: &str) -> Vec<u8> {
    let code = engine.compile_code(host, hash).unwrap().unwrap();
    let (name, imports) = ("sum.ts", BTreeMap::new());
    KeptModule { name, js, source_map: None, imports, can_catch: false, code: &code }.seal().unwrap()
}

const SUM: &str = "const inner = (a) => a + 1; export default () => inner(41);";

#[test]
fn code_that_was_kept_is_taken() {
    on_engine(|engine| {
        let mut host = host("c1:a", SUM);
        assert!(answer(engine, &mut host, 1, "c1:a").contains("42"));
        assert_eq!(engine.modules_from_code(), 0);
        let module = kept(engine, &mut host, "c1:a", SUM);
        // The inner function is in it as well.
        assert!(module.len() > 400 + SUM.len(), "{}", module.len());
        host.kept.insert("c1:a".to_owned(), module);
        assert!(answer(engine, &mut host, 2, "c1:a").contains("42"));
        assert_eq!(engine.modules_from_code(), 1);
    });
}

#[test]
fn code_of_another_source_is_refused() {
    on_engine(|engine| {
        let mut one = host("c2:a", SUM);
        let module = kept(engine, &mut one, "c2:a", SUM);
        let mut other = host("c2:b", "export default () => 'another text of another length';");
        other.kept.insert("c2:b".to_owned(), module);
        let before = engine.modules_from_code();
        assert!(answer(engine, &mut other, 1, "c2:b").contains("another text"));
        assert_eq!(engine.modules_from_code(), before);
    });
}

#[test]
fn damaged_code_is_refused() {
    on_engine(|engine| {
        let mut host = host("c3:a", SUM);
        let code = kept(engine, &mut host, "c3:a", SUM);
        let before = engine.modules_from_code();
        // The fields, the middle, the end, and a module that stops early.
        let mut damaged: Vec<Vec<u8>> = [0, 4, 8, 12, 16, 20, code.len() / 2, code.len() - 1]
            .into_iter()
            .map(|place| {
                let mut copy = code.clone();
                copy[place] ^= 0x55;
                copy
            })
            .collect();
        damaged.extend([Vec::new(), code[..7].to_vec(), code[..code.len() / 2].to_vec()]);
        for (role, code) in (10..).zip(damaged) {
            host.kept.insert("c3:a".to_owned(), code);
            assert!(answer(engine, &mut host, role, "c3:a").contains("42"));
        }
        assert_eq!(engine.modules_from_code(), before);
    });
}

#[test]
fn what_does_not_parse_has_no_code() {
    on_engine(|engine| {
        let mut host = host("c4:a", "export default (");
        let error = engine.compile_code(&mut host, "c4:a").unwrap_err();
        assert!(format!("{error:?}").contains("42601"), "{error:?}");
    });
}
